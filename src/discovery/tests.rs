use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::*;
use crate::assembly::MANIFEST_FILE;
use crate::definition::{Target, decode};

const HEAD: &str = r#"
    [pipeline]
    name = "app"
    account = "111111111111"
    region = "us-east-1"
    [source.s3]
    bucket = "source"
    key = "source.zip"
    [build]
    commands = []
"#;

fn definition(stages: &str) -> Definition {
    let text = format!("{HEAD}{stages}");
    match decode(Utf8Path::new("pipeline.toml"), &text) {
        Ok((definition, _)) => definition,
        Err(report) => panic!("{report:#?}"),
    }
}

/// A stack's artifact.
fn stack(display_name: &str, dependencies: &[&str]) -> Value {
    json!({
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "displayName": display_name,
        "dependencies": dependencies,
        "properties": { "templateFile": format!("{}.template.json", display_name.replace('/', "")),
                        "stackName": display_name.replace('/', "-") },
    })
}

fn assembly(artifacts: Value) -> Assembly {
    assembly_of("55.0.0", artifacts)
}

fn assembly_of(version: &str, artifacts: Value) -> Assembly {
    let manifest = json!({ "version": version, "artifacts": artifacts }).to_string();
    Assembly::load(&mut |path| {
        assert_eq!(path, MANIFEST_FILE);
        Ok(manifest.clone())
    })
    .expect("an assembly")
}

fn find(stages: &str, artifacts: Value) -> Result<Discovered, String> {
    let assemblies: BTreeMap<Utf8PathBuf, Assembly> = [("cdk.out".into(), assembly(artifacts))].into();
    discover(
        &definition(stages),
        Sources { assemblies: &assemblies, exports: &BTreeMap::new(), remembered: &BTreeMap::new() },
    )
    .map_err(|report| {
        let messages = report.diagnostics.iter().map(|finding| finding.message.clone());
        messages.collect::<Vec<_>>().join("\n")
    })
}

/// The stacks of each stage with what they wait for.
fn shape(discovered: &Discovered) -> String {
    let stages = discovered.definition.stages.iter().map(|stage| {
        let stacks = stage.stacks.iter().map(|stack| {
            let needs: Vec<String> = stack.waits_for(&stage.name).iter().map(ToString::to_string).collect();
            if needs.is_empty() { stack.name.to_string() } else { format!("{} after {}", stack.name, needs.join("+")) }
        });
        format!("{}: {}", stage.name, stacks.collect::<Vec<_>>().join(", "))
    });
    stages.collect::<Vec<_>>().join("; ")
}

fn three() -> Value {
    json!({ "Base": stack("Base", &[]), "App": stack("App", &["Base"]), "Web": stack("Web", &["App"]) })
}

fn stage(name: &str, patterns: &str) -> String {
    format!("[[stage]]\nname = \"{name}\"\n[[stage.assembly]]\npath = \"cdk.out\"\nstacks = [{patterns}]\n")
}

#[test]
fn what_a_stack_depends_on_comes_along() {
    let found = find(&stage("Prod", "\"App\""), three()).unwrap();
    assert_eq!(shape(&found), "Prod: App after Base, Base");
}

#[test]
fn what_an_earlier_stage_has_is_not_deployed_again() {
    let stages = stage("Data", "\"Base\"") + &stage("Front", "\"*\", \"Web\"").replace("\"*\", ", "");
    let found = find(&stages, three()).unwrap();
    assert_eq!(shape(&found), "Data: Base; Front: App, Web after App");
}

#[test]
fn a_stack_in_two_stages_is_refused() {
    let error = find(&(stage("One", "\"Base\"") + &stage("Two", "\"Base\"")), three()).unwrap_err();
    assert!(error.contains("two stacks of one environment are called `Base`"), "{error}");
}

#[test]
fn a_dependency_that_the_stage_does_not_have_is_refused() {
    let own = "[[stage.stack]]\nname = \"own\"\ntemplate = \"own.yaml\"\ndepends-on = [\"Bse\"]\n";
    let error = find(&(stage("Prod", "\"Base\"") + own), three()).unwrap_err();
    assert!(error.contains("stack `own` depends on `Bse`, but the stage has no such stack"), "{error}");
    let right = own.replace("Bse", "Base");
    assert_eq!(shape(&find(&(stage("Prod", "\"Base\"") + &right), three()).unwrap()), "Prod: own after Base, Base");
}

