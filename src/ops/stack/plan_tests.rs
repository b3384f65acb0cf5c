//! Every status has a named move, for a stack that is to be created and for one that is to be changed.

use indexmap::IndexMap;

use super::*;
use crate::aws::cloudformation::ResourceStatus;
use crate::aws::cloudformation::{
    ChangeSetStatus, ExecutionStatus, ExistingResources, Parameter, Protection, Stack, StackEvent, StackStatus,
};
use crate::pipeline::PIPELINE_TAG;

fn desired(template: &str) -> Desired {
    Desired {
        name: "app-pipeline".parse().unwrap(),
        template: DesiredTemplate::Text(template.to_owned()),
        parameters: IndexMap::from([
            ("Key".to_owned(), DesiredParameter::Given("a".to_owned())),
            ("Kept".to_owned(), DesiredParameter::Previous),
        ]),
        tags: IndexMap::from([(PIPELINE_TAG.to_owned(), "app".to_owned())]),
        notification_targets: None,
        protection: None,
        capabilities: Vec::new(),
        role: None,
        existing: ExistingResources::Refuse,
        owner: Some("app".parse().unwrap()),
    }
}

fn observed(status: StackStatus, template: &str) -> Observed {
    let parameter = |value: &str| Parameter { value: value.to_owned(), resolved: None };
    Observed {
        stack: Stack {
            id: "arn:aws:cloudformation:us-east-1:111111111111:stack/app-pipeline/1".to_owned(),
            name: "app-pipeline".parse().unwrap(),
            status,
            reason: None,
            parameters: IndexMap::from([("Kept".to_owned(), parameter("k")), ("Key".to_owned(), parameter("a"))]),
            outputs: IndexMap::new(),
            tags: IndexMap::from([(PIPELINE_TAG.to_owned(), "app".to_owned())]),
            protection: Protection::Off,
            notification_targets: Vec::new(),
            capabilities: Vec::new(),
            role: None,
            created: None,
            updated: None,
        },
        template: Some(template.to_owned()),
    }
}

/// The name of a plan, without its details.
fn named(plan: &Plan) -> &'static str {
    match plan {
        Plan::Nothing => "nothing",
        Plan::Protect(_) => "protect",
        Plan::Create => "create",
        Plan::Update => "update",
        Plan::ReplaceFailedCreation => "replace",
        Plan::Wait { .. } => "wait",
        Plan::ContinueRollback => "continue rollback",
        Plan::Refuse(_) => "refuse",
    }
}

