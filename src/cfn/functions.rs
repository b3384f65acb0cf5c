//! What CloudFormation refuses about intrinsic functions as such: arguments of another form, and functions that are not
//! there ("Template error: …").

use serde_json::Value;

use crate::text;

/// The functions of templates without transforms ("Intrinsic function reference"), and those that transforms bring.
const FUNCTIONS: [&str; 24] = [
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::RefAll",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::ValueOf",
];

/// What is wrong with a function.
pub(super) struct Misuse<'a> {
    /// The word that stands where it is.
    pub word: &'a str,
    /// The end of a sentence that begins with the entry in which it stands.
    pub problem: String,
    /// What to do about it.
    pub help: String,
}

/// The functions in a value that CloudFormation refuses.
pub(super) fn misuses<'a>(value: &'a Value, found: &mut Vec<Misuse<'a>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| misuses(item, found)),
        Value::Object(members) => {
            let only = members.iter().next().filter(|_| members.len() == 1);
            found.extend(only.and_then(|(function, argument)| misuse(function, argument)));
            members.values().for_each(|member| misuses(member, found));
        }
        _ => {}
    }
}

fn misuse<'a>(function: &'a str, argument: &'a Value) -> Option<Misuse<'a>> {
    let wrong =
        |problem: &str, help: &str| Some(Misuse { word: function, problem: problem.to_owned(), help: help.to_owned() });
    match (function, argument) {
        ("Ref", Value::String(_)) | ("Fn::GetAtt", Value::String(_)) => None,
        ("Ref", _) => {
            wrong("has a `Ref` to what is not a text", "write the name of a parameter or of a resource: `Ref: Name`")
        }
        ("Fn::GetAtt", Value::Array(parts)) if parts.len() > 1 && parts[0].is_string() => None,
        ("Fn::GetAtt", _) => wrong(
            "has a `Fn::GetAtt` without a resource and an attribute",
            "write both: `Fn::GetAtt: [Resource, Attribute]`",
        ),
        _ if !function.starts_with("Fn::") || FUNCTIONS.contains(&function) => None,
        // What resembles none may be newer than this list.
        _ => {
            let near = text::nearest(function, FUNCTIONS)?;
            wrong(
                &format!("calls `{function}`, which is no function of CloudFormation"),
                &format!("a function with a similar name exists: `{near}`"),
            )
        }
    }
}
