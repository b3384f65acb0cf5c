//! What can be wrong with a change, in words.

use super::condition::Need;
use super::link::By;
use super::names::Named;
use super::path::Obstacle;
use super::properties::Oddity;
use super::{Override, Overrides, PropertyPath, Selector};
use crate::diagnostic::{Diagnostic, Report, Severity};
use crate::text;

/// The prefix of Cognito's actions that examples have, and the one that IAM knows.
const COGNITO: (&str, &str) = ("cognito:", "cognito-idp:");

/// A finding about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The table that it is about, such as `override.0`; the first, if it is about what all of them made.
    pub table: Option<String>,
    /// The key or the value of the table that it is about, such as `set.Policies`; none if it is about the whole table.
    pub key: Option<String>,
    /// What was found.
    pub diagnostic: Diagnostic,
}

/// The findings as a report. What each is about is said by [`Diagnostic::about`].
pub fn report(findings: Vec<Finding>) -> Report {
    let mut report = Report::default();
    for Finding { table, key, diagnostic } in findings {
        let about = [table, key].into_iter().flatten().collect::<Vec<_>>().join(".");
        report.push(Diagnostic { about: (!about.is_empty()).then_some(about), ..diagnostic });
    }
    report
}

impl Finding {
    /// Whether the changes are refused for it.
    pub fn is_error(&self) -> bool {
        self.diagnostic.severity == Severity::Error
    }
}

/// What was found.
#[derive(Default)]
pub(super) struct Findings {
    pub found: Vec<Finding>,
    /// The table that is looked at.
    pub table: Option<String>,
    /// The key or the value that is looked at.
    pub key: Option<String>,
}

