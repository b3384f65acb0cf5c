//! Outputs that were saved, in any of the shapes in which tools write them.
//!
//! | shape | written by |
//! |---|---|
//! | `[{ "stack": …, "outputs": { … } }]` | `pipectl outputs --format json` |
//! | `{ "STACK": { "KEY": "VALUE" } }` | `pipectl outputs --format cdk`, `cdk deploy --outputs-file` |
//! | `{ "Stacks": [{ "StackName": …, "Outputs": […] }] }` | `aws cloudformation describe-stacks` |
//! | `[{ "OutputKey": …, "OutputValue": … }]` | the same with `--query 'Stacks[0].Outputs'` |
//! | `{ "KEY": "VALUE" }` | by hand |
//!
//! The last two are of one stack, which is called after the file.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::Value;

use super::{Found, Presence, StackOutputs};
use crate::diagnostic::{Explain, FailureKind};
use crate::disk;

/// The largest file with outputs that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Why saved outputs cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// The file cannot be read.
    #[error("the saved outputs cannot be read")]
    Unreadable {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The file is not JSON.
    #[error("`{file}` is not JSON")]
    Syntax {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// The file is in no known shape.
    #[error("`{file}` holds no outputs of stacks in a shape that pipectl knows")]
    Shape {
        /// The file.
        file: Utf8PathBuf,
    },
}

impl Explain for SavedError {
    fn kind(&self) -> FailureKind {
        FailureKind::Invalid
    }

    fn hints(&self) -> Vec<String> {
        vec![match self {
            Self::Unreadable { file, cause } => disk::remedy(file, cause),
            Self::Syntax { .. } | Self::Shape { .. } => {
                "`pipectl outputs --format json -O FILE` or `aws cloudformation describe-stacks` writes such a file"
                    .to_owned()
            }
        }]
    }
}

/// Reads saved outputs.
pub fn saved(file: &Utf8Path) -> Result<Vec<Found>, SavedError> {
    let text =
        disk::read_text(file, LARGEST).map_err(|cause| SavedError::Unreadable { file: file.to_owned(), cause })?;
    let value: Value =
        serde_json::from_str(&text).map_err(|cause| SavedError::Syntax { file: file.to_owned(), cause })?;
    let stacks = stacks(file, &value).ok_or_else(|| SavedError::Shape { file: file.to_owned() })?;
    Ok(stacks.into_iter().map(|outputs| Found { outputs, deployed: None }).collect())
}

fn stacks(file: &Utf8Path, value: &Value) -> Option<Vec<StackOutputs>> {
    let only = || file.file_stem().unwrap_or_default();
    match value {
        Value::Array(items) if items.iter().all(|item| item.get("OutputKey").is_some()) => {
            Some(vec![stack(only(), listed(items)?)])
        }
        Value::Array(items) => {
            items.iter().map(|item| stack_of(item, "stack", mapped(item.get("outputs")?)?)).collect()
        }
        Value::Object(object) => match object.get("Stacks").and_then(Value::as_array) {
            Some(stacks) => stacks.iter().map(described).collect(),
            None if object.values().all(Value::is_string) => Some(vec![stack(only(), mapped(value)?)]),
            None => object.iter().map(|(name, outputs)| Some(stack(name, mapped(outputs)?))).collect(),
        },
        _ => None,
    }
}

fn described(item: &Value) -> Option<StackOutputs> {
    let outputs = match item.get("Outputs") {
        Some(outputs) => listed(outputs.as_array()?)?,
        None => IndexMap::new(),
    };
    stack_of(item, "StackName", outputs)
}

fn stack_of(item: &Value, name: &str, outputs: IndexMap<String, String>) -> Option<StackOutputs> {
    let place = |key: &str| item.get(key).and_then(Value::as_str);
    Some(StackOutputs {
        account: place("account").and_then(|account| account.parse().ok()),
        region: place("region").and_then(|region| region.parse().ok()),
        ..stack(item.get(name)?.as_str()?, outputs)
    })
}

fn stack(name: &str, outputs: IndexMap<String, String>) -> StackOutputs {
    StackOutputs::new(name, Presence::Deployed, outputs)
}

fn mapped(value: &Value) -> Option<IndexMap<String, String>> {
    value.as_object()?.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn listed(items: &[Value]) -> Option<IndexMap<String, String>> {
    let output = |item: &Value| {
        Some((item.get("OutputKey")?.as_str()?.to_owned(), item.get("OutputValue")?.as_str()?.to_owned()))
    };
    items.iter().map(output).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_saved_tells_where_it_comes_from() {
        let saved = json!([{ "stack": "app", "account": "111111111111", "region": "eu-west-1", "outputs": {} }]);
        let read = stacks("file.json".into(), &saved).unwrap().remove(0);
        assert_eq!(serde_json::to_value(read).unwrap()["account"], "111111111111");
    }

    #[test]
    fn every_shape_is_read() {
        let listed = json!([{ "OutputKey": "Url", "OutputValue": "u", "Description": "d" }]);
        let shapes = [
            (json!([{ "stack": "app", "stage": null, "presence": "deployed", "outputs": { "Url": "u" } }]), "app"),
            (json!({ "app": { "Url": "u" } }), "app"),
            (json!({ "Stacks": [{ "StackName": "app", "Outputs": listed }] }), "app"),
            (listed, "file"),
            (json!({ "Url": "u" }), "file"),
        ];
        for (shape, name) in shapes {
            let read = stacks("some/file.json".into(), &shape);
            assert_eq!(read, Some(vec![stack(name, [("Url".to_owned(), "u".to_owned())].into())]), "{shape}");
        }
        for shape in
            [json!("text"), json!([1]), json!({ "app": { "Url": 1 } }), json!({ "Stacks": [{ "Outputs": [] }] })]
        {
            assert_eq!(stacks("file.json".into(), &shape), None, "{shape}");
        }
    }
}
