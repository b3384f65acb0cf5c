//! Stacks: reading, deleting, protecting.

use aws_sdk_cloudformation::types::TemplateStage;
use indexmap::IndexMap;
use jiff::Timestamp;

use super::{StackStatus, StackUpdate, capability};
use crate::aws::time::timestamp;
use crate::aws::{Aws, Error, Result};
use crate::cfn::{Capability, NESTED_STACK};
use crate::id::{Environment, StackName};

/// A stack as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Its ARN, which no later stack of the same name has.
    pub id: String,
    /// Its name.
    pub name: StackName,
    /// Its status.
    pub status: StackStatus,
    /// Why it has this status, where CloudFormation tells.
    pub reason: Option<String>,
    /// The values of its parameters.
    pub parameters: IndexMap<String, Parameter>,
    /// Its outputs.
    pub outputs: IndexMap<String, String>,
    /// Its tags.
    pub tags: IndexMap<String, String>,
    /// Whether it is protected from deletion.
    pub protection: Protection,
    /// ARNs of the topics that are told of its events.
    pub notification_targets: Vec<String>,
    /// What its template was allowed to do.
    pub capabilities: Vec<Capability>,
    /// The role that CloudFormation assumes for it.
    pub role: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it was last updated, if ever.
    pub updated: Option<Timestamp>,
}

impl Stack {
    /// Where it is, as its ARN tells: `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`.
    pub fn environment(&self) -> Option<Environment> {
        let mut parts = self.id.split(':').skip(3);
        let (region, account) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Environment { account, region })
    }
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    /// Its logical id.
    pub logical_id: String,
    /// Its physical id, as the type has it: a name, or an ARN.
    pub physical_id: String,
    /// Its type.
    pub resource_type: String,
}

/// The value of a deployed stack's parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The value; asterisks for one that is not echoed; a name for one that is read from the parameter store.
    pub value: String,
    /// What the parameter store held under that name.
    pub resolved: Option<String>,
}

/// Whether a stack is protected from deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Stack {
    /// When its last operation began, as far as CloudFormation tells.
    pub fn touched(&self) -> Option<Timestamp> {
        self.updated.or(self.created)
    }
}

impl Stack {
    /// Tells whether exactly these topics are told of its events, in whatever order.
    pub fn is_told_to(&self, topics: &[String]) -> bool {
        topics.len() == self.notification_targets.len()
            && topics.iter().all(|topic| self.notification_targets.contains(topic))
    }
}

impl Aws {
    /// Describes a stack, by its name or its ARN; `None` when there is none.
    pub async fn stack(&self, name: &str) -> Result<Option<Stack>> {
        const OPERATION: &str = "cloudformation:DescribeStacks";
        let answer = self.cloudformation().describe_stacks().stack_name(name).send().await;
        let answer = match answer.map_err(Error::of(OPERATION)) {
            Err(error) if error.is_missing_stack() => return Ok(None),
            answer => answer?,
        };
        answer.stacks().first().map(stack).transpose().map_err(|what| Error::Incomplete { operation: OPERATION, what })
    }

    /// Describes every stack of the region that has a tag. Nested stacks, which are given the tags of their roots, are left
    /// out: they come and go with those.
    pub async fn stacks_with_tag(&self, key: &str) -> Result<Vec<Stack>> {
        self.stacks_where(|stack| stack.parent_id().is_none() && stack.tags().iter().any(|tag| tag.key() == Some(key)))
            .await
    }

    /// Describes the stacks that are resources of a stack, which is named by its ARN.
    pub async fn stacks_in(&self, parent: &str) -> Result<Vec<Stack>> {
        self.stacks_where(|stack| stack.parent_id() == Some(parent)).await
    }

    /// The ARNs of the stacks that are resources of a stack, by their logical ids.
    pub async fn nested_stacks(&self, parent: &str) -> Result<IndexMap<String, String>> {
        let resources = self.stack_resources(parent).await?.into_iter();
        let nested = resources.filter(|resource| resource.resource_type == NESTED_STACK);
        Ok(nested.map(|resource| (resource.logical_id, resource.physical_id)).collect())
    }

