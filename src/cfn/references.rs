//! What a template's intrinsic functions refer to.

use serde_json::Value;

/// One reference within a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `Ref`, or `${Name}` in `Fn::Sub`: a parameter, a pseudo parameter or a resource.
    Name(String),
    /// `Fn::GetAtt`, or `${Resource.Attribute}` in `Fn::Sub`.
    Attribute {
        /// The resource's logical id.
        resource: String,
        /// The attribute, if it is a plain text.
        attribute: String,
    },
}

impl Reference {
    /// The parameter or the resource that is meant.
    pub fn target(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Attribute { resource, .. } => resource,
        }
    }
}

/// Every reference in a value, in no particular order.
pub fn references(value: &Value) -> Vec<Reference> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

/// Collects every reference in a value, in no particular order.
pub(super) fn collect(value: &Value, found: &mut Vec<Reference>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("Ref", Value::String(name)) if object.len() == 1 => found.push(Reference::Name(name.clone())),
                    ("Fn::GetAtt", value) if object.len() == 1 => collect_attribute(value, found),
                    ("Fn::Sub", value) if object.len() == 1 => collect_substitution(value, found),
                    _ => collect(value, found),
                }
            }
        }
        _ => {}
    }
}

fn collect_attribute(value: &Value, found: &mut Vec<Reference>) {
    match value {
        Value::String(path) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((path, ""));
            found.push(Reference::Attribute { resource: resource.to_owned(), attribute: attribute.to_owned() });
        }
        Value::Array(parts) => {
            if let Some(Value::String(resource)) = parts.first() {
                let attribute = parts.get(1).and_then(Value::as_str).unwrap_or_default();
                found.push(Reference::Attribute { resource: resource.clone(), attribute: attribute.to_owned() });
            }
            parts.iter().skip(1).for_each(|part| collect(part, found));
        }
        _ => {}
    }
}

fn collect_substitution(value: &Value, found: &mut Vec<Reference>) {
    let (text, variables) = match value {
        Value::String(text) => (text.as_str(), None),
        Value::Array(parts) => (parts.first().and_then(Value::as_str).unwrap_or_default(), parts.get(1)),
        _ => return,
    };
    if let Some(variables) = variables {
        collect(variables, found);
    }
    for name in placeholders(text) {
        let is_variable = variables.is_some_and(|variables| variables.get(name).is_some());
        if is_variable {
            continue;
        }
        found.push(match name.split_once('.') {
            Some((resource, attribute)) => {
                Reference::Attribute { resource: resource.to_owned(), attribute: attribute.to_owned() }
            }
            None => Reference::Name(name.to_owned()),
        });
    }
}

/// The names in `${…}`; `${!Literal}` is none.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        (!name.starts_with('!')).then_some(name.trim())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_found_everywhere() {
        let mut found = Vec::new();
        collect(
            &json!({
                "a": {"Ref": "P"},
                "b": [{"Fn::GetAtt": ["R", "Arn"]}, {"Fn::GetAtt": "S.Name.X"}],
                "c": {"Fn::Sub": ["${x}-${T.Arn}-${!y}-${Z}", {"x": {"Ref": "Q"}}]},
            }),
            &mut found,
        );
        found.sort();
        let targets: Vec<&str> = found.iter().map(Reference::target).collect();
        assert_eq!(targets, ["P", "Q", "Z", "R", "S", "T"]);
    }
}
