//! Under what conditions a value is there: CloudFormation leaves a resource out whose condition does not hold, and refuses
//! whatever else refers to it.
//!
//! A condition is known in its own template only. In the stack that holds that one, it stands for what it means there: its
//! definition with the values that are passed in the place of parameters.

use indexmap::IndexMap;
use serde_json::Value;

use crate::cfn::{StackTree, Template, substitute};

/// A function whose result depends on the template that it stands in.
const LOCAL: &str = "Fn::FindInMap";

/// How long what a condition means may be, in characters. What is longer is as good as not known.
const LONGEST: usize = 4096;

/// A condition that must hold for a value to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    /// Its name in its own template.
    pub name: String,
    /// The logical ids that lead to the stack of that template.
    pub stack: String,
    /// What it means in the stack that the value has come to; none if that cannot be told there.
    meaning: Option<Value>,
}

/// All conditions that must hold for a value to be there.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs(Vec<Need>);

impl Needs {
    /// Those of a resource's value in its own stack, to which `path` leads.
    pub fn of(template: &Template, logical_id: &str, path: &[String]) -> Self {
        let name = template.resource(logical_id).and_then(condition_of);
        let need =
            name.map(|name| Need { name: name.to_owned(), stack: path.join("/"), meaning: meaning(template, name) });
        Self(need.into_iter().collect())
    }

    /// Those of the value once it has left a nested stack: in the terms of the stack that holds it, and the nested stack's
    /// own. `path` leads to the stack that holds it.
    pub fn outside(self, parent: &StackTree, nested: &str, path: &[String]) -> Self {
        let passed = parent.nested.get(nested).map(|child| passed(&parent.template, nested, &child.template));
        let mut needs = Self::of(&parent.template, nested, path);
        needs.0.extend(self.0.into_iter().map(|need| {
            let meaning = need.meaning.zip(passed.as_ref()).and_then(|(meaning, passed)| outer(meaning, passed));
            Need { meaning, ..need }
        }));
        needs
    }

    /// Leaves them to a condition of a template, under which all of them hold, and returns it; none if nothing has to
    /// hold. One that means nothing else goes before a stricter one.
    pub fn gathered(&mut self, template: &Template, path: &[String]) -> Result<Option<String>, Need> {
        let Some(first) = self.0.first() else { return Ok(None) };
        let declared = template.root().get("Conditions").and_then(Value::as_object);
        let declared = declared.into_iter().flat_map(serde_json::Map::keys);
        let names: Vec<&String> = [&first.name].into_iter().chain(declared).collect();
        let same = |name: &&&String| {
            self.0.iter().all(|need| need.meaning.is_some() && need.meaning == meaning(template, name))
        };
        let covers = |name: &&&String| self.unmet(template, name).is_none();
        // What stands in the way is told of the condition that cannot be told here at all, if there is one.
        let uncovered = || self.0.iter().find(|need| need.meaning.is_none()).unwrap_or(first).clone();
        let found = names.iter().find(same).or_else(|| names.iter().find(covers)).ok_or_else(uncovered)?;
        let name = (*found).clone();
        self.0 = vec![Need { name: name.clone(), stack: path.join("/"), meaning: meaning(template, &name) }];
        Ok(Some(name))
    }

    /// Checks that a resource of a template is there only while all of them hold.
    pub fn met_by(&self, template: &Template, logical_id: &str) -> Result<(), Need> {
        let Some(first) = self.0.first() else { return Ok(()) };
        let Some(condition) = template.resource(logical_id).and_then(condition_of) else { return Err(first.clone()) };
        self.unmet(template, condition).map_or(Ok(()), |need| Err(need.clone()))
    }

    /// The first that may not hold while a condition of a template does.
    fn unmet(&self, template: &Template, condition: &str) -> Option<&Need> {
        let holds = meaning(template, condition);
        let all = holds.as_ref().and_then(|holds| holds.get("Fn::And")?.as_array());
        self.0.iter().find(|need| {
            let is_covered = need.meaning.is_some()
                && (need.meaning == holds
                    || all.is_some_and(|all| all.iter().any(|one| Some(one) == need.meaning.as_ref())));
            !is_covered
        })
    }
}

/// The condition of a resource.
fn condition_of(resource: &Value) -> Option<&str> {
    resource.get("Condition")?.as_str()
}

/// What a condition means: its definition, with those of the conditions that it names.
fn meaning(template: &Template, name: &str) -> Option<Value> {
    let conditions = template.root().get("Conditions")?.as_object()?;
    let mut value = conditions.get(name)?.clone();
    // Conditions that name each other in a circle never come to an end; CloudFormation refuses them.
    for _ in 0..=conditions.len() {
        if !expand(&mut value, &|name| conditions.get(name).cloned()) {
            return Some(value);
        }
        if value.to_string().len() > LONGEST {
            break;
        }
    }
    None
}

/// Puts definitions in the place of the conditions that a value names. Tells whether there were any.
fn expand(value: &mut Value, definition: &impl Fn(&str) -> Option<Value>) -> bool {
    let only = value.as_object().filter(|object| object.len() == 1).and_then(|object| object.get("Condition"));
    if let Some(found) = only.and_then(Value::as_str).and_then(definition) {
        *value = found;
        return true;
    }
    match value {
        Value::Array(items) => items.iter_mut().fold(false, |any, item| expand(item, definition) | any),
        Value::Object(object) => object.values_mut().fold(false, |any, member| expand(member, definition) | any),
        _ => false,
    }
}