    /// The resources of a stack that are there.
    pub async fn stack_resources(&self, stack: &str) -> Result<Vec<StackResource>> {
        const OPERATION: &str = "cloudformation:ListStackResources";
        let mut pages = self.cloudformation().list_stack_resources().stack_name(stack).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(Error::of(OPERATION))?;
            found.extend(page.stack_resource_summaries().iter().filter_map(|resource| {
                Some(StackResource {
                    logical_id: resource.logical_resource_id()?.to_owned(),
                    physical_id: resource.physical_resource_id().filter(|id| !id.is_empty())?.to_owned(),
                    resource_type: resource.resource_type()?.to_owned(),
                })
            }));
        }
        Ok(found)
    }

    async fn stacks_where(
        &self,
        is_wanted: impl Fn(&aws_sdk_cloudformation::types::Stack) -> bool,
    ) -> Result<Vec<Stack>> {
        const OPERATION: &str = "cloudformation:DescribeStacks";
        let mut pages = self.cloudformation().describe_stacks().into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(Error::of(OPERATION))?;
            for wanted in page.stacks().iter().filter(|stack| is_wanted(stack)) {
                found.push(stack(wanted).map_err(|what| Error::Incomplete { operation: OPERATION, what })?);
            }
        }
        Ok(found)
    }

    /// Reads the template of a stack as it was handed in.
    pub async fn template(&self, stack: &str) -> Result<String> {
        const OPERATION: &str = "cloudformation:GetTemplate";
        let answer = self
            .cloudformation()
            .get_template()
            .stack_name(stack)
            .template_stage(TemplateStage::Original)
            .send()
            .await
            .map_err(Error::of(OPERATION))?;
        answer.template_body.ok_or(Error::Incomplete { operation: OPERATION, what: "template" })
    }

    /// Reads what macros have made of the template of a stack, or of a change set of it; nothing where that is not known.
    pub async fn processed_template(&self, stack: &str, change_set: Option<&str>) -> Result<Option<String>> {
        let stage = TemplateStage::Processed;
        let request = self.cloudformation().get_template().stack_name(stack).template_stage(stage.clone());
        let answer = request.set_change_set_name(change_set.map(str::to_owned)).send().await;
        let answer = answer.map_err(Error::of("cloudformation:GetTemplate"))?;
        let is_there = answer.stages_available().contains(&stage);
        Ok(answer.template_body.filter(|_| is_there))
    }

    /// Begins to delete a stack, with the role that it was given unless another is named.
    pub async fn delete_stack(&self, stack: &str, role: Option<&str>, token: &str) -> Result<()> {
        let answer = self
            .cloudformation()
            .delete_stack()
            .stack_name(stack)
            .set_role_arn(role.map(str::to_owned))
            .client_request_token(token)
            .send()
            .await;
        match answer.map_err(Error::of("cloudformation:DeleteStack")) {
            Err(error) if error.is_repeated() || error.is_missing_stack() => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Begins to continue the failed rollback of an update. The resources of `skipped` stay as they are.
    pub async fn continue_rollback(
        &self,
        stack: &str,
        role: Option<&str>,
        skipped: &[String],
        token: &str,
    ) -> Result<()> {
        let answer = self
            .cloudformation()
            .continue_update_rollback()
            .stack_name(stack)
            .set_role_arn(role.map(str::to_owned))
            .set_resources_to_skip((!skipped.is_empty()).then(|| skipped.to_vec()))
            .client_request_token(token)
            .send()
            .await;
        match answer.map_err(Error::of("cloudformation:ContinueUpdateRollback")) {
            Err(error) if error.is_repeated() => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Begins to set the topics that are told of a stack's events; its template, parameters and tags stay.
    pub async fn retarget_stack(
        &self,
        stack: &Stack,
        topics: &[String],
        role: Option<&str>,
        token: &str,
    ) -> Result<StackUpdate> {
        use aws_sdk_cloudformation::types::Parameter;

        let kept = |key: &String| Parameter::builder().parameter_key(key).use_previous_value(true).build();
        let answer = self
            .cloudformation()
            .update_stack()
            .stack_name(&stack.id)
            .use_previous_template(true)
            .set_parameters(Some(stack.parameters.keys().map(kept).collect()))
            .set_notification_arns(Some(topics.to_vec()))
            .set_capabilities(Some(stack.capabilities.iter().copied().map(super::sdk_capability).collect()))
            .set_role_arn(role.map(str::to_owned))
            .client_request_token(token)
            .send()
            .await;
        StackUpdate::of(answer.map_err(Error::of("cloudformation:UpdateStack")))
    }

    /// Protects a stack from deletion, or lifts the protection.
    pub async fn protect_stack(&self, stack: &str, protection: Protection) -> Result<()> {
        self.cloudformation()
            .update_termination_protection()
            .stack_name(stack)
            .enable_termination_protection(protection == Protection::On)
            .send()
            .await
            .map_err(Error::of("cloudformation:UpdateTerminationProtection"))?;
        Ok(())
    }
}

/// Reads the values of parameters.
pub(super) fn parameters(given: &[aws_sdk_cloudformation::types::Parameter]) -> IndexMap<String, Parameter> {
    let value = |parameter: &aws_sdk_cloudformation::types::Parameter| {
        let value = parameter.parameter_value().unwrap_or_default().to_owned();
        let resolved = parameter.resolved_value().map(str::to_owned);
        Some((parameter.parameter_key()?.to_owned(), Parameter { value, resolved }))
    };
    given.iter().filter_map(value).collect()
}

/// Reads a stack; the error names what the answer lacks.
fn stack(stack: &aws_sdk_cloudformation::types::Stack) -> std::result::Result<Stack, &'static str> {
    Ok(Stack {
        id: stack.stack_id().ok_or("stack id")?.to_owned(),
        name: stack.stack_name().and_then(|name| name.parse().ok()).ok_or("stack name")?,
        status: stack
            .stack_status()
            .and_then(|status| status.as_str().parse().ok())
            .ok_or("stack status that pipectl knows")?,
        reason: stack.stack_status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
        parameters: parameters(stack.parameters()),
        outputs: stack
            .outputs()
            .iter()
            .filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned())))
            .collect(),
        tags: stack
            .tags()
            .iter()
            .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
            .collect(),
        protection: match stack.enable_termination_protection() {
            Some(true) => Protection::On,
            _ => Protection::Off,
        },
        notification_targets: stack.notification_arns().to_vec(),
        capabilities: stack.capabilities().iter().filter_map(capability).collect(),
        role: stack.role_arn().filter(|role| !role.is_empty()).map(str::to_owned),
        created: timestamp(stack.creation_time()),
        updated: timestamp(stack.last_updated_time()),
    })
}
