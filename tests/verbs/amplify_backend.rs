//! Stages with Gen 2 backends: what the build makes of them, and what it says where it cannot.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use pipectl::assembly::Assembly;
use serde_json::{Value, json};

use crate::support::place::Place;

const DEFINITION: &str = r#"
[pipeline]
name = "shop"
account = "111111111111"
region = "us-east-1"

[source.github]
repository = "octo-org/shop"

[build]
commands = ["echo installed"]

[[stage]]
name = "Beta"

[[stage.amplify]]
name = "todo"
backend = "web/amplify/backend.ts"
tags = { team = "web" }
termination-protection = true

[[stage]]
name = "Prod"
region = "eu-west-1"

[[stage.amplify]]
name = "todo"
backend = "web/amplify/backend.ts"
app-id = "d1yd7xpdewj1i5"
branch = "main"

[[stage.after]]
name = "test"
commands = ["true"]
variables = { ALERTS = { output = "todo.customOutputs" } }
"#;

const BETA: &str = "amplify-shop-Beta-standalone-";
const PROD: &str = "amplify-d1yd7xpdewj1i5-main-branch-97e90da554";

/// A project with a definition, a backend and what stands in for `tsx`.
struct Project(Place);

impl std::ops::Deref for Project {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.0
    }
}

impl Project {
    fn new(definition: &str) -> Self {
        let place = Place::new();
        place.write("pipeline.toml", definition);
        place.write("web/amplify/backend.ts", "import './auth/resource';\ndefineBackend({});\n");
        place.copy("amplify-gen2", "node_modules/.bin");
        fs::set_permissions(place.at("node_modules/.bin/tsx"), fs::Permissions::from_mode(0o755)).unwrap();
        Self(place)
    }

    /// Every file of the assembly.
    fn assembly(&self) -> BTreeMap<Utf8PathBuf, String> {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        self.files("pipectl.out").into_iter().map(|(file, bytes)| (file, text(bytes))).collect()
    }

    /// A file of the assembly.
    fn made(&self, file: &str) -> Value {
        self.json(&format!("pipectl.out/{file}"))
    }
}

