//! The template of a backend's root stack: the deployed one, one in an assembly, or its metadata alone.

use camino::Utf8Path;
use serde_json::{Map, Value};

use super::ConfigurationError;
use crate::cfn::TEMPLATE_LIMIT;
use crate::disk;
use crate::ops::outputs::DeployedStack;

/// The largest file that is read, in bytes: an introspection may be larger than a template.
const LARGEST: u64 = 16 * TEMPLATE_LIMIT as u64;

/// The template of a backend's root stack.
pub(super) struct RootTemplate {
    whole: Value,
    metadata: Map<String, Value>,
}

impl RootTemplate {
    /// Reads it from a file, which may hold its metadata alone.
    pub fn of_file(file: &Utf8Path) -> Result<Self, ConfigurationError> {
        Ok(Self::new(json_of(file)?))
    }

    /// Reads that of a deployed stack.
    pub async fn of_stack(deployed: &DeployedStack) -> Result<Self, ConfigurationError> {
        let stack = deployed.stack.name.to_string();
        let text = deployed.aws.template(&deployed.stack.id).await;
        let text = text.map_err(|cause| ConfigurationError::Template { stack: stack.clone(), cause })?;
        let whole = serde_json::from_str(&text)
            .map_err(|cause| ConfigurationError::Syntax { what: format!("the template of stack `{stack}`"), cause })?;
        Ok(Self::new(whole))
    }

    fn new(whole: Value) -> Self {
        let alone = whole.get("Resources").is_none() && whole.get("Metadata").is_none();
        let metadata = if alone { Some(&whole) } else { whole.get("Metadata") };
        let metadata = metadata.and_then(Value::as_object).cloned().unwrap_or_default();
        Self { whole, metadata }
    }

    /// Its metadata.
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.metadata
    }

    /// All that is known of it.
    pub fn whole(&self) -> &Value {
        &self.whole
    }
}

/// Reads a JSON file.
pub(super) fn json_of(file: &Utf8Path) -> Result<Value, ConfigurationError> {
    let text = disk::read_text(file, LARGEST)
        .map_err(|cause| ConfigurationError::Unreadable { file: file.to_owned(), cause })?;
    serde_json::from_str(&text).map_err(|cause| ConfigurationError::Syntax { what: format!("`{file}`"), cause })
}
