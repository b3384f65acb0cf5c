//! What a deployed Gen 2 backend tells of itself: its root template's metadata and its root stack's outputs, brought
//! together.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::ClientError;

/// How the keys of Amplify's metadata begin.
const PREFIX: &str = "AWS::Amplify::";

/// The version of the metadata that pipectl knows.
const VERSION: &str = "1";

/// What the client configuration has of a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Category {
    Auth,
    Data,
    Storage,
    Custom,
}

impl Category {
    const ALL: [Self; 4] = [Self::Auth, Self::Data, Self::Storage, Self::Custom];

    fn key(self) -> &'static str {
        match self {
            Self::Auth => "AWS::Amplify::Auth",
            Self::Data => "AWS::Amplify::GraphQL",
            Self::Storage => "AWS::Amplify::Storage",
            Self::Custom => "AWS::Amplify::Custom",
        }
    }
}

/// What a deployed backend tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    facts: BTreeMap<Category, Facts>,
}

impl Backend {
    /// Brings the metadata of a root template and the outputs of its stack together. Categories that no client configuration
    /// tells of are ignored, and so is the metadata of other tools.
    pub fn read(metadata: &Map<String, Value>, outputs: &IndexMap<String, String>) -> Result<Self, ClientError> {
        if !Self::is_in(metadata) {
            return Err(ClientError::NoBackend);
        }
        let mut facts = BTreeMap::new();
        for category in Category::ALL {
            // What lacks one of the two is not Amplify's own.
            let entry = metadata.get(category.key()).and_then(Value::as_object);
            if let Some((version, names)) = entry.and_then(|entry| entry.get("version").zip(entry.get("stackOutputs")))
            {
                facts.insert(category, Facts::read(category, version, names, outputs)?);
            }
        }
        Ok(Self { facts })
    }

    /// Tells whether the metadata of a template is that of a backend's root.
    pub fn is_in(metadata: &Map<String, Value>) -> bool {
        metadata.keys().any(|key| key.starts_with(PREFIX))
    }

    /// Tells whether the backend has a data API of which there is a schema.
    pub fn has_models(&self) -> bool {
        self.facts(Category::Data).is_some_and(|facts| facts.text("amplifyApiModelSchemaS3Uri").is_some())
    }

    /// What is known of a category, if the backend has it.
    pub(super) fn facts(&self, category: Category) -> Option<&Facts> {
        self.facts.get(&category)
    }
}

/// The outputs of a category. Empty ones are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    category: Category,
    values: BTreeMap<String, String>,
}

impl Facts {
    fn read(
        category: Category,
        version: &Value,
        names: &Value,
        outputs: &IndexMap<String, String>,
    ) -> Result<Self, ClientError> {
        let key = category.key();
        let malformed = || ClientError::Metadata { key: key.to_owned() };
        let version = version.as_str().ok_or_else(malformed)?;
        let names = names.as_array().ok_or_else(malformed)?;
        if version != VERSION {
            return Err(ClientError::Unknown { key, version: version.to_owned() });
        }
        let mut values = BTreeMap::new();
        for name in names {
            let name = name.as_str().ok_or_else(malformed)?;
            if let Some(value) = outputs.get(name).filter(|value| !value.is_empty()) {
                values.insert(name.to_owned(), value.clone());
            }
        }
        Ok(Self { category, values })
    }

    /// The value of an output.
    pub fn text(&self, output: &str) -> Option<&str> {
        self.values.get(output).map(String::as_str)
    }

    /// The value of an output as a JSON text.
    pub fn value(&self, output: &str) -> Option<Value> {
        self.text(output).map(Value::from)
    }

    /// The value of an output that cannot be missing.
    pub fn required(&self, output: &'static str) -> Result<&str, ClientError> {
        self.text(output).ok_or(ClientError::Missing { output, key: self.category.key() })
    }

    /// What an output tells as JSON.
    pub fn json(&self, output: &'static str) -> Result<Option<Value>, ClientError> {
        self.text(output).map(|text| self.parsed(output, text, "JSON")).transpose()
    }

    /// The list that an output tells as JSON.
    pub fn list(&self, output: &'static str) -> Result<Option<Vec<Value>>, ClientError> {
        match self.json(output)? {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.malformed(output, "a JSON list")),
        }
    }

    /// The parts of an output between commas.
    pub fn split(&self, output: &str) -> Option<Value> {
        self.text(output).map(|text| text.split(',').collect())
    }

    /// Reads a text of an output as JSON.
    pub fn parsed(&self, output: &'static str, text: &str, expected: &'static str) -> Result<Value, ClientError> {
        serde_json::from_str(text).map_err(|_| self.malformed(output, expected))
    }

    /// That an output is not what it should be.
    pub fn malformed(&self, output: &'static str, expected: &'static str) -> ClientError {
        ClientError::Malformed { output, expected, value: self.text(output).unwrap_or_default().to_owned() }
    }
}
