//! Rights of functions on resources, as the CDK's `grant` gives them: a statement in the default policy of the function's
//! role, on an ARN that may come from another stack.

use serde_json::{Map, Value, json};

use super::link;
use super::names::{self, Place, construct_in};
use super::{Grant, ids, order};
use crate::cfn::{Reference, StackTree, Template, references};

/// Properties that hold the ARN of the role that something runs with.
const ROLES: [&str; 2] = ["Role", "RoleArn"];
/// The type of a role.
const ROLE: &str = "AWS::IAM::Role";
/// The type of the policy that holds the rights.
const POLICY: &str = "AWS::IAM::Policy";
/// What the CDK calls it.
const DEFAULT_POLICY: &str = "DefaultPolicy";

/// The role of what gets rights, in the same template.
pub(super) fn role(template: &Template, logical_id: &str) -> Option<String> {
    let resource = template.resource(logical_id)?;
    if resource["Type"] == ROLE {
        return Some(logical_id.to_owned());
    }
    let arn = ROLES.iter().find_map(|name| resource.get("Properties")?.get(name))?;
    match references(arn).as_slice() {
        [Reference::Attribute { resource, attribute }] if attribute == "Arn" => {
            template.resource(resource).filter(|found| found["Type"] == ROLE).map(|_| resource.clone())
        }
        _ => None,
    }
}

/// What decides under what condition the rights of a role are there: the policy that will hold them, or the role that it
/// will be made for.
pub(super) fn holder(template: &Template, role: &str) -> String {
    policy_of(template, role).unwrap_or_else(|| role.to_owned())
}

/// Adds the statement. `to` gets the rights by its role, on what `arn` stands for.
pub(super) fn give(tree: &mut StackTree, to: &Place, role: &str, grant: &Grant, arn: &Value) -> Option<()> {
    let path = stack_path(tree, &to.stack);
    let template = &mut tree.below_mut(&to.stack)?.template;
    let policy = policy_of(template, role).unwrap_or_else(|| add_policy(template, role, path.as_deref()));
    let document = template.properties_mut(&policy)?.get_mut("PolicyDocument")?.as_object_mut()?;
    let statement = statement(grant, arn);
    match document.entry("Statement").or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(statements) if statements.contains(&statement) => {}
        Value::Array(statements) => statements.push(statement),
        single => *single = json!([single, statement]),
    }
    if to.logical_id != role {
        order::add(template.resource_mut(&to.logical_id)?, policy);
    }
    Some(())
}

fn statement(grant: &Grant, arn: &Value) -> Value {
    let resources = grant
        .paths
        .iter()
        .map(|path| if path.is_empty() { arn.clone() } else { json!({ "Fn::Join": ["", [arn, path]] }) });
    let resources: Vec<Value> = if grant.paths.is_empty() { vec![arn.clone()] } else { resources.collect() };
    let actions = grant.actions.iter().map(|action| json!(action)).collect();
    json!({ "Action": single(actions), "Effect": "Allow", "Resource": single(resources) })
}

/// A list of one as that one.
fn single(mut values: Vec<Value>) -> Value {
    if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
}

/// The policy that holds further rights of a role, if it has one.
fn policy_of(template: &Template, role: &str) -> Option<String> {
    let own = construct_in(template, role).map(|path| format!("{}/{DEFAULT_POLICY}/Resource", base(path)));
    let attached = json!([{ "Ref": role }]);
    let found = template.resources().find(|(logical_id, resource)| {
        let is_attached = resource["Type"] == POLICY && resource.pointer("/Properties/Roles") == Some(&attached);
        is_attached
            && match &own {
                Some(path) => names::construct(resource) == Some(path),
                None => **logical_id == default_id(role),
            }
    });
    found.map(|(logical_id, _)| logical_id.clone())
}

fn default_id(role: &str) -> String {
    format!("{role}{DEFAULT_POLICY}")
}

/// Adds an empty policy to a role. `stack` is the path of the stack's construct.
fn add_policy(template: &mut Template, role: &str, stack: Option<&str>) -> String {
    let path = construct_in(template, role).map(|path| format!("{}/{DEFAULT_POLICY}/Resource", base(path)));
    let below = path.as_deref().and_then(|path| path.strip_prefix(stack?)?.strip_prefix('/'));
    let usual = below.map_or_else(|| default_id(role), |below| ids::unique(&below.split('/').collect::<Vec<_>>()));
    let Some(resources) = template.root().get("Resources").and_then(Value::as_object) else { return usual };
    // Another policy may have the name: one that is attached to further roles, whose rights those are not to get.
    let logical_id = link::free(resources, usual.clone());
    let is_usual = logical_id == usual;
    let mut policy = Map::new();
    policy.insert("Type".to_owned(), POLICY.into());
    if let Some(condition) = template.resource(role).and_then(|role| role.get("Condition")) {
        policy.insert("Condition".to_owned(), condition.clone());
    }
    let document = json!({ "Statement": [], "Version": "2012-10-17" });
    let properties = json!({ "PolicyDocument": document, "PolicyName": logical_id, "Roles": [{ "Ref": role }] });
    policy.insert("Properties".to_owned(), properties);
    if let Some(path) = path.filter(|_| is_usual) {
        policy.insert("Metadata".to_owned(), names::metadata(&path));
    }
    if let Some(resources) = template.root_mut().get_mut("Resources").and_then(Value::as_object_mut) {
        resources.insert(logical_id.clone(), Value::Object(policy));
    }
    logical_id
}

/// The path of a construct by that of its resource.
fn base(path: &str) -> &str {
    path.strip_suffix("/Resource").unwrap_or(path)
}

/// The path of the construct that a stack is: the first part of the paths in the root, and for a nested stack
/// `A/B` where its resource is `A/B.NestedStack/B.NestedStackResource`.
fn stack_path(tree: &StackTree, stack: &[String]) -> Option<String> {
    let Some((logical_id, parents)) = stack.split_last() else {
        let (_, resource) = tree.template.resources().find(|(_, resource)| names::construct(resource).is_some())?;
        return Some(names::construct(resource)?.split('/').next()?.to_owned());
    };
    let path = construct_in(&tree.below(parents)?.template, logical_id)?;
    let (folder, _) = path.rsplit_once('/')?;
    folder.strip_suffix(".NestedStack").map(str::to_owned)
}
