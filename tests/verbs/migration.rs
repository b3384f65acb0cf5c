//! Definitions made of CDK Pipelines apps: `pipectl init --from cdk`, on assemblies of the real CDK.

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use pipectl::assembly::Assembly;
use pipectl::cfn::Template;
use pipectl::definition::decode;
use pipectl::migration::{Input, Migration, migrate};
use serde_json::{Value, json};

use crate::support::place::{Place, stderr};

/// Apps, and the folders that their builds write the assembly to.
const APPS: [(&str, &str); 5] = [
    ("minimal", "cdk.out"),
    ("lambda-stage", "cdk.out"),
    ("rich", "cdk.out"),
    ("connection", "cdk.out"),
    ("varied", "infra/cdk.out"),
];

fn fixture(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cdk").join(name)
}

/// A folder with an app's assembly.
struct Project(Place);

impl std::ops::Deref for Project {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.0
    }
}

impl Project {
    fn new(fixture_name: &str, assembly: &str) -> Self {
        let place = Place::new();
        place.copy(&format!("cdk/{fixture_name}"), assembly);
        Self(place)
    }

    /// Runs `init --from cdk`, which must refuse, and tells why.
    fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["init", "--from", "cdk"], arguments].concat());
        assert!(!output.status.success());
        stderr(&output).to_owned()
    }

    /// Changes the template of a stack.
    fn edit_template(&self, template: &str, edit: impl FnOnce(&mut Value)) {
        self.0.edit(&format!("cdk.out/{template}"), edit);
    }
}

fn migrated(name: &str) -> Migration {
    let root = fixture(name);
    let read = |path: &Utf8Path| fs::read_to_string(root.join(path));
    let assembly = Assembly::load(&mut |path| read(path)).unwrap();
    let templates: BTreeMap<Utf8PathBuf, Template> = assembly
        .stacks()
        .map(|view| {
            let text = read(&view.template()).unwrap();
            (view.template(), Template::from_value(serde_json::from_str(&text).unwrap()))
        })
        .collect();
    let input = Input {
        assembly: &assembly,
        templates: &templates,
        stack: None,
        name: None,
        region: None,
        folder: Utf8Path::new(""),
    };
    migrate(input).unwrap()
}

#[test]
fn apps_become_definitions() {
    for (name, _) in APPS {
        insta::assert_snapshot!(name, migrated(name).render());
    }
}

#[test]
fn what_is_written_is_what_was_meant() {
    for (name, _) in APPS {
        let migration = migrated(name);
        let text = migration.render();
        match decode(Utf8Path::new("pipeline.toml"), &text) {
            Ok((decoded, _)) => assert_eq!(decoded, migration.definition, "{text}"),
            Err(report) => panic!("{text}\n{report:#?}"),
        }
        // A comment is told, and what is told is a comment.
        let comments = text.lines().filter(|line| line.starts_with("# Not") || line.starts_with("# Fill")).count();
        let asked = |kind: &str| migration.remarks.iter().filter(|remark| format!("{:?}", remark.kind) == kind).count();
        assert_eq!(comments, asked("Lost") + asked("FillIn"), "{text}");
    }
}

#[test]
fn the_new_pipeline_deploys_every_stack_of_the_app() {
    for (name, assembly) in APPS {
        let place = Project::new(name, assembly);
        let output = place.run(&["init", "--from", "cdk", "--assembly", assembly]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        // A parameter without a value is for the engineer to fill in.
        let expected = if name == "varied" { 3 } else { 0 };
        let output = place.run(&["validate"]);
        assert_eq!(output.status.code(), Some(expected), "{name}: {}", stderr(&output));
        let graph: Value = serde_json::from_slice(&place.run(&["graph", "--format", "json"]).stdout).unwrap();
        let actions = graph["stages"].as_array().unwrap().iter().flat_map(|stage| stage["actions"].as_array().unwrap());
        let deployed = actions.filter(|action| !action["kind"]["deploy"].is_null()).count();
        let loaded = Assembly::load(&mut |path| fs::read_to_string(fixture(name).join(path))).unwrap();
        assert_eq!(deployed, loaded.nested.values().flat_map(Assembly::stacks).count(), "{name}");
    }
}

#[test]
fn what_differs_and_what_comes_next_is_told() {
    let place = Project::new("rich", "cdk.out");
    let output = place.run(&["init", "--from", "cdk"]);
    assert!(output.stdout.is_empty());
    insta::assert_snapshot!("told", stderr(&output));
    let again = place.refusal(&[]);
    insta::assert_snapshot!(again, @r"
    error: `pipeline.toml` would be overwritten
    help: `--force` overwrites; nothing has been written
    ");
    let output = place.run(&["init", "--from", "cdk", "--force", "--name", "shop", "--format", "json"]);
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&data["name"], &data["old"]["pipeline"]), (&Value::from("shop"), &Value::from("RichPipeline")));
    assert!(data["remarks"].as_array().unwrap().iter().any(|remark| remark["kind"] == "lost"));
}

