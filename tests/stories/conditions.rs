//! What is looked at before and after a stage, and what follows when it fails.

use std::time::{Duration, Instant};

use crate::support::project::{Project, definition, stage, template};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::Value;

const STACK: &str = "shop-Production-app";

/// A stage with further keys, one stack, and a step after it that does what `check.sh` says.
fn checked(keys: &str) -> String {
    let step = "[[stage.after]]\nname = \"check\"\ncommands = [\"sh check.sh\"]\n";
    guarded("Production", keys) + step
}

/// A stage with further keys and one stack.
fn guarded(name: &str, keys: &str) -> String {
    stage(name, "app.yaml").replace("\n\n[[stage.stack]]", &format!("\n{keys}\n\n[[stage.stack]]"))
}

fn report(project: &Project) -> Value {
    project.pipectl(&["status", "--format", "json"]).code(0).json()
}

async fn value(project: &Project) -> Option<String> {
    project.outputs(STACK).await?.get("Value").cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_fails_is_rolled_back_to_what_succeeded_in_it() {
    let project = Project::simple(&checked("on-failure = \"rollback\""), "Value: one");
    project.write("check.sh", "true");
    project.bring_up().await;
    let _ = project.watch().code(0);
    let good = report(&project)["newest"]["id"].as_str().unwrap().to_owned();

    project.write("app.yaml", &template("Value: two"));
    project.write("check.sh", "echo the shop is shut; exit 1");
    let _ = project.push("break the shop");
    let said = project.watch().code(1).output;
    assert_eq!(project.settled_executions().await, ["Succeeded", "Failed", "Succeeded"]);
    assert_eq!(value(&project).await.as_deref(), Some("one"), "{said}");
    let told = report(&project);
    let (newest, failed) = (&told["newest"], told["earlier"][0]["id"].as_str().unwrap());
    assert_eq!(newest["trigger"], "AutomatedRollback");
    assert_eq!((&newest["rollback"]["target"], &newest["rollback"]["failed"]), (&good.as_str().into(), &failed.into()));
    assert!(
        said.contains(&format!("rolls Production back to execution {good}, because execution {failed} failed")),
        "{said}"
    );
    assert!(said.contains("Production / check failed in execution"), "{said}");
    assert!(said.contains("the shop is shut"), "the cause is told: {said}");

    // Who follows the execution that failed is led to the one that makes up for it.
    let followed = project.pipectl(&["status", "--watch", "--execution", failed]).code(1);
    assert!(followed.errors.contains(&format!("which rolls its stage back to execution {good}")), "{followed:?}");

    // A resource that failed is told, whatever happened to its stack since.
    project.write("app.yaml", &template("Value: two, FailOn: update, Reason: the shelf is bolted"));
    project.write("check.sh", "true");
    let _ = project.push("bolt the shelf");
    let said = project.watch().code(1).output;
    assert!(said.contains(&format!("rolls Production back to execution {good}, because execution")), "{said}");
    assert!(said.contains("Production / app.Deploy failed in execution"), "{said}");
    assert!(said.contains("the shelf is bolted"), "{said}");
    assert_eq!(value(&project).await.as_deref(), Some("one"));

    // A repair is one execution, as ever.
    project.write("app.yaml", &template("Value: three"));
    let _ = project.push("repair the shop");
    let _ = project.watch().code(0);
    let all = ["Succeeded", "Succeeded", "Failed", "Succeeded", "Failed", "Succeeded"];
    assert_eq!(project.settled_executions().await, all);
    assert_eq!(value(&project).await.as_deref(), Some("three"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_fails_is_tried_once_more() {
    let project = Project::simple(&checked("on-failure = \"retry\""), "Value: one");
    let attempts = project.path().join(".home/attempts");
    let failing = |until: usize| {
        format!("echo x >> '{path}'; test \"$(wc -l < '{path}')\" -ge {until}", path = attempts.display())
    };
    let count = || std::fs::read_to_string(&attempts).unwrap().lines().count();
    project.write(".home/attempts", "");
    project.write("check.sh", &failing(2));
    project.bring_up().await;
    let told = project.watch().code(0).output;
    assert!(told.contains("✓ Succeeded, tried again by itself"), "{told}");
    assert_eq!(count(), 2);
    assert_eq!(project.executions().await, ["Succeeded"]);
    assert_eq!(value(&project).await.as_deref(), Some("one"));

    project.write("app.yaml", &template("Value: two"));
    project.write("check.sh", &failing(100));
    let _ = project.push("fail for good");
    let _ = project.watch().code(1);
    assert_eq!(count(), 4, "twice more");
    assert_eq!(project.executions().await, ["Failed", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_creation_that_failed_is_out_of_the_way_of_the_second() {
    let tables = guarded("Staging", "on-failure = \"retry\"");
    let project = Project::simple(&tables, "Value: one, FailOn: create, Reason: no shelf is free");
    project.bring_up().await;
    let failed = project.watch().code(1);
    assert!(failed.output.contains("no shelf is free"), "{failed:?}");
    let log = project.pipectl(&["logs", "Guard"]).code(0).output;
    assert!(log.contains("deleting stack `shop-Staging-app`, which is in ROLLBACK_COMPLETE"), "{log}");
}

fn alarm(project: &Project, name: &str, state: &str) {
    let set = ["cloudwatch", "set-alarm-state", "--alarm-name", name, "--state-value", state, "--state-reason", "test"];
    let _ = project.client("aws", &set).code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_hold_a_stage_up_or_take_it_back() {
    let alarms = "alarms = { before = [\"incident\"], after = [\"errors\"], minutes = 1 }";
    let project = Project::simple(&guarded("Production", alarms), "Value: one");
    project.prepare().await;

    // What is not there is named before anything is written. The stage's own stack has a resource that may make anything.
    let refused = project.pipectl(&["deploy", "--require-approval", "never"]).code(4).errors;
    for said in [
        "error[alarm]: there is no alarm `incident` in aws://111111111111/us-east-1, which stage `Production` heeds",
        "warning: there is no alarm `errors` in aws://111111111111/us-east-1 yet, which stage `Production` heeds",
    ] {
        assert!(refused.contains(said), "{refused}");
    }
    assert!(refused.contains("aws cloudwatch describe-alarms --region us-east-1"), "{refused}");
    assert_eq!(project.stack_status("shop-pipeline").await, None);
    for name in ["errors", "incident"] {
        let metric = ["--namespace", "Shop", "--metric-name", name, "--statistic", "Sum", "--period", "60"];
        let limit = ["--evaluation-periods", "1", "--threshold", "0", "--comparison-operator", "GreaterThanThreshold"];
        let put = [&["cloudwatch", "put-metric-alarm", "--alarm-name", name][..], &metric, &limit].concat();
        let _ = project.client("aws", &put).code(0);
    }

    alarm(&project, "incident", "ALARM");
    let _ = project.pipectl(&["deploy", "--require-approval", "never"]).code(0);
    let said = project.watch().code(1).output;
    assert!(said.contains("Production / AlarmBefore-incident failed\n  alarm incident is in state ALARM"), "{said}");
    assert_eq!(value(&project).await, None);

    // The alarm after the stage is watched for its minute.
    alarm(&project, "incident", "OK");
    assert!(said.contains("`pipectl --local retry Production` looks again"), "{said}");
    let log = project.pipectl(&["logs"]).code(0).output;
    assert_eq!(log, "Production / AlarmBefore-incident │ alarm incident is in state ALARM\n");
    let watched = project.pipectl(&["run", "--watch", "--format", "json"]).code(0);
    let told = watched.json();
    assert_eq!(told["execution"], told["report"]["newest"]["id"], "{told:#}");
    assert!(
        watched.errors.contains("Production waits for AlarmAfter-errors: alarm errors is watched until"),
        "{watched:?}"
    );
    assert_eq!(value(&project).await.as_deref(), Some("one"));

    alarm(&project, "errors", "ALARM");
    project.write("app.yaml", &template("Value: two"));
    let _ = project.push("raise the alarm");
    let watched = project.watch().code(1);
    assert!(watched.errors.contains("Failed      Production / AlarmAfter-errors"), "{watched:?}");
    let said = watched.output;
    assert!(said.contains("Production / AlarmAfter-errors failed in execution"), "{said}");
    assert!(said.contains("  alarm errors is in state ALARM"), "{said}");
    assert_eq!(project.settled_executions().await, ["Succeeded", "Failed", "Succeeded", "Failed"]);
    assert_eq!(value(&project).await.as_deref(), Some("one"));
}

/// A month that is far from now, as schedules name it.
fn distant_month() -> String {
    let then = Timestamp::now().to_zoned(TimeZone::UTC).checked_add(6.months()).unwrap();
    then.strftime("%b").to_string().to_uppercase()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_waits_for_its_window() {
    let open = guarded("Staging", "window = { cron = \"* * * * * ?\", time-zone = \"Asia/Tokyo\" }");
    let shut = guarded("Production", &format!("window = {{ cron = \"* * * ? {} *\" }}", distant_month()));
    let project = Project::simple(&(open + &shut), "Value: one");
    project.bring_up().await;

    let deadline = Instant::now() + Duration::from_secs(120);
    let execution = loop {
        let told = report(&project);
        let production = told["stages"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(production["name"], "Production");
        if production["rules"][0]["status"] == "InProgress" {
            break told["newest"]["id"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < deadline, "{told:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let shown = project.pipectl(&["status"]).code(0).output;
    assert!(shown.contains("… waits for Window: the window opens at 20"), "{shown}");
    assert!(project.outputs("shop-Staging-app").await.is_some());
    assert_eq!(value(&project).await, None);

    let watched = project.pipectl(&["status", "--watch", "--timeout", "3s"]).code(8).errors;
    assert!(watched.contains("Production waits for Window: the window opens at 20"), "{watched}");

    let stopped = project.pipectl(&["stop", "--abandon", "--format", "json"]).code(0).json();
    assert_eq!((&stopped["execution"], &stopped["mode"]), (&execution.as_str().into(), &"abandon".into()));
    assert_eq!(project.settled_executions().await, ["Stopped"]);
    let over = project.pipectl(&["stop", "--execution", &execution[..8]]).code(2).errors;
    assert!(over.contains("is over: Stopped"), "{over}");
    assert!(project.pipectl(&["stop"]).code(2).errors.contains("no execution of pipeline `shop` is under way"));

    // A window that never comes is a failure, not a wait.
    let never = guarded("Production", "window = { cron = \"* * * * * ? 1999\" }");
    project.write("pipeline.toml", &definition("", &never));
    let _ = project.push("shut the shop for ever");
    let said = project.watch().code(1).output;
    assert!(said.contains("Production / Window failed\n  `* * * * * ? 1999` never comes"), "{said}");
}
