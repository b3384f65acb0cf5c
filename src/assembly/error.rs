//! What can be wrong with an assembly.

use std::io;

use camino::Utf8PathBuf;

use crate::diagnostic::{Explain, FailureKind};

/// Why an assembly cannot be used. Files are named relative to the assembly's folder.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// A file of the assembly cannot be read.
    #[error("`{file}` of the assembly cannot be read")]
    Unreadable {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file is not JSON.
    #[error("`{file}` is not JSON: line {line}, column {column}")]
    Syntax {
        /// The file.
        file: Utf8PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// A file is JSON, but a key is missing or holds the wrong type.
    #[error("`{file}` has an unusable value at `{key}`")]
    Shape {
        /// The file.
        file: Utf8PathBuf,
        /// The path of the key, such as `artifacts.App.properties.templateFile`.
        key: String,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// A file is JSON, but no object.
    #[error("`{file}` holds no JSON object")]
    NoObject {
        /// The file.
        file: Utf8PathBuf,
    },
    /// A path in a manifest leads out of the assembly.
    #[error("`{file}` names a path outside of the assembly at `{key}`: `{path}`")]
    Outside {
        /// The file.
        file: Utf8PathBuf,
        /// The path of the key.
        key: String,
        /// The path that the key holds.
        path: String,
    },
    /// Assemblies are nested too deeply.
    #[error("`{file}` nests assemblies more than {limit} deep")]
    TooDeep {
        /// The manifest of the assembly that is too deep.
        file: Utf8PathBuf,
        /// How deep assemblies may be nested.
        limit: usize,
    },
    /// The assembly lacks values that only a look-up can find.
    #[error("`{file}` is incomplete: these look-ups of the app have no value yet: {}", .missing.join(", "))]
    Incomplete {
        /// The manifest.
        file: Utf8PathBuf,
        /// The keys of the look-ups in `cdk.context.json`.
        missing: Vec<String>,
    },
}

impl Explain for AssemblyError {
    fn kind(&self) -> FailureKind {
        FailureKind::Invalid
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Unreadable { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                "`pipectl synth` writes the assembly; `--assembly DIR` names another folder"
            }
            Self::Unreadable { .. } => "check that the folder is an assembly and that you may read it",
            Self::Syntax { cause, .. } if cause.is_eof() => {
                "`pipectl synth` writes the assembly anew; the file ends too early, as after an interrupted copy"
            }
            Self::Syntax { .. } | Self::Shape { .. } | Self::NoObject { .. } => {
                "`pipectl synth` writes the assembly anew"
            }
            Self::Outside { .. } | Self::TooDeep { .. } => {
                "an assembly is one folder with all that it needs; make it anew with the tool that wrote it"
            }
            Self::Incomplete { .. } => {
                "`npx cdk synth` with credentials resolves the look-ups; commit the `cdk.context.json` that it writes"
            }
        };
        vec![hint.to_owned()]
    }
}
