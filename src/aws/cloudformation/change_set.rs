//! Change sets: creating, reading, executing, deleting.

use aws_sdk_cloudformation::types;
use indexmap::IndexMap;
use jiff::Timestamp;

use super::sdk_capability;
use super::stack::{Parameter, parameters};
use crate::aws::time::timestamp;
use crate::aws::{Aws, Error, Result};
use crate::cfn::Capability;

/// What a change set is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSetRequest {
    /// The stack's name.
    pub stack: String,
    /// The change set's name.
    pub name: String,
    /// Whether the stack is new.
    pub kind: ChangeSetKind,
    /// The template.
    pub template: TemplateSource,
    /// Values of parameters; `None` keeps the deployed one.
    pub parameters: IndexMap<String, Option<String>>,
    /// Tags, all of them.
    pub tags: IndexMap<String, String>,
    /// ARNs of the topics that are told of events, all of them; `None` keeps those that are set.
    pub notification_targets: Option<Vec<String>>,
    /// What the template may do.
    pub capabilities: Vec<Capability>,
    /// The role that CloudFormation assumes.
    pub role: Option<String>,
    /// What happens to resources that exist already under the names that the template gives them.
    pub existing: ExistingResources,
    /// What makes a repetition of the same request harmless.
    pub token: String,
}

/// What a change set does about resources that exist outside of any stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExistingResources {
    /// It fails.
    Refuse,
    /// It takes them over.
    Import,
}

/// Whether a change set creates its stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeSetKind {
    /// It does.
    Create,
    /// It changes a stack that exists.
    Update,
}

/// Where the template of a change set comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateSource {
    /// It is part of the request (at most 51,200 bytes).
    Body(String),
    /// It lies in S3, at this HTTPS address (at most 1 MB).
    Url(String),
    /// It is the deployed one.
    Previous,
}

/// A change set as CloudFormation sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The ARN of its stack.
    pub stack_id: String,
    /// Its status.
    pub status: ChangeSetStatus,
    /// Whether it can be executed.
    pub execution: ExecutionStatus,
    /// Why it has its status, where CloudFormation tells.
    pub reason: Option<String>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// The values of its stack's parameters.
    pub parameters: IndexMap<String, Parameter>,
    /// What it changes.
    pub changes: Vec<ResourceChange>,
}

/// A change set in the list of its stack's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedChangeSet {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it can be executed.
    pub execution: ExecutionStatus,
    /// When it was created.
    pub created: Option<Timestamp>,
}

/// The status of a change set (`ChangeSetStatus` of CloudFormation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeSetStatus {
    /// `CREATE_PENDING` or `CREATE_IN_PROGRESS`.
    Creating,
    /// `CREATE_COMPLETE`.
    Created,
    /// `DELETE_PENDING` or `DELETE_IN_PROGRESS`.
    Deleting,
    /// `DELETE_COMPLETE`.
    Deleted,
    /// `DELETE_FAILED`.
    DeleteFailed,
    /// `FAILED`.
    Failed,
}

/// Whether a change set can be executed (`ExecutionStatus` of CloudFormation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionStatus {
    /// `UNAVAILABLE`.
    Unavailable,
    /// `AVAILABLE`.
    Available,
    /// `EXECUTE_IN_PROGRESS`.
    InProgress,
    /// `EXECUTE_COMPLETE`.
    Complete,
    /// `EXECUTE_FAILED`.
    Failed,
    /// `OBSOLETE`: the stack changed after the change set was created.
    Obsolete,
}

/// What a change set does to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceChange {
    /// What happens to it.
    pub action: ChangeAction,
    /// The resource's logical id.
    pub logical_id: String,
    /// The resource's physical id, if it exists.
    pub physical_id: Option<String>,
    /// The resource's type.
    pub resource_type: String,
    /// Whether it is replaced by a new one.
    pub replacement: Replacement,
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeAction {
    /// It is created.
    Add,
    /// It is changed.
    Modify,
    /// It is removed.
    Remove,
    /// It is taken over.
    Import,
    /// It is brought back to what the template says.
    Synchronise,
    /// CloudFormation knows only while it works.
    Dynamic,
}

