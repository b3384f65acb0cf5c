//! What a stack is to become.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::aws::cloudformation::{ExistingResources, Parameter, Protection, Stack};
use crate::cfn::Capability;
use crate::id::StackName;
use crate::pipeline::Owner;

/// What a stack is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Its name.
    pub name: StackName,
    /// Its template.
    pub template: DesiredTemplate,
    /// Values of its parameters. One that is not named gets the template's default.
    pub parameters: IndexMap<String, DesiredParameter>,
    /// Its tags, all of them.
    pub tags: IndexMap<String, String>,
    /// ARNs of the topics that are told of its events, all of them; `None` leaves them as they are.
    pub notification_targets: Option<Vec<String>>,
    /// Whether it is protected from deletion; `None` leaves it as it is.
    pub protection: Option<Protection>,
    /// What its template may do.
    pub capabilities: Vec<Capability>,
    /// The role that CloudFormation assumes for it.
    pub role: Option<String>,
    /// What happens to resources that exist already under the names that the template gives them.
    pub existing: ExistingResources,
    /// The pipeline that it belongs to; a stack of another pipeline is refused.
    pub owner: Option<Owner>,
}

/// The template that a stack is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DesiredTemplate {
    /// This one, JSON or YAML.
    Text(String),
    /// The one that is deployed.
    Deployed,
}

/// The value that a parameter is to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DesiredParameter {
    /// This one.
    Given(String),
    /// The deployed one; the template's default where there is none.
    Previous,
}

impl Desired {
    /// The parameters of a request: `None` keeps the deployed value.
    pub(super) fn request_parameters(&self, deployed: Option<&Stack>) -> IndexMap<String, Option<String>> {
        self.parameters
            .iter()
            .filter_map(|(name, parameter)| match parameter {
                DesiredParameter::Given(value) => Some((name.clone(), Some(value.clone()))),
                DesiredParameter::Previous => {
                    deployed.filter(|stack| stack.parameters.contains_key(name)).map(|_| (name.clone(), None))
                }
            })
            .collect()
    }

    /// Tells whether a deployed stack with this template is what is desired, its protection aside.
    pub(super) fn matches(&self, stack: &Stack, template: Option<&str>) -> bool {
        let same_template = match (&self.template, template) {
            (DesiredTemplate::Deployed, _) => true,
            (DesiredTemplate::Text(desired), Some(deployed)) => is_same_template(desired, deployed),
            (DesiredTemplate::Text(_), None) => false,
        };
        let same_targets = self.notification_targets.as_ref().is_none_or(|targets| stack.is_told_to(targets));
        same_template
            && same_targets
            && self.tags == stack.tags
            && self.parameters.iter().all(|(name, parameter)| match parameter {
                DesiredParameter::Given(value) => stack.parameters.get(name).is_some_and(|deployed| deployed.is(value)),
                DesiredParameter::Previous => true,
            })
    }

    /// A hash of everything that a change set is made of, and of the operation that it follows. Whoever wants the same
    /// change of the same stack gets the same hash, now and after having been killed.
    pub(super) fn fingerprint(&self, deployed: Option<&Stack>) -> String {
        #[derive(Serialize)]
        struct Content<'a> {
            template: Option<&'a str>,
            parameters: Vec<(&'a String, &'a DesiredParameter)>,
            tags: Vec<(&'a String, &'a String)>,
            targets: Option<&'a [String]>,
            capabilities: Vec<String>,
            role: Option<&'a str>,
            after: Option<(&'a str, Option<jiff::Timestamp>)>,
        }
        let mut parameters: Vec<_> = self.parameters.iter().collect();
        parameters.sort_by_key(|(name, _)| *name);
        let mut tags: Vec<_> = self.tags.iter().collect();
        tags.sort();
        let content = Content {
            template: match &self.template {
                DesiredTemplate::Text(text) => Some(text),
                DesiredTemplate::Deployed => None,
            },
            parameters,
            tags,
            targets: self.notification_targets.as_deref(),
            capabilities: self.capabilities.iter().map(|capability| format!("{capability:?}")).collect(),
            role: self.role.as_deref(),
            after: deployed.map(|stack| (stack.id.as_str(), stack.touched())),
        };
        // A structure of texts always has a JSON form.
        let text = serde_json::to_string(&content).unwrap_or_default();
        hash(&text)
    }
}

impl Parameter {
    /// Tells whether the parameter was given this value.
    fn is(&self, value: &str) -> bool {
        self.value == value
    }
}

/// Tells whether two templates are the same: the same text, or the same JSON.
fn is_same_template(left: &str, right: &str) -> bool {
    left == right
        || match (serde_json::from_str::<Value>(left), serde_json::from_str::<Value>(right)) {
            (Ok(left), Ok(right)) => left == right,
            _ => false,
        }
}

/// The first 32 hexadecimal digits of a text's SHA-256.
pub(super) fn hash(text: &str) -> String {
    let mut digits = hex::encode(Sha256::digest(text.as_bytes()));
    digits.truncate(32);
    digits
}
