//! What a stack is to become, beside what it is: all that can be told where there is no change set. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Change, Effect};
use crate::cfn::Template;

/// The sections of a template, besides its resources, that decide what becomes of these.
const SECTIONS: [&str; 5] = ["Conditions", "Mappings", "Parameters", "Rules", "Transform"];

/// A stack's template, and the values of its parameters as far as they are known.
pub(super) struct Content {
    /// The template.
    pub template: Template,
    /// The values.
    pub parameters: BTreeMap<String, String>,
}

/// Lists in what two contents differ. Whether something that changes is replaced is not known.
pub(super) fn difference(deployed: Option<&Content>, wanted: &Content) -> Vec<Change> {
    let mut changes = resources(deployed.map(|deployed| &deployed.template), &wanted.template);
    let Some(deployed) = deployed else { return changes };
    let perhaps = |name: &str, what: &str| Change {
        effect: Effect::PerhapsReplaced,
        logical_id: name.to_owned(),
        resource_type: what.to_owned(),
    };
    let section = |content: &Content, name: &str| content.template.root().get(name).cloned();
    let sections = SECTIONS.into_iter().filter(|name| section(deployed, name) != section(wanted, name));
    changes.extend(sections.map(|name| perhaps(name, "section of the template")));
    changes
        .extend(changed_values(Some(deployed), wanted).into_iter().map(|name| perhaps(name, "value of a parameter")));
    changes
}

/// The parameters that are given other values than they have.
pub(super) fn changed_values<'a>(deployed: Option<&Content>, wanted: &'a Content) -> BTreeSet<&'a str> {
    let Some(deployed) = deployed else { return BTreeSet::new() };
    let is_other = |name: &String, value: &String| deployed.parameters.get(name).is_some_and(|former| former != value);
    wanted.parameters.iter().filter(|(name, value)| is_other(name, value)).map(|(name, _)| name.as_str()).collect()
}

fn resources(deployed: Option<&Template>, wanted: &Template) -> Vec<Change> {
    let before: BTreeMap<&String, &Value> = deployed.into_iter().flat_map(Template::resources).collect();
    let after: BTreeMap<&String, &Value> = wanted.resources().collect();
    let change = |effect, logical_id: &String, resource: &Value| Change {
        effect,
        logical_id: logical_id.clone(),
        resource_type: resource["Type"].as_str().unwrap_or_default().to_owned(),
    };
    let mut changes: Vec<Change> = after
        .iter()
        .filter_map(|(logical_id, resource)| match before.get(logical_id) {
            None => Some(change(Effect::Added, logical_id, resource)),
            Some(old) if old != resource => Some(change(Effect::PerhapsReplaced, logical_id, resource)),
            Some(_) => None,
        })
        .collect();
    let removed = before.iter().filter(|(logical_id, _)| !after.contains_key(*logical_id));
    changes.extend(removed.map(|(logical_id, resource)| change(Effect::Removed, logical_id, resource)));
    changes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content(template: &Value, parameters: &[(&str, &str)]) -> Content {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Content {
            template: Template::from_value(template.as_object().unwrap().clone()),
            parameters: parameters.iter().map(text).collect(),
        }
    }

    fn shown(deployed: Option<&Content>, wanted: &Content) -> Vec<(Effect, String)> {
        difference(deployed, wanted).into_iter().map(|change| (change.effect, change.logical_id)).collect()
    }

    #[test]
    fn resources_are_compared_one_by_one() {
        let topic = |value: u8| json!({ "Type": "AWS::SNS::Topic", "Properties": { "X": value } });
        let before = content(&json!({ "Resources": { "Same": topic(1), "Other": topic(1), "Gone": topic(1) } }), &[]);
        let after = content(&json!({ "Resources": { "Same": topic(1), "Other": topic(2), "New": topic(1) } }), &[]);
        let name = str::to_owned;
        let expected =
            [(Effect::Added, name("New")), (Effect::PerhapsReplaced, name("Other")), (Effect::Removed, name("Gone"))];
        assert_eq!(shown(Some(&before), &after), expected);
        assert_eq!(shown(None, &before).len(), 3);
        assert_eq!(shown(Some(&after), &after), []);
    }

    #[test]
    fn what_resources_are_made_from_counts() {
        let template = |size: &str| json!({ "Resources": {}, "Mappings": { "Size": { "all": { "is": size } } } });
        let before = content(&template("small"), &[("Name", "a"), ("Given", "by a stack")]);
        let perhaps = |name: &str| [(Effect::PerhapsReplaced, name.to_owned())];
        let other_mapping = content(&template("large"), &[("Name", "a")]);
        assert_eq!(shown(Some(&before), &other_mapping), perhaps("Mappings"));
        let other_value = content(&template("small"), &[("Name", "b")]);
        assert_eq!(shown(Some(&before), &other_value), perhaps("Name"));
        assert_eq!(shown(None, &other_value), []);
    }
}
