//! Pictures of reports.

use jiff::Timestamp;

use super::*;
use crate::aws::codepipeline::{ExecutionStatus, StageStatus};
use crate::id::ExecutionId;
use crate::ops::status::{ApprovalReport, Disabled, RollbackReport, StuckReport};

fn at(clock: &str) -> Timestamp {
    format!("2026-11-20T{clock}Z").parse().unwrap()
}

fn execution_of(id: &str, status: ExecutionStatus, started: &str) -> ExecutionReport {
    ExecutionReport {
        id: id.parse().unwrap(),
        sentiment: status.sentiment(),
        status,
        started: Some(at(started)),
        updated: None,
        trigger: Some("Webhook".to_owned()),
        stop_reason: None,
        rollback: None,
        revisions: Vec::new(),
    }
}

fn action_of(name: &str, provider: &str, status: Option<ActionStatus>) -> ActionReport {
    ActionReport {
        name: name.to_owned(),
        provider: provider.to_owned(),
        changed: status.is_some().then(|| at("10:02:00")),
        status,
        summary: None,
        build: None,
        approval: None,
        cause: None,
        stuck: None,
        next: Next::default(),
    }
}

fn stage_of(name: &str, status: Option<StageStatus>, actions: Vec<ActionReport>) -> StageReport {
    StageReport {
        name: name.to_owned(),
        execution: status.as_ref().map(|_| "9d1f4c7a-0000".parse().unwrap()),
        freshness: if status.is_some() { Freshness::Newest } else { Freshness::Empty },
        status,
        retries: RetryReport::default(),
        waiting: Vec::new(),
        disabled: None,
        rules: Vec::new(),
        actions,
    }
}

fn report_of(newest: ExecutionReport, stages: Vec<StageReport>) -> Report {
    Report {
        pipeline: "shop".parse().unwrap(),
        version: 4,
        newest: Some(newest),
        earlier: Vec::new(),
        stages,
        notes: Vec::new(),
    }
}

#[must_use]
fn drawn(report: &Report) -> String {
    anstream::adapter::strip_str(&status(report, at("10:03:20"))).to_string()
}

