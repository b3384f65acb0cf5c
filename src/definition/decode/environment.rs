//! The keys that `[build]` and steps share: image, compute, rights, network.

use indexmap::IndexMap;

use super::value::Scope;
use super::{limits, value};
use crate::buildspec::is_variable_name;
use crate::definition::check::Uses;
use crate::definition::grammar;
use crate::definition::model::{BuildEnvironment, Compute, Privilege, Statement, Value, Vpc};
use crate::definition::read::{Node, Table};

/// The image of a build that names none: CodeBuild's standard image on Ubuntu.
pub(super) const IMAGE: &str = "aws/codebuild/standard:7.0";
/// The minutes that a build may take that does not say.
pub(super) const TIMEOUT_MINUTES: u16 = 60;

/// Prefixes of variables that CodeBuild and pipectl set themselves.
pub const RESERVED_VARIABLES: [&str; 2] = ["CODEBUILD_", "PIPECTL_"];

/// The sizes by their words.
pub(in crate::definition) const COMPUTES: &[(&str, Compute)] = &[
    ("small", Compute::Small),
    ("medium", Compute::Medium),
    ("large", Compute::Large),
    ("xlarge", Compute::XLarge),
    ("2xlarge", Compute::XxLarge),
];

/// The environment of a build that says nothing about it.
pub(in crate::definition) fn standard() -> BuildEnvironment {
    BuildEnvironment {
        image: IMAGE.to_owned(),
        compute: Compute::default(),
        timeout_minutes: TIMEOUT_MINUTES,
        variables: IndexMap::new(),
        privilege: Privilege::default(),
        statements: Vec::new(),
        managed_policies: Vec::new(),
        vpc: None,
    }
}

impl Default for BuildEnvironment {
    fn default() -> Self {
        standard()
    }
}

impl Compute {
    /// The size that a word of the definition names.
    pub fn named(word: &str) -> Option<Self> {
        COMPUTES.iter().find(|(known, _)| *known == word).map(|(_, compute)| *compute)
    }
}

/// Decodes the environment of a build, and tells which outputs its variables use.
pub(super) fn decode(table: &Table<'_>, scope: Scope<'_>) -> (Option<BuildEnvironment>, Uses) {
    let mut uses = Uses::default();
    let variables = table.get("variables").map(|node| variables(&node, scope, &mut uses)).unwrap_or_default();
    let image = optional(table, "image", |node| node.text_up_to(255), || IMAGE.to_owned());
    let compute = optional(table, "compute", |node| node.choice(COMPUTES), Compute::default);
    let timeout = optional(
        table,
        "timeout",
        |node| node.integer(limits::TIMEOUT_MINUTES).and_then(|minutes| u16::try_from(minutes).ok()),
        || TIMEOUT_MINUTES,
    );
    let privilege = optional(
        table,
        "privileged",
        |node| node.boolean().map(|is_on| if is_on { Privilege::Privileged } else { Privilege::Unprivileged }),
        Privilege::default,
    );
    let statements = table.get("statements").map(|node| statements(&node)).unwrap_or_default();
    let managed_policies = table.get("managed-policies").map(|node| managed_policies(&node)).unwrap_or_default();
    let vpc = match table.get("vpc") {
        Some(node) => node.table(&grammar::VPC).and_then(|table| vpc(&table)).map(Some),
        None => Some(None),
    };
    let environment = || {
        Some(BuildEnvironment {
            image: image?,
            compute: compute?,
            timeout_minutes: timeout?,
            variables,
            privilege: privilege?,
            statements,
            managed_policies,
            vpc: vpc?,
        })
    };
    (environment(), uses)
}

/// A value that has a default; `None` when it is there and wrong.
fn optional<T>(
    table: &Table<'_>,
    key: &'static str,
    read: impl FnOnce(&Node<'_>) -> Option<T>,
    default: impl FnOnce() -> T,
) -> Option<T> {
    match table.get(key) {
        Some(node) => read(&node),
        None => Some(default()),
    }
}

fn variables(node: &Node<'_>, scope: Scope<'_>, uses: &mut Uses) -> IndexMap<String, Value> {
    let mut variables = IndexMap::new();
    for (key, entry) in node.entries() {
        if !is_variable_name(key.value) {
            let message = format!("`{}` is not a variable's name: letters, digits and underscores", key.value);
            node.context.report(node.context.error("invalid-value", message, key.span.clone(), ""));
        }
        if let Some(prefix) = RESERVED_VARIABLES.iter().find(|prefix| key.value.starts_with(**prefix)) {
            let message = format!("variables that start with `{prefix}` are reserved");
            node.context.report(node.context.error("reserved-name", message, key.span.clone(), ""));
        }
        if let Some(value) = value::decode(&entry, scope, uses) {
            variables.insert(key.value.to_owned(), value);
        }
    }
    variables
}

fn statements(node: &Node<'_>) -> Vec<Statement> {
    node.tables(&grammar::STATEMENT)
        .iter()
        .filter_map(|table| {
            let actions = table.require("actions").map(|node| action_names(&node));
            let resources = table.require("resources").map(|node| some_texts(&node, "resource"));
            Some(Statement { actions: actions?, resources: resources? })
        })
        .collect()
}

fn action_names(node: &Node<'_>) -> Vec<String> {
    let actions = node.texts();
    limits::at_least_one(node, "action");
    for action in actions.iter().filter(|action| action.value != "*" && !action.value.contains(':')) {
        let message = format!("`{}` is not an action: SERVICE:NAME, such as `s3:GetObject`", action.value);
        node.context.report(node.context.error("invalid-value", message, action.span.clone(), ""));
    }
    actions.into_iter().map(|action| action.value).collect()
}

fn managed_policies(node: &Node<'_>) -> Vec<String> {
    let policies: Vec<String> =
        node.elements("an array of strings").iter().filter_map(|element| value::arn(element, &["iam"])).collect();
    limits::at_most(node, policies.len(), limits::MANAGED_POLICIES, "policy");
    policies
}

fn vpc(table: &Table<'_>) -> Option<Vpc> {
    let id = table.require("id").and_then(|node| node.text());
    let list = |key, limit, noun: &'static str| {
        table.require(key).map(|node| {
            let texts = some_texts(&node, noun);
            limits::at_most(&node, texts.len(), limit, noun);
            texts
        })
    };
    let subnets = list("subnets", limits::SUBNETS, "subnet");
    let security_groups = list("security-groups", limits::SECURITY_GROUPS, "security group");
    Some(Vpc { id: id?, subnets: subnets?, security_groups: security_groups? })
}

fn some_texts(node: &Node<'_>, noun: &str) -> Vec<String> {
    let texts = node.texts();
    limits::at_least_one(node, noun);
    texts.into_iter().map(|text| text.value).collect()
}
