//! `pipectl validate`: everything that is wrong is told in one run.

use crate::support::place::{Place, VALID, code, stderr};

const SOUND: &str = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n";

/// What `validate` says of a definition with these tables.
fn said(place: &Place, tables: &str) -> String {
    place.write("pipeline.toml", format!("{VALID}{tables}"));
    let output = place.run(&["validate"]);
    assert!(matches!(code(&output), Some(0 | 3)), "{}", stderr(&output));
    stderr(&output).to_owned()
}

fn assert_told(said: &str, told: &[&str]) {
    for told in told {
        assert!(said.contains(told), "`{told}` is not in\n{said}");
    }
}

fn stage(name: &str, keys: &str, template: &str) -> String {
    format!("[[stage]]\nname = \"{name}\"\n{keys}\n[[stage.stack]]\nname = \"app\"\ntemplate = \"{template}\"\n")
}

#[test]
fn what_cannot_be_read_does_not_hide_the_rest() {
    let place = Place::new();
    place.write("sound.yaml", SOUND);
    let tables = [
        "[build]\ncompute = \"tiny\"\nbuildspec = \"build.yml\"\n",
        &stage("Nameless", "", "sound.yaml").replace("name = \"app\"", "name = \"a.b\""),
        &stage("Alpha", "", "sond.yaml"),
        "[[stage.after]]\nname = \"look\"\n",
        "[[stage.after]]\nname = \"use\"\ncommands = [\"true\"]\nvariables = { X = { output = \"app.Url\" } }\n",
        &stage("Beta", "region = 1", "sound.yaml"),
        "parameters = { Size = 1 }\n",
        "[[stage.after]]\nname = \"use\"\ncommands = [\"true\"]\nvariables = { X = { output = \"app.Url\" } }\n",
    ];
    let said = said(&place, &tables.concat());
    assert_told(
        &said,
        &[
            "`tiny` is not a value of `compute`",
            "buildspec `build.yml` does not exist",
            "`a.b` is not a name",
            "template `sond.yaml` does not exist",
            "lacks `commands`",
            "`region` must be a string",
            "declares no parameter `Size`",
            "declares no output `Url`",
        ],
    );
    // The places are those of the file, though stacks and steps before them are left out.
    assert_told(
        &said,
        &["| template = \"sond.yaml\"\n   |            ^", "| parameters = { Size = 1 }\n   |                ^^^^"],
    );
}

#[test]
fn limits_are_told_beside_other_mistakes() {
    let place = Place::new();
    place.write("sound.yaml", SOUND);
    let steps: String =
        (0..51).map(|number| format!("[[stage.after]]\nname = \"s{number}\"\ncommands = [\"true\"]\n")).collect();
    let tables = [stage("Alpha", "", "sound.yaml"), steps, stage("Alpha", "retries = 3", "sound.yaml")].concat();
    let said = said(&place, &tables);
    assert_told(&said, &["unknown key `retries`", "two stages are called `Alpha`", "actions; CodePipeline allows 50"]);
    assert!(!said.contains("duplicate-stage"), "{said}");
}

#[test]
fn exports_are_looked_at_beside_other_mistakes() {
    let place = Place::new();
    place.write("broken/amplify-export-manifest.json", "{");
    place.write("cdk.out/manifest.json", "{");
    let tables = "[[stage]]\nname = \"Alpha\"\nretries = 3\n\
                  [[stage.amplify]]\nname = \"todo\"\nexport = \"broken\"\nenvironment = \"Prod\"\n\
                  [[stage.amplify]]\nname = \"other\"\nexport = \"broken\"\n\
                  [[stage]]\nname = \"Beta\"\n[[stage.assembly]]\npath = \"cdk.out\"\nstage = \"Prod\"\n";
    let said = said(&place, tables);
    assert_told(
        &said,
        &["unknown key `retries`", "`Prod` is not an environment of Amplify", "broken", "`cdk.out` cannot be used"],
    );
    assert!(!said.contains("does not exist"), "{said}");
}

#[test]
fn filters_that_leave_out_the_definition_are_told() {
    let place = Place::new();
    let connection = "arn = \"arn:aws:codeconnections:eu-west-1:111111111111:connection/x\"\nrepository = \"o/shop\"\n";
    let head = format!("[pipeline]\nname = \"app\"\n[source.connection]\n{connection}");
    place.git(&["init", "--quiet"]);
    place.write("ci/pipeline.toml", format!("{head}[[source.connection.push]]\npaths = [\"web/**\"]\n"));
    for verb in [&["validate"][..], &["synth"]] {
        let output = place.run(&[verb, &["--file", "ci/pipeline.toml"]].concat());
        assert_eq!(code(&output), Some(0), "{}", stderr(&output));
        assert_told(
            stderr(&output),
            &["warning[unwatched-file]: `paths` leave out `ci/pipeline.toml`", "help: add `\"ci/pipeline.toml\"`"],
        );
    }
}

#[test]
fn nonsense_in_overrides_is_told_where_it_stands() {
    let place = Place::new();
    let queue = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties: {VisibilityTimeout: 30}\n";
    place.write("app.yaml", queue);
    let overrides = [
        "set = { VisibilityTimeout = 30 }\n",
        "set = { RedrivePolcy = 1, DelaySeconds = { a = 1 } }\n",
        "delete = [\"VisibilityTimeout\", \"QueueName\"]\nremoval-policy = \"snapshot\"\n",
        "set = { DelaySeconds = 5, QueueName = { ref = \"Quue\" } }\ndepends-on = [\"Topic\"]\n",
        "set = { FifoQueue = { Ref = \"Fifo\" } }\n",
    ];
    let overrides = overrides.map(|keys| format!("[[stage.stack.override]]\nresource = \"Queue\"\n{keys}"));
    insta::assert_snapshot!(said(&place, &format!("{}{}", stage("Alpha", "", "app.yaml"), overrides.concat())));
}
