//! What is another than before within a stack, though the texts that depend on it stay.
//!
//! ```text
//! values of parameters ─┬─▶ conditions ─┬─▶ rights
//! other mappings ───────┤               │
//! other conditions ─────┘               └─▶ resources that pass on what they are given ─▶ parameters of nested stacks
//!                                           (custom ones, outputs of nested stacks)  ◀─ outputs
//! ```

mod name;

use std::collections::BTreeSet;

use serde_json::Value;

use super::tree::type_of;
use super::{StackTree, Template, is_nested_stack};
use name::{Name, mentioned};

/// What is taken for granted of that which only a deployment finds out: what a name in the Parameter Store stands for, what
/// lies at the address of a template, what another stack puts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// It is as it was, as long as it is named in the same way.
    AsBefore,
    /// It may be another.
    PerhapsOther,
}

/// The types of resources, beside those of nested stacks, whose attributes are what they are given, or made of it.
const PASSING: [&str; 3] = ["AWS::CloudFormation::CustomResource", "Custom::*", "AWS::SSM::Parameter"];

/// What is another than before.
#[derive(Debug, Default)]
pub(super) struct Changed {
    names: BTreeSet<Name>,
}

impl Changed {
    /// Finds it, beginning with the parameters that have other values.
    pub fn of(former: &StackTree, wanted: &StackTree, values: BTreeSet<String>, unknown: Unknown) -> Self {
        let mut names: BTreeSet<Name> = values.into_iter().map(Name::Value).collect();
        names.extend(read_otherwise(&former.template, &wanted.template));
        names.extend(declared_otherwise(&former.template, &wanted.template, "Mappings", Name::Mapping));
        names.extend(declared_otherwise(&former.template, &wanted.template, "Conditions", Name::Condition));
        if unknown == Unknown::PerhapsOther {
            names.insert(Name::OtherStack);
        }
        let mut changed = Self { names };
        loop {
            let more = changed.following(former, wanted, unknown);
            let number = changed.names.len();
            changed.names.extend(more);
            if changed.names.len() == number {
                return changed;
            }
        }
    }

    /// Whether everything is as before, as far as can be told.
    fn is_nothing(&self) -> bool {
        self.names.iter().all(|name| *name == Name::OtherStack)
    }

    /// Whether macros may make something else of a template than before: that is known only when it is deployed.
    pub fn macros(&self, former: Option<&Template>, wanted: &Template, unknown: Unknown) -> bool {
        if !(wanted.has_transform() || former.is_some_and(Template::has_transform)) {
            return false;
        }
        let is_same = former == Some(wanted) && self.is_nothing();
        let varies = unknown == Unknown::PerhapsOther && wanted.read_when_deployed().is_some();
        !is_same || varies
    }

    /// Something that is another and that a value depends on.
    pub fn behind(&self, value: &Value) -> Option<&Name> {
        let mentioned = mentioned(value);
        self.names.iter().find(|name| mentioned.contains(name))
    }

    /// Whether a condition may come out otherwise.
    pub fn condition(&self, name: &str) -> Option<&Name> {
        self.names.get(&Name::Condition(name.to_owned()))
    }

    /// The parameters of a nested stack that have other values.
    pub fn below(
        &self,
        logical_id: &str,
        former: &StackTree,
        wanted: &StackTree,
        unknown: Unknown,
    ) -> BTreeSet<String> {
        let (Some(before), Some(after)) = (former.nested.get(logical_id), wanted.nested.get(logical_id)) else {
            return BTreeSet::new();
        };
        let declared = after.template.parameters();
        let is_other = |name: &&String| {
            let after = given(&wanted.template, logical_id, &after.template, name);
            let is_read = unknown == Unknown::PerhapsOther && declared[*name].is_looked_up();
            is_read
                || given(&former.template, logical_id, &before.template, name) != after
                || after.is_some_and(|value| self.behind(value).is_some())
        };
        declared.keys().filter(is_other).cloned().collect()
    }