#[test]
fn images_that_pipectl_does_not_run_in_are_not_taken_over() {
    let place = Project::new("rich", "cdk.out");
    let path = place.at("cdk.out/PipelineStack.template.json");
    let old = "aws/codebuild/standard:5.0";
    let template = fs::read_to_string(&path).unwrap().replace("aws/codebuild/standard:7.0", old);
    fs::write(&path, template).unwrap();
    assert_eq!(place.run(&["init", "--from", "cdk"]).status.code(), Some(0));
    let text = fs::read_to_string(place.at("pipeline.toml")).unwrap();
    let remark = "# Changed: the image is `aws/codebuild/standard:7.0` instead of `aws/codebuild/standard:5.0`";
    assert_eq!(text.matches(remark).count(), 2, "of the build and of what publishes:\n{text}");
    let definition = decode(Utf8Path::new("pipeline.toml"), &text).unwrap().0;
    let steps: Vec<_> = definition.stages.iter().flat_map(|stage| stage.steps()).map(|(_, step)| step).collect();
    assert!(steps.iter().any(|step| step.environment.image == old), "steps run in any image:\n{text}");
}

#[test]
fn the_old_pipelines_name_is_taken_only_by_order() {
    let place = Project::new("minimal", "cdk.out");
    let output = place.run(&["init", "--from", "cdk", "--name", "MinimalPipeline"]);
    let said = stderr(&output);
    assert!(said.contains("delete its stack `PipelineStack` before `pipectl deploy`"), "{said}");
    let at = |command: &str| said.find(command).unwrap_or_else(|| panic!("`{command}` is missing: {said}"));
    let (deleted, deployed) = (at("--stack-name PipelineStack\n"), at("\n  pipectl deploy && pipectl status --watch"));
    assert!(deleted < at("wait stack-delete-complete") && at("wait stack-delete-complete") < deployed, "{said}");
    assert_eq!(said.matches("delete-stack").count(), 1, "{said}");
    place.edit_template("manifest.json", |manifest| {
        manifest["artifacts"]["PipelineStack"]["properties"]["stackName"] = "shop-pipeline".into();
    });
    let said = place.refusal(&["--force", "--name", "shop"]);
    assert!(said.contains("has the stack `shop-pipeline`, which the app has too"), "{said}");
}

