//! Parameters of templates: every value has a parameter, every parameter a value; then the values are written into the
//! templates, and what the parents pass is what is left.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::CategoryResource;
use super::draft::Draft;
use super::findings::Findings;
use super::options::ParameterValue;
use crate::cfn::intrinsic::is_function;
use crate::cfn::{Parameter, Reference, references, substitute};

/// What Amplify writes for every API, whether its template wants it or not (amplify-cli-export-construct#66).
const WRITTEN_FOR_EVERY_API: [&str; 5] = [
    "AppSyncApiName",
    "AuthModeLastUpdated",
    "CreateAPIKey",
    "DynamoDBBillingMode",
    "DynamoDBEnableServerSideEncryption",
];

/// Compares what is given and passed with what the templates declare.
pub(super) fn check(root: &Draft, categories: &[CategoryResource], chosen: &Chosen, findings: &mut Findings<'_>) {
    let apis = categories.iter().filter(|resource| resource.service == "AppSync");
    let apis = apis.map(CategoryResource::logical_id).collect();
    stack(root, &BTreeSet::new(), (&apis, chosen), findings);
}

/// The values that the definition gives, by the paths of stacks and the names of parameters.
type Chosen = IndexMap<String, IndexMap<String, ParameterValue>>;

/// The stacks of APIs, and the values that the definition gives.
type Known<'a> = (&'a BTreeSet<String>, &'a Chosen);

fn stack(stack: &Draft, passed: &BTreeSet<&str>, known: Known<'_>, findings: &mut Findings<'_>) {
    own(stack, passed, known, findings);
    outputs(stack, findings);
    for (logical_id, nested) in &stack.nested {
        let by_template = || parameters_of(stack, logical_id).into_iter().flatten();
        for (name, value) in by_template() {
            if is_no_value(value) {
                findings.no_value(nested, name, value, "its parent");
            }
        }
        let by_template = by_template().map(|(name, _)| name);
        let passed = by_template.chain(nested.passed.keys()).map(String::as_str).collect();
        self::stack(nested, &passed, known, findings);
    }
}

/// The parameters that a template passes to a nested stack.
fn parameters_of<'a>(parent: &'a Draft, logical_id: &str) -> Option<&'a Map<String, Value>> {
    let (_, resource) = parent.template.resources().find(|(id, _)| *id == logical_id)?;
    resource.pointer("/Properties/Parameters")?.as_object()
}

fn own(stack: &Draft, passed: &BTreeSet<&str>, (apis, chosen): Known<'_>, findings: &mut Findings<'_>) {
    let is_chosen = |name: &str| chosen.get(&stack.path).is_some_and(|chosen| chosen.contains_key(name));
    let declared = stack.template.parameters();
    for (name, value) in &stack.given {
        let Some(parameter) = declared.get(name) else {
            if is_chosen(name) {
                findings.unknown_parameter(stack, name);
            } else if apis.contains(&stack.path) && WRITTEN_FOR_EVERY_API.contains(&name.as_str()) {
                findings.idle_parameter(stack, name);
            } else {
                findings.undeclared_parameter(stack, name, "the manifest");
            }
            continue;
        };
        if stack.template.hides(name) && is_secret(value) && !is_read_when_deployed(value) {
            findings.readable_secret(stack, name);
        }
        if is_no_value(value) {
            findings.no_value(stack, name, value, "the manifest");
        } else if !is_read_when_deployed(value)
            && let Some(objection) = parameter.objection(&texts(value).join(","))
        {
            findings.refused_value(stack, name, value, &objection);
        }
    }
    for name in passed.iter().filter(|name| !declared.contains_key(**name)) {
        match is_chosen(name) {
            true => findings.unknown_parameter(stack, name),
            false => findings.undeclared_parameter(stack, name, "its parent"),
        }
    }
    for (name, parameter) in &declared {
        let has_value = stack.given.contains_key(name) || passed.contains(name.as_str());
        if parameter.default.is_none() && !has_value {
            findings.missing_parameter(stack, name);
        }
    }
}

/// Whether a value is known only when it is deployed: an intrinsic function, or the name of what CloudFormation reads
/// elsewhere, such as a secret.
fn is_read_when_deployed(value: &Value) -> bool {
    is_function(value) || value.as_str().is_some_and(|text| text.starts_with("{{resolve:"))
}

/// Whether a value is none that a parameter can have.
fn is_no_value(value: &Value) -> bool {
    value.is_null() || (value.is_object() && !is_function(value))
}

/// Whether a value of a parameter that is not echoed has something to hide: Amplify writes empty lists where it has no
/// credentials.
fn is_secret(value: &Value) -> bool {
    !texts(value).iter().all(|text| ["", "[]", "{}"].contains(&text.trim()))
}

