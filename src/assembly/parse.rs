//! JSON texts to values, with errors that name file and key.

use camino::Utf8Path;
use serde::de::DeserializeOwned;

use super::AssemblyError;

/// Reads a value of a file's whole text.
pub(super) fn text<T: DeserializeOwned>(file: &Utf8Path, text: &str) -> Result<T, AssemblyError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let is_object = text.trim_start().starts_with('{');
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let key = error.path().to_string();
        let cause = error.into_inner();
        match cause.is_data() {
            // What the derived reader says of other values names types of this program.
            true if !is_object => AssemblyError::NoObject { file: file.to_owned() },
            true => shape(file, key, cause),
            false => syntax(file, cause),
        }
    })?;
    deserializer.end().map_err(|cause| syntax(file, cause))?;
    Ok(value)
}

/// Reads a value that sits at a key of a file.
pub(super) fn part<T: DeserializeOwned>(
    file: &Utf8Path,
    key: &str,
    value: serde_json::Value,
) -> Result<T, AssemblyError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let below = error.path().to_string();
        let key = if below == "." { key.to_owned() } else { format!("{key}.{below}") };
        shape(file, key, error.into_inner())
    })
}

fn syntax(file: &Utf8Path, cause: serde_json::Error) -> AssemblyError {
    AssemblyError::Syntax { file: file.to_owned(), line: cause.line(), column: cause.column(), cause }
}

fn shape(file: &Utf8Path, key: String, cause: serde_json::Error) -> AssemblyError {
    AssemblyError::Shape { file: file.to_owned(), key, cause }
}
