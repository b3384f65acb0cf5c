//! Makes the changes, one after the other, and looks at what has become of the templates.

use std::collections::BTreeSet;

use camino::Utf8Path;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::findings::{Finding, Findings, meant};
use super::link::{Unusable, Wanted, value_for};
use super::names::{Alias, Named, Place};
use super::path::Removal;
use super::tags::{Added, Custom};
use super::{
    Grant, Override, Overrides, PropertyPath, Reach, RemovalPolicy, ResourceReference, Selector, Setting, Variables,
    arns, grant, names, order, properties, tags,
};
use crate::cfn::{NESTED_STACK, StackTree, Template};

/// Types of functions with variables.
const FUNCTIONS: [&str; 2] = ["AWS::Lambda::Function", "AWS::Serverless::Function"];
/// Types of which a snapshot is made when they leave their stack ("DeletionPolicy attribute", CloudFormation user guide).
const WITH_SNAPSHOTS: [&str; 8] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];
/// Where the variables of a function are.
const VARIABLES: &str = "Environment.Variables";

/// Changes the templates of a tree. Where there are errors, the tree is not to be used. `aliases` are further names of stacks
/// that are nested in the root.
pub fn apply(tree: &mut StackTree, overrides: &Overrides, aliases: &[Alias]) -> Vec<Finding> {
    if overrides.is_empty() {
        return Vec::new();
    }
    let named = names::all(tree, aliases);
    let custom = Custom::of(tree);
    let mut maker = Maker { tree, named: &named, custom, findings: Findings::default(), odd: BTreeSet::new() };
    for (position, change) in overrides.resources.iter().enumerate() {
        let before = &overrides.resources[..position];
        maker.findings.look_at(format!("override.{position}"));
        maker.change(change, before);
    }
    for (position, grant) in overrides.grants.iter().enumerate() {
        maker.findings.look_at(format!("grant.{position}"));
        maker.grant(grant);
    }
    for (position, variables) in overrides.variables.iter().enumerate() {
        maker.findings.look_at(format!("variables.{position}"));
        maker.variables(variables);
    }
    maker.findings.look_at_first(overrides);
    maker.check();
    maker.findings.found
}

/// Changes a template that has no nested stacks of its own.
pub fn apply_to_template(template: Template, overrides: &Overrides) -> (Template, Vec<Finding>) {
    let mut tree = StackTree { template, nested: IndexMap::new() };
    let findings = apply(&mut tree, overrides, &[]);
    (tree.template, findings)
}

struct Maker<'a> {
    tree: &'a mut StackTree,
    named: &'a [Named],
    custom: Custom,
    findings: Findings,
    /// The types and paths that have been found odd.
    odd: BTreeSet<(String, String)>,
}