#[test]
fn each_stage_deploys_a_synthesis_of_its_own() {
    let project = Project::new(DEFINITION);
    let said = project.said(&["build"], 0);
    assert!(said.contains("[build] installed"), "{said}");
    assert!(said.contains("[Beta/todo] running amplify/backend.ts in web"), "{said}");
    let files = project.assembly();
    let assembly = Assembly::load(&mut |path| Ok(files[path].clone())).unwrap();
    let names: Vec<String> = ["assembly-Beta", "assembly-Prod"]
        .map(|folder| assembly.nested[folder].own_stacks().next().unwrap().name().to_owned())
        .into();
    assert!(names[0].starts_with(BETA), "{names:?}");
    assert_eq!(names[1], PROD);

    // As Amplify made them: templates, tags and assets, and what the definition adds.
    let root = project.made("assembly-Prod/todo.template.json");
    assert_eq!(root["Outputs"]["deploymentType"]["Value"], "branch");
    assert_eq!(root["Resources"]["Alerts"]["Type"], "AWS::CloudFormation::Stack");
    assert_eq!(
        project.made("assembly-Beta/todo.config.json")["Tags"],
        json!({
            "amplify:branch-name": "Beta", "amplify:deployment-type": "standalone", "created-by": "amplify",
            "team": "web", "pipectl:pipeline": "shop@111111111111/us-east-1",
        })
    );
    for folder in ["assembly-Beta", "assembly-Prod"] {
        let list = &assembly.nested[folder].asset_manifests["todo.assets"];
        let names: Vec<&str> = list.files.values().filter_map(|file| file.display_name.as_deref()).collect();
        assert_eq!(names.len(), 3, "a function, the nested template and the root's: {names:?}");
    }
    let pipeline = project.made("shop-pipeline.template.json").to_string();
    assert!(pipeline.contains(&format!(r#""StackName":"{PROD}""#)), "deployed by actions of its own");
    assert!(pipeline.contains("#{Prod_todo.customOutputs}"), "with outputs that others use");
    let actions = String::from_utf8(project.run(&["graph"]).stdout).unwrap();
    insta::assert_snapshot!(actions);

    let _ = project.said(&["build"], 0);
    assert_eq!(files, project.assembly(), "the same input gives the same bytes");
}

#[test]
fn outputs_of_nested_stacks_are_given_on_where_they_are_used() {
    let project = Project::new(DEFINITION);
    let _ = project.said(&["build"], 0);
    let plain = project.assembly();

    let used = DEFINITION.replace("todo.customOutputs", "Beta/todo.Alerts.TopicArn");
    project.write("pipeline.toml", &used);
    let _ = project.said(&["build"], 0);
    let declared = json!({ "Value": { "Fn::GetAtt": ["Alerts", "Outputs.TopicArn"] } });
    let root = project.made("assembly-Beta/todo.template.json");
    assert_eq!(root["Outputs"]["AlertsTopicArn"], declared);
    let pipeline = project.made("shop-pipeline.template.json").to_string();
    assert!(pipeline.contains("#{Beta_todo.AlertsTopicArn}"), "{pipeline}");
    let files = project.assembly();
    let same = ["assembly-Prod/todo.template.json", "assembly-Prod/todo.assets.json"].map(Utf8Path::new);
    assert!(same.iter().all(|path| files[*path] == plain[*path]), "nobody uses outputs of the other stage's backend");
    let _ = project.said(&["validate"], 0);

    for (wanted, message, help) in [
        ("Alert.TopicArn", "there is no nested stack `Alert`", "a nested stack with a similar name exists: `Alerts`"),
        ("Alerts.TopicAnr", "there is no output `TopicAnr`", "an output with a similar name exists: `TopicArn`"),
    ] {
        project.write("pipeline.toml", used.replace("Alerts.TopicArn", wanted));
        let message = format!("error[unknown-output]: `{wanted}` is wanted, but {message}");
        let said = project.said(&["synth"], 3);
        assert!(said.contains(&message) && said.contains(help), "{said}");
        let said = project.said(&["validate"], 3);
        assert!(said.contains(&message) && said.contains(help), "{said}");
        assert!(said.contains(&format!("ALERTS = {{ output = \"Beta/todo.{wanted}\"")), "it stands there: {said}");
    }
}

#[test]
fn a_build_that_cannot_synthesise_says_why() {
    let project = Project::new(DEFINITION);
    project.write("web/amplify/backend.ts", "throw new Error('no email');\n");
    let said = project.said(&["build"], 1);
    assert!(said.contains("[Beta/todo] 1:throw new Error('no email');"), "{said}");
    assert!(
        said.contains("stage `Beta`: the synthesis of `web/amplify/backend.ts` failed with exit status 3"),
        "{said}"
    );
    assert!(said.contains("`pipectl amplify synth` runs it again"), "{said}");

    project.write("web/amplify/backend.ts", "export {};\n");
    let said = project.said(&["build"], 3);
    assert!(said.contains("wrote no assembly") && said.contains("`defineBackend`"), "{said}");

    fs::remove_file(project.at("web/amplify/backend.ts")).unwrap();
    let said = project.said(&["build"], 3);
    assert!(said.contains("stage `Beta`: the backend `web/amplify/backend.ts` is not there"), "{said}");
    let said = project.said(&["validate"], 0);
    assert!(said.contains("warning[missing-backend]: backend `web/amplify/backend.ts` does not exist"), "{said}");

    let project = Project::new(DEFINITION);
    fs::remove_dir_all(project.at("node_modules")).unwrap();
    let said = project.said(&["build"], 4);
    assert!(said.contains("`tsx`, which runs Amplify's backends, is not installed in `web`"), "{said}");
    assert!(said.contains("`npm ci` installs it"), "{said}");
}

#[test]
fn what_failed_is_not_deployed_as_it_was_before() {
    let project = Project::new(DEFINITION);
    let _ = project.said(&["build"], 0);
    project.write("web/amplify/backend.ts", "throw 1\n");
    let _ = project.said(&["amplify", "synth"], 1);
    let said = project.said(&["synth"], 3);
    assert!(said.contains("stage `Beta`: the backend `web/amplify/backend.ts` is not synthesised"), "{said}");
    assert!(!said.contains("stage `Prod`"), "its synthesis is still there: {said}");
    assert!(said.contains("`pipectl build` does so"), "{said}");
    assert!(project.said(&["graph"], 0).contains("stage `Beta` is left out"));

    // What was synthesised under another identity is not taken either.
    let project = Project::new(DEFINITION);
    let _ = project.said(&["build"], 0);
    project.write(
        "pipeline.toml",
        DEFINITION.replace(
            "[[stage.amplify]]\nname = \"todo\"\nbackend = \"web/amplify/backend.ts\"\ntags",
            "[[stage.amplify]]\nname = \"todo\"\nbackend = \"web/amplify/backend.ts\"\nnamespace = \"other\"\ntags",
        ),
    );
    let said = project.said(&["synth"], 3);
    assert!(
        said.contains("was synthesised with another identity: it has no stack `amplify-other-Beta-standalone-"),
        "{said}"
    );
}

#[test]
fn a_build_by_a_buildspec_calls_the_synthesis() {
    let project = Project::new(&DEFINITION.replace("commands = [\"echo installed\"]", "buildspec = \"build.yml\""));
    let buildspec = include_str!("../../src/ops/init/build.yml");
    project.write("build.yml", buildspec);
    let said = project.said(&["validate"], 3);
    assert!(said.contains("does not call `pipectl amplify synth`"), "{said}");
    project.write(
        "build.yml",
        buildspec.replace("- pipectl synth", "- npm ci && pipectl amplify synth\n      - pipectl synth"),
    );
    let _ = project.said(&["validate"], 0);
    let _ = project.said(&["synth"], 3);
    let output = project.run(&["amplify", "synth", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        told[1],
        json!({ "stage": "Prod", "backend": "todo", "stack-name": PROD, "assembly": "web/.amplify/pipectl/Prod/todo" })
    );
    let _ = project.said(&["synth"], 0);
    assert!(project.at("pipectl.out/assembly-Beta/todo.template.json").exists());
}

#[test]
fn ampx_deploys_in_a_step_of_the_stage() {
    let definition = DEFINITION.replace("branch = \"main\"\n", "branch = \"feature/it's\"\nmode = \"ampx\"\n\n[stage.amplify.step]\ncommands = [\"npm ci --ignore-scripts\"]\ncompute = \"medium\"\n");
    let definition = definition.replace("name = \"Prod\"\n", "name = \"Prod\"\napproval = {}\n");
    let definition = definition.replace("ALERTS = { output = \"todo.customOutputs\" }", "A = \"b\"");
    let project = Project::new(&definition);
    let _ = project.said(&["build"], 0);
    assert!(!project.at("pipectl.out/assembly-Prod").exists(), "it has no stacks of pipectl's");
    insta::assert_snapshot!(String::from_utf8(project.run(&["graph"]).stdout).unwrap());
    let template = project.made("shop-pipeline.template.json");
    let resources = template["Resources"].as_object().unwrap().values();
    let mut projects = resources.filter(|resource| resource["Properties"]["Name"] == "shop-Prod-deploy-todo");
    let properties = &projects.next().unwrap()["Properties"];
    let buildspec: Value = serde_json::from_str(properties["Source"]["BuildSpec"].as_str().unwrap()).unwrap();
    assert_eq!(
        buildspec["phases"]["build"]["commands"],
        json!([
            "npm ci --ignore-scripts",
            "AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 CI=1 npx ampx pipeline-deploy \
             --branch \"feature/it's\" --app-id d1yd7xpdewj1i5",
        ])
    );
    assert_eq!(properties["Environment"]["ComputeType"], "BUILD_GENERAL1_MEDIUM");
}

#[test]
fn init_writes_the_pipeline_of_a_program() {
    let project = Project::new("");
    project.write("package-lock.json", "{}");
    project.write("web/package.json", r#"{ "scripts": { "build": "vite build" } }"#);
    let arguments = ["init", "--template", "amplify", "--repository", "octo-org/shop", "--force"];
    let said = project.said(&arguments, 0);
    assert!(said.contains("Next:\n  pipectl validate\n"), "{said}");
    let definition = project.read("pipeline.toml");
    insta::assert_snapshot!("init_definition", definition);
    let _ = project.said(&["validate"], 0);

    // The commented stage is one, too, and the step reads what the build writes.
    let whole = definition.replace("# [", "[").replace("# name", "name").replace("# app", "app");
    project.write("pipeline.toml", whole.replace("# backend", "backend").replace("npm ci", "true"));
    let _ = project.said(&["build"], 0);
    assert_eq!(
        project.made("assembly-Production/backend.template.json")["Outputs"]["deploymentType"]["Value"],
        "standalone"
    );
    let files = project.assembly();
    let assembly = Assembly::load(&mut |path| Ok(files[path].clone())).unwrap();
    let stack = assembly.nested["assembly-Staging"].own_stacks().next().unwrap();
    assert!(definition.contains(&format!("--stack {} ", stack.name())), "{}", stack.name());
    assert!(definition.contains("/assembly-Staging/backend.template.json"));
}

#[test]
fn init_tells_which_backend_it_chose() {
    let init = |project: &Project, template: &str, code: i32| {
        let said = project.said(&["init", "--template", template, "--repository", "octo-org/shop", "--force"], code);
        (said, project.read("pipeline.toml"))
    };
    let both = Project::new("");
    both.write("lib/amplify-export-old/amplify-export-manifest.json", "{}");
    let (said, definition) = init(&both, "amplify", 0);
    assert!(
        said.contains("`web/amplify/backend.ts` is deployed (Gen 2), `lib/amplify-export-old` is not (Gen 1)")
            && said.contains("--template amplify-gen1"),
        "{said}"
    );
    assert!(definition.contains("commands = [\"(cd web && npm install)\"]"), "{definition}");
    assert!(!definition.contains("[[stage.after]]"), "there is no front end: {definition}");
    let (said, definition) = init(&both, "amplify-gen1", 0);
    assert!(!said.contains("Gen 2") && definition.contains("export = \"lib/amplify-export-old\""), "{said}");

    let neither = Project::new("");
    fs::remove_dir_all(neither.at("web")).unwrap();
    let (said, definition) = init(&neither, "amplify", 2);
    assert!(said.contains("no Amplify backend is here") && said.contains("npm create amplify@latest"), "{said}");
    assert_eq!(definition, "", "nothing is written");
    let (said, _) = init(&neither, "amplify-gen2", 0);
    assert!(said.contains("Next:\n  npm create amplify@latest\n"), "{said}");

    // A backend whose program has yet to be written, and two beside each other, which need names of their own.
    let several = Project::new("");
    several.write("apps/admin/amplify/data/resource.ts", "");
    several.write("yarn.lock", "");
    several.write("apps/admin/package.json", r#"{ "scripts": { "build": "vite build" } }"#);
    let (said, definition) = init(&several, "amplify", 0);
    assert!(said.contains("  npm create amplify@latest\n"), "{said}");
    insta::assert_snapshot!("init_of_several", definition);
    let said = several.said(&["validate"], 0);
    assert!(said.contains("backend `apps/admin/amplify/backend.ts` does not exist"), "{said}");
}