/// Whether a changed resource is replaced by a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replacement {
    /// It stays.
    Never,
    /// It may be.
    Possible,
    /// It is.
    Certain,
}

impl ChangeSet {
    /// Tells whether it failed only because there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.status == ChangeSetStatus::Failed && self.reason.as_deref().is_some_and(says_nothing_changes)
    }
}

/// Tells whether CloudFormation says that there is nothing to change, which it says as of a failure.
pub fn says_nothing_changes(words: &str) -> bool {
    const REASONS: [&str; 2] = ["didn't contain changes", "No updates are to be performed"];
    REASONS.iter().any(|empty| words.contains(empty))
}

impl Aws {
    /// Creates a change set and returns its ARN.
    pub async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<String> {
        const OPERATION: &str = "cloudformation:CreateChangeSet";
        let parameters = request.parameters.iter().map(|(key, value)| {
            let parameter = types::Parameter::builder().parameter_key(key);
            match value {
                Some(value) => parameter.parameter_value(value),
                None => parameter.use_previous_value(true),
            }
            .build()
        });
        let tags = request.tags.iter().map(|(key, value)| types::Tag::builder().key(key).value(value).build());
        let call = self
            .cloudformation()
            .create_change_set()
            .stack_name(&request.stack)
            .change_set_name(&request.name)
            .change_set_type(match request.kind {
                ChangeSetKind::Create => types::ChangeSetType::Create,
                ChangeSetKind::Update => types::ChangeSetType::Update,
            })
            .set_parameters(Some(parameters.collect()))
            .set_tags(Some(tags.collect()))
            .set_notification_arns(request.notification_targets.clone())
            .set_capabilities(Some(request.capabilities.iter().copied().map(sdk_capability).collect()))
            .set_role_arn(request.role.clone())
            .client_token(&request.token);
        let call = match request.existing {
            ExistingResources::Refuse => call,
            ExistingResources::Import => call.import_existing_resources(true),
        };
        let call = match &request.template {
            TemplateSource::Body(body) => call.template_body(body),
            TemplateSource::Url(url) => call.template_url(url),
            TemplateSource::Previous => call.use_previous_template(true),
        };
        let answer = call.send().await.map_err(Error::of(OPERATION))?;
        answer.id.ok_or(Error::Incomplete { operation: OPERATION, what: "change set id" })
    }

    /// Describes a change set with all its changes; `None` when there is none.
    pub async fn change_set(&self, stack: &str, name: &str) -> Result<Option<ChangeSet>> {
        const OPERATION: &str = "cloudformation:DescribeChangeSet";
        let mut pages =
            self.cloudformation().describe_change_set().stack_name(stack).change_set_name(name).into_paginator().send();
        let mut found: Option<ChangeSet> = None;
        while let Some(page) = pages.next().await {
            let page = match page.map_err(Error::of(OPERATION)) {
                Err(error) if error.is_missing_change_set() || error.is_missing_stack() => return Ok(None),
                page => page?,
            };
            let changes = page.changes().iter().filter_map(types::Change::resource_change).map(resource_change);
            match &mut found {
                Some(change_set) => change_set.changes.extend(changes),
                None => {
                    let changes = changes.collect();
                    let missing = |what| Error::Incomplete { operation: OPERATION, what };
                    found = Some(ChangeSet {
                        id: page.change_set_id().ok_or_else(|| missing("change set id"))?.to_owned(),
                        name: page.change_set_name().unwrap_or(name).to_owned(),
                        stack_id: page.stack_id().ok_or_else(|| missing("stack id"))?.to_owned(),
                        status: page.status().and_then(status).ok_or_else(|| missing("status that pipectl knows"))?,
                        execution: page.execution_status().map_or(ExecutionStatus::Unavailable, execution),
                        reason: page.status_reason().filter(|reason| !reason.is_empty()).map(str::to_owned),
                        created: timestamp(page.creation_time()),
                        parameters: parameters(page.parameters()),
                        changes,
                    });
                }
            }
        }
        Ok(found)
    }

