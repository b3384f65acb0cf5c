//! Each defect is found, and a sound structure has none.

use serde_json::{Value, json};

use super::check;
use crate::local::engine::structure::Structure;

fn sound() -> Value {
    json!({
        "name": "app",
        "roleArn": "arn:aws:iam::111111111111:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "pipelineType": "V2",
        "variables": [{"name": "Level", "defaultValue": "low"}],
        "stages": [
            {"name": "Source", "actions": [{
                "name": "Source",
                "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
                "configuration": {"S3Bucket": "b", "S3ObjectKey": "k"},
                "outputArtifacts": [{"name": "Source"}],
                "namespace": "Src"
            }]},
            {"name": "Build", "actions": [{
                "name": "Build",
                "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
                "configuration": {
                    "ProjectName": "p",
                    "EnvironmentVariables": "[{\"name\":\"V\",\"value\":\"#{Src.VersionId} #{variables.Level}\"}]"
                },
                "inputArtifacts": [{"name": "Source"}],
                "outputArtifacts": [{"name": "Out"}]
            }]}
        ]
    })
}

fn defect(pointer: &str, value: Value) -> (&'static str, String) {
    let mut structure = sound();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match structure.pointer_mut(parent).unwrap() {
        Value::Object(map) => {
            map.insert(key.to_owned(), value);
        }
        other => other[key.parse::<usize>().unwrap()] = value,
    }
    let structure: Structure = serde_json::from_value(structure).unwrap();
    let defect = check(&structure, "us-east-1").unwrap_err();
    (defect.code, defect.message)
}

#[test]
fn a_sound_structure_has_no_defect() {
    let structure: Structure = serde_json::from_value(sound()).unwrap();
    assert_eq!(check(&structure, "us-east-1"), Ok(()));
}

#[test]
fn a_structure_is_given_back_as_it_came() {
    let structure: Structure = serde_json::from_value(sound()).unwrap();
    let back = serde_json::to_value(&structure).unwrap();
    assert_eq!(back.pointer("/stages/1/actions/0/configuration"), sound().pointer("/stages/1/actions/0/configuration"));
    assert_eq!(back.pointer("/stages/0/actions/0/runOrder"), Some(&json!(1)));
    assert_eq!(back.pointer("/executionMode"), Some(&json!("SUPERSEDED")));
}

#[test]
fn stages_are_checked() {
    let stages = sound()["stages"].clone();
    assert_eq!(
        defect("/stages", json!([stages[0]])).1,
        "Pipeline has 1 stage(s). There should be a minimum of 2 stages in a pipeline"
    );
    assert_eq!(defect("/stages", Value::Array(vec![stages[1].clone(); 51])).0, "LimitExceededException");
    assert!(defect("/stages", json!([stages[1], stages[0]])).1.contains("only contains source actions"));
    assert!(defect("/stages", json!([stages[0], stages[0]])).1.contains("more than once"));
    assert_eq!(defect("/stages/1/actions", json!([])).0, "InvalidStageDeclarationException");
    assert_eq!(defect("/stages/1/name", json!("a b")).0, "ValidationException");
}

#[test]
fn actions_are_checked() {
    let action = |key: &str, value: Value| defect(&format!("/stages/1/actions/0/{key}"), value).1;
    assert!(action("runOrder", json!(1000)).contains("between 1 and 999"));
    assert!(action("runOrder", json!(0)).contains("between 1 and 999"));
    assert!(action("roleArn", json!("nobody")).contains("not the ARN of a role"));
    assert!(action("configuration", json!({})).contains("missing required configuration 'ProjectName'"));
    assert!(action("configuration", json!({"ProjectName": "p", "X": "y"})).contains("unknown configuration 'X'"));
    assert!(action("configuration", json!({"ProjectName": "p".repeat(1001)})).contains("the limit is 1000"));
    assert!(action("configuration", json!({"ProjectName": "#{Nope.x}"})).contains("VariableReferenceText=[Nope.x]"));
    assert!(action("configuration", json!({"ProjectName": "#{variables.x}"})).contains("[variables.x]"));
    assert!(action("inputArtifacts", json!([{"name": "Out"}])).contains("earlier action"));
    assert!(action("inputArtifacts", json!([])).contains("less than the minimum count of (1)"));
    assert!(action("outputArtifacts", json!([{"name": "Source"}])).contains("more than once"));
    assert!(action("region", json!("eu-west-1")).contains("needs artifactStores"));
    assert!(action("namespace", json!("Src")).contains("more than one action"));
    assert!(action("namespace", json!("variables")).contains("reserved"));
    assert!(
        action("actionTypeId", json!({"category": "Build", "owner": "AWS", "provider": "Jenkins", "version": "1"}))
            .contains("is not available in region US_EAST_1")
    );
}

