//! Asks builds, logs and stacks why actions failed.

use jiff::Timestamp;

use super::join::{last_looks, last_run};
use super::report::{Cause, Failure, Next, Report, StuckReport};
use super::{cause, rule};
use crate::aws::codebuild::Build;
use crate::aws::codepipeline::{
    ActionError, ActionExecution, ActionStatus, PipelineState, Provider, RuleExecution, Structure,
};
use crate::aws::{self, Aws};
use crate::cfn::NESTED_STACK;
use crate::id::ExecutionId;
use crate::ops::action_access::{ActionAccess, Preference};
use crate::ops::logs::has_log;
use crate::ops::stack::stuck;
use crate::ops::subject::Invocation;

/// How many lines of a failed build's log are shown.
const TAIL: usize = 20;

/// How many are read, so that enough are left when CodeBuild's own are dropped.
const READ: usize = 60;

/// What the lines begin with that CodeBuild itself writes.
const OWN_LINES: &str = "[Container] ";
/// How many stacks within stacks are followed down to the resource that failed.
const DEEPEST: usize = 5;

/// What the search for causes works on.
#[derive(Debug)]
pub struct Investigation<'a> {
    /// A connection to the pipeline's environment.
    pub aws: &'a Aws,
    /// How to call pipectl for this pipeline.
    pub invocation: &'a Invocation,
    /// Connections to the stages' environments.
    pub access: &'a ActionAccess<'a>,
    /// The state of the pipeline.
    pub state: &'a PipelineState,
    /// Its structure.
    pub structure: &'a Structure,
    /// The runs of actions in the newest execution, in those that are at work in a stage, and in one that failed and is
    /// made up for.
    pub actions: &'a [ActionExecution],
    /// The looks at rules in the same executions.
    pub rules: &'a [RuleExecution],
    /// The builds of actions that run or failed.
    pub builds: &'a [Build],
}

