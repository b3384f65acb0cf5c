//! In what a stack's template differs from another one, down to the properties of its resources and those of the stacks
//! nested in it. Pure.
//!
//! What says the same in another way is no difference: the order of keys, a number written as a text, one dependency as a
//! list. Of a nested stack, the templates count and not the address of its template.

mod replacing;
mod resource;
mod value;
mod within;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Broadening, StackTree, Template, Unknown, broadenings};
use value::Comparison;
pub use within::{ResourceEffect, effects_within};

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It is made, or taken over.
    Added,
    /// It is changed in place.
    Changed,
    /// It is changed, and whether in place cannot be told yet.
    PerhapsReplaced,
    /// It is replaced by a new one.
    Replaced,
    /// It is removed.
    Removed,
}

/// What is told of differences that mean little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rigour {
    /// Nothing: the CDK's records of itself, and the end of an AppSync key, which the CDK counts from each synthesis.
    Lenient,
    /// Everything.
    Strict,
}

/// A place with two values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ValueChange {
    /// The keys that lead to it; for an entry of a list its `Name` where all have one of their own, else its position.
    pub path: Vec<String>,
    /// What was there.
    pub before: Option<Value>,
    /// What is to be there.
    pub after: Option<Value>,
    /// The parameters with other values, or the replaced resources, that it refers to, where the texts are the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<String>,
}

/// In what a template differs from another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The values of parameters.
    pub values: Vec<ValueChange>,
    /// Parameters that are given values of which nobody can tell whether they are other ones: they are not echoed.
    pub hidden: Vec<String>,
    /// Parameters with other values that are given none any more: they take the template's defaults.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub defaults: Vec<String>,
    /// The resources.
    pub resources: Vec<ResourceDifference>,
    /// All other sections; their names begin the paths.
    pub sections: Vec<ValueChange>,
    /// What is newly permitted, by nested stacks too: those of a root are all told here, and none below.
    pub broadenings: Vec<Broadening>,
}

/// In what a resource differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ResourceDifference {
    /// Its logical id.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// What happens to it.
    pub effect: Effect,
    /// The places in its declaration that differ.
    pub changes: Vec<ValueChange>,
    /// What happens in it, where it is a nested stack whose templates are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nested: Option<Box<Difference>>,
}

/// The values of a stack's parameters beside those that it is to be given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// Those that are other ones.
    pub changes: Vec<ValueChange>,
    /// Those that are not echoed.
    pub hidden: Vec<String>,
    /// Those of the changes that come from the template, because no value is given.
    pub defaults: Vec<String>,
}

/// What becomes of a parameter that is given no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent<'a> {
    /// It keeps the one that it has.
    Kept,
    /// CloudFormation takes the template's default.
    Default {
        /// But these are given values later, which are not known yet.
        later: &'a BTreeSet<String>,
    },
}

impl Values {
    /// Compares the values that are to be given, or taken from the template, with those that there are.
    pub fn of(
        template: &Template,
        deployed: &BTreeMap<String, String>,
        given: &BTreeMap<String, String>,
        absent: Absent<'_>,
    ) -> Self {
        let mut values = Self::default();
        let defaults = match absent {
            Absent::Kept => BTreeMap::new(),
            Absent::Default { later } => defaults(template, |name| {
                deployed.contains_key(name) && !given.contains_key(name) && !later.contains(name)
            }),
        };
        for (name, after) in given.iter().chain(&defaults) {
            let before = deployed.get(name);
            if before == Some(after) {
                continue;
            }
            if template.hides(name) && before.is_some() {
                values.hidden.push(name.clone());
                continue;
            }
            if defaults.contains_key(name) {
                values.defaults.push(name.clone());
            }
            let shown = |value: &String| if template.hides(name) { HIDDEN.into() } else { value.as_str().into() };
            values.changes.push(ValueChange {
                path: vec![name.clone()],
                before: before.map(shown),
                after: Some(shown(after)),
                follows: Vec::new(),
            });
        }
        values
    }

