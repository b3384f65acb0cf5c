//! Under which of a template's conditions something is in force.

use std::collections::BTreeSet;

use serde_json::Value;

/// A condition of the template that has to come out so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Guard {
    /// The condition's name.
    pub condition: String,
    /// What it has to come out as.
    pub outcome: bool,
}

/// Several, all of which have to.
pub(super) type Guards = BTreeSet<Guard>;

/// The condition under which a resource is there.
pub(super) fn of_resource(resource: &Value) -> Guards {
    let condition = resource.get("Condition").and_then(Value::as_str);
    condition.map(|name| Guard { condition: name.to_owned(), outcome: true }).into_iter().collect()
}

/// The branches of an `Fn::If`, with what holds in each besides.
pub(super) fn branches<'a>(value: &'a Value, guards: &Guards) -> Option<[(&'a Value, Guards); 2]> {
    let [condition, met, unmet] =
        value.as_object().filter(|object| object.len() == 1)?.get("Fn::If")?.as_array()?.as_slice()
    else {
        return None;
    };
    let condition = condition.as_str()?;
    let with = |outcome| {
        let guard = Guard { condition: condition.to_owned(), outcome };
        guards.iter().cloned().chain([guard]).collect()
    };
    Some([(met, with(true)), (unmet, with(false))])
}