#[test]
fn conditions_are_checked() {
    let rule = |provider: &str, configuration: Value| {
        json!({
            "name": "Check",
            "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"},
            "configuration": configuration,
        })
    };
    let sound = rule("VariableCheck", json!({"Variable": "#{Src.VersionId}", "Operator": "EQ", "Value": "1"}));
    let entry = |condition: Value| defect("/stages/1/beforeEntry", json!({"conditions": [condition]})).1;
    let with = |rule: Value| entry(json!({"result": "SKIP", "rules": [rule]}));
    assert!(defect("/stages/1/beforeEntry", json!({"conditions": []})).1.contains("exactly 1"));
    assert!(entry(json!({"result": "ROLLBACK", "rules": [sound]})).contains("one of the results"));
    assert!(entry(json!({"result": "SKIP", "rules": []})).contains("1 to 5"));
    assert!(entry(json!({"result": "SKIP", "rules": [sound, sound]})).contains("more than once"));
    assert!(
        with(rule("LambdaInvoke", json!({}))).contains("'LambdaInvoke', which the local endpoint does not execute")
    );
    assert!(with(rule("VariableCheck", json!({"Variable": "x", "Operator": "EQ"}))).contains("'Value'"));
    let compared = |variable: &str, operator: &str| {
        with(rule("VariableCheck", json!({"Variable": variable, "Operator": operator, "Value": "1"})))
    };
    assert!(compared("x", "LT").contains("unknown Operator 'LT'"));
    assert!(compared("#{Build.x}", "EQ").contains("VariableReferenceText=[Build.x]"));
    let window =
        |cron: &str| entry(json!({"result": "FAIL", "rules": [rule("DeploymentWindow", json!({"Cron": cron}))]}));
    assert!(window("0 9 * * *").contains("invalid Cron"));
    assert!(
        with(rule("DeploymentWindow", json!({"Cron": "* * * * * ?"}))).contains("cannot be used with the result SKIP")
    );
    let alarm = rule("CloudWatchAlarm", json!({"AlarmName": "a", "WaitTime": "ten"}));
    let after = |condition: Value| defect("/stages/1/onSuccess", json!({"conditions": [condition]})).1;
    assert!(after(json!({"result": "ROLLBACK", "rules": [alarm]})).contains("invalid WaitTime"));
    assert!(after(json!({"result": "SKIP", "rules": [alarm]})).contains("one of the results"));
    let failure = |stage: usize, failure: Value| defect(&format!("/stages/{stage}/onFailure"), failure).1;
    assert!(failure(1, json!({"result": "SKIP"})).contains("ROLLBACK or RETRY"));
    assert!(failure(1, json!({"result": "ROLLBACK", "conditions": [{}]})).contains("executes only its result"));
    assert!(failure(0, json!({"result": "ROLLBACK"})).contains("source stage"));
}

#[test]
fn cloudformation_modes_are_checked() {
    let action = |configuration: Value| {
        let mut action = sound()["stages"][1]["actions"][0].clone();
        action["actionTypeId"] =
            json!({"category": "Deploy", "owner": "AWS", "provider": "CloudFormation", "version": "1"});
        action["configuration"] = configuration;
        action["outputArtifacts"] = json!([]);
        defect("/stages/1/actions/0", action).1
    };
    assert!(action(json!({"ActionMode": "GUESS", "StackName": "s"})).contains("unknown ActionMode"));
    assert!(
        action(json!({"ActionMode": "CHANGE_SET_EXECUTE", "StackName": "s"}))
            .contains("'ChangeSetName' for ActionMode CHANGE_SET_EXECUTE")
    );
    assert!(
        action(json!({"ActionMode": "CREATE_UPDATE", "StackName": "s", "TemplatePath": "Other::t", "RoleArn": "r"}))
            .contains("one of the action's input artifacts")
    );
}

#[test]
fn features_of_the_second_type_are_refused_in_the_first() {
    assert!(defect("/pipelineType", json!("V1")).1.contains("does not support variables"));
    assert!(
        defect(
            "/triggers",
            json!([{"providerType": "CodeStarSourceConnection",
            "gitConfiguration": {"sourceActionName": "Source"}}])
        )
        .1
        .contains("not a connection source")
    );
}