impl Investigation<'_> {
    /// Adds its cause to every failed action of a report.
    pub async fn explain(&self, report: &mut Report) {
        for stage in &mut report.stages {
            let execution = stage.execution.clone();
            for action in &mut stage.actions {
                if action.status == Some(ActionStatus::Failed) {
                    let build = action.build.as_ref().map(|build| build.id.as_str());
                    action.cause = self.cause(execution.as_ref(), &stage.name, &action.name, build, None).await;
                    action.stuck = self.stuck(&stage.name, &action.name).await;
                }
            }
        }
        if let Some(rollback) = report.newest.as_mut().and_then(|newest| newest.rollback.as_mut())
            && let Some(failed) = &rollback.failed
        {
            rollback.failures = self.failures(failed).await;
        }
    }

    /// What failed in an execution, and why.
    async fn failures(&self, execution: &ExecutionId) -> Vec<Failure> {
        let mut failures = Vec::new();
        let failed = |run: &&ActionExecution| run.execution == *execution && run.status == ActionStatus::Failed;
        for run in self.actions.iter().filter(failed) {
            let last = last_run(self.actions, execution, &run.stage, &run.action);
            if last.is_some_and(|last| last.id == run.id) {
                let build = run.external_id.as_deref().filter(|_| run.provider == Provider::CodeBuild);
                // What happened to a stack since then is another story.
                let cause = self.cause(Some(execution), &run.stage, &run.action, build, run.updated).await;
                let command = || self.invocation.command(&format!("logs {} --execution {execution}", run.action));
                // What was made up for cannot be tried again.
                let next =
                    Next { logs: has_log(&run.provider).then(command), run: Some(self.anew()), ..Next::default() };
                failures.push(Failure { stage: run.stage.clone(), name: run.action.clone(), cause, next });
            }
        }
        let rules = last_looks(self.rules, self.actions, execution).filter(|look| rule::has_failed(look));
        failures.extend(rules.map(|rule| Failure {
            stage: rule.stage.clone(),
            name: rule.rule.clone(),
            cause: rule::cause(rule),
            next: Next { run: Some(self.anew()), ..Next::default() },
        }));
        failures
    }

    /// The command that starts an execution.
    fn anew(&self) -> String {
        self.invocation.command("run")
    }

    async fn cause(
        &self,
        execution: Option<&ExecutionId>,
        stage: &str,
        action: &str,
        build: Option<&str>,
        until: Option<Timestamp>,
    ) -> Option<Cause> {
        let run = execution.and_then(|execution| last_run(self.actions, execution, stage, action));
        let error = run.and_then(|run| run.error.as_ref()).or_else(|| self.error(stage, action));
        let found = match build.and_then(|id| self.builds.iter().find(|build| build.id == id)) {
            Some(build) => cause::of_build(build, self.tail(build).await),
            None => self.failed_resource(stage, action, until).await,
        };
        let summary = run.and_then(|run| run.summary.as_deref());
        found.or_else(|| cause::of_message(error, summary))
    }

    fn error(&self, stage: &str, action: &str) -> Option<&ActionError> {
        let stage = self.state.stages.iter().find(|candidate| candidate.name == stage)?;
        let action = stage.actions.iter().find(|candidate| candidate.name == action)?;
        action.latest.as_ref()?.error.as_ref()
    }

    /// The last lines of a build's log; none when it cannot be read, for the phase alone says much already.
    async fn tail(&self, build: &Build) -> Vec<String> {
        let Some(log) = &build.log else { return Vec::new() };
        match self.aws.log_tail(log, READ).await {
            Ok(lines) => said(lines.into_iter().map(|line| line.text).collect()),
            Err(error) => {
                tracing::debug!(%error, build = build.id, "the log of a failed build cannot be read");
                Vec::new()
            }
        }
    }

    /// The stack that an action works on, if somebody has to see to it.
    async fn stuck(&self, stage: &str, action: &str) -> Option<StuckReport> {
        let declared = self.structure.action(stage, action)?;
        let name = declared.configuration.get("StackName").filter(|_| declared.provider == Provider::CloudFormation)?;
        let found = async {
            let (role, region) = (declared.role.as_deref(), declared.region.as_deref());
            let aws = self.access.connect(role, region, Preference::Caller).await?;
            match aws.stack(name).await? {
                Some(stack) => stuck(&aws, &stack).await,
                None => Ok(None),
            }
        };
        match found.await {
            Ok(stuck) => stuck.map(|stuck| StuckReport {
                status: stuck.status.as_str().to_owned(),
                message: stuck.describe(),
                hints: stuck.remedies(&self.invocation.command(&format!("retry {stage}"))),
                stack: stuck.stack,
                resources: stuck.resources,
            }),
            Err(error) => {
                tracing::debug!(%error, stack = name, "a stack whose change failed cannot be looked at");
                None
            }
        }
    }

    async fn failed_resource(&self, stage: &str, action: &str, until: Option<Timestamp>) -> Option<Cause> {
        let declared = self.structure.action(stage, action)?;
        let changes_a_stack = declared
            .configuration
            .get("ActionMode")
            // A change set that cannot be created leaves no events; the action's own message tells why.
            .is_some_and(|mode| mode != "CHANGE_SET_REPLACE");
        let stack = declared.configuration.get("StackName").filter(|_| changes_a_stack)?;
        let connection = self.access.connect(declared.role.as_deref(), declared.region.as_deref(), Preference::Caller);
        let found = match connection.await {
            Ok(aws) => first_failure(&aws, stack, until).await,
            Err(error) => Err(error),
        };
        found.unwrap_or_else(|error| {
            tracing::debug!(%error, stack, "the events of a failed stack cannot be read");
            None
        })
    }
}

/// Finds the resource that failed first, down through stacks within stacks.
async fn first_failure(aws: &Aws, stack: &str, until: Option<Timestamp>) -> aws::Result<Option<Cause>> {
    let (mut id, mut name) = (stack.to_owned(), stack.to_owned());
    let mut found = None;
    for _ in 0..DEEPEST {
        let mut events = aws.stack_events(&id, None).await?;
        events.retain(|event| until.is_none_or(|until| event.time.is_none_or(|time| time <= until)));
        let Some(event) = cause::first_failure(&name, &events) else { break };
        found = Some(cause::of_resource(&name, event));
        match &event.physical_id {
            Some(nested) if event.resource_type == NESTED_STACK && event.logical_id != name => {
                id.clone_from(nested);
                name = stack_name(nested).to_owned();
            }
            _ => break,
        }
    }
    Ok(found)
}

/// The name in a stack's ARN (`arn:aws:cloudformation:<region>:<account>:stack/<name>/<uuid>`).
fn stack_name(id: &str) -> &str {
    id.split('/').nth(1).unwrap_or(id)
}
/// The last lines that the commands wrote; all lines, if only CodeBuild wrote any.
fn said(lines: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = lines.iter().filter(|line| !line.starts_with(OWN_LINES)).cloned().collect();
    if kept.is_empty() {
        kept = lines;
    }
    kept.split_off(kept.len().saturating_sub(TAIL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_commands_wrote_comes_before_what_codebuild_writes() {
        let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let mixed = lines(&["[Container] t Entering phase BUILD", "cp: no such file", "[Container] t Phase complete"]);
        assert_eq!(said(mixed), ["cp: no such file"]);
        let own = lines(&["[Container] t Phase complete"]);
        assert_eq!(said(own.clone()), own);
    }
}
