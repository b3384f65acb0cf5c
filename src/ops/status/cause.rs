//! Why an action failed: the first thing that went wrong. Pure.

use super::report::Cause;
use crate::aws::cloudformation::StackEvent;
use crate::aws::codebuild::Build;
use crate::aws::codepipeline::ActionError;
use crate::cfn::NESTED_STACK;

/// Finds the phase of a build that failed, and the command in it.
pub fn of_build(build: &Build, log: Vec<String>) -> Option<Cause> {
    let phase =
        build.phases.iter().find(|phase| phase.status.as_deref().is_some_and(|status| status != "SUCCEEDED"))?;
    let context = phase.contexts.first().map(|context| context.message.as_str());
    let (command, message) = match context.map(command_and_reason) {
        Some((command, reason)) => (command.map(str::to_owned), Some(reason.to_owned())),
        // A phase that was stopped or ran out of time says nothing but so.
        None => (None, phase.status.clone()),
    };
    Some(Cause::Build { phase: phase.name.clone(), command, message, log })
}

/// Takes "Error while executing command: npm ci. Reason: exit status 1" apart.
fn command_and_reason(message: &str) -> (Option<&str>, &str) {
    let parts = message.strip_prefix("Error while executing command: ").and_then(|rest| rest.rsplit_once(". Reason: "));
    match parts {
        Some((command, reason)) => (Some(command), reason),
        None => (None, message),
    }
}

/// Finds the first resource that failed in the last operation on a stack. The events are the oldest first.
///
/// What was cancelled because something else failed is no cause.
pub fn first_failure<'a>(stack: &str, events: &'a [StackEvent]) -> Option<&'a StackEvent> {
    let begins = |event: &StackEvent| {
        is_stack_itself(stack, event)
            && matches!(event.status.as_str(), "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS" | "DELETE_IN_PROGRESS")
    };
    let beginning = events.iter().rposition(begins).unwrap_or(0);
    let failures = || events[beginning..].iter().filter(|event| event.status.is_failure());
    failures()
        .find(|event| !is_stack_itself(stack, event) && !event.is_cancellation())
        .or_else(|| failures().find(|event| !event.is_cancellation()))
}

/// Whether an event is about the stack, which is among its own resources.
fn is_stack_itself(stack: &str, event: &StackEvent) -> bool {
    event.resource_type == NESTED_STACK && event.logical_id == stack
}

/// Writes a failed resource as a cause.
pub fn of_resource(stack: &str, event: &StackEvent) -> Cause {
    Cause::Resource {
        stack: stack.to_owned(),
        resource_type: event.resource_type.clone(),
        logical_id: event.logical_id.clone(),
        status: event.status.as_str().to_owned(),
        reason: event.reason.clone(),
    }
}

/// Writes what the provider says as a cause.
pub fn of_message(error: Option<&ActionError>, summary: Option<&str>) -> Option<Cause> {
    let message = error.and_then(|error| error.message.as_deref()).or(summary).filter(|message| !message.is_empty())?;
    Some(Cause::Told { code: error.and_then(|error| error.code.clone()), message: message.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::cloudformation::ResourceStatus;
    use crate::aws::codebuild::{BuildPhase, PhaseContext, Progress};

    fn event(logical_id: &str, resource_type: &str, status: &str, reason: Option<&str>) -> StackEvent {
        StackEvent {
            id: format!("{logical_id}-{status}"),
            time: None,
            logical_id: logical_id.to_owned(),
            physical_id: None,
            resource_type: resource_type.to_owned(),
            status: ResourceStatus::new(status),
            reason: reason.map(str::to_owned),
            token: None,
        }
    }

    #[test]
    fn the_first_failing_resource_of_the_last_operation_is_the_cause() {
        let events = [
            event("app", NESTED_STACK, "CREATE_IN_PROGRESS", Some("User Initiated")),
            event("Old", "AWS::S3::Bucket", "CREATE_FAILED", Some("an old story")),
            event("app", NESTED_STACK, "ROLLBACK_COMPLETE", None),
            event("app", NESTED_STACK, "UPDATE_IN_PROGRESS", Some("User Initiated")),
            event("Queue", "AWS::SQS::Queue", "UPDATE_FAILED", Some("Resource update cancelled")),
            event("Bucket", "AWS::S3::Bucket", "CREATE_FAILED", Some("name is taken")),
            event("Topic", "AWS::SNS::Topic", "CREATE_FAILED", Some("another")),
            event("app", NESTED_STACK, "UPDATE_ROLLBACK_IN_PROGRESS", None),
        ];
        assert_eq!(first_failure("app", &events).map(|event| event.logical_id.as_str()), Some("Bucket"));
    }

    #[test]
    fn a_stack_whose_resources_are_well_has_no_failing_resource() {
        let events = [
            event("app", NESTED_STACK, "UPDATE_IN_PROGRESS", None),
            event("app", NESTED_STACK, "UPDATE_COMPLETE", None),
        ];
        assert_eq!(first_failure("app", &events), None);
    }

    #[test]
    fn a_failed_build_names_phase_command_and_reason() {
        let phase = |name: &str, status: Option<&str>, message: &str| BuildPhase {
            name: name.to_owned(),
            status: status.map(str::to_owned),
            seconds: Some(1),
            contexts: vec![PhaseContext { code: "COMMAND_EXECUTION_ERROR".to_owned(), message: message.to_owned() }],
        };
        let build = Build {
            id: "shop-Build:1".to_owned(),
            project: "shop-Build".to_owned(),
            status: "FAILED".to_owned(),
            progress: Progress::Ended,
            current_phase: Some("COMPLETED".to_owned()),
            phases: vec![
                phase("INSTALL", Some("SUCCEEDED"), ""),
                phase(
                    "BUILD",
                    Some("FAILED"),
                    "Error while executing command: make. Reason: no. Reason: exit status 2",
                ),
                phase("POST_BUILD", Some("FAILED"), "later"),
            ],
            log: None,
            started: None,
        };
        assert_eq!(
            of_build(&build, vec!["last words".to_owned()]),
            Some(Cause::Build {
                phase: "BUILD".to_owned(),
                command: Some("make. Reason: no".to_owned()),
                message: Some("exit status 2".to_owned()),
                log: vec!["last words".to_owned()],
            })
        );
    }
}