    /// The names of the parameters that have values now and others then, or of which that cannot be told.
    pub fn perhaps_changed(&self) -> BTreeSet<&str> {
        let known = self.changes.iter().filter(|change| change.before.is_some());
        known.filter_map(|change| change.path.first()).chain(&self.hidden).map(String::as_str).collect()
    }

    /// The names of the parameters whose values are other ones.
    fn changed(&self) -> BTreeSet<&str> {
        self.changes.iter().filter_map(|change| change.path.first()).map(String::as_str).collect()
    }
}

impl Difference {
    /// Compares a stack with what it is to become; `before` is `None` where there is none.
    pub fn between(before: Option<&StackTree>, after: &StackTree, values: Values, rigour: Rigour) -> Self {
        let found = Self::of_trees(before, after, &values.changed(), rigour);
        let broadenings = broadenings(before, after, &values.perhaps_changed(), Unknown::AsBefore);
        Self { values: values.changes, hidden: values.hidden, defaults: values.defaults, broadenings, ..found }
    }

    fn of_trees(before: Option<&StackTree>, after: &StackTree, changed: &BTreeSet<&str>, rigour: Rigour) -> Self {
        let former = before.map(|before| &before.template);
        Self {
            values: Vec::new(),
            hidden: Vec::new(),
            defaults: Vec::new(),
            resources: resource::differences(before, after, changed, rigour),
            sections: former.map(|former| sections(former, &after.template, changed, rigour)).unwrap_or_default(),
            broadenings: Vec::new(),
        }
    }

    /// Whether nothing differs, as far as can be told.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.resources.is_empty() && self.sections.is_empty()
    }
}

/// What is shown in the place of a value that is not echoed.
const HIDDEN: &str = "****";

/// The section that is compared otherwise.
const RESOURCES: &str = "Resources";

/// The rule that the CDK adds to every template.
const CDK_RULE: &str = "CheckBootstrapVersion";

/// The defaults of those parameters of a template that are wanted.
fn defaults(template: &Template, is_wanted: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let wanted = template.parameters().into_iter().filter(|(name, _)| is_wanted(name));
    wanted.filter_map(|(name, parameter)| Some((name, parameter.default_text()?))).collect()
}

/// Compares all sections but the resources.
fn sections(before: &Template, after: &Template, changed: &BTreeSet<&str>, rigour: Rigour) -> Vec<ValueChange> {
    let mut comparison = Comparison::new(changed);
    let names: BTreeSet<&String> = before.root().keys().chain(after.root().keys()).collect();
    for name in names.into_iter().filter(|name| *name != RESOURCES) {
        let (before, after) = (before.root().get(name), after.root().get(name));
        // A section without an entry is as good as none.
        let none = [before, after].into_iter().flatten().all(Value::is_object).then(|| Value::Object(Map::new()));
        comparison.at(name, |section| section.compare(before.or(none.as_ref()), after.or(none.as_ref())));
    }
    let mut changes = comparison.found;
    changes.retain(|change| rigour == Rigour::Strict || !(change.path.len() > 1 && change.path[1] == CDK_RULE));
    for change in &mut changes {
        hide_default(change, before, after);
    }
    changes
}

/// Takes the default of a parameter that is not echoed out of a change.
fn hide_default(change: &mut ValueChange, before: &Template, after: &Template) {
    let [section, parameter, below @ ..] = change.path.as_slice() else { return };
    if section != "Parameters" || !(before.hides(parameter) || after.hides(parameter)) {
        return;
    }
    let is_default = below.first().is_some_and(|key| key == "Default");
    for value in [&mut change.before, &mut change.after].into_iter().flatten() {
        if is_default {
            *value = HIDDEN.into();
        } else if let Some(default) = value.get_mut("Default") {
            *default = HIDDEN.into();
        }
    }
}
