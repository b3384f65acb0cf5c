//! Stacks that no deployment can change until somebody has seen to them: a roll-back or a deletion failed.
//!
//! Used by `status`, which tells what failed and the way out, and by `retry`, which goes it as far as nothing is given up.

use serde::Serialize;

use crate::aws::cloudformation::{Stack, StackEvent, StackStatus, Standing};
use crate::aws::{self, Aws};
use crate::cfn::NESTED_STACK;
use crate::id::StackName;
use crate::text;

/// How many stacks within stacks are followed down to the resource that failed.
const DEEPEST: usize = 5;

/// A stack that nothing can change as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// The stack.
    pub stack: StackName,
    /// Its ARN.
    pub id: String,
    /// The status that it is stuck in, such as `UPDATE_ROLLBACK_FAILED`.
    pub status: StackStatus,
    /// What keeps it there.
    pub resources: Vec<StuckResource>,
}

/// A resource that could not be rolled back or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StuckResource {
    /// The name by which CloudFormation skips it: its logical id, after the stack's name and a dot if that is a nested one.
    pub name: String,
    /// Its type.
    pub resource_type: String,
    /// Why.
    pub reason: Option<String>,
}

/// Looks whether a stack is stuck, and what it is stuck in.
pub async fn stuck(aws: &Aws, stack: &Stack) -> aws::Result<Option<Stuck>> {
    match stack.status.standing() {
        Standing::RollbackFailed | Standing::Broken => {}
        Standing::Gone | Standing::Reserved | Standing::NeverCreated | Standing::Usable | Standing::Busy => {
            return Ok(None);
        }
    }
    let mut resources = Vec::new();
    // Its id, its name, and what stands before the names of its resources.
    let mut open = vec![(stack.id.clone(), stack.name.to_string(), String::new(), 0)];
    while let Some((id, name, prefix, depth)) = open.pop() {
        let events = aws.stack_events(&id, None).await?;
        for event in failures(&name, &events) {
            match event.physical_id.as_deref().and_then(|id| Some((id, name_in(id)?))) {
                Some((nested, name)) if event.resource_type == NESTED_STACK && depth < DEEPEST => {
                    open.push((nested.to_owned(), name.to_owned(), format!("{name}."), depth + 1));
                }
                _ => resources.push(StuckResource {
                    name: format!("{prefix}{}", event.logical_id),
                    resource_type: event.resource_type.clone(),
                    reason: event.reason.clone(),
                }),
            }
        }
    }
    Ok(Some(Stuck { stack: stack.name.clone(), id: stack.id.clone(), status: stack.status, resources }))
}

/// The name in a stack's ARN, `arn:PARTITION:cloudformation:REGION:ACCOUNT:stack/NAME/UUID`.
fn name_in(id: &str) -> Option<&str> {
    id.split('/').nth(1)
}

/// What failed in the last roll-back of a stack, or in its deletion, each resource once. The events are the oldest first.
fn failures<'a>(stack: &str, events: &'a [StackEvent]) -> Vec<&'a StackEvent> {
    let is_stack = |event: &StackEvent| event.resource_type == NESTED_STACK && event.logical_id == stack;
    let begins = |event: &StackEvent| {
        let status = event.status.as_str();
        is_stack(event) && (status.ends_with("ROLLBACK_IN_PROGRESS") || status == "DELETE_IN_PROGRESS")
    };
    let beginning = events.iter().rposition(begins).unwrap_or(0);
    let mut failures: Vec<&StackEvent> = Vec::new();
    for event in &events[beginning..] {
        if is_stack(event) || event.is_cancellation() {
            continue;
        }
        // What failed and then succeeded keeps nothing up.
        failures.retain(|failure| failure.logical_id != event.logical_id);
        if event.status.is_failure() {
            failures.push(event);
        }
    }
    failures
}

impl Stuck {
    /// What is the matter, as a sentence without its end.
    pub fn describe(&self) -> String {
        let Self { stack, status, .. } = self;
        match self.resources.first() {
            Some(StuckResource { name, resource_type, reason }) => {
                let reason = reason.as_deref().unwrap_or("CloudFormation gives no reason");
                format!("stack `{stack}` is stuck in {status}: `{name}` ({resource_type}) failed: {reason}")
            }
            None => format!("stack `{stack}` is stuck in {status}"),
        }
    }

