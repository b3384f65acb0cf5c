//! What the pipeline's own stacks are to become.

use indexmap::IndexMap;

use super::subject::{OwnStack, Subject};
use crate::assembly::resolve;
use crate::aws::cloudformation::{ExistingResources, Protection};
use crate::definition::Source;
use crate::id::{Environment, Qualifier};
use crate::ops::stack::{Desired, DesiredParameter, DesiredTemplate};
use crate::ops::tool::Pin;
use crate::pipeline::{Owner, Place, RoleKind, parameter, role_arn};

/// Which pipectl the builds use from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ToolChoice {
    /// This one.
    Pinned(Pin),
    /// The one that they use now.
    Kept,
}

/// What the stacks are made with, besides their templates.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    /// Where the pipeline lives.
    pub(super) environment: Environment,
    /// Which pipectl the builds use.
    pub(super) tool: ToolChoice,
    /// The version of the token's secret.
    pub(super) token_version: Option<String>,
}

impl Surroundings {
    /// What a stack is to become.
    pub(super) fn desired(&self, subject: &Subject, stack: &OwnStack) -> Desired {
        let definition = &subject.definition;
        let environment = self.environment_of(stack);
        Desired {
            name: stack.name.clone(),
            template: DesiredTemplate::Text(stack.text.clone()),
            parameters: if stack.name == subject.pipeline.name { self.parameters(subject) } else { IndexMap::new() },
            tags: stack.tags.clone(),
            notification_targets: None,
            protection: None::<Protection>,
            capabilities: stack.template.capabilities(),
            role: Some(toolkit_role(RoleKind::Execution, &definition.qualifier, &environment)),
            existing: ExistingResources::Refuse,
            owner: Some(Owner::living_in(&definition.name, &self.environment)),
        }
    }

    /// Where a stack lives.
    pub(super) fn environment_of(&self, stack: &OwnStack) -> Environment {
        let region = stack.region.clone().unwrap_or_else(|| self.environment.region.clone());
        Environment { account: self.environment.account.clone(), region }
    }

    fn parameters(&self, subject: &Subject) -> IndexMap<String, DesiredParameter> {
        let given = |value: &str| DesiredParameter::Given(value.to_owned());
        let (bucket, key, digest, version) = match &self.tool {
            ToolChoice::Pinned(pin) => (given(&pin.bucket), given(&pin.key), given(&pin.digest), given(&pin.version)),
            ToolChoice::Kept => {
                let kept = || DesiredParameter::Previous;
                (kept(), kept(), kept(), kept())
            }
        };
        let mut parameters = IndexMap::from([
            (parameter::TOOL_BUCKET.to_owned(), bucket),
            (parameter::TOOL_KEY.to_owned(), key),
            (parameter::TOOL_DIGEST.to_owned(), digest),
            (parameter::TOOL_VERSION.to_owned(), version),
        ]);
        if let (Source::GitHub { .. }, Some(version)) = (&subject.definition.source, &self.token_version) {
            parameters.insert(parameter::TOKEN_VERSION.to_owned(), given(version));
        }
        parameters
    }
}

/// The ARN of a role of a toolkit stack.
pub(super) fn toolkit_role(kind: RoleKind, qualifier: &Qualifier, environment: &Environment) -> String {
    resolve(&role_arn(kind, qualifier, &place(environment)), environment)
}

/// An environment as templates write it.
pub(super) fn place(environment: &Environment) -> Place {
    Place { account: environment.account.to_string(), region: environment.region.to_string() }
}
