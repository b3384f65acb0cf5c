//! A client configuration as a file: its name and its text.

use std::fmt;

use serde_json::Value;

use super::{ClientError, OutputsVersion, legacy};

/// A format of the client configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientFormat {
    /// For the web.
    #[default]
    Json,
    /// For Android and Swift.
    JsonMobile,
    /// A module for JavaScript.
    Mjs,
    /// A module for TypeScript.
    Ts,
    /// For Flutter.
    Dart,
}

impl ClientFormat {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Json, Self::JsonMobile, Self::Mjs, Self::Ts, Self::Dart];

    /// How it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonMobile => "json-mobile",
            Self::Mjs => "mjs",
            Self::Ts => "ts",
            Self::Dart => "dart",
        }
    }

    /// Refuses a format that a version does not have.
    pub fn check(self, version: OutputsVersion) -> Result<(), ClientError> {
        match self {
            Self::Json | Self::Dart => Ok(()),
            Self::JsonMobile | Self::Mjs | Self::Ts if version == OutputsVersion::Legacy => Ok(()),
            Self::JsonMobile | Self::Mjs | Self::Ts => Err(ClientError::Format { format: self, version }),
        }
    }

    /// How the name of its file ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::JsonMobile => Self::Json.as_str(),
            format => format.as_str(),
        }
    }
}

impl fmt::Display for ClientFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A file that clients read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The name that clients look for.
    pub file_name: String,
    /// Its text.
    pub text: String,
}

/// Writes a [`configuration`](super::configuration) of a version in a format.
pub fn document(configuration: &Value, version: OutputsVersion, format: ClientFormat) -> Result<Document, ClientError> {
    format.check(version)?;
    let (name, text) = match version {
        OutputsVersion::Legacy => ("amplifyconfiguration", legacy_text(&legacy::legacy(configuration), format)),
        _ if format == ClientFormat::Dart => ("amplify_outputs", dart(configuration)),
        _ => ("amplify_outputs", pretty(configuration)),
    };
    Ok(Document { file_name: format!("{name}.{}", format.extension()), text })
}

fn legacy_text(legacy: &Value, format: ClientFormat) -> String {
    match format {
        ClientFormat::Json => pretty(legacy),
        ClientFormat::JsonMobile => pretty(&legacy::mobile(legacy)),
        ClientFormat::Mjs | ClientFormat::Ts => {
            format!("const amplifyConfig = {}\nexport default amplifyConfig;\n", pretty(legacy))
        }
        ClientFormat::Dart => {
            format!("{}\n\nconst amplifyconfig = amplifyConfig;", dart(&legacy::mobile(legacy)))
        }
    }
}

/// A raw text, in which Dart replaces nothing.
fn dart(value: &Value) -> String {
    format!("const amplifyConfig = r'''{}''';", pretty(value))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
