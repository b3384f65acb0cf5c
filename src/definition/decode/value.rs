//! Values of parameters and variables, and ARNs.

use toml::de::DeValue;

use super::imports::Imports;
use super::{limits, reference};
use crate::definition::check::Uses;
use crate::definition::model::Value;
use crate::definition::read::Node;
use crate::id::{Name, is_arn};

/// Whose value it is, which decides what outputs it may name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope<'a> {
    /// The build, which runs before any stack is deployed.
    Build,
    /// A step of a stage; without a name if that could not be read.
    Step(Option<&'a Name>),
    /// The stacks of a stage, which take imports, too.
    Stacks(Option<&'a Name>, &'a Imports),
}

/// Decodes a string, a number, a boolean, a list of these (joined by commas) or a reference.
pub(super) fn decode(node: &Node<'_>, scope: Scope<'_>, uses: &mut Uses) -> Option<Value> {
    let literal = match node.value {
        DeValue::Table(_) => return reference::decode(node, scope, uses),
        DeValue::Array(_) => {
            let parts: Vec<Option<String>> = node.elements("an array").iter().map(element).collect();
            parts.into_iter().collect::<Option<Vec<_>>>()?.join(",")
        }
        _ => scalar(node)?,
    };
    if literal.len() > limits::PARAMETER_VALUE {
        let message =
            format!("`{}` has {} bytes; at most {} are allowed", node.name(), literal.len(), limits::PARAMETER_VALUE);
        return node.refuse("limit", message, "too long");
    }
    Some(Value::Literal(literal))
}

/// An element of a list. A comma in it would make two of it.
fn element(node: &Node<'_>) -> Option<String> {
    let text = scalar(node)?;
    if text.contains(',') {
        return node.invalid(
            "an element of a list contains a comma, which separates elements".to_owned(),
            "write the whole list as one string if that is meant",
        );
    }
    Some(text)
}

fn scalar(node: &Node<'_>) -> Option<String> {
    match node.value {
        DeValue::String(text) if text.contains('\0') => node.invalid("a value contains a NUL".to_owned(), "remove it"),
        DeValue::String(text) => Some(text.as_ref().to_owned()),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Some(number.to_string()),
            Err(_) => node.refuse("limit", format!("`{}` is too large a number", node.name()), "too large"),
        },
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Datetime(_) => node.wrong_type("a string, a number, a boolean, a list or `{ output = … }`"),
        DeValue::Array(_) | DeValue::Table(_) => node.wrong_type("a string, a number or a boolean"),
    }
}

/// An ARN of one of some services.
pub(super) fn arn(node: &Node<'_>, services: &[&str]) -> Option<String> {
    let text = node.text_up_to(2048)?;
    if is_arn(&text, services) {
        return Some(text);
    }
    let form = format!("arn:aws:{}:…", services[0]);
    node.invalid(format!("`{text}` is not an ARN of the form `{form}`"), "an ARN is wanted")
}
