//! What a stack is to become, beside what it is: all that can be told where there is no change set. Pure.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Change, Effect};
use crate::aws::cloudformation::Parameter;
use crate::cfn::{Absent, Difference, ResourceDifference, Rigour, StackTree, Template, Values, short_text};
use crate::ops::contents::Content;

/// The sections of a template, besides its resources, that decide what becomes of these.
const SECTIONS: [&str; 5] = ["Conditions", "Mappings", "Parameters", "Rules", "Transform"];

/// Lists in what two contents differ. Whether something that changes is replaced is decided by CloudFormation alone, so it may
/// be.
pub(super) fn difference(deployed: Option<&Content>, wanted: &Content, values: &Values) -> Vec<Change> {
    let tree = |content: &Content| StackTree { template: content.template.clone(), nested: IndexMap::new() };
    let former = deployed.map(tree);
    let found = Difference::between(former.as_ref(), &tree(wanted), Values::default(), Rigour::Strict);
    let mut changes: Vec<Change> = found.resources.iter().map(change).collect();
    let perhaps = |name: &str, what: &str| Change {
        effect: Effect::PerhapsReplaced,
        logical_id: name.to_owned(),
        resource_type: what.to_owned(),
    };
    let sections: BTreeSet<&str> =
        found.sections.iter().filter_map(|change| change.path.first()).map(String::as_str).collect();
    let deciding = sections.into_iter().filter(|section| SECTIONS.contains(section));
    changes.extend(deciding.map(|name| perhaps(name, "section of the template")));
    changes.extend(values.perhaps_changed().into_iter().map(|name| perhaps(name, "value of a parameter")));
    changes
}

fn change(resource: &ResourceDifference) -> Change {
    let effect = match resource.effect {
        Effect::Changed => Effect::PerhapsReplaced,
        effect => effect,
    };
    Change { effect, logical_id: resource.logical_id.clone(), resource_type: resource.resource_type.clone() }
}

/// The values that change, or of which that cannot be told.
pub(super) fn values(deployed: Option<&Content>, wanted: &Content, absent: Absent<'_>) -> Values {
    let compared = |deployed: &Content| Values::of(&wanted.template, &deployed.parameters, &wanted.parameters, absent);
    deployed.map(compared).unwrap_or_default()
}

/// The parameters that are given their values by an execution, or looked up by a deployment, and of which a change set does
/// not tell that they keep those that they have.
pub(super) fn open_values(
    template: &Template,
    absent: Absent<'_>,
    deployed: &IndexMap<String, Parameter>,
    told: &IndexMap<String, Parameter>,
) -> BTreeSet<String> {
    let is_given_later = |name: &String| match absent {
        Absent::Default { later } => later.contains(name),
        Absent::Kept => false,
    };
    let declared = template.parameters().into_iter();
    let open = declared.filter(|(name, parameter)| parameter.is_looked_up() || is_given_later(name));
    open.filter(|(name, parameter)| {
        let value = |values: &IndexMap<String, Parameter>| {
            let found = values.get(name)?;
            if parameter.is_looked_up() { found.resolved.clone() } else { Some(found.value.clone()) }
        };
        // Of one that is not echoed there are only asterisks.
        let told = value(told).filter(|value| value.is_empty() || value.bytes().any(|byte| byte != b'*'));
        told.is_none() || told != value(deployed)
    })
    .map(|(name, _)| name)
    .collect()
}

/// Those that fall back to the template's defaults, each with its value before and then.
pub(super) fn defaults(values: &Values) -> Vec<String> {
    let fall_back =
        values.changes.iter().filter(|change| values.defaults.iter().any(|name| change.path == [name.as_str()]));
    let text = |value: &Option<Value>| value.as_ref().map(short_text).unwrap_or_default();
    fall_back
        .map(|change| format!("{}: {} → {}", change.path.join("."), text(&change.before), text(&change.after)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cfn::Template;

    fn content(template: &Value, parameters: &[(&str, &str)]) -> Content {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Content {
            template: Template::from_value(template.as_object().unwrap().clone()),
            parameters: parameters.iter().map(text).collect(),
        }
    }

    fn shown(deployed: Option<&Content>, wanted: &Content) -> Vec<(Effect, String)> {
        let later = BTreeSet::from(["Url".to_owned()]);
        let values = values(deployed, wanted, Absent::Default { later: &later });
        difference(deployed, wanted, &values).into_iter().map(|change| (change.effect, change.logical_id)).collect()
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

    #[test]
    fn a_value_that_comes_late_is_open_until_a_change_set_tells_it() {
        let template = json!({ "Resources": {}, "Parameters": {
            "Url": { "Type": "String" },
            "Image": { "Type": "AWS::SSM::Parameter::Value<String>" },
            "Given": { "Type": "String" },
        } });
        let template = Template::from_value(template.as_object().unwrap().clone());
        let values = |pairs: &[(&str, &str, Option<&str>)]| -> IndexMap<String, Parameter> {
            let parameter = |value: &str, resolved: Option<&str>| Parameter {
                value: value.to_owned(),
                resolved: resolved.map(str::to_owned),
            };
            pairs.iter().map(|(name, value, resolved)| ((*name).to_owned(), parameter(value, *resolved))).collect()
        };
        let later = BTreeSet::from(["Url".to_owned()]);
        let of = |deployed: &[(&str, &str, Option<&str>)], told: &[(&str, &str, Option<&str>)]| {
            let absent = Absent::Default { later: &later };
            Vec::from_iter(open_values(&template, absent, &values(deployed), &values(told)))
        };
        let deployed = [("Url", "https://a", None), ("Image", "/image", Some("1")), ("Given", "x", None)];
        assert_eq!(of(&deployed, &[]), ["Image", "Url"], "nothing is told");
        assert_eq!(of(&deployed, &deployed), [""; 0]);
        assert_eq!(of(&deployed, &[("Url", "https://b", None), ("Image", "/image", Some("2"))]), ["Image", "Url"]);
        let hidden = [("Url", "****", None), ("Image", "/image", None)];
        assert_eq!(of(&hidden, &hidden), ["Image", "Url"]);
    }

    #[test]
    fn a_value_that_is_given_no_more_counts() {
        let template = |default: Value| {
            json!({ "Resources": {}, "Parameters": {
                "Size": { "Type": "Number", "Default": default }, "Url": { "Type": "String", "Default": "" },
            } })
        };
        let deployed = content(&template(json!(1)), &[("Size", "3"), ("Url", "https://example.com")]);
        let wanted = content(&template(json!(1)), &[]);
        assert_eq!(shown(Some(&deployed), &wanted), [(Effect::PerhapsReplaced, "Size".to_owned())]);
        let later = BTreeSet::from(["Url".to_owned()]);
        let of = |wanted: &Content, absent| defaults(&values(Some(&deployed), wanted, absent));
        assert_eq!(of(&wanted, Absent::Default { later: &later }), ["Size: 3 → 1"]);
        assert_eq!(of(&wanted, Absent::Kept), [""; 0]);
        let same = content(&template(json!(3)), &[]);
        assert_eq!(of(&same, Absent::Default { later: &later }), [""; 0], "the default is what it has");
    }
}
