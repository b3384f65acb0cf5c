//! Where the introspection of a backend's models is: in an archive that the stack of its data API deploys.
//!
//! ```text
//! root template ── awsAppsyncApiId is of ──▶ nested stack ── deploys ──▶ archive ──▶ modelIntrospectionSchema.json
//! ```
//!
//! Templates and archives are objects of the toolkit's bucket; the assembly has them too.

use serde_json::Value;

use crate::cfn::{nested_address, plain_text};

/// The file in the archive.
pub const INTROSPECTION_FILE: &str = "modelIntrospectionSchema.json";

/// How the logical id of the resource begins that deploys the archive.
const DEPLOYMENT: &str = "modelIntrospectionSchemaBucketDeployment";

/// Its type.
const DEPLOYMENT_TYPE: &str = "Custom::CDKBucketDeployment";

/// The nested stack that has the data API, as an output of the root tells it.
const DATA_STACK: &str = "/Outputs/awsAppsyncApiId/Value/Fn::GetAtt/0";

/// An object in a bucket. Its names may have placeholders: `${AWS::AccountId}`, `${AWS::Region}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

/// The template of the nested stack that has the data API.
pub fn data_template(root: &Value) -> Option<ObjectName> {
    let logical_id = root.pointer(DATA_STACK)?.as_str()?;
    let url = nested_address(root.get("Resources")?.get(logical_id)?)?;
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    match host.split_once('.') {
        Some(("s3", _)) => path.split_once('/').map(|(bucket, key)| object(bucket, key)),
        Some((bucket, _)) => Some(object(bucket, path)),
        None => None,
    }
}

/// The archive that the stack of the data API deploys.
pub fn archive(data_template: &Value) -> Option<ObjectName> {
    let resources = data_template.get("Resources")?.as_object()?;
    let is_deployment =
        |id: &str, resource: &Value| id.starts_with(DEPLOYMENT) && resource["Type"].as_str() == Some(DEPLOYMENT_TYPE);
    let (_, deployment) = resources.iter().find(|(id, resource)| is_deployment(id, resource))?;
    let bucket = plain_text(deployment.pointer("/Properties/SourceBucketNames/0")?)?;
    Some(object(&bucket, deployment.pointer("/Properties/SourceObjectKeys/0")?.as_str()?))
}

fn object(bucket: &str, key: &str) -> ObjectName {
    ObjectName { bucket: bucket.to_owned(), key: key.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template_of(url: Value) -> Option<ObjectName> {
        data_template(&json!({
            "Resources": { "data7552DF31": { "Properties": { "TemplateURL": url } } },
            "Outputs": { "awsAppsyncApiId": { "Value": { "Fn::GetAtt": ["data7552DF31", "Outputs.Id"] } } },
        }))
    }

    #[test]
    fn templates_are_named_by_urls_of_both_styles() {
        let bucket = "assets-${AWS::AccountId}-${AWS::Region}";
        let styles = [
            json!({ "Fn::Join": ["", ["https://s3.", { "Ref": "AWS::Region" }, ".", { "Ref": "AWS::URLSuffix" }, "/",
                { "Fn::Sub": bucket }, "/data.json"]] }),
            json!({ "Fn::Sub": format!("https://{bucket}.s3.${{AWS::Region}}.amazonaws.com/data.json") }),
        ];
        for url in styles {
            assert_eq!(template_of(url), Some(object(bucket, "data.json")));
        }
        assert_eq!(template_of(json!({ "Fn::If": [] })), None);
    }

    #[test]
    fn only_the_deployment_of_the_introspection_counts() {
        let deployment = |key: &str| json!({ "Type": DEPLOYMENT_TYPE, "Properties": { "SourceBucketNames": ["b"], "SourceObjectKeys": [key] } });
        let layer = json!({ "Type": "AWS::Lambda::LayerVersion" });
        let template = json!({ "Resources": {
            "amplifyDataCodegen1": deployment("one.zip"),
            format!("{DEPLOYMENT}AwsCliLayer"): layer,
            format!("{DEPLOYMENT}CustomResource"): deployment("two.zip"),
        } });
        assert_eq!(archive(&template), Some(object("b", "two.zip")));
        assert_eq!(archive(&json!({ "Resources": { "Table": {} } })), None);
    }
}