#[test]
fn the_pipelines_own_stacks_are_not_deployed_over() {
    let artifacts = json!({ "A": stack("app-pipeline", &[]), "B": stack("app-pipeline-support-eu-west-1", &[]) });
    let error = find(&stage("Prod", "\"*\""), artifacts).unwrap_err();
    assert_eq!(error.matches("the pipeline itself has a stack of this name").count(), 2, "{error}");
}

#[test]
fn stages_of_one_wave_do_not_share_a_dependency() {
    let waved = |name: &str, pattern: &str| {
        stage(name, pattern).replace("[[stage.assembly]]", "wave = \"w\"\n[[stage.assembly]]")
    };
    let error = find(&(waved("One", "\"Base\"") + &waved("Two", "\"App\"")), three()).unwrap_err();
    assert!(error.contains("`App` depends on `Base` of stage `One`, which runs at the same time"), "{error}");
}

#[test]
fn a_star_stops_at_a_slash() {
    let artifacts = || json!({ "A": stack("Beta/A", &[]), "B": stack("B", &[]) });
    assert_eq!(shape(&find(&stage("S", "\"*\""), artifacts()).unwrap()), "S: B");
    assert_eq!(shape(&find(&stage("S", "\"**\""), artifacts()).unwrap()), "S: Beta-A, B");
    assert_eq!(shape(&find(&stage("S", "\"Beta/*\""), artifacts()).unwrap()), "S: Beta-A");
}

#[test]
fn a_pattern_that_matches_nothing_is_refused_with_what_is_near() {
    let assemblies: BTreeMap<Utf8PathBuf, Assembly> = [("cdk.out".into(), assembly(three()))].into();
    let sources = Sources { assemblies: &assemblies, exports: &BTreeMap::new(), remembered: &BTreeMap::new() };
    let report = discover(&definition(&stage("S", "\"Bse\"")), sources).unwrap_err();
    assert_eq!(report.diagnostics[0].message, "stage `S`: no stack of the assembly `cdk.out` matches `Bse`");
    assert_eq!(report.diagnostics[0].help, ["a stack with a similar name exists: `Base`"]);
}