/// What stands for the parameters of a nested stack in the stack that holds it; `Null` where that cannot be told.
fn passed(parent: &Template, nested: &str, child: &Template) -> IndexMap<String, Value> {
    let given = parent.resource(nested).and_then(|resource| resource.pointer("/Properties/Parameters"));
    let value = |name: &str, default: Option<Value>| given.and_then(|given| given.get(name).cloned()).or(default);
    let declared = child.parameters().into_iter();
    let known = declared.map(|(name, parameter)| {
        let value = value(&name, parameter.default).unwrap_or_default();
        (name, value)
    });
    // These differ from stack to stack.
    known.chain(["AWS::StackName", "AWS::StackId"].map(|name| (name.to_owned(), Value::Null))).collect()
}

/// A meaning in the terms of the stack outside.
fn outer(mut meaning: Value, passed: &IndexMap<String, Value>) -> Option<Value> {
    substitute(&mut meaning, passed);
    is_told(&meaning).then_some(meaning)
}

/// Whether a value means the same in another template.
fn is_told(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().all(is_told),
        Value::Object(object) => object.iter().all(|(key, member)| key != LOCAL && is_told(member)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(value: &Value) -> Template {
        Template::from_value(value.as_object().unwrap().clone())
    }

    /// A stack `data` with a table under a condition, in a root with a condition and further sections of the stack.
    fn needs(condition: &Value, parameters: &Value) -> Needs {
        let child = template(&json!({
            "Parameters": { "env": { "Type": "String" }, "size": { "Type": "String", "Default": "small" } },
            "Conditions": { "Base": { "Fn::Equals": [{ "Ref": "env" }, "prod"] }, "Has": condition },
            "Resources": { "Table": { "Type": "AWS::DynamoDB::Table", "Condition": "Has" } },
        }));
        let root = template(&json!({
            "Resources": { "data": { "Type": "AWS::CloudFormation::Stack", "Properties": { "Parameters": parameters } } },
        }));
        let needs = Needs::of(&child, "Table", &["data".to_owned()]);
        let nested = [("data".to_owned(), StackTree { template: child, nested: IndexMap::new() })].into();
        needs.outside(&StackTree { template: root, nested }, "data", &[])
    }

    fn found(needs: &Needs, conditions: &Value) -> Option<String> {
        let outside = template(&json!({ "Conditions": conditions, "Resources": {} }));
        needs.clone().gathered(&outside, &[]).ok().flatten()
    }

    #[test]
    fn a_condition_is_known_outside_by_what_it_means() {
        let is_prod = |of: &str| json!({ "Fn::Equals": [{ "Ref": of }, "prod"] });
        let passed = json!({ "env": { "Ref": "stage" } });
        let plain = needs(&is_prod("env"), &passed);
        assert_eq!(
            found(&plain, &json!({ "Other": is_prod("env"), "Live": is_prod("stage") })).as_deref(),
            Some("Live")
        );
        assert_eq!(found(&plain, &json!({ "Other": is_prod("env") })), None);
        let both = json!({ "Both": { "Fn::And": [{ "Condition": "Live" }, is_prod("x")] }, "Live": is_prod("stage") });
        assert_eq!(found(&plain, &both).as_deref(), Some("Live"), "though a stricter one is named before it");
        let stricter = json!({ "Both": { "Fn::And": [is_prod("stage"), is_prod("x")] } });
        assert_eq!(found(&plain, &stricter).as_deref(), Some("Both"));
        let named = needs(&json!({ "Condition": "Base" }), &passed);
        assert_eq!(found(&named, &json!({ "Live": is_prod("stage") })).as_deref(), Some("Live"));
        let by_default = needs(&json!({ "Fn::Equals": [{ "Ref": "size" }, "large"] }), &passed);
        let large = json!({ "Large": { "Fn::Equals": ["small", "large"] } });
        assert_eq!(found(&by_default, &large).as_deref(), Some("Large"));
    }

    #[test]
    fn what_cannot_be_told_outside_is_covered_by_nothing() {
        for local in [
            json!({ "Fn::Equals": [{ "Fn::FindInMap": ["Sizes", "all", "is"] }, "large"] }),
            json!({ "Fn::Equals": [{ "Ref": "AWS::StackName" }, "shop"] }),
            json!({ "Fn::Equals": [{ "Ref": "env" }, "prod"] }),
        ] {
            let same = template(&json!({ "Conditions": { "Has": local }, "Resources": {} }));
            let need = needs(&local, &json!({})).gathered(&same, &[]).unwrap_err();
            assert_eq!((need.name.as_str(), need.stack.as_str()), ("Has", "data"));
        }
    }

    #[test]
    fn conditions_that_grow_without_end_are_not_told() {
        let twice = |of: &str| json!({ "Fn::And": [{ "Condition": of }, { "Condition": of }] });
        let mut conditions = json!({ "C0": { "Fn::Equals": [{ "Ref": "env" }, "prod"] } });
        for number in 1..60 {
            conditions[format!("C{number}")] = twice(&format!("C{}", number - 1));
        }
        let grown = template(&json!({ "Conditions": conditions, "Resources": {} }));
        assert!(meaning(&grown, "C2").is_some());
        assert_eq!(meaning(&grown, "C59"), None);
        let circle = template(&json!({ "Conditions": { "A": { "Condition": "A" } }, "Resources": {} }));
        assert_eq!(meaning(&circle, "A"), None);
    }
}