impl Findings {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(Finding { table: self.table.clone(), key: self.key.clone(), diagnostic });
    }

    fn error(&mut self, code: &'static str, message: String, help: String) {
        self.push(Diagnostic::error(code, message).help(help));
    }

    fn warning(&mut self, code: &'static str, message: String, help: String) {
        self.push(Diagnostic::warning(code, message).help(help));
    }

    /// Goes on to a table.
    pub fn look_at(&mut self, table: String) {
        (self.table, self.key) = (Some(table), None);
    }

    /// Goes back to the first of the tables, for what all of them made.
    pub fn look_at_first(&mut self, overrides: &Overrides) {
        let tables = [
            ("override", overrides.resources.is_empty()),
            ("grant", overrides.grants.is_empty()),
            ("variables", overrides.variables.is_empty()),
        ];
        self.table = tables.iter().find(|(_, is_empty)| !is_empty).map(|(table, _)| format!("{table}.0"));
        self.key = None;
    }

    /// Goes on to a key or a value of the table.
    pub fn look_at_key(&mut self, key: impl Into<String>) {
        self.key = Some(key.into());
    }

    /// Nothing has the name.
    pub fn unknown_resource(&mut self, what: &str, name: &str, named: &[Named]) {
        let known: Vec<&str> = named.iter().map(Named::name).collect();
        let last = |name: &str| name.rsplit('/').next().map(str::to_lowercase);
        let alike = || {
            let ends: Vec<&str> = known.iter().copied().filter(|known| last(known) == last(name)).take(5).collect();
            (!ends.is_empty()).then(|| format!("resources whose names end alike: {}", text::list(&ends)))
        };
        let further = || text::nearest(name, named.iter().flat_map(Named::names));
        let near = text::nearest(name, known.iter().copied()).or_else(further);
        let help = match near {
            Some(near) => format!("a resource with a similar name exists: `{near}`"),
            None => alike().unwrap_or_else(|| text::suggestion(name, &known, "resource")),
        };
        self.error("unknown-resource", format!("{what} names a resource `{name}`, which is not there"), help);
    }

    /// Nothing has the type.
    pub fn unknown_type(&mut self, resource_type: &str, named: &[Named]) {
        let mut known: Vec<&str> = named.iter().map(|resource| resource.resource_type.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        let message = format!("an override names the type `{resource_type}`, which no resource has");
        self.error("unknown-resource", message, text::suggestion(resource_type, &known, "type"));
    }

    /// More than one resource is meant where one should be.
    pub fn several(&mut self, what: &str, meant: &str, found: &[&Named], help: &str) {
        let names: Vec<&str> = found.iter().map(|resource| resource.name()).take(10).collect();
        let number = text::count(found.len(), "resource");
        let message = format!("{what} names {meant}, but {number} are meant by it: {}", text::list(&names));
        self.error("several-resources", message, help.to_owned());
    }

    /// Nothing can have tags.
    pub fn nothing_taggable(&mut self) {
        self.error(
            "unknown-resource",
            "an override gives tags to all resources, none of which can have any".to_owned(),
            "the stack's own `tags` go to whatever CloudFormation can tag".to_owned(),
        );
    }

    /// The type of a resource does not have the property.
    pub fn odd_property(&mut self, resource: &Named, path: &PropertyPath, help: String) {
        let message = format!(
            "override of `{}`: `{path}` is not known to be a property of `{}`",
            resource.name(),
            resource.resource_type
        );
        self.warning("unknown-property", message, help);
    }

    /// A value is not of the shape that the property has.
    pub fn odd_shape(&mut self, resource: &Named, path: &PropertyPath, oddity: &Oddity) {
        let message = format!("override of `{}`: `{path}` {}", resource.name(), oddity.problem);
        self.warning("wrong-type", message, oddity.help.clone());
    }

    /// Two overrides of the same resources set the same.
    pub fn set_again(&mut self, path: &PropertyPath) {
        let message = format!("`{path}` is set once more: an override of the same resources before sets it, too");
        self.warning("no-effect", message, "the later value counts: remove one of them".to_owned());
    }

    /// All is as an override wants it.
    pub fn nothing_new(&mut self, meant: &str) {
        let message = format!("an override of {meant} changes nothing: the template says the same");
        self.warning("no-effect", message, "remove it, or what it sets again".to_owned());
    }

    /// No snapshot can be made of a resource.
    pub fn no_snapshot(&mut self, resource: &Named) {
        let message =
            format!("override of `{}`: no snapshot is made of a `{}`", resource.name(), resource.resource_type);
        self.warning("no-snapshot", message, "choose `retain` to keep what is in it".to_owned());
    }

    /// Nothing is there to be removed.
    pub fn nothing_to_delete(&mut self, resource: &Named, path: &PropertyPath) {
        let message = format!("override of `{}`: there is no `{path}` to delete", resource.name());
        self.warning("unknown-property", message, "remove it from `delete`".to_owned());
    }

    /// Something is in the way of a change.
    pub fn obstacle(&mut self, resource: &Named, path: &str, obstacle: &Obstacle) {
        let name = resource.name();
        let (what, help) = match obstacle {
            Obstacle::Function(at) => (
                format!("`{at}` is an intrinsic function"),
                "`replace = true` puts the new value in its place".to_owned(),
            ),
            Obstacle::Plain(at) => (
                format!("`{at}` is a plain value, which has no parts"),
                "`replace = true` puts the new value in its place".to_owned(),
            ),
            Obstacle::NoPosition(at) => (
                format!("`{at}` is a list"),
                "write the position, from 0; the one behind the last adds an element".to_owned(),
            ),
        };
        self.error("conflicting-value", format!("override of `{name}`: `{path}` cannot be changed: {what}"), help);
    }

    /// The type of a resource has no tags.
    pub fn untaggable(&mut self, resource: &Named) {
        let message = format!(
            "override of `{}`: a resource of type `{}` is not known to have tags",
            resource.name(),
            resource.resource_type
        );
        self.error("untaggable", message, "set its property by `set`".to_owned());
    }

    /// Something is not a function.
    pub fn no_function(&mut self, resource: &Named) {
        let message =
            format!("variables of `{}`: it is of type `{}` and no function", resource.name(), resource.resource_type);
        self.error("wrong-type", message, "set its properties by an override".to_owned());
    }

    /// What gets rights has no role of its own.
    pub fn no_role(&mut self, resource: &Named) {
        let message = format!(
            "grant to `{}`: it is of type `{}` and has no role in its own stack",
            resource.name(),
            resource.resource_type
        );
        self.error("no-role", message, "name a function, or the role itself".to_owned());
    }

    /// A value is there under a condition that what is to use it does not have.
    pub fn conditional(&mut self, source: &Named, need: &Need, by: &By) {
        let whose = if need.stack.is_empty() { "the stack".to_owned() } else { format!("stack `{}`", need.stack) };
        let condition = format!("`{}` is there only under the condition `{}` of {whose}", source.name(), need.name);
        let (message, help) = match by {
            By::Resource(name) => (
                format!("{condition}, but `{name}`, which would use it, is there without it"),
                format!(
                    "an override of `{name}` with `set = {{ \"/Condition\" = \"…\" }}` gives it a condition that means the same"
                ),
            ),
            By::Stack(name) => (
                format!("{condition}, and no condition of stack `{name}`, which would pass it on, means the same"),
                format!("declare a condition that means the same in the template of stack `{name}`"),
            ),
        };
        self.error("conditional-resource", message, help);
    }

    /// A template cannot tell the ARN of what rights are wanted on.
    pub fn no_arn(&mut self, resource: &Named) {
        let message = format!(
            "grant on `{}`: a template cannot tell the ARN of an `{}`",
            resource.name(),
            resource.resource_type
        );
        let help = "a policy of a stack of yours, attached to the role, can build it from the resource's identifier";
        self.error("no-arn", message, help.to_owned());
    }

    /// What IAM calls otherwise.
    pub fn wrong_prefix(&mut self, action: &str) {
        if let Some(rest) = action.strip_prefix(COGNITO.0) {
            let message = format!("grant of `{action}`: user pools have no actions of this prefix");
            self.warning("unknown-action", message, format!("write `{}{rest}`", COGNITO.1));
        }
    }

    /// What the changed template of a stack is refused for.
    pub fn broken(&mut self, stack: &str, report: Report) {
        for mut finding in report.diagnostics {
            let whose = if stack.is_empty() { "the stack".to_owned() } else { format!("stack `{stack}`") };
            finding.message = format!("after the overrides of {whose}: {}", finding.message);
            finding.labels.clear();
            if finding.code == "circular-dependency" {
                finding = finding.help("a value that one resource needs of another makes it wait for that one");
            }
            self.push(finding);
        }
    }
}

/// How messages call what an override means.
pub(super) fn meant(change: &Override) -> String {
    match &change.selector {
        Selector::Resource(name) => format!("`{name}`"),
        Selector::Type(resource_type) => format!("the type `{resource_type}`"),
        Selector::Taggable => "all resources".to_owned(),
    }
}