#[test]
fn what_cannot_be_read_is_told() {
    let said = Project::new("ordinary-app", "cdk.out").refusal(&[]);
    insta::assert_snapshot!(said, @r"
    error: no stack of the assembly holds a pipeline
    help: `npx cdk synth` writes the assembly of the app that has the `CodePipeline`; `--assembly DIR` names it
    ");
    let place = Project::new("minimal", "cdk.out");
    let said = place.refusal(&["--assembly", "build"]);
    assert!(said.contains("the assembly `build` cannot be used") && said.contains("`npx cdk synth`"), "{said}");
    let said = place.refusal(&["--stack", "PipelineStak"]);
    insta::assert_snapshot!(said, @r"
    error: no stack with a pipeline is called `PipelineStak`
    help: a stack with a similar name exists: `PipelineStack`
    ");
    let said = place.refusal(&["--file", "pipelines/web.toml"]);
    insta::assert_snapshot!(said, @r"
    error: the build writes the assembly to `cdk.out`, which is not below `pipelines`, the definition's folder
    help: `--file pipeline.toml` puts the definition at the top of the repository
    ");
    place.edit_template("PipelineStack.template.json", |template| {
        let stages = &mut template["Resources"]["Pipeline9850B417"]["Properties"]["Stages"];
        stages.as_array_mut().unwrap().truncate(1);
    });
    let said = place.refusal(&[]);
    assert!(said.contains("was not made by CDK Pipelines"), "{said}");
}

#[test]
fn one_of_several_pipelines_is_chosen() {
    let place = Project::new("minimal", "cdk.out");
    place.edit_template("PipelineStack.template.json", |template| {
        let pipeline = template["Resources"]["Pipeline9850B417"].clone();
        template["Resources"]["Other"] = pipeline;
        template["Resources"]["Other"]["Properties"]["Name"] = "OtherPipeline".into();
    });
    let said = place.refusal(&[]);
    assert!(said.contains("holds 2 pipelines: `Other` and `Pipeline9850B417`"), "{said}");
    let output = place.run(&["init", "--from", "cdk", "--stack", "Other"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(place.read("pipeline.toml").contains("name = \"OtherPipeline-2\""));
}

/// A stage of more than 50 actions stands in the old pipeline as several.
#[test]
fn a_stage_that_was_split_is_one_again() {
    let place = Project::new("rich", "cdk.out");
    place.edit_template("PipelineStack.template.json", |template| {
        let stages = template["Resources"]["Pipeline9850B417"]["Properties"]["Stages"].as_array_mut().unwrap();
        let fan = stages.pop().unwrap();
        let (mut first, mut second) = (fan.clone(), fan.clone());
        let actions = fan["Actions"].as_array().unwrap();
        first["Name"] = "Fan.1".into();
        let mut filled: Vec<Value> = actions[..4].to_vec();
        for number in 0..46 {
            let mut step = actions[0].clone();
            step["Name"] = format!("Step{number}").into();
            filled.push(step);
        }
        first["Actions"] = filled.into();
        second["Name"] = "Fan.2".into();
        second["Actions"] = actions[4..].to_vec().into();
        for action in second["Actions"].as_array_mut().unwrap() {
            action["RunOrder"] = (action["RunOrder"].as_u64().unwrap() - 2).into();
        }
        stages.extend([first, second]);
    });
    let output = place.run(&["init", "--from", "cdk"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = place.read("pipeline.toml");
    assert_eq!(text.matches("wave = \"Fan\"").count(), 3, "{text}");
    assert!(text.contains("name = \"Fan-before\"") && text.contains("name = \"Step45\""), "{text}");
    assert!(text.contains("name = \"Fan-after\"\n"), "{text}");
}

/// What stands in a stage of its own in the old pipeline may be too much for a wave.
#[test]
fn a_wave_that_is_too_large_becomes_two() {
    let place = Project::new("rich", "cdk.out");
    place.edit_template("PipelineStack.template.json", |template| {
        let stages = template["Resources"]["Pipeline9850B417"]["Properties"]["Stages"].as_array_mut().unwrap();
        let actions = stages.last_mut().unwrap()["Actions"].as_array_mut().unwrap();
        for number in 0..48 {
            let mut step = actions[0].clone();
            step["Name"] = format!("W1.Step{number}").into();
            step["RunOrder"] = 4.into();
            actions.push(step);
        }
    });
    let output = place.run(&["init", "--from", "cdk"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = place.read("pipeline.toml");
    assert_eq!((text.matches("wave = \"Fan\"").count(), text.matches("wave = \"Fan-2\"").count()), (1, 2), "{text}");
    assert!(text.contains("# Changed: the wave `Fan` has more than 50 actions"), "{text}");
    assert_eq!(place.run(&["graph"]).status.code(), Some(0));
}

/// Windows, alarms and what follows a failure are carried over; what a definition cannot say is told.
#[test]
fn conditions_of_stages_are_carried_over() {
    let place = Project::new("lambda-stage", "cdk.out");
    let rule = |name: &str, provider: &str, configuration: Value| {
        let kind = json!({ "Category": "Rule", "Owner": "AWS", "Provider": provider, "Version": "1" });
        json!({ "Name": name, "RuleTypeId": kind, "Configuration": configuration })
    };
    let conditions = |result: &str, rules: &[Value]| json!({ "Conditions": [{ "Result": result, "Rules": rules }] });
    place.edit_template("PipelineStack.template.json", |template| {
        let stages = template["Resources"]["Pipeline9850B417"]["Properties"]["Stages"].as_array_mut().unwrap();
        stages[1]["OnFailure"] = json!({ "Result": "RETRY" });
        let prod = stages.last_mut().unwrap();
        let hours = json!({ "Cron": "* * 9-16 ? * MON-FRI", "TimeZone": "Europe/Berlin" });
        let gates = [
            rule("Hours", "DeploymentWindow", hours),
            rule("Calm", "CloudWatchAlarm", json!({ "AlarmName": "incident", "WaitTime": "5" })),
            rule("Ask", "LambdaInvoke", json!({ "FunctionName": "ask" })),
        ];
        prod["BeforeEntry"] = conditions("FAIL", &gates);
        let mut elsewhere = rule("There", "CloudWatchAlarm", json!({ "AlarmName": "latency", "WaitTime": "30" }));
        elsewhere["Region"] = "eu-west-1".into();
        let unknown = json!({ "AlarmName": { "Ref": "Pipeline9850B417" } });
        let watched = [
            rule("Here", "CloudWatchAlarm", json!({ "AlarmName": "errors", "WaitTime": "20" })),
            elsewhere,
            rule("Which", "CloudWatchAlarm", unknown),
        ];
        prod["OnSuccess"] = conditions("FAIL", &watched);
        prod["OnFailure"] = json!({ "Result": "ROLLBACK" });
    });
    let output = place.run(&["init", "--from", "cdk"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = place.read("pipeline.toml");
    for line in [
        "on-failure = \"rollback\"",
        "window = { cron = \"* * 9-16 ? * MON-FRI\", time-zone = \"Europe/Berlin\" }",
        "alarms = { after = [\"errors\", \"arn:aws:cloudwatch:eu-west-1:111111111111:alarm:latency\"], before = [\"incident\"], minutes = 30, then = \"fail\" }",
        "# Not carried over: the conditions of the stage `Build`; only stages of the definition have conditions.",
    ] {
        assert!(text.lines().any(|written| written == line), "{line}\n{text}");
    }
    let comments = text.replace("\n#  ", "");
    for part in [
        "the rule `Ask` before the stage (LambdaInvoke",
        "the rule `Which` after the stage",
        "now it is looked at once",
    ] {
        assert!(comments.contains(part), "{part}\n{text}");
    }
    assert_eq!(place.run(&["graph"]).status.code(), Some(0));
}