#[test]
fn a_failed_build_comes_first() {
    let mut newest = execution_of("9d1f4c7a-0000", ExecutionStatus::Failed, "10:00:00");
    newest.revisions.push(Revision {
        action: "Source".to_owned(),
        id: Some("1a2b3c4d5e6f708192a3".to_owned()),
        message: Some("Break the build".to_owned()),
        url: None,
    });
    let mut build = action_of("Build", "CodeBuild", Some(ActionStatus::Failed));
    build.cause = Some(Cause::Build {
        phase: "BUILD".to_owned(),
        command: Some("npm ci".to_owned()),
        message: Some("exit status 1".to_owned()),
        log: vec!["npm error code EUSAGE".to_owned(), "npm error no lock file".to_owned()],
    });
    build.next = Next {
        logs: Some("pipectl logs Build".to_owned()),
        retry: Some("pipectl retry Build".to_owned()),
        ..Next::default()
    };
    let mut report = report_of(
        newest,
        vec![
            stage_of(
                "Source",
                Some(StageStatus::Succeeded),
                vec![action_of("Source", "GitHub", Some(ActionStatus::Succeeded))],
            ),
            stage_of("Build", Some(StageStatus::Failed), vec![build]),
            stage_of("UpdatePipeline", None, vec![action_of("UpdatePipeline", "CodeBuild", None)]),
        ],
    );
    report.earlier = vec![
        execution_of("77777777-0000", ExecutionStatus::Superseded, "09:58:00"),
        execution_of("66666666-0000", ExecutionStatus::Succeeded, "09:00:00"),
    ];
    report.notes.push(Note {
        code: "tool-version",
        message: "pipectl 0.9.0 wrote the deployed pipeline; this is pipectl 0.1.0".to_owned(),
        hints: vec!["`pipectl deploy` with the newer of the two moves the pipeline to it".to_owned()],
    });
    insta::assert_snapshot!(drawn(&report), @r"
    shop  ✗ Failed  execution 9d1f4c7a-0000, started 3 min ago by Webhook
      Source 1a2b3c4d Break the build
      before it: Superseded  execution 77777777-0000, started 5 min ago by Webhook

    Build / Build failed: `npm ci` in phase BUILD: exit status 1
      │ npm error code EUSAGE
      │ npm error no lock file
      help: `pipectl logs Build` shows it all; push a repair, or try again with `pipectl retry Build`

    Source           ✓ Succeeded
      Source         ✓ Succeeded   80 s ago
    Build            ✗ Failed
      Build          ✗ Failed      80 s ago
    UpdatePipeline   · not yet
      UpdatePipeline · not yet

    note: pipectl 0.9.0 wrote the deployed pipeline; this is pipectl 0.1.0
      help: `pipectl deploy` with the newer of the two moves the pipeline to it
    ");
}

#[test]
fn an_approval_names_its_commands() {
    let mut approve = action_of("Approve", "Manual", Some(ActionStatus::InProgress));
    approve.approval = Some(ApprovalReport {
        message: Some("Ship it?\n1 added\nAll of it: `pipectl logs Review --stage Production`".to_owned()),
        approve: "pipectl approve Production".to_owned(),
        review: Some("pipectl logs Review --stage Production".to_owned()),
        reject: "pipectl reject Production".to_owned(),
    });
    let mut deploy = action_of("app.Deploy", "CloudFormation", Some(ActionStatus::Failed));
    deploy.cause = Some(Cause::Resource {
        stack: "shop-Staging-app".to_owned(),
        resource_type: "AWS::S3::Bucket".to_owned(),
        logical_id: "Uploads".to_owned(),
        status: "CREATE_FAILED".to_owned(),
        reason: Some("uploads already exists".to_owned()),
    });
    let mut staging = stage_of("Staging", Some(StageStatus::Failed), vec![deploy]);
    staging.freshness = Freshness::Earlier;
    staging.execution = Some("77777777-0000".parse().unwrap());
    staging.waiting = vec!["88888888-0000".parse::<ExecutionId>().unwrap()];
    staging.disabled = Some(Disabled {
        reason: Some("holidays".to_owned()),
        by: Some("arn:aws:iam::111111111111:user/ann".to_owned()),
        since: None,
    });
    let report = report_of(
        execution_of("9d1f4c7a-0000", ExecutionStatus::InProgress, "10:00:00"),
        vec![staging, stage_of("Production", Some(StageStatus::InProgress), vec![approve])],
    );
    insta::assert_snapshot!(drawn(&report), @r"
    shop  ● InProgress  execution 9d1f4c7a-0000, started 3 min ago by Webhook

    Production / Approve waits for an approval
      Ship it?
      1 added
      help: `pipectl logs Review --stage Production` shows what is approved
      help: `pipectl approve Production` or `pipectl reject Production`

    Staging / app.Deploy failed in execution 77777777: AWS::S3::Bucket Uploads of stack shop-Staging-app is CREATE_FAILED
      uploads already exists

    Staging      ✗ Failed  in execution 77777777
      ! nothing may enter, shut by arn:aws:iam::111111111111:user/ann: holidays
      … 88888888-0000 waits to enter
      app.Deploy ✗ Failed      80 s ago
    Production   ● InProgress
      Approve    ? Waiting     80 s ago
    ");
}

#[test]
fn a_stack_that_is_stuck_names_its_way_out() {
    let mut deploy = action_of("app.Deploy", "CloudFormation", Some(ActionStatus::Failed));
    deploy.cause = Some(Cause::Told { code: None, message: "stack shop-Staging-app is not to be updated".to_owned() });
    deploy.next = Next { retry: Some("pipectl retry Staging".to_owned()), ..Next::default() };
    deploy.stuck = Some(StuckReport {
        stack: "shop-Staging-app".parse().unwrap(),
        status: "UPDATE_ROLLBACK_FAILED".to_owned(),
        message: "stack `shop-Staging-app` is stuck in UPDATE_ROLLBACK_FAILED".to_owned(),
        resources: Vec::new(),
        hints: vec!["`pipectl retry Staging` continues the roll-back and tries again".to_owned()],
    });
    let newest = execution_of("9d1f4c7a-0000", ExecutionStatus::Failed, "10:00:00");
    let report = report_of(newest, vec![stage_of("Staging", Some(StageStatus::Failed), vec![deploy])]);
    insta::assert_snapshot!(drawn(&report), @r"
    shop  ✗ Failed  execution 9d1f4c7a-0000, started 3 min ago by Webhook

    Staging / app.Deploy failed
      stack shop-Staging-app is not to be updated
      stack `shop-Staging-app` is stuck in UPDATE_ROLLBACK_FAILED
      help: `pipectl retry Staging` continues the roll-back and tries again

    Staging      ✗ Failed
      app.Deploy ✗ Failed      80 s ago
    ");
}

#[test]
fn a_pipeline_that_never_ran_says_so() {
    let mut report = report_of(
        execution_of("9d1f4c7a-0000", ExecutionStatus::InProgress, "10:00:00"),
        vec![stage_of("Source", None, vec![action_of("Source", "S3", None)])],
    );
    report.newest = None;
    insta::assert_snapshot!(drawn(&report), @r"
    shop  has never run

    Source   · not yet
      Source · not yet
    ");
}

#[test]
fn a_roll_back_says_what_failed_and_where_it_leads() {
    let told = |name: &str, cause: Cause, logs: Option<&str>| Failure {
        stage: "Production".to_owned(),
        name: name.to_owned(),
        cause: Some(cause),
        next: Next { logs: logs.map(str::to_owned), run: Some("pipectl run".to_owned()), ..Next::default() },
    };
    let mut newest = execution_of("9d1f4c7a-0000", ExecutionStatus::Succeeded, "10:00:00");
    newest.trigger = Some("AutomatedRollback".to_owned());
    newest.rollback = Some(RollbackReport {
        target: Some("66666666-0000".parse().unwrap()),
        automatic: true,
        failed: Some("77777777-0000".parse().unwrap()),
        failures: vec![
            told(
                "app.Deploy",
                Cause::Resource {
                    stack: "shop-Production-app".to_owned(),
                    resource_type: "AWS::S3::Bucket".to_owned(),
                    logical_id: "Uploads".to_owned(),
                    status: "UPDATE_FAILED".to_owned(),
                    reason: Some("the shelf is bolted".to_owned()),
                },
                Some("pipectl logs app.Deploy --execution 77777777-0000"),
            ),
            told(
                "Alarm-errors",
                Cause::Told { code: None, message: "alarm errors is in state ALARM".to_owned() },
                None,
            ),
        ],
    });
    let deploy = action_of("app.Deploy", "CloudFormation", Some(ActionStatus::Succeeded));
    let report = report_of(newest, vec![stage_of("Production", Some(StageStatus::Succeeded), vec![deploy])]);
    insta::assert_snapshot!(drawn(&report), @r"
    shop  ✓ Succeeded  execution 9d1f4c7a-0000, started 3 min ago by AutomatedRollback
      rolls Production back to execution 66666666-0000, because execution 77777777-0000 failed

    Production / app.Deploy failed in execution 77777777: AWS::S3::Bucket Uploads of stack shop-Production-app is UPDATE_FAILED
      the shelf is bolted
      help: `pipectl logs app.Deploy --execution 77777777-0000` shows it all; push a repair, or try again with `pipectl run`

    Production / Alarm-errors failed in execution 77777777
      alarm errors is in state ALARM
      help: `pipectl run` tries again

    Production   ✓ Succeeded
      app.Deploy ✓ Succeeded   80 s ago
    ");
}

#[test]
fn a_rule_is_waited_for_or_has_failed() {
    let rule = |name: &str, status: ActionStatus, message: &str| RuleReport {
        name: name.to_owned(),
        status,
        since: Some(at("10:01:00")),
        until: None,
        changed: None,
        next: Next { retry: Some("pipectl retry Staging".to_owned()), ..Next::default() },
        cause: Some(Cause::Told { code: None, message: message.to_owned() }),
    };
    let deploy = || vec![action_of("app.Deploy", "CloudFormation", None)];
    let mut staging = stage_of("Staging", Some(StageStatus::Failed), deploy());
    staging.rules = vec![rule("Alarm-incident", ActionStatus::Failed, "alarm incident is in state ALARM")];
    let mut production = stage_of("Production", Some(StageStatus::InProgress), deploy());
    let opens = "the window opens at 2026-11-23T08:00:00Z";
    production.rules = vec![rule("Window", ActionStatus::InProgress, opens)];
    let newest = execution_of("9d1f4c7a-0000", ExecutionStatus::InProgress, "10:00:00");
    insta::assert_snapshot!(drawn(&report_of(newest, vec![staging, production])), @r"
    shop  ● InProgress  execution 9d1f4c7a-0000, started 3 min ago by Webhook

    Staging / Alarm-incident failed
      alarm incident is in state ALARM
      help: `pipectl retry Staging` looks again; push a repair when one is needed

    Staging      ✗ Failed
      app.Deploy · not yet
    Production   ● InProgress
      … waits for Window: the window opens at 2026-11-23T08:00:00Z, begun 2 min ago
      app.Deploy · not yet
    ");
}

#[test]
fn a_stage_that_was_tried_again_says_so() {
    let mut stage = stage_of("Staging", Some(StageStatus::InProgress), Vec::new());
    let mut of = |automatic, by_hand| {
        stage.retries = RetryReport { automatic, by_hand };
        let drawn = drawn(&report_of(
            execution_of("9d1f4c7a-0000", ExecutionStatus::InProgress, "10:00:00"),
            vec![stage.clone()],
        ));
        drawn.lines().last().unwrap().to_owned()
    };
    assert_eq!(of(0, 0), "Staging ● InProgress");
    assert_eq!(of(1, 0), "Staging ● InProgress, tried again by itself");
    assert_eq!(of(0, 1), "Staging ● InProgress, tried again by hand once");
    assert_eq!(of(1, 2), "Staging ● InProgress, tried again by itself and by hand 2 times");
}