#[test]
fn an_assembly_of_a_newer_format_is_taken_with_a_warning() {
    let found = |version: &str| {
        let assemblies: BTreeMap<Utf8PathBuf, Assembly> = [("cdk.out".into(), assembly_of(version, three()))].into();
        let sources = Sources { assemblies: &assemblies, exports: &BTreeMap::new(), remembered: &BTreeMap::new() };
        let report = discover(&definition(&stage("S", "\"Base\"")), sources).unwrap().report;
        report.diagnostics.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    assert_eq!(
        found("99.0.0"),
        ["the assembly `cdk.out` has version 99.0.0 of its format; this pipectl knows those up to 55"]
    );
    for known in ["55.3.0", "36.0.0", "what?"] {
        assert!(found(known).is_empty(), "{known}");
    }
}

#[test]
fn a_stage_that_the_app_does_not_have_is_told_once() {
    let tables = "[[stage]]\nname = \"S\"\n[[stage.assembly]]\npath = \"cdk.out\"\nstage = \"Nope\"\n\
                  [[stage.after]]\nname = \"t\"\ncommands = [\"true\"]\n\
                  variables = { U = { output = \"Base.Url\" } }\n";
    assert_eq!(find(tables, three()).unwrap_err(), "stage `S`: the assembly `cdk.out` has no stage `Nope`");
}

#[test]
fn a_circle_is_refused() {
    let error =
        find(&stage("S", "\"*\""), json!({ "A": stack("A", &["B"]), "B": stack("B", &["A"]), "C": stack("C", &[]) }))
            .unwrap_err();
    assert_eq!(error, "stage `S`: the stacks `A` and `B` wait for each other");
}

#[test]
fn an_artifact_that_would_have_to_be_acted_on_is_refused_by_name() {
    let error = find(
        &stage("S", "\"*\""),
        json!({ "A": stack("A", &["X", "T"]), "X": { "type": "aws:mesh:thing" }, "T": { "type": "cdk:tree" },
                "Y": { "type": "cdk:what-comes-next" } }),
    )
    .unwrap_err();
    assert_eq!(
        error,
        "stage `S`, assembly `cdk.out`: the stack `A` depends on `X` of type `aws:mesh:thing`, which this pipectl does not know"
    );
}

#[test]
fn a_stack_lives_where_its_assembly_says() {
    let mut elsewhere = stack("A", &[]);
    elsewhere["environment"] = json!("aws://222222222222/eu-west-1");
    let found = find(&stage("S", "\"*\""), json!({ "A": elsewhere, "B": stack("B", &[]) })).unwrap();
    let targets: Vec<_> = found.definition.stages[0].stacks.iter().map(|stack| stack.target.clone()).collect();
    assert_eq!(targets[0].account.as_ref().map(|account| account.as_str()), Some("222222222222"));
    assert_eq!(targets[1], Target::default());
}

#[test]
fn what_the_services_do_not_take_of_a_stack_is_refused() {
    let refused = |key: &str, value: Value| {
        let mut one = stack("A", &[]);
        one["properties"][key] = value;
        find(&stage("S", "\"*\""), json!({ "A": one })).unwrap_err()
    };
    let many = |number: usize, text: &str| (0..number).map(|index| format!("{text}{index}")).collect::<Vec<_>>();
    let tags: serde_json::Map<String, Value> = many(50, "k").into_iter().map(|key| (key, json!("v"))).collect();
    assert!(refused("tags", json!(tags)).contains("stack `A`: 50 tags with those of its stage"));
    assert!(refused("tags", json!({ "aws:x": "1" })).contains("the tag `aws:x` starts with `aws:`, which is reserved"));
    assert!(refused("tags", json!({ "k": "v".repeat(257) })).contains("the tag `k` is too long"));
    let topics = many(6, "arn:aws:sns:us-east-1:111111111111:t");
    assert!(refused("notificationArns", json!(topics)).contains("6 notification targets; a stack has at most 5"));
    assert!(refused("notificationArns", json!(["topic"])).contains("`topic`, which is told of its events"));
    for key in ["assumeRoleArn", "cloudFormationExecutionRoleArn"] {
        assert!(refused(key, json!("arn:aws:iam::111111111111:user/a")).contains("is no ARN of a role"), "{key}");
    }
    let mut one = stack("A", &[]);
    one["properties"]["assumeRoleArn"] =
        json!("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/path/r-${AWS::Region}");
    assert!(find(&stage("S", "\"*\""), json!({ "A": one })).is_ok());
}

#[test]
fn parameters_of_unknown_stacks_and_unknown_outputs_are_refused() {
    let stages = stage("S", "\"Base\"") + "[stage.assembly.parameters]\nBsae = { Size = \"small\" }\n";
    assert!(find(&stages, three()).unwrap_err().contains("`parameters` names a stack `Bsae`"));
    let stages = stage("S", "\"Base\"")
        + "[[stage.after]]\nname = \"t\"\ncommands = [\"true\"]\nvariables = { U = { output = \"Bass.Url\" } }\n";
    assert!(find(&stages, three()).unwrap_err().contains("uses `S/Bass.Url`, but there is no such stack"));
}

#[test]
fn a_stage_without_its_assembly_is_recalled_or_left_out_with_its_users() {
    let stages = stage("S", "\"Base\"")
        + "[[stage]]\nname = \"T\"\n[[stage.after]]\nname = \"t\"\ncommands = [\"true\"]\n\
           variables = { U = { output = \"S/Base.Url\" } }\n[[stage]]\nname = \"U\"\n";
    let definition = definition(&stages);
    let nothing = BTreeMap::new();
    let found = discover(
        &definition,
        Sources { assemblies: &nothing, exports: &BTreeMap::new(), remembered: &BTreeMap::new() },
    )
    .unwrap();
    assert_eq!(shape(&found), "U: ");
    assert_eq!(
        found.left_out,
        [
            LeftOut { stage: "S".parse().unwrap(), reason: Reason::NotBuilt("cdk.out".into()) },
            LeftOut { stage: "T".parse().unwrap(), reason: Reason::Uses("S".parse().unwrap()) },
        ]
    );

    let built = find(&stages, three()).unwrap();
    let remembered = [("S".parse().unwrap(), built.definition.stages[0].stacks.clone())].into();
    let found = discover(
        &definition,
        Sources { assemblies: &BTreeMap::new(), exports: &BTreeMap::new(), remembered: &remembered },
    )
    .unwrap();
    assert_eq!(found.definition, built.definition);
    assert_eq!(found.recalled, ["S".parse().unwrap()]);
}