    /// The way out, the best first. `retry` is the command that retries the stack's stage.
    pub fn remedies(&self, retry: &str) -> Vec<String> {
        let Self { stack, status, resources, .. } = self;
        let names: Vec<&str> = resources.iter().map(|resource| resource.name.as_str()).collect();
        match status {
            StackStatus::UpdateRollbackFailed if resources.is_empty() => {
                vec![format!("`{retry}` continues the roll-back and tries again")]
            }
            StackStatus::UpdateRollbackFailed => {
                let skips = resources.iter().map(|resource| format!(" --skip {stack}/{}", resource.name));
                let skips: String = skips.collect();
                let names = text::list(&names);
                vec![
                    format!(
                        "mend what keeps {names} from going back; `{retry}` continues the roll-back and tries again"
                    ),
                    format!("`{retry}{skips}` leaves {names} as it is now, which its template may not say"),
                ]
            }
            StackStatus::DeleteFailed => {
                let delete = format!("aws cloudformation delete-stack --stack-name {stack}{}", self.place());
                let mut remedies = vec![format!(
                    "mend what keeps it from being deleted; `{delete}` goes on, and `{retry}` makes it anew"
                )];
                if !names.is_empty() {
                    let kept = names.join(" ");
                    let names = text::list(&names);
                    remedies.push(format!("`{delete} --retain-resources {kept}` deletes the stack and leaves {names}"));
                }
                remedies
            }
            _ => vec![format!(
                "`aws cloudformation describe-stack-events --stack-name {stack}{}` tells what is wrong",
                self.place()
            )],
        }
    }

    /// The flag that names the stack's region.
    fn place(&self) -> String {
        self.id.split(':').nth(3).map(|region| format!(" --region {region}")).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::cloudformation::ResourceStatus;

    fn event(logical_id: &str, resource_type: &str, status: &str) -> StackEvent {
        StackEvent {
            id: format!("{logical_id}-{status}"),
            time: None,
            logical_id: logical_id.to_owned(),
            physical_id: None,
            resource_type: resource_type.to_owned(),
            status: ResourceStatus::new(status),
            reason: None,
            token: None,
        }
    }

    #[test]
    fn what_failed_in_the_last_roll_back_keeps_a_stack_up() {
        let events = [
            event("app", NESTED_STACK, "UPDATE_IN_PROGRESS"),
            event("Cause", "AWS::SQS::Queue", "CREATE_FAILED"),
            event("app", NESTED_STACK, "UPDATE_ROLLBACK_IN_PROGRESS"),
            event("Early", "AWS::SNS::Topic", "UPDATE_FAILED"),
            event("app", NESTED_STACK, "UPDATE_ROLLBACK_FAILED"),
            event("app", NESTED_STACK, "UPDATE_ROLLBACK_IN_PROGRESS"),
            event("Mended", "AWS::SNS::Topic", "UPDATE_FAILED"),
            event("Mended", "AWS::SNS::Topic", "UPDATE_COMPLETE"),
            event("Table", "AWS::DynamoDB::Table", "UPDATE_FAILED"),
            event("app", NESTED_STACK, "UPDATE_ROLLBACK_FAILED"),
        ];
        let names: Vec<&str> = failures("app", &events).iter().map(|event| event.logical_id.as_str()).collect();
        assert_eq!(names, ["Table"]);
    }

    fn stuck_in(status: StackStatus, resources: &[&str]) -> Stuck {
        let resource = |name: &&str| StuckResource {
            name: (*name).to_owned(),
            resource_type: "AWS::SQS::Queue".to_owned(),
            reason: Some("no".to_owned()),
        };
        Stuck {
            stack: "shop-app".parse().unwrap(),
            id: "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop-app/1".to_owned(),
            status,
            resources: resources.iter().map(resource).collect(),
        }
    }

    #[test]
    fn the_way_out_is_a_command() {
        let told =
            |status, resources: &[&str]| stuck_in(status, resources).remedies("pipectl retry Staging").join("\n");
        assert_eq!(
            told(StackStatus::UpdateRollbackFailed, &["A", "shop-nested.B"]),
            "mend what keeps `A` and `shop-nested.B` from going back; `pipectl retry Staging` continues the roll-back and \
             tries again\n\
             `pipectl retry Staging --skip shop-app/A --skip shop-app/shop-nested.B` leaves `A` and `shop-nested.B` as it is \
             now, which its template may not say"
        );
        assert_eq!(
            told(StackStatus::UpdateRollbackFailed, &[]),
            "`pipectl retry Staging` continues the roll-back and tries again"
        );
        let delete = "aws cloudformation delete-stack --stack-name shop-app --region eu-west-1";
        assert_eq!(
            told(StackStatus::DeleteFailed, &["A"]),
            format!(
                "mend what keeps it from being deleted; `{delete}` goes on, and `pipectl retry Staging` makes it anew\n\
                 `{delete} --retain-resources A` deletes the stack and leaves `A`"
            )
        );
        assert!(told(StackStatus::ImportRollbackFailed, &[]).contains("describe-stack-events"));
    }
}