    /// What follows from the names that are known.
    fn following(&self, former: &StackTree, wanted: &StackTree, unknown: Unknown) -> BTreeSet<Name> {
        let conditions = section(&wanted.template, "Conditions").filter(|(_, value)| self.behind(value).is_some());
        let mut found: BTreeSet<Name> = conditions.map(|(name, _)| Name::Condition(name.clone())).collect();
        for (logical_id, resource) in wanted.template.resources() {
            if is_nested_stack(resource) {
                found.extend(self.outputs(logical_id, resource, (former, wanted), unknown));
            } else if passes_on(type_of(resource)) && self.is_other(logical_id, resource, &former.template) {
                found.insert(Name::Value(logical_id.clone()));
            }
        }
        found
    }

    /// What a nested stack puts out that may be another.
    fn outputs(
        &self,
        logical_id: &str,
        resource: &Value,
        (former, wanted): (&StackTree, &StackTree),
        unknown: Unknown,
    ) -> Vec<Name> {
        let all = || vec![Name::Value(logical_id.to_owned())];
        let Some(after) = wanted.nested.get(logical_id) else {
            let is_other = unknown == Unknown::PerhapsOther || self.is_other(logical_id, resource, &former.template);
            return if is_other { all() } else { Vec::new() };
        };
        let Some(before) = former.nested.get(logical_id) else { return all() };
        let inner = Self::of(before, after, self.below(logical_id, former, wanted, unknown), unknown);
        let old = |name: &str| section(&before.template, "Outputs").find(|(other, _)| *other == name);
        section(&after.template, "Outputs")
            .filter(|(name, output)| {
                old(name).is_none_or(|(_, former)| former != *output) || inner.behind(output).is_some()
            })
            .map(|(name, _)| Name::Attribute(logical_id.to_owned(), format!("Outputs.{name}")))
            .collect()
    }

    /// Whether a resource is declared otherwise, or depends on something that is another.
    pub fn is_other(&self, logical_id: &str, resource: &Value, former: &Template) -> bool {
        former.resource(logical_id) != Some(resource) || self.behind(resource).is_some()
    }
}

fn passes_on(resource_type: &str) -> bool {
    PASSING.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => resource_type.starts_with(beginning),
        None => *known == resource_type,
    })
}

/// The value that a parameter of a nested stack has, where its parent or its template tells.
fn given<'a>(parent: &'a Template, logical_id: &str, nested: &'a Template, parameter: &str) -> Option<&'a Value> {
    let given =
        parent.resource(logical_id).and_then(|stack| stack.get("Properties")?.get("Parameters")?.get(parameter));
    given.or_else(|| nested.root().get("Parameters")?.get(parameter)?.get("Default"))
}

/// The parameters whose values are read in another way than before, as a name in the Parameter Store, say; and those that
/// are new, under whose names there may have been resources.
fn read_otherwise(former: &Template, wanted: &Template) -> Vec<Name> {
    let old = former.parameters();
    let is_other = |name: &String, kind: &str| old.get(name).is_none_or(|old| old.parameter_type != kind);
    let wanted = wanted.parameters().into_iter().filter(|(name, parameter)| is_other(name, &parameter.parameter_type));
    wanted.map(|(name, _)| Name::Value(name)).collect()
}

/// The entries of a section that say something else than before.
fn declared_otherwise(
    former: &Template,
    wanted: &Template,
    name: &str,
    named: impl Fn(String) -> Name,
) -> BTreeSet<Name> {
    let old = former.root().get(name);
    section(wanted, name)
        .filter(|(entry, value)| old.and_then(|old| old.get(entry.as_str())) != Some(value))
        .map(|(entry, _)| named(entry.clone()))
        .collect()
}

fn section<'a>(template: &'a Template, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    template.root().get(name).and_then(Value::as_object).into_iter().flatten()
}
