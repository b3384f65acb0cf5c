//! `amplifyconfiguration`: what the libraries of Gen 1 read, made of the newest configuration.

mod auth;
mod extras;
mod mobile;

use serde_json::{Map, Value};

use super::json::{at, copy, copy_true, is_true, members, object, texts};

pub(super) use mobile::mobile;

/// The categories whose region stands for that of the backend, the first that is there.
const REGIONS: [&str; 3] = ["auth", "data", "storage"];

/// How a category is told in the words of Gen 1.
type Part = fn(&Value) -> Value;

/// The categories.
const PARTS: [(&str, Part); 6] = [
    ("auth", auth::auth),
    ("data", data),
    ("storage", storage),
    ("analytics", extras::analytics),
    ("geo", extras::geo),
    ("notifications", extras::notifications),
];

/// The legacy form of a configuration.
pub(super) fn legacy(configuration: &Value) -> Value {
    let mut legacy = Map::new();
    if let Some(region) = REGIONS.iter().find_map(|category| copy(configuration, &[category, "aws_region"])) {
        legacy.insert("aws_project_region".to_owned(), region);
    }
    for (category, part) in PARTS {
        if let Some(value) = at(configuration, &[category]).filter(|value| is_true(value)) {
            legacy.extend(members(part(value)));
        }
    }
    legacy.extend(copy_true(configuration, &["custom"]).map(|custom| ("custom".to_owned(), custom)));
    Value::Object(legacy)
}

fn data(data: &Value) -> Value {
    let more = at(data, &["authorization_types"]).map(joined);
    object([
        ("aws_appsync_authenticationType", copy(data, &["default_authorization_type"])),
        ("aws_appsync_region", copy(data, &["aws_region"])),
        ("aws_appsync_graphqlEndpoint", copy(data, &["url"])),
        ("modelIntrospection", copy(data, &["model_introspection"])),
        ("aws_appsync_apiKey", copy_true(data, &["api_key"])),
        ("aws_appsync_additionalAuthenticationTypes", more),
    ])
}

fn storage(storage: &Value) -> Value {
    object([
        ("aws_user_files_s3_bucket", copy(storage, &["bucket_name"])),
        ("aws_user_files_s3_bucket_region", copy(storage, &["aws_region"])),
    ])
}

/// The texts of a list with commas between them.
fn joined(list: &Value) -> Value {
    texts(Some(list)).collect::<Vec<_>>().join(",").into()
}
