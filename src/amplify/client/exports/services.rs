//! Buckets, APIs, tables, pages, bots and analytics, as `aws-exports.js` tells them.

use serde_json::{Value, json};

use super::{Project, Resource};
use crate::amplify::client::json::object;

/// The one bucket of the users' files.
pub(super) fn bucket(resources: &[&Resource], _: &Project) -> Value {
    let Some(bucket) = resources.first() else { return Value::Null };
    object([
        ("aws_user_files_s3_bucket", bucket.output("BucketName")),
        ("aws_user_files_s3_bucket_region", bucket.output("Region")),
    ])
}

/// The one GraphQL API.
pub(super) fn graphql(resources: &[&Resource], project: &Project) -> Value {
    let Some(api) = resources.first() else { return Value::Null };
    object([
        ("aws_appsync_graphqlEndpoint", api.output("GraphQLAPIEndpointOutput")),
        ("aws_appsync_region", Some(project.region.as_str().into())),
        ("aws_appsync_authenticationType", Some(api.sign_in.as_deref().unwrap_or_default().into())),
        ("aws_appsync_apiKey", api.output_with_text("GraphQLAPIKeyOutput")),
    ])
}

/// All APIs with an address.
pub(super) fn rest(resources: &[&Resource], project: &Project) -> Value {
    let apis = resources.iter().filter_map(|api| {
        let (name, endpoint) = (api.output_with_text("ApiName")?, api.output_with_text("RootUrl")?);
        Some(json!({ "name": name, "endpoint": endpoint, "region": project.region }))
    });
    json!({ "aws_cloud_logic_custom": apis.collect::<Vec<_>>() })
}

/// The first application of Pinpoint.
pub(super) fn analytics(resources: &[&Resource], _: &Project) -> Value {
    let Some(application) = resources.first() else { return Value::Null };
    let (id, region) = (application.output("Id"), application.output("Region"));
    let plugin = object([("appId", id.clone()), ("region", region.clone())]);
    object([
        ("aws_mobile_analytics_app_id", id),
        ("aws_mobile_analytics_app_region", region),
        ("Analytics", Some(json!({ "AWSPinpoint": plugin }))),
    ])
}

/// All tables.
pub(super) fn tables(resources: &[&Resource], project: &Project) -> Value {
    let table = |table: &&Resource| object([("tableName", table.output("Name")), ("region", table.output("Region"))]);
    json!({
        "aws_dynamodb_all_tables_region": project.region,
        "aws_dynamodb_table_schemas": resources.iter().map(table).collect::<Vec<_>>(),
    })
}

/// The one bucket with the app's own pages.
pub(super) fn hosting(resources: &[&Resource], _: &Project) -> Value {
    let Some(pages) = resources.first() else { return Value::Null };
    let address = pages.output_with_text("CloudFrontSecureURL").or_else(|| pages.output("WebsiteURL"));
    object([
        ("aws_content_delivery_bucket", pages.output("HostingBucketName")),
        ("aws_content_delivery_bucket_region", pages.output("Region")),
        ("aws_content_delivery_url", address),
    ])
}

/// All bots.
pub(super) fn bots(resources: &[&Resource], _: &Project) -> Value {
    let bot = |bot: &&Resource| {
        object([("name", bot.output("BotName")), ("alias", Some("$LATEST".into())), ("region", bot.output("Region"))])
    };
    json!({ "aws_bots": "enable", "aws_bots_config": resources.iter().map(bot).collect::<Vec<_>>() })
}
