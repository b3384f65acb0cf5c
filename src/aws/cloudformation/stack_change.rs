//! Creating and updating stacks directly, without change sets.

use aws_sdk_cloudformation::types;
use indexmap::IndexMap;

use super::{TemplateSource, sdk_capability};
use crate::aws::{Aws, Error, Result};
use crate::cfn::Capability;

/// What a stack shall become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackRequest {
    /// The stack's name.
    pub stack: String,
    /// The template.
    pub template: TemplateSource,
    /// Values of parameters.
    pub parameters: IndexMap<String, String>,
    /// Tags, all of them.
    pub tags: IndexMap<String, String>,
    /// The stack policy (JSON); `None` keeps what is set.
    pub policy: Option<String>,
    /// What the template may do.
    pub capabilities: Vec<Capability>,
    /// The role that CloudFormation assumes.
    pub role: Option<String>,
    /// What makes a repetition of the same request harmless.
    pub token: String,
}

/// What became of a wish to update a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StackUpdate {
    /// The update began.
    Begun,
    /// The stack is like that already; the service's words.
    NothingToDo(String),
}

impl StackUpdate {
    /// Reads the answer to a wish to update a stack.
    pub(super) fn of<T>(answer: Result<T>) -> Result<Self> {
        match answer {
            Ok(_) => Ok(Self::Begun),
            Err(error) if error.is_repeated() => Ok(Self::Begun),
            Err(Error::Refused { message, .. }) if message.contains("No updates are to be performed") => {
                Ok(Self::NothingToDo(message))
            }
            Err(error) => Err(error),
        }
    }
}

/// Fills in what is the same in the calls that create and that update a stack; the SDK has a builder for each.
macro_rules! filled {
    ($call:expr, $request:expr) => {{
        let request: &StackRequest = $request;
        let parameter = |(key, value)| types::Parameter::builder().parameter_key(key).parameter_value(value).build();
        let tag = |(key, value)| types::Tag::builder().key(key).value(value).build();
        let call = $call
            .stack_name(&request.stack)
            .set_parameters(Some(request.parameters.iter().map(parameter).collect()))
            .set_tags(Some(request.tags.iter().map(tag).collect()))
            .set_capabilities(Some(request.capabilities.iter().copied().map(sdk_capability).collect()))
            .set_role_arn(request.role.clone())
            .set_stack_policy_body(request.policy.clone())
            .client_request_token(&request.token);
        match &request.template {
            TemplateSource::Body(body) => call.template_body(body),
            TemplateSource::Url(url) => call.template_url(url),
            TemplateSource::Previous => call,
        }
    }};
}

impl Aws {
    /// Begins to create a stack. One that does not exist has no previous template; the service says so.
    pub async fn create_stack(&self, request: &StackRequest) -> Result<()> {
        let call = filled!(self.cloudformation().create_stack(), request);
        call.send().await.map_err(Error::of("cloudformation:CreateStack"))?;
        Ok(())
    }

    /// Begins to update a stack, if there is anything to update.
    pub async fn update_stack(&self, request: &StackRequest) -> Result<StackUpdate> {
        let is_previous = request.template == TemplateSource::Previous;
        let call = filled!(self.cloudformation().update_stack(), request);
        let call = call.set_use_previous_template(is_previous.then_some(true));
        StackUpdate::of(call.send().await.map_err(Error::of("cloudformation:UpdateStack")))
    }

    /// Sets the policy of a stack.
    pub async fn set_stack_policy(&self, stack: &str, policy: &str) -> Result<()> {
        self.cloudformation()
            .set_stack_policy()
            .stack_name(stack)
            .stack_policy_body(policy)
            .send()
            .await
            .map_err(Error::of("cloudformation:SetStackPolicy"))?;
        Ok(())
    }
}