impl<'a> Maker<'a> {
    /// The one resource of a name. Where there is none, or there are several, that is reported.
    fn the(&mut self, what: &str, name: &str) -> Option<&'a Named> {
        let found = names::called(self.named, name);
        match found.as_slice() {
            [only] => Some(only),
            [] => {
                self.findings.unknown_resource(what, name, self.named);
                None
            }
            several => {
                let help = "write the logical ids that lead to the one that is meant";
                self.findings.several(what, &format!("`{name}`"), several, help);
                None
            }
        }
    }

    /// The function of a name, which may be that of a stack with one function. Else as [`Self::the`].
    fn the_function(&mut self, what: &str, name: &str) -> Option<&'a Named> {
        let is_stack = names::called(self.named, name).iter().all(|found| found.resource_type == NESTED_STACK);
        let only = names::only_below(self.named, name, &FUNCTIONS).filter(|_| is_stack);
        only.or_else(|| self.the(what, name))
    }

    fn resource(&mut self, place: &Place) -> Option<&mut Map<String, Value>> {
        self.tree.below_mut(&place.stack)?.template.resource_mut(&place.logical_id)
    }

    /// Makes a change. `before` are those made before it.
    fn change(&mut self, change: &Override, before: &[Override]) {
        self.findings.look_at_key(match &change.selector {
            Selector::Resource(_) => "resource",
            Selector::Type(_) => "type",
            Selector::Taggable => "tags",
        });
        let mut found = names::selected(self.named, &change.selector);
        if change.selector == Selector::Taggable {
            let (tree, custom) = (&*self.tree, self.custom);
            found.retain(|resource| {
                let declared = tree
                    .below(&resource.place.stack)
                    .and_then(|stack| stack.template.resource(&resource.place.logical_id));
                declared.is_some_and(|declared| custom.allows(declared))
            });
        }
        match (found.as_slice(), change.reach, &change.selector) {
            ([], _, Selector::Resource(name)) => {
                return self.findings.unknown_resource("an override", name, self.named);
            }
            ([], _, Selector::Type(wanted)) => return self.findings.unknown_type(wanted, self.named),
            ([], _, Selector::Taggable) => return self.findings.nothing_taggable(),
            ([_, _, ..], Reach::One, _) => {
                let help = "`all = true` changes all of them";
                return self.findings.several("an override", &meant(change), &found, help);
            }
            _ => {}
        }
        let mut first: Vec<&Named> = Vec::new();
        for (position, name) in change.depends_on.iter().enumerate() {
            self.findings.look_at_key(format!("depends-on.{position}"));
            first.extend(self.the("`depends-on`", name));
        }
        for path in change.set.keys() {
            let is_again = |other: &&Override| other.selector == change.selector && other.set.contains_key(path);
            if before.iter().any(|other| is_again(&other)) {
                self.findings.look_at_key(format!("set.{path}"));
                self.findings.set_again(path);
            }
        }
        let (former, told) = (self.tree.clone(), self.findings.found.len());
        for resource in &found {
            self.change_one(resource, change);
            for first in &first {
                order::depend(self.tree, &resource.place, &first.place);
            }
        }
        if *self.tree == former && self.findings.found.len() == told {
            self.findings.key = None;
            self.findings.nothing_new(&meant(change));
        }
    }

    fn change_one(&mut self, named: &Named, change: &Override) {
        for (path, setting) in &change.set {
            self.findings.look_at_key(format!("set.{path}"));
            self.judge(named, path, setting);
            let Some(value) = self.value(setting, &named.place) else { continue };
            let Some(resource) = self.resource(&named.place) else { return };
            if let Err(obstacle) = path.set(resource, &value, change.replacement) {
                self.findings.obstacle(named, &path.to_string(), &obstacle);
            }
        }
        let mut deleted: Vec<(usize, &PropertyPath)> = change.delete.iter().enumerate().collect();
        deleted.sort_by_cached_key(|(_, path)| path.removal_order());
        for (position, path) in deleted {
            self.findings.look_at_key(format!("delete.{position}"));
            let Some(resource) = self.resource(&named.place) else { return };
            match path.delete(resource) {
                Ok(Removal::Removed) => {}
                Ok(Removal::Absent) => self.findings.nothing_to_delete(named, path),
                Err(obstacle) => self.findings.obstacle(named, &path.to_string(), &obstacle),
            }
        }
        if let Some(policy) = change.removal_policy {
            if policy == RemovalPolicy::Snapshot && !WITH_SNAPSHOTS.contains(&named.resource_type.as_str()) {
                self.findings.look_at_key("removal-policy");
                self.findings.no_snapshot(named);
            }
            let Some(resource) = self.resource(&named.place) else { return };
            let (deletion, replacement) = policy.attributes();
            resource.insert("DeletionPolicy".to_owned(), deletion.into());
            resource.insert("UpdateReplacePolicy".to_owned(), replacement.into());
        }
        if !change.tags.is_empty() {
            self.findings.look_at_key("tags");
            let Some(resource) = self.resource(&named.place) else { return };
            match tags::add(resource, &change.tags) {
                Added::Done => {}
                Added::Untaggable => self.findings.untaggable(named),
                Added::Obstacle(obstacle) => self.findings.obstacle(named, "Tags", &obstacle),
            }
        }
    }

    /// Warns of a property that the type does not have, and of a value that the property cannot have.
    fn judge(&mut self, named: &Named, path: &PropertyPath, setting: &Setting) {
        let Some(keys) = path.property() else { return };
        let own = self.resource(&named.place).and_then(|resource| resource.get("Properties"));
        let help = properties::oddity(&named.resource_type, own, keys);
        let shape = match setting {
            Setting::Literal(value) if help.is_none() => properties::odd_value(&named.resource_type, keys, value),
            Setting::Literal(_) | Setting::Reference(_) => None,
        };
        if (help.is_none() && shape.is_none()) || !self.odd.insert((named.resource_type.clone(), path.to_string())) {
            return;
        }
        match (help, shape) {
            (Some(help), _) => self.findings.odd_property(named, path, help),
            (None, Some(oddity)) => self.findings.odd_shape(named, path, &oddity),
            (None, None) => {}
        }
    }

    /// What stands for a value that a resource is to have.
    fn value(&mut self, setting: &Setting, user: &Place) -> Option<Value> {
        match setting {
            Setting::Literal(value) => Some(value.clone()),
            Setting::Reference(ResourceReference { resource, attribute }) => {
                let source = self.the("a reference", resource)?;
                let wanted = attribute.clone().map_or(Wanted::Identifier, Wanted::Attribute);
                self.value_for(user, source, &wanted)
            }
        }
    }

    /// A value of a resource for another one. What is there under other conditions than its user is reported.
    fn value_for(&mut self, user: &Place, source: &Named, wanted: &Wanted) -> Option<Value> {
        match value_for(self.tree, user, &source.place, wanted) {
            Ok(value) => Some(value),
            Err(Unusable::Nowhere) => None,
            Err(Unusable::Conditional { need, by }) => {
                self.findings.conditional(source, &need, &by);
                None
            }
        }
    }

    fn grant(&mut self, grant: &Grant) -> Option<()> {
        for (position, action) in grant.actions.iter().enumerate() {
            self.findings.look_at_key(format!("actions.{position}"));
            self.findings.wrong_prefix(action);
        }
        self.findings.look_at_key("on");
        let on = self.the("a grant", &grant.on);
        self.findings.look_at_key("to");
        let to = self.the_function("a grant", &grant.to);
        let (to, on) = (to?, on?);
        let role = grant::role(&self.tree.below(&to.place.stack)?.template, &to.place.logical_id);
        let Some(role) = role else {
            self.findings.no_role(to);
            return None;
        };
        let Some(wanted) = arns::of_type(&on.resource_type) else {
            self.findings.no_arn(on);
            return None;
        };
        let holder = grant::holder(&self.tree.below(&to.place.stack)?.template, &role);
        let user = Place { stack: to.place.stack.clone(), logical_id: holder };
        let arn = self.value_for(&user, on, &wanted)?;
        grant::give(self.tree, &to.place, &role, grant, &arn)
    }

    fn variables(&mut self, variables: &Variables) -> Option<()> {
        self.findings.look_at_key("function");
        let function = self.the_function("`variables`", &variables.function)?;
        if !FUNCTIONS.contains(&function.resource_type.as_str()) {
            self.findings.no_function(function);
            return None;
        }
        let path: PropertyPath = VARIABLES.parse().ok()?;
        for (name, setting) in &variables.set {
            self.findings.look_at_key(format!("set.{name}"));
            let Some(value) = self.value(setting, &function.place) else { continue };
            let value = Value::Object(Map::from_iter([(name.clone(), value)]));
            let resource = self.resource(&function.place)?;
            // A variable that is there is another one's affair only as long as nobody sets it.
            if let Some(own) = resource.get_mut("Properties").and_then(|all| all.pointer_mut("/Environment/Variables"))
                && let Some(own) = own.as_object_mut().filter(|own| own.keys().all(|key| !key.starts_with("Fn::")))
            {
                own.remove(name);
            }
            if let Err(obstacle) = path.set(resource, &value, super::Replacement::Merge) {
                self.findings.obstacle(function, VARIABLES, &obstacle);
            }
        }
        Some(())
    }

    /// Reports what CloudFormation would refuse about the changed templates.
    fn check(&mut self) {
        for (path, stack) in self.tree.walk() {
            self.findings.broken(&path, stack.template.problems(Utf8Path::new(&path)));
        }
    }
}
