//! Which changes are asked about, and what is asked.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use indexmap::IndexMap;

use crate::aws::cloudformation::{Parameter, ResourceChange};
use crate::cfn::{Absent, Broadening, StackTree, Template, Unknown, Values, broadenings};
use crate::id::StackName;
use crate::ops::stack::{Decision, DesiredParameter, Proposal};

/// Which changes are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequireApproval {
    /// None.
    Never,
    /// Every one.
    AnyChange,
    /// Those that permit something new.
    Broadening,
}

/// What a change of a stack does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The stack.
    pub stack: StackName,
    /// What happens to resources.
    pub resources: Vec<ResourceChange>,
    /// What is newly permitted.
    pub broadenings: Vec<Broadening>,
}

/// Which changes are asked about, and whom.
#[derive(Clone, Copy)]
pub struct Approval<'a> {
    /// Which ones.
    pub required: RequireApproval,
    /// Asks. Called with every change that is asked about; the others are not shown.
    pub ask: &'a (dyn Fn(&Changes) -> Decision + Sync),
}

impl Approval<'_> {
    /// Decides on a proposal.
    pub(super) fn decide(&self, template: &Template, proposal: Proposal<'_>) -> Decision {
        let former = proposal
            .observed
            .and_then(|observed| observed.template.as_deref())
            .and_then(|text| Template::parse_deployed(Utf8Path::new("deployed"), text).ok());
        let tree = |template| StackTree { template, nested: IndexMap::new() };
        let deployed = proposal.observed.map(|observed| &observed.stack.parameters);
        let values = deployed.map(|deployed| values(template, deployed, &proposal.desired.parameters));
        let broadenings = broadenings(
            former.map(tree).as_ref(),
            &tree(template.clone()),
            &values.unwrap_or_default().perhaps_changed(),
            Unknown::PerhapsOther,
        );
        let is_asked = match self.required {
            RequireApproval::Never => false,
            RequireApproval::AnyChange => true,
            RequireApproval::Broadening => !broadenings.is_empty(),
        };
        if !is_asked {
            return Decision::Proceed;
        }
        (self.ask)(&Changes {
            stack: proposal.desired.name.clone(),
            resources: proposal.change_set.changes.clone(),
            broadenings,
        })
    }
}

/// The values that the stack's parameters are to have beside those that they have.
fn values(
    template: &Template,
    observed: &IndexMap<String, Parameter>,
    desired: &IndexMap<String, DesiredParameter>,
) -> Values {
    let deployed: BTreeMap<String, String> =
        observed.iter().map(|(name, parameter)| (name.clone(), parameter.value.clone())).collect();
    let given = desired.iter().filter_map(|(name, value)| {
        let value = match value {
            DesiredParameter::Given(value) => value,
            DesiredParameter::Previous => deployed.get(name)?,
        };
        Some((name.clone(), value.clone()))
    });
    Values::of(template, &deployed, &given.collect(), Absent::Default { later: &BTreeSet::new() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_that_stay_are_no_change() {
        let parameter = |default: &str| json!({ "Type": "String", "Default": default });
        let template = json!({ "Parameters": {
            "ToolBucket": parameter(""), "ToolKey": parameter(""), "Token": parameter(""), "Size": parameter("2"),
        } });
        let template = Template::from_value(template.as_object().unwrap().clone());
        let names = ["ToolBucket", "ToolKey", "Token", "Size"];
        let value = |name: &str| Parameter { value: format!("{name} of old"), resolved: None };
        let observed = names.map(|name| (name.to_owned(), value(name))).into_iter().collect();
        let given = |value: &str| DesiredParameter::Given(value.to_owned());
        let desired = [
            ("ToolBucket", given("another")),
            ("ToolKey", given("ToolKey of old")),
            ("Token", DesiredParameter::Previous),
        ];
        let desired = desired.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let values = values(&template, &observed, &desired);
        assert_eq!(Vec::from_iter(values.perhaps_changed()), ["Size", "ToolBucket"]);
    }
}
