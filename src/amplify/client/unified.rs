//! `amplify_outputs`: all that clients are told, in one object.

use serde_json::{Map, Value, json};

use super::backend::Category;
use super::json::members;
use super::merge::merge;
use super::{Backend, ClientError, OutputsVersion, auth, data, storage};

/// The client configuration of a backend, before it is written in the words of a format. That of the legacy version has the
/// words of the newest.
pub fn configuration(
    backend: &Backend,
    introspection: Option<&Value>,
    version: OutputsVersion,
) -> Result<Value, ClientError> {
    let scope = version.scope();
    let mut whole = Map::new();
    if let Some(facts) = backend.facts(Category::Auth) {
        whole.insert("auth".to_owned(), auth::auth(facts, scope.auth)?);
    }
    if let Some(facts) = backend.facts(Category::Data) {
        whole.insert("data".to_owned(), data::data(facts, introspection)?);
    }
    if let Some(facts) = backend.facts(Category::Storage) {
        whole.insert("storage".to_owned(), storage::storage(facts, scope.storage)?);
    }
    whole.insert("version".to_owned(), json!(scope.written));
    if let Some(facts) = backend.facts(Category::Custom) {
        const CUSTOM: &str = "customOutputs";
        let custom = facts.parsed(CUSTOM, facts.required(CUSTOM)?, "JSON")?;
        if !custom.is_object() {
            return Err(facts.malformed(CUSTOM, "a JSON object"));
        }
        merge(&mut whole, members(custom))?;
    }
    Ok(Value::Object(whole))
}