    /// Lists the change sets of a stack.
    pub async fn change_sets(&self, stack: &str) -> Result<Vec<ListedChangeSet>> {
        const OPERATION: &str = "cloudformation:ListChangeSets";
        let mut pages = self.cloudformation().list_change_sets().stack_name(stack).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(Error::of(OPERATION))?;
            found.extend(page.summaries().iter().filter_map(|summary| {
                Some(ListedChangeSet {
                    id: summary.change_set_id()?.to_owned(),
                    name: summary.change_set_name()?.to_owned(),
                    execution: summary.execution_status().map_or(ExecutionStatus::Unavailable, execution),
                    created: timestamp(summary.creation_time()),
                })
            }));
        }
        Ok(found)
    }

    /// Begins to execute a change set. The stack is named too, since permissions are given by stack.
    pub async fn execute_change_set(&self, change_set: &ChangeSet, token: &str) -> Result<()> {
        self.cloudformation()
            .execute_change_set()
            .change_set_name(&change_set.id)
            .stack_name(&change_set.stack_id)
            .client_request_token(token)
            .send()
            .await
            .map_err(Error::of("cloudformation:ExecuteChangeSet"))?;
        Ok(())
    }

    /// Deletes a change set; one that is gone already does no harm.
    pub async fn delete_change_set(&self, change_set: &ChangeSet) -> Result<()> {
        self.discard_change_set(&change_set.stack_id, &change_set.id).await
    }

    /// Deletes a change set of a stack, each by its name or its ARN; one that is gone already does no harm.
    pub async fn discard_change_set(&self, stack: &str, change_set: &str) -> Result<()> {
        let answer =
            self.cloudformation().delete_change_set().change_set_name(change_set).stack_name(stack).send().await;
        match answer.map_err(Error::of("cloudformation:DeleteChangeSet")) {
            Err(error) if error.is_missing_change_set() => Ok(()),
            answer => answer.map(drop),
        }
    }
}

fn status(status: &types::ChangeSetStatus) -> Option<ChangeSetStatus> {
    match status {
        types::ChangeSetStatus::CreatePending | types::ChangeSetStatus::CreateInProgress => {
            Some(ChangeSetStatus::Creating)
        }
        types::ChangeSetStatus::CreateComplete => Some(ChangeSetStatus::Created),
        types::ChangeSetStatus::DeletePending | types::ChangeSetStatus::DeleteInProgress => {
            Some(ChangeSetStatus::Deleting)
        }
        types::ChangeSetStatus::DeleteComplete => Some(ChangeSetStatus::Deleted),
        types::ChangeSetStatus::DeleteFailed => Some(ChangeSetStatus::DeleteFailed),
        types::ChangeSetStatus::Failed => Some(ChangeSetStatus::Failed),
        _ => None,
    }
}

fn execution(status: &types::ExecutionStatus) -> ExecutionStatus {
    match status {
        types::ExecutionStatus::Available => ExecutionStatus::Available,
        types::ExecutionStatus::ExecuteInProgress => ExecutionStatus::InProgress,
        types::ExecutionStatus::ExecuteComplete => ExecutionStatus::Complete,
        types::ExecutionStatus::ExecuteFailed => ExecutionStatus::Failed,
        types::ExecutionStatus::Obsolete => ExecutionStatus::Obsolete,
        _ => ExecutionStatus::Unavailable,
    }
}

fn resource_change(change: &types::ResourceChange) -> ResourceChange {
    ResourceChange {
        action: match change.action() {
            Some(types::ChangeAction::Add) => ChangeAction::Add,
            Some(types::ChangeAction::Modify) => ChangeAction::Modify,
            Some(types::ChangeAction::Remove) => ChangeAction::Remove,
            Some(types::ChangeAction::Import) => ChangeAction::Import,
            Some(types::ChangeAction::SyncWithActual) => ChangeAction::Synchronise,
            _ => ChangeAction::Dynamic,
        },
        logical_id: change.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: change.physical_resource_id().filter(|id| !id.is_empty()).map(str::to_owned),
        resource_type: change.resource_type().unwrap_or_default().to_owned(),
        replacement: match change.replacement() {
            Some(types::Replacement::True) => Replacement::Certain,
            Some(types::Replacement::Conditional) => Replacement::Possible,
            _ => Replacement::Never,
        },
    }
}