#[test]
fn every_status_has_a_move() {
    let moves: Vec<String> = StackStatus::ALL
        .iter()
        .map(|status| {
            let when = |template| named(&plan(&desired("{}"), Some(&observed(*status, template))));
            format!("{status}: {} / {}", when("{}"), when(r#"{"Resources":{}}"#))
        })
        .collect();
    // On the left the deployed template is the desired one, on the right it is another.
    let expected = [
        "CREATE_IN_PROGRESS: wait / wait",
        "CREATE_FAILED: replace / replace",
        "CREATE_COMPLETE: nothing / update",
        "ROLLBACK_IN_PROGRESS: wait / wait",
        "ROLLBACK_FAILED: replace / replace",
        "ROLLBACK_COMPLETE: replace / replace",
        "DELETE_IN_PROGRESS: wait / wait",
        "DELETE_FAILED: refuse / refuse",
        "DELETE_COMPLETE: create / create",
        "REVIEW_IN_PROGRESS: create / create",
        "UPDATE_IN_PROGRESS: wait / wait",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: wait / wait",
        "UPDATE_COMPLETE: nothing / update",
        "UPDATE_FAILED: update / update",
        "UPDATE_ROLLBACK_IN_PROGRESS: wait / wait",
        "UPDATE_ROLLBACK_FAILED: continue rollback / continue rollback",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: wait / wait",
        "UPDATE_ROLLBACK_COMPLETE: nothing / update",
        "IMPORT_IN_PROGRESS: wait / wait",
        "IMPORT_COMPLETE: nothing / update",
        "IMPORT_ROLLBACK_IN_PROGRESS: wait / wait",
        "IMPORT_ROLLBACK_FAILED: refuse / refuse",
        "IMPORT_ROLLBACK_COMPLETE: nothing / update",
    ];
    assert_eq!(moves, expected);
    assert_eq!(plan(&desired("{}"), None), Plan::Create);
}

#[test]
fn a_stack_of_another_pipeline_is_refused_in_every_status() {
    for status in StackStatus::ALL {
        let mut observed = observed(*status, "{}");
        observed.stack.tags.insert(PIPELINE_TAG.to_owned(), "other".to_owned());
        let refusal = Refusal::Foreign { pipeline: "other".to_owned() };
        assert_eq!(plan(&desired("{}"), Some(&observed)), Plan::Refuse(refusal));
    }
}

#[test]
fn a_difference_of_any_kind_is_an_update() {
    type Change = fn(&mut Desired);
    let changes: [(&str, Change); 5] = [
        ("update", |desired| desired.template = DesiredTemplate::Text(r#"{"Description":""}"#.to_owned())),
        ("update", |desired| {
            desired.parameters.insert("Key".to_owned(), DesiredParameter::Given("b".to_owned()));
        }),
        ("update", |desired| desired.tags = IndexMap::new()),
        ("update", |desired| desired.notification_targets = Some(vec!["arn:aws:sns:::t".to_owned()])),
        ("protect", |desired| desired.protection = Some(Protection::On)),
    ];
    let observed = observed(StackStatus::CreateComplete, "{ }");
    assert_eq!(plan(&desired("{}"), Some(&observed)), Plan::Nothing);
    for (expected, change) in changes {
        let mut desired = desired("{}");
        change(&mut desired);
        assert_eq!(named(&plan(&desired, Some(&observed))), expected);
    }
}

#[test]
fn every_change_set_has_a_move() {
    use ChangeSetStatus as Status;
    use ExecutionStatus as Execution;
    const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different information.";
    let change_set = |status, execution, reason: &str| ChangeSet {
        id: "arn".to_owned(),
        name: "pipectl-1".to_owned(),
        stack_id: "arn".to_owned(),
        status,
        execution,
        reason: Some(reason.to_owned()),
        created: None,
        parameters: indexmap::IndexMap::new(),
        changes: Vec::new(),
    };
    let cases = [
        (Status::Creating, Execution::Unavailable, "", ChangeSetMove::Wait),
        (Status::Created, Execution::Available, "", ChangeSetMove::Ready),
        (Status::Created, Execution::InProgress, "", ChangeSetMove::Follow),
        (Status::Created, Execution::Complete, "", ChangeSetMove::LookAgain),
        (Status::Created, Execution::Failed, "", ChangeSetMove::LookAgain),
        (Status::Created, Execution::Obsolete, "", ChangeSetMove::Discard),
        (Status::Created, Execution::Unavailable, "", ChangeSetMove::Discard),
        (Status::Deleting, Execution::Unavailable, "", ChangeSetMove::Wait),
        (Status::Deleted, Execution::Unavailable, "", ChangeSetMove::Create),
        (Status::DeleteFailed, Execution::Unavailable, "", ChangeSetMove::Discard),
        (Status::Failed, Execution::Unavailable, NO_CHANGES, ChangeSetMove::Empty),
        (Status::Failed, Execution::Unavailable, "No updates are to be performed.", ChangeSetMove::Empty),
        (Status::Failed, Execution::Unavailable, "Template error", ChangeSetMove::Discard),
    ];
    for (status, execution, reason, expected) in cases {
        let found = change_set(status, execution, reason);
        assert_eq!(change_set_move(Some(&found), Origin::Found), expected, "{status:?} {execution:?} {reason}");
    }
    let refused = change_set(Status::Failed, Execution::Unavailable, "Template error");
    assert_eq!(change_set_move(Some(&refused), Origin::Made), ChangeSetMove::Fail);
    assert_eq!(change_set_move(None, Origin::Found), ChangeSetMove::Create);
}

#[test]
fn the_same_wish_after_the_same_operation_has_the_same_fingerprint() {
    let mut stack = observed(StackStatus::CreateComplete, "{}").stack;
    let first = desired("{}").fingerprint(Some(&stack));
    assert_eq!(first, desired("{}").fingerprint(Some(&stack)));
    assert_ne!(first, desired("{ }").fingerprint(Some(&stack)));
    assert_ne!(first, desired("{}").fingerprint(None));
    stack.updated = Some(jiff::Timestamp::UNIX_EPOCH);
    assert_ne!(first, desired("{}").fingerprint(Some(&stack)));
}

#[test]
fn parameters_keep_their_deployed_values_where_there_are_any() {
    let mut stack = observed(StackStatus::CreateComplete, "{}").stack;
    let given = ("Key".to_owned(), Some("a".to_owned()));
    let kept = ("Kept".to_owned(), None);
    assert_eq!(desired("{}").request_parameters(Some(&stack)), IndexMap::from([given.clone(), kept]));
    stack.parameters.clear();
    assert_eq!(desired("{}").request_parameters(Some(&stack)), IndexMap::from([given.clone()]));
    assert_eq!(desired("{}").request_parameters(None), IndexMap::from([given]));
}

#[test]
fn the_cause_is_the_first_failure_that_is_no_cancellation() {
    let event = |logical_id: &str, status: &str, reason: &str| StackEvent {
        id: logical_id.to_owned(),
        time: None,
        logical_id: logical_id.to_owned(),
        physical_id: None,
        resource_type: "AWS::S3::Bucket".to_owned(),
        status: ResourceStatus::new(status),
        reason: Some(reason.to_owned()),
        token: None,
    };
    let events = [
        event("A", "CREATE_IN_PROGRESS", ""),
        event("B", "CREATE_FAILED", "Resource creation cancelled"),
        event("C", "CREATE_FAILED", "name is taken"),
        event("D", "CREATE_FAILED", "later"),
    ];
    let cause = Cause::among(&events).unwrap();
    assert_eq!(cause.to_string(), "`C` (AWS::S3::Bucket) failed: name is taken");
    assert_eq!(Cause::among(&events[..2]), None);
}
