//! `aws-exports.js`: JavaScript in exactly the shape that Amplify writes, which is JSON between two lines.
//!
//! ```js
//! /* eslint-disable */
//! const awsmobile = { "aws_project_region": "eu-west-1" };
//! export default awsmobile;
//! ```

use serde_json::Value;

const BEGINNING: &str = "it does not begin with `const NAME = {`";

/// Reads the object. The error says what is there in its place.
pub(super) fn object(text: &str) -> Result<Value, String> {
    let rest = behind_comments(text).strip_prefix("const ").ok_or(BEGINNING)?.trim_start();
    let is_name = |part: char| part.is_ascii_alphanumeric() || matches!(part, '_' | '$');
    let (name, rest) = rest.split_at(rest.find(|part| !is_name(part)).unwrap_or(rest.len()));
    let rest = rest.trim_start().strip_prefix('=').filter(|_| !name.is_empty()).ok_or(BEGINNING)?;
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let value = match values.next() {
        Some(Ok(value)) if value.is_object() => value,
        Some(Err(error)) => return Err(format!("what follows `const {name} =` is no JSON: {error}")),
        Some(Ok(_)) | None => return Err(format!("what follows `const {name} =` is no object")),
    };
    let rest = behind_semicolon(&rest[values.byte_offset()..]);
    let export = rest.strip_prefix("export default ").and_then(|rest| rest.trim_start().strip_prefix(name));
    match export.map(behind_semicolon) {
        Some("") => Ok(value),
        Some(_) => Err(format!("something follows `export default {name}`")),
        None => Err(format!("`export default {name};` does not follow the object")),
    }
}

fn behind_semicolon(text: &str) -> &str {
    let rest = behind_comments(text);
    behind_comments(rest.strip_prefix(';').unwrap_or(rest))
}

/// What follows white space and comments.
fn behind_comments(text: &str) -> &str {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let behind = match (rest.strip_prefix("//"), rest.strip_prefix("/*")) {
            (Some(line), _) => line.split_once('\n').map_or("", |(_, behind)| behind),
            (None, Some(block)) => match block.split_once("*/") {
                Some((_, behind)) => behind,
                None => return rest,
            },
            (None, None) => return rest,
        };
        rest = behind.trim_start();
    }
}
