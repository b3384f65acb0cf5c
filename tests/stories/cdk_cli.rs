//! The real CDK CLI on what pipectl makes, and pipectl on what the CDK CLI makes.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::cdk;
use crate::support::command::Said;
use crate::support::project::{Project, REPOSITORY, definition, stage, template};
use crate::support::{ACCOUNT, REGION};
use camino::Utf8Path;
use pipectl::cfn::Template;
use pipectl::ops::bootstrap::{STACK_NAME, TEMPLATE};
use serde_json::{Map, Value, json};

const ENVIRONMENT: &str = "aws://111111111111/us-east-1";
const BUCKET: &str = "cdk-hnb659fds-assets-111111111111-us-east-1";

/// Copies a folder of the fixtures: the CDK CLI writes into assemblies.
fn copy_fixture(name: &str, to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    for entry in walkdir::WalkDir::new(&from).into_iter().map(Result::unwrap) {
        let target = to.join(entry.path().strip_prefix(&from).unwrap());
        match entry.file_type().is_dir() {
            true => std::fs::create_dir_all(target).unwrap(),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Deploys stacks of an assembly with the CDK CLI.
fn deploy(project: &Project, assembly: &str, arguments: &[&str], parameters: &[(&str, &str)]) -> Said {
    let parameters: Vec<String> =
        parameters.iter().map(|(name, value)| format!("--parameters={name}={value}")).collect();
    let mut all = vec!["--app", assembly, "deploy", "--require-approval", "never"];
    all.extend(arguments);
    all.extend(parameters.iter().map(String::as_str));
    project.cdk(&all).code(0)
}

async fn cloudformation(project: &Project) -> aws_sdk_cloudformation::Client {
    aws_sdk_cloudformation::Client::new(&project.config().await)
}

/// The text of the deployed toolkit template.
async fn toolkit_template(project: &Project) -> String {
    let answer = cloudformation(project).await.get_template().stack_name(STACK_NAME).send().await.unwrap();
    answer.template_body().unwrap().to_owned()
}

/// The physical ids of the toolkit stack's resources.
async fn toolkit_resources(project: &Project) -> BTreeMap<String, String> {
    let client = cloudformation(project).await;
    let answer = client.describe_stack_resources().stack_name(STACK_NAME).send().await.unwrap();
    let resources = answer.stack_resources().iter();
    resources
        .map(|resource| {
            (resource.logical_resource_id().unwrap().to_owned(), resource.physical_resource_id().unwrap().to_owned())
        })
        .collect()
}

/// A template without what people read only, and its rules for images as data.
fn facts(mut template: Map<String, Value>) -> Value {
    template.remove("Description");
    template.remove("Metadata");
    for section in ["Parameters", "Outputs"] {
        for entry in template[section].as_object_mut().unwrap().values_mut() {
            for words in ["Description", "ConstraintDescription"] {
                entry.as_object_mut().unwrap().remove(words);
            }
        }
    }
    let mut template = Value::Object(template);
    let path = "/Resources/ContainerAssetsRepository/Properties/LifecyclePolicy/LifecyclePolicyText";
    let policy = template.pointer_mut(path).unwrap();
    *policy = serde_json::from_str(policy.as_str().unwrap()).unwrap();
    for rule in policy["rules"].as_array_mut().unwrap() {
        rule.as_object_mut().unwrap().remove("description");
    }
    template
}

#[test]
fn the_toolkit_template_is_the_cdks_but_for_its_wording() {
    let folder = tempfile::tempdir().unwrap();
    let shown = cdk::offline(folder.path(), &["bootstrap", "--show-template", "--json"]).code(0).json();
    let own = Template::parse(Utf8Path::new("bootstrap/template.yaml"), TEMPLATE).unwrap();
    let (own, cdks) = (facts(own.root().clone()), facts(shown.as_object().unwrap().clone()));
    // One by one, so that a difference is easy to see.
    for (section, entries) in cdks.as_object().unwrap() {
        for (name, entry) in entries.as_object().unwrap() {
            assert_eq!(&own[section][name], entry, "{section}/{name}");
        }
    }
    assert_eq!(own, cdks);
}

#[test]
fn the_cdk_cli_lists_the_stacks_of_an_assembly() {
    let folder = tempfile::tempdir().unwrap();
    copy_fixture("definitions/rich", folder.path());
    assert_cmd::Command::cargo_bin("pipectl").unwrap().current_dir(&folder).arg("synth").assert().success();
    let listed = cdk::offline(folder.path(), &["--app", "pipectl.out", "ls"]).code(0);
    insta::assert_snapshot!(listed.output, @r"
    rich-pipeline-support-eu-west-1
    rich-pipeline-support-us-west-2
    rich-pipeline
    Beta/network (rich-Beta-network)
    Beta/app (rich-Beta-app)
    Beta/audit (rich-Beta-audit)
    Europe/network (rich-Europe-network)
    Partner/network (rich-Partner-network)
    ");

    let arguments = ["--app", "pipectl.out", "ls", "Beta/app", "--show-dependencies", "--json"];
    let network = json!({ "id": "Beta/network (rich-Beta-network)", "dependencies": [] });
    let app = json!({ "id": "Beta/app (rich-Beta-app)", "dependencies": [network] });
    assert_eq!(cdk::offline(folder.path(), &arguments).code(0).json(), json!([network, app]));
}

#[tokio::test(flavor = "multi_thread")]
async fn pipectl_deploys_where_the_cdk_cli_bootstrapped() {
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &definition("", &stage("Staging", "app.yaml")));
    project.write("app.yaml", &template("Value: one"));
    let _ = project.push("first");
    let _ = project.cdk(&["bootstrap", ENVIRONMENT]).code(0);
    let (text, resources) = (toolkit_template(&project).await, toolkit_resources(&project).await);

    let same = project.pipectl(&["bootstrap"]).code(0);
    assert!(same.errors.contains("is prepared already (version 33); nothing was changed"), "{same:?}");
    assert_eq!(toolkit_template(&project).await, text, "the template is still the CDK's");

    // A later CDK CLI may bring a newer version, which stays.
    let newer = cdk::offline(project.path(), &["bootstrap", "--show-template"]).code(0).output;
    project.write("newer.yaml", &newer.replace("\"33\"", "\"34\""));
    let _ = project.cdk(&["bootstrap", ENVIRONMENT, "--template", "newer.yaml"]).code(0);
    let text = toolkit_template(&project).await;
    let kept = project.pipectl(&["bootstrap"]).code(0);
    assert!(kept.errors.contains("has version 34; it is not downgraded to version 33"), "{kept:?}");
    assert_eq!(toolkit_template(&project).await, text);
    assert_eq!(toolkit_resources(&project).await, resources);

    project.store_token().await;
    let _ = project.pipectl(&["deploy", "-y"]).code(0);
    let _ = project.watch().code(0);
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], "one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cdk_cli_deploys_where_pipectl_bootstrapped() {
    let project = Project::start(REPOSITORY);
    let _ = project.pipectl(&["bootstrap", ENVIRONMENT]).code(0);
    let (text, outputs) = (toolkit_template(&project).await, project.outputs(STACK_NAME).await);
    let resources = toolkit_resources(&project).await;

    // An ordinary app, with an asset, on pipectl's own stack.
    copy_fixture("cdk/ordinary-app", &project.path().join("cdk.out"));
    let _ = deploy(&project, "cdk.out", &["Greeter", "--outputs-file", "outputs.json"], &[]);
    let written = std::fs::read_to_string(project.path().join("outputs.json")).unwrap();
    let expected = json!({ "Greeter": { "Name": "greeter", "ToolkitVersion": "33" } });
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), expected);
    assert_eq!(project.outputs("Greeter").await.unwrap()["Name"], "greeter");

    // The CDK CLI reads the version, and leaves a newer stack as it is.
    project.write("older.yaml", &TEMPLATE.replace("\"33\"", "\"32\""));
    let kept = project.cdk(&["bootstrap", ENVIRONMENT, "--template", "older.yaml"]).code(0);
    assert!(kept.output.contains("already at version 33. Not downgrading it to version 32"), "{kept:?}");
    assert_eq!(toolkit_template(&project).await, text);

    // It writes the same version in its own words, which replaces nothing.
    let _ = project.cdk(&["bootstrap", ENVIRONMENT]).code(0);
    assert_eq!(project.stack_status(STACK_NAME).await.as_deref(), Some("UPDATE_COMPLETE"));
    assert_eq!(project.outputs(STACK_NAME).await, outputs);
    assert_eq!(toolkit_resources(&project).await, resources);
    let same = project.pipectl(&["bootstrap", ENVIRONMENT]).code(0);
    assert!(same.errors.contains("is prepared already (version 33); nothing was changed"), "{same:?}");
    let again = deploy(&project, "cdk.out", &["Greeter"], &[]);
    assert!(again.output.contains("Greeter (no changes)"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cdk_cli_deploys_what_pipectl_synthesised() {
    let project = Project::start(REPOSITORY);
    let keys = format!("account = \"{ACCOUNT}\"\nregion = \"{REGION}\"");
    let asset = "\n[[stage.stack.asset]]\nname = \"note\"\npath = \"note\"\nbucket-parameter = \"Bucket\"\nkey-parameter = \"Key\"\n";
    project.write("pipeline.toml", &definition(&keys, &format!("{}{asset}", stage("Staging", "app.yaml"))));
    let parameters = "Parameters:\n  Bucket: {Type: String}\n  Key: {Type: String}\n";
    project.write("app.yaml", &format!("{parameters}{}", template("Value: !Sub \"${Bucket}/${Key}\"")));
    project.write("note/note.txt", "a note\n");
    let _ = project.push("first");
    let _ = project.pipectl(&["bootstrap"]).code(0);
    project.store_token().await;
    let _ = project.said_to_run(&["synth"]).code(0);

    let configuration = std::fs::read_to_string(project.path().join("pipectl.out/assembly-Staging/app.config.json"));
    let configuration: Value = serde_json::from_str(&configuration.unwrap()).unwrap();
    let key = configuration["Parameters"]["Key"].as_str().unwrap();
    let _ = deploy(&project, "pipectl.out", &["Staging/app"], &[("Bucket", BUCKET), ("Key", key)]);
    let value = format!("{BUCKET}/{key}");
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], value);
    let storage = project.storage().await;
    let _ = storage.head_object().bucket(BUCKET).key(key).send().await.unwrap();

    let tools = storage.list_objects_v2().bucket(BUCKET).prefix("pipectl/").send().await.unwrap();
    let tool = tools.contents()[0].key().unwrap();
    let secrets = aws_sdk_secretsmanager::Client::new(&project.config().await);
    let token = secrets.get_secret_value().secret_id("github-token").send().await.unwrap();
    let parameters = [
        ("ToolBucket", BUCKET),
        ("ToolKey", tool),
        ("ToolDigest", tool.trim_start_matches("pipectl/").trim_end_matches(".zip")),
        ("ToolVersion", env!("CARGO_PKG_VERSION")),
        ("TokenVersion", token.version_id().unwrap()),
    ];
    let _ = deploy(&project, "pipectl.out", &["shop-pipeline"], &parameters);
    let same = project.pipectl(&["deploy", "-y"]).code(0);
    assert!(same.errors.contains("up to date; nothing was changed"), "{same:?}");

    // The pipeline runs, and leaves nothing for either to change.
    let _ = project.watch().code(0);
    assert_eq!(project.stack_status("shop-Staging-app").await.as_deref(), Some("CREATE_COMPLETE"));
    let again = deploy(&project, "pipectl.out", &["**"], &[]);
    for stack in ["shop-pipeline", "Staging/app (shop-Staging-app)"] {
        assert!(again.output.contains(&format!("{stack} (no changes)")), "{again:?}");
    }
    let compared = project.cdk(&["--app", "pipectl.out", "diff", "**", "--fail"]).code(0);
    assert!(compared.output.contains("Number of stacks with differences: 0"), "{compared:?}");
    let same = project.pipectl(&["deploy", "-y"]).code(0);
    assert!(same.errors.contains("up to date; nothing was changed"), "{same:?}");
}
