//! What becomes of the resources within a nested stack: the change set of its parent does not tell.
//!
//! The schemas of the types decide ([`effect_of`]). What is another only because of a value, a condition or a mapping counts
//! like what is declared otherwise; whatever cannot be seen is perhaps replaced.

use std::collections::BTreeSet;

use serde_json::Value;

use super::replacing::effect_of;
use super::resource::comparable;
use super::value::Comparison;
use super::{Effect, ValueChange};
use crate::cfn::changed::{Changed, Unknown};
use crate::cfn::intrinsic::is_function;
use crate::cfn::tree::type_of;
use crate::cfn::{StackTree, is_nested_stack};

/// What becomes of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceEffect {
    /// Its logical id, after those of the nested stacks that it is in, as `api/Table`.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// What happens to it.
    pub effect: Effect,
}

/// Lists what becomes of the resources within a nested stack that there is and that stays; nothing where its templates are
/// not known. `others` are the parameters of the root, and its resources, whose values are or may be others.
pub fn effects_within(
    former: &StackTree,
    wanted: &StackTree,
    logical_id: &str,
    others: &BTreeSet<&str>,
) -> Option<Vec<ResourceEffect>> {
    let others = others.iter().map(|name| (*name).to_owned()).collect();
    let changed = Changed::of(former, wanted, others, Unknown::PerhapsOther);
    below(former, wanted, logical_id, &changed)
}

/// The same, with what is another in the stack that it is nested in.
fn below(former: &StackTree, wanted: &StackTree, logical_id: &str, changed: &Changed) -> Option<Vec<ResourceEffect>> {
    let (before, after) = (former.nested.get(logical_id)?, wanted.nested.get(logical_id)?);
    let values = changed.below(logical_id, former, wanted, Unknown::PerhapsOther);
    let inner = of_stack(before, after, &Changed::of(before, after, values, Unknown::PerhapsOther));
    let placed =
        |inner: ResourceEffect| ResourceEffect { logical_id: format!("{logical_id}/{}", inner.logical_id), ..inner };
    Some(inner.into_iter().map(placed).collect())
}

fn of_stack(former: &StackTree, wanted: &StackTree, changed: &Changed) -> Vec<ResourceEffect> {
    let told = |logical_id: &str, resource_type: &str, effect| ResourceEffect {
        logical_id: logical_id.to_owned(),
        resource_type: resource_type.to_owned(),
        effect,
    };
    let mut found = Vec::new();
    if changed.macros(Some(&former.template), &wanted.template, Unknown::PerhapsOther) {
        found.push(told("Transform", "section of the template", Effect::PerhapsReplaced));
    }
    for (logical_id, resource) in wanted.template.resources() {
        let Some(old) = former.template.resource(logical_id) else {
            found.push(told(logical_id, type_of(resource), Effect::Added));
            continue;
        };
        let own = effect(old, resource, changed);
        let is_nested = is_nested_stack(old) && is_nested_stack(resource);
        let inner = if is_nested { below(former, wanted, logical_id, changed) } else { Some(Vec::new()) };
        // What lies at the address of a template that is no asset may be another one.
        let own = if inner.is_none() { Some(Effect::PerhapsReplaced) } else { own };
        let inner = inner.unwrap_or_default();
        let own = own.or_else(|| (!inner.is_empty()).then_some(Effect::Changed));
        found.extend(own.map(|effect| told(logical_id, type_of(resource), effect)));
        found.extend(inner);
    }
    let gone = former.template.resources().filter(|(logical_id, _)| wanted.template.resource(logical_id).is_none());
    found.extend(gone.map(|(logical_id, resource)| told(logical_id, type_of(resource), Effect::Removed)));
    found
}

/// What becomes of a resource that is declared in both; nothing where it stays as it is.
fn effect(before: &Value, after: &Value, changed: &Changed) -> Option<Effect> {
    let condition = after.get("Condition").and_then(Value::as_str);
    if before.get("Condition") != after.get("Condition")
        || condition.is_some_and(|name| changed.condition(name).is_some())
    {
        return Some(Effect::PerhapsReplaced);
    }
    let resource_type = type_of(after);
    let nothing = BTreeSet::new();
    let mut comparison = Comparison::new(&nothing);
    comparison.compare(Some(&comparable(before)), Some(&comparable(after)));
    let mut changes = comparison.found;
    followers(after, changed, &mut Vec::new(), &mut changes);
    changes.iter().map(|change| effect_of(resource_type, change)).max()
}

