//! `[[stage.stack]]` and `[[stage.stack.asset]]`.

use indexmap::IndexMap;

use super::imports::Imports;
use super::value::Scope;
use super::{limits, overrides, tags, value};
use crate::cfn::Capability;
use crate::definition::check::{StackKind, StackOutline, Uses};
use crate::definition::grammar;
use crate::definition::model::{Asset, Origin, Stack, Target, TerminationProtection, Value};
use crate::definition::read::{Node, Placed, Table};
use crate::id::{Name, PipelineName, StackName};
use crate::overrides::Overrides;

pub(super) fn decode(
    table: &Table<'_>,
    pipeline: Option<&PipelineName>,
    stage: Option<&Name>,
    target: &Target,
    imports: &Imports,
) -> (Option<Stack>, StackOutline) {
    let mut uses = Uses::default();
    let name = table.require("name").and_then(|node| node.placed::<Name>());
    let stack_name = stack_name(table, pipeline, stage, name.as_ref());
    let template = table.require("template").and_then(|node| node.path());
    let parameters = table
        .get("parameters")
        .map(|node| parameters(&node, Scope::Stacks(stage, imports), &mut uses))
        .unwrap_or_default();
    let capabilities = table.get("capabilities").map(|node| {
        let known = Capability::ALL.map(|capability| (capability.as_str(), capability));
        node.elements("an array of strings").iter().filter_map(|element| element.choice(&known)).collect()
    });
    let termination_protection = protection(table);
    let notification_targets = topics(table);
    let depends_on = depends_on(table);
    let asset_tables = table.get("asset").map(|node| node.tables(&grammar::ASSET)).unwrap_or_default();
    let (assets, asset_names): (Vec<_>, Vec<_>) = asset_tables.iter().map(asset).unzip();
    let overrides = overrides::all(table);
    let tags = tags::decode(table);
    let stack = || {
        Some(Stack {
            name: name.as_ref()?.value.clone(),
            stack_name: stack_name.as_ref()?.value.clone(),
            target: target.clone(),
            template: template?,
            parameters,
            tags: tags.values,
            capabilities,
            termination_protection,
            notification_targets,
            depends_on: depends_on.iter().map(|name| name.value.clone()).collect(),
            assets: assets.into_iter().collect::<Option<_>>()?,
            overrides: Overrides { resources: overrides?, ..Overrides::default() },
            origin: Origin::Definition,
        })
    };
    let stack = stack();
    let assets = asset_names.into_iter().flatten().collect();
    let kind = StackKind::Template;
    (stack, StackOutline { name, kind, stack_name, depends_on, uses, assets, tags: tags.keys })
}

/// The physical name of a stack that chooses none.
pub(in crate::definition) fn standard_name(pipeline: &PipelineName, stage: &Name, stack: &Name) -> String {
    format!("{pipeline}-{stage}-{stack}")
}

/// The physical name: chosen, or made of the names of pipeline, stage and stack.
fn stack_name(
    table: &Table<'_>,
    pipeline: Option<&PipelineName>,
    stage: Option<&Name>,
    name: Option<&Placed<Name>>,
) -> Option<Placed<StackName>> {
    if let Some(node) = table.get("stack-name") {
        return node.placed();
    }
    let name = name?;
    let made = standard_name(pipeline?, stage?, &name.value);
    match made.parse() {
        Ok(value) => Some(Placed { value, span: name.span.clone() }),
        Err(_) => {
            let message = format!("the stack name `{made}` has {} characters; at most 128 are allowed", made.len());
            let diagnostic = table.context.error("limit", message, name.span.clone(), "makes the name too long");
            table.context.report(diagnostic.help("choose a name with `stack-name = \"…\"`"));
            None
        }
    }
}

pub(super) fn parameters(node: &Node<'_>, scope: Scope<'_>, uses: &mut Uses) -> IndexMap<String, Value> {
    let entries = node.entries();
    limits::at_most(node, entries.len(), limits::PARAMETERS, "parameter");
    let mut parameters = IndexMap::new();
    for (key, entry) in entries {
        if !is_logical_id(key.value) {
            let message = format!("`{}` is not a parameter's name: letters and digits", key.value);
            node.context.report(node.context.error("invalid-value", message, key.span.clone(), ""));
        }
        if let Some(value) = value::decode(&entry, scope, uses) {
            parameters.insert(key.value.to_owned(), value);
        }
    }
    parameters
}

/// Whether the stack may be deleted.
pub(super) fn protection(table: &Table<'_>) -> TerminationProtection {
    match table.get("termination-protection").and_then(|node| node.boolean()) {
        None => TerminationProtection::Unset,
        Some(true) => TerminationProtection::On,
        Some(false) => TerminationProtection::Off,
    }
}

/// Stacks of the stage that go first.
pub(super) fn depends_on(table: &Table<'_>) -> Vec<Placed<Name>> {
    let names = table.get("depends-on").map(|node| node.elements("an array of strings"));
    names.iter().flatten().filter_map(Node::placed).collect()
}

/// Topics that are told of the stack's events.
pub(super) fn topics(table: &Table<'_>) -> Vec<String> {
    let Some(node) = table.get("notification-targets") else { return Vec::new() };
    let topics: Vec<String> =
        node.elements("an array of strings").iter().filter_map(|element| value::arn(element, &["sns"])).collect();
    limits::at_most(&node, topics.len(), limits::NOTIFICATION_TARGETS, "notification target");
    topics
}

fn asset(table: &Table<'_>) -> (Option<Asset>, Option<Placed<Name>>) {
    let name = table.require("name").and_then(|node| node.placed::<Name>());
    let path = table.require("path").and_then(|node| node.path());
    let parameter = |key| {
        table.require(key).and_then(|node| {
            let text = node.text()?;
            if is_logical_id(&text) {
                return Some(text);
            }
            node.invalid(format!("`{text}` is not a parameter's name: letters and digits"), "a parameter's name")
        })
    };
    let bucket_parameter = parameter("bucket-parameter");
    let key_parameter = parameter("key-parameter");
    let asset = || {
        Some(Asset {
            name: name.as_ref()?.value.clone(),
            path: path?,
            bucket_parameter: bucket_parameter?,
            key_parameter: key_parameter?,
        })
    };
    (asset(), name)
}

/// A logical id as of CloudFormation.
pub(super) fn is_logical_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.chars().all(|character| character.is_ascii_alphanumeric())
}
