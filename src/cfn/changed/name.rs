//! By whose change a value of a template becomes another one, though its text stays.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::cfn::references::{Reference, references};

/// What a value may depend on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cfn) enum Name {
    /// A parameter, or whatever a resource tells of itself.
    Value(String),
    /// One attribute of a resource.
    Attribute(String, String),
    /// A condition.
    Condition(String),
    /// A mapping.
    Mapping(String),
    /// What another stack puts out, read whenever the template is deployed.
    OtherStack,
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(name) => write!(formatter, "another value of `{name}`"),
            Self::Attribute(resource, attribute) => write!(formatter, "another value of `{resource}.{attribute}`"),
            Self::Condition(name) => write!(formatter, "another outcome of the condition `{name}`"),
            Self::Mapping(name) => write!(formatter, "another mapping `{name}`"),
            Self::OtherStack => formatter.write_str("what another stack puts out"),
        }
    }
}

/// Everything that a value depends on.
pub(super) fn mentioned(value: &Value) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    for reference in references(value) {
        found.insert(Name::Value(reference.target().to_owned()));
        if let Reference::Attribute { resource, attribute } = reference {
            found.insert(Name::Attribute(resource, attribute));
        }
    }
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<Name>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(object) => {
            for (key, value) in object {
                let first = || value.get(0).and_then(Value::as_str).map(str::to_owned);
                match key.as_str() {
                    "Fn::If" => found.extend(first().map(Name::Condition)),
                    "Fn::FindInMap" => found.extend(first().map(Name::Mapping)),
                    "Fn::GetStackOutput" => drop(found.insert(Name::OtherStack)),
                    // That of a statement is no text.
                    "Condition" => found.extend(value.as_str().map(|name| Name::Condition(name.to_owned()))),
                    _ => {}
                }
                collect(value, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_value_depends_on_is_found_everywhere() {
        let value = json!({
            "Condition": "IsOn",
            "Text": { "Fn::Sub": "${Name}-${Data.Outputs.Arn}" },
            "List": [{ "Fn::If": ["IsWide", { "Fn::FindInMap": ["Ranges", "all", "is"] }, { "Fn::GetStackOutput": {} }] }],
            "Statement": { "Condition": { "Bool": { "aws:SecureTransport": true } } },
        });
        let told: Vec<String> = mentioned(&value).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "another value of `Data`",
                "another value of `Name`",
                "another value of `Data.Outputs.Arn`",
                "another outcome of the condition `IsOn`",
                "another outcome of the condition `IsWide`",
                "another mapping `Ranges`",
                "what another stack puts out",
            ]
        );
    }
}