/// The places whose texts stay, but depend on something that is another.
fn followers(value: &Value, changed: &Changed, path: &mut Vec<String>, found: &mut Vec<ValueChange>) {
    let mut deeper = |key: String, value: &Value| {
        path.push(key);
        followers(value, changed, path, found);
        path.pop();
    };
    match value {
        Value::Object(object) if !is_function(value) => {
            object.iter().for_each(|(key, value)| deeper(key.clone(), value));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(position, item)| deeper(position.to_string(), item));
        }
        _ if changed.behind(value).is_some() => {
            let same = Some(value.clone());
            found.push(ValueChange { path: path.clone(), before: same.clone(), after: same, follows: Vec::new() });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use serde_json::json;

    use super::*;
    use crate::cfn::{NESTED_STACK, Template};

    fn stack(template: &Value, nested: Option<(&str, StackTree)>) -> StackTree {
        let nested = nested.into_iter().map(|(logical_id, tree)| (logical_id.to_owned(), tree));
        StackTree { template: Template::from_value(template.as_object().unwrap().clone()), nested: nested.collect() }
    }

    /// A root with a stack `api` that is given a name.
    fn root(inner: &Value) -> StackTree {
        let root = json!({
            "Parameters": { "Env": { "Type": "String" } },
            "Resources": {
                "Shared": { "Type": "AWS::S3::Bucket" },
                "api": { "Type": NESTED_STACK, "Properties": { "TemplateURL": "https://s3/b/k", "Parameters": {
                    "Name": { "Ref": "Env" }, "Bucket": { "Ref": "Shared" },
                } } },
            },
        });
        stack(&root, Some(("api", stack(inner, None))))
    }

    fn inner(resources: Value) -> Value {
        json!({
            "Parameters": { "Name": { "Type": "String" }, "Bucket": { "Type": "String" } },
            "Conditions": { "IsProd": { "Fn::Equals": [{ "Ref": "Name" }, "prod"] } },
            "Resources": resources,
        })
    }

    fn told(before: &StackTree, after: &StackTree, others: &[&str]) -> Vec<String> {
        let found = effects_within(before, after, "api", &others.iter().copied().collect()).unwrap();
        found.into_iter().map(|found| format!("{} {:?}", found.logical_id, found.effect)).collect()
    }

    fn table(key: &str) -> Value {
        json!({ "Type": "AWS::DynamoDB::Table", "Properties": { "KeySchema": [{ "AttributeName": key }] } })
    }

    fn function(code: &str) -> Value {
        json!({ "Type": "AWS::Lambda::Function", "Properties": { "Code": { "S3Key": code }, "Environment": {
            "Variables": { "BUCKET": { "Ref": "Bucket" } },
        } } })
    }

    #[test]
    fn schemas_tell_what_becomes_of_what_is_in_a_nested_stack() {
        let before = root(&inner(json!({ "Table": table("id"), "Function": function("one"), "Old": table("id") })));
        let of = |resources| told(&before, &root(&inner(resources)), &[]);
        let same = || json!({ "Table": table("id"), "Function": function("one"), "Old": table("id") });
        assert_eq!(of(same()), [""; 0]);
        let other =
            json!({ "Table": table("id"), "Function": function("two"), "New": table("id"), "Old": table("id") });
        assert_eq!(of(other), ["api/Function Changed", "api/New Added"]);
        let other = json!({ "Table": table("name"), "Function": function("one") });
        assert_eq!(of(other), ["api/Table PerhapsReplaced", "api/Old Removed"]);
    }

    #[test]
    fn values_conditions_and_macros_count() {
        let named = json!({ "Type": "AWS::S3::Bucket", "Properties": { "BucketName": { "Ref": "Name" } } });
        let sometimes = json!({ "Type": "AWS::SNS::Topic", "Condition": "IsProd" });
        let tree = root(&inner(json!({ "Named": named, "Sometimes": sometimes, "Function": function("one") })));
        assert_eq!(told(&tree, &tree, &["Env"]), ["api/Named PerhapsReplaced", "api/Sometimes PerhapsReplaced"]);
        assert_eq!(told(&tree, &tree, &["Shared"]), ["api/Function Changed"], "the bucket is replaced");
        let mut with_macro = inner(json!({ "Function": function("one") }));
        with_macro["Transform"] = "AWS::Serverless-2016-10-31".into();
        let before = root(&with_macro);
        assert_eq!(told(&before, &before, &[]), [""; 0]);
        with_macro["Resources"]["Function"] = function("two");
        assert_eq!(told(&before, &root(&with_macro), &[])[0], "api/Transform PerhapsReplaced");
    }

    #[test]
    fn what_is_looked_up_at_the_deployment_may_be_another() {
        let template = json!({
            "Parameters": { "Image": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/image" } },
            "Resources": { "Machine": { "Type": "AWS::EC2::Instance", "Properties": { "ImageId": { "Ref": "Image" } } } },
        });
        let tree = root(&template);
        assert_eq!(told(&tree, &tree, &[]), ["api/Machine PerhapsReplaced"]);
    }

    #[test]
    fn nested_stacks_are_followed_down_as_far_as_they_are_known() {
        let nest = || json!({ "Type": NESTED_STACK, "Properties": { "TemplateURL": "https://s3/b/k" } });
        let middle = || inner(json!({ "Deep": nest() }));
        let tree = |deep: Option<Value>| {
            let mut tree = root(&middle());
            let deep = deep.map(|deep| ("Deep".to_owned(), stack(&deep, None)));
            tree.nested["api"].nested = deep.into_iter().collect::<IndexMap<_, _>>();
            tree
        };
        let deep = |key| Some(json!({ "Resources": { "Table": table(key) } }));
        assert_eq!(
            told(&tree(deep("id")), &tree(deep("name")), &[]),
            ["api/Deep Changed", "api/Deep/Table PerhapsReplaced"]
        );
        assert_eq!(told(&tree(None), &tree(None), &[]), ["api/Deep PerhapsReplaced"]);
        let unknown = StackTree { nested: IndexMap::new(), ..tree(None) };
        assert_eq!(effects_within(&unknown, &tree(None), "api", &BTreeSet::new()), None);
    }
}
