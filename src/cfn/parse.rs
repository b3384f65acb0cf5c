//! From a template's text to JSON with long-form intrinsic functions.

use std::ops::Range;

use camino::Utf8Path;
use serde_json::{Map, Number, Value, json};

use super::TEMPLATE_LIMIT;
use crate::diagnostic::Diagnostic;

/// How deep a template may nest; CloudFormation's own limit is far lower.
const DEPTH_LIMIT: usize = 100;

/// Reads YAML or JSON. JSON is read as such when the text begins with a brace, since its error messages are better.
pub(super) fn parse(file: &Utf8Path, text: &str) -> Result<Value, Diagnostic> {
    if text.len() > TEMPLATE_LIMIT {
        return Err(Diagnostic::error(
            "template-too-large",
            format!("template `{file}` has {} bytes; CloudFormation takes at most {TEMPLATE_LIMIT}", text.len()),
        )
        .at(file, 0..0, "")
        .help("split the template into several stacks, or move large inline code into an asset"));
    }
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| {
            let span = place(text, error.line(), error.column());
            Diagnostic::error("template-syntax", format!("template `{file}` is not JSON: {error}")).at(file, span, "")
        });
    }
    let value: yaml_serde::Value = yaml_serde::from_str(text).map_err(|error| {
        let span = error.location().map_or(0..0, |location| place(text, location.line(), location.column()));
        Diagnostic::error("template-syntax", format!("template `{file}` is not YAML: {error}")).at(file, span, "")
    })?;
    fold(value, 0).map_err(|message| {
        Diagnostic::error("template-syntax", format!("template `{file}`: {message}")).at(file, 0..0, "")
    })
}

/// The byte offsets of a line and a column (both from 1), as far as the text has them.
pub(crate) fn place(text: &str, line: usize, column: usize) -> Range<usize> {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut start = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    start..start
}

/// Turns YAML into JSON, and short forms into long ones.
fn fold(value: yaml_serde::Value, depth: usize) -> Result<Value, String> {
    use yaml_serde::Value as Yaml;

    if depth > DEPTH_LIMIT {
        return Err(format!("it nests deeper than {DEPTH_LIMIT} levels"));
    }
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => fold_number(&number)?,
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => {
            Value::Array(items.into_iter().map(|item| fold(item, depth + 1)).collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                object.insert(fold_key(key)?, fold(value, depth + 1)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            fold_tag(tag.trim_start_matches('!'), fold(tagged.value, depth + 1)?)?
        }
    })
}

fn fold_number(number: &yaml_serde::Number) -> Result<Value, String> {
    if let Some(integer) = number.as_i64() {
        return Ok(integer.into());
    }
    if let Some(integer) = number.as_u64() {
        return Ok(integer.into());
    }
    number
        .as_f64()
        .and_then(Number::from_f64)
        .map(Value::Number)
        .ok_or_else(|| format!("`{number}` is not a number that JSON knows"))
}

fn fold_key(key: yaml_serde::Value) -> Result<String, String> {
    match key {
        yaml_serde::Value::String(text) => Ok(text),
        yaml_serde::Value::Number(number) => Ok(number.to_string()),
        yaml_serde::Value::Bool(flag) => Ok(flag.to_string()),
        other => Err(format!("a key is neither a text nor a number: `{other:?}`")),
    }
}

/// Turns a short form into its long form ("Intrinsic function reference" of the CloudFormation user guide).
fn fold_tag(tag: &str, value: Value) -> Result<Value, String> {
    let name = match tag {
        "Ref" | "Condition" => tag.to_owned(),
        "And" | "Base64" | "Cidr" | "Contains" | "EachMemberEquals" | "EachMemberIn" | "Equals" | "FindInMap"
        | "ForEach" | "GetAtt" | "GetAZs" | "GetStackOutput" | "If" | "ImportValue" | "Join" | "Length" | "Not"
        | "Or" | "RefAll" | "Select" | "Split" | "Sub" | "ToJsonString" | "Transform" | "ValueOf" | "ValueOfAll" => {
            format!("Fn::{tag}")
        }
        _ => return Err(format!("`!{tag}` is not an intrinsic function")),
    };
    let value = match (tag, value) {
        ("GetAtt", Value::String(path)) => match path.split_once('.') {
            Some((resource, attribute)) => json!([resource, attribute]),
            None => return Err(format!("`!GetAtt {path}` names no attribute; write `!GetAtt Resource.Attribute`")),
        },
        ("Base64" | "GetAZs", Value::Null) => Value::String(String::new()),
        (_, value) => value,
    };
    Ok(json!({ name: value }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Value {
        parse(Utf8Path::new("app.yaml"), text).unwrap()
    }

    #[test]
    fn short_forms_become_long_ones() {
        assert_eq!(
            parsed("a: !Sub 'x-${B}'\nb: !GetAtt R.Arn.More\nc: !Join ['', [!Ref A, !Base64 '']]\nd: !Base64"),
            json!({
                "a": {"Fn::Sub": "x-${B}"},
                "b": {"Fn::GetAtt": ["R", "Arn.More"]},
                "c": {"Fn::Join": ["", [{"Ref": "A"}, {"Fn::Base64": ""}]]},
                "d": {"Fn::Base64": ""},
            })
        );
    }

    #[test]
    fn scalars_keep_what_cloudformation_reads() {
        assert_eq!(
            parsed("a: 012345678901\nb: on\nc: 2010-09-09\nd: 0755\ne: true\nf: 1.5\n80: x"),
            json!({"a": "012345678901", "b": "on", "c": "2010-09-09", "d": "0755", "e": true, "f": 1.5, "80": "x"})
        );
    }

    #[test]
    fn mistakes_name_their_place() {
        let diagnostic = parse(Utf8Path::new("app.json"), "{\n  \"a\": }").unwrap_err();
        assert_eq!(diagnostic.labels[0].span, 9..9);
        let diagnostic = parse(Utf8Path::new("app.yaml"), "a: !Sup x").unwrap_err();
        assert!(diagnostic.message.contains("`!Sup` is not an intrinsic function"), "{}", diagnostic.message);
        assert!(parse(Utf8Path::new("app.yaml"), "a: [").is_err());
        assert!(parse(Utf8Path::new("app.yaml"), &"[".repeat(5000)).is_err());
    }
}