/// Outputs of nested stacks that are used are there.
fn outputs(stack: &Draft, findings: &mut Findings<'_>) {
    let mut used = BTreeSet::new();
    for section in ["Resources", "Outputs"] {
        let found = stack.template.root().get(section).map(references).unwrap_or_default();
        used.extend(found.into_iter().filter_map(|reference| match reference {
            Reference::Attribute { resource, attribute } => {
                Some((resource, attribute.strip_prefix("Outputs.")?.to_owned()))
            }
            Reference::Name(_) => None,
        }));
    }
    for (logical_id, output) in used {
        let Some(nested) = stack.nested.get(&logical_id) else { continue };
        if !nested.template.has_transform() && !nested.template.outputs().contains(&output) {
            findings.unknown_output(stack, nested, &output);
        }
    }
}

/// The texts that a literal value stands for.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

/// Writes the values into the templates.
pub(super) fn write(stack: &mut Draft) {
    write_passed(stack);
    let mut given = std::mem::take(&mut stack.given);
    let declared = stack.template.parameters();
    given.retain(|name, _| declared.contains_key(name));
    for (name, value) in &mut given {
        if declared[name].is_list() {
            *value = as_list(std::mem::take(value));
        }
    }
    let root = stack.template.root_mut();
    let none_left = root.get_mut("Parameters").and_then(Value::as_object_mut).is_none_or(|parameters| {
        parameters.retain(|name, _| !given.contains_key(name));
        parameters.is_empty()
    });
    if none_left {
        root.remove("Parameters");
    }
    for (_, section) in root.iter_mut().filter(|(name, _)| *name != "Parameters") {
        substitute(section, &given);
    }
    for logical_id in stack.nested.keys() {
        if let Some(properties) = stack.template.properties_mut(logical_id) {
            as_texts(properties.get_mut("Parameters"));
        }
    }
    write_variables(stack);
    stack.nested.values_mut().for_each(write);
}

/// Takes out what is given to the nested stacks themselves, and puts in what else is passed to them. A value that
/// CloudFormation itself looks up is passed, since no text could stand for it, and so is one that is not to be shown.
fn write_passed(stack: &mut Draft) {
    for (logical_id, nested) in &mut stack.nested {
        let Some(properties) = stack.template.properties_mut(logical_id) else { continue };
        let parameters = properties.entry("Parameters").or_insert_with(|| Value::Object(Map::new()));
        let Some(parameters) = parameters.as_object_mut() else { continue };
        let declared = nested.template.parameters();
        let is_passed = |name: &String, value: &Value| {
            let is_hidden = || nested.template.hides(name) && is_secret(value);
            declared.get(name).is_some_and(Parameter::is_looked_up) || is_hidden()
        };
        let given = std::mem::take(&mut nested.given).into_iter();
        let (passed, given) = given.partition(|(name, value)| is_passed(name, value));
        nested.given = given;
        nested.passed.extend::<IndexMap<_, _>>(passed);
        parameters.retain(|name, _| !nested.given.contains_key(name));
        parameters.extend(nested.passed.clone());
        if parameters.is_empty() {
            properties.remove("Parameters");
        }
    }
}

/// The variables of functions are texts, whatever was written into them.
fn write_variables(stack: &mut Draft) {
    let resources = stack.template.root_mut().get_mut("Resources").and_then(Value::as_object_mut);
    for resource in resources.into_iter().flat_map(Map::values_mut) {
        let variables = resource.pointer_mut("/Properties/Environment/Variables").and_then(Value::as_object_mut);
        for value in variables.into_iter().flat_map(Map::values_mut).filter(|value| value.is_boolean()) {
            *value = Value::String(value.to_string());
        }
    }
}

/// A value of a parameter that is a list: a text is split as CloudFormation splits it.
fn as_list(value: Value) -> Value {
    match value {
        Value::String(text) => text.split(',').map(str::trim).collect(),
        other => other,
    }
}

/// Parameters of a nested stack are texts.
fn as_texts(parameters: Option<&mut Value>) {
    for value in parameters.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        let is_literal = |value: &Value| !value.is_object() && !value.is_array();
        match value {
            Value::Bool(_) | Value::Number(_) => *value = Value::String(value.to_string()),
            Value::Array(items) if items.iter().all(is_literal) => *value = texts(value).join(",").into(),
            _ => {}
        }
    }
}

/// Declares parameters of the root stack, whose values are known only when it is deployed.
pub(super) fn declare(root: &mut Draft, names: impl Iterator<Item = String>) {
    let mut declared: IndexMap<String, Value> = IndexMap::new();
    declared.extend(names.map(|name| (name, serde_json::json!({ "Type": "String" }))));
    if declared.is_empty() {
        return;
    }
    let parameters = root.template.root_mut().entry("Parameters").or_insert_with(|| Value::Object(Map::new()));
    if let Some(parameters) = parameters.as_object_mut() {
        parameters.extend(declared);
    }
}
