//! What `diff` tells of a pipeline on the local endpoint: with the real binary, through the roles that deploy.

use crate::support::listener::Listener;
use crate::support::project::{PIPELINE, Project, REPOSITORY, definition, stage, template};
use crate::support::{ACCOUNT, OTHER_ACCOUNT, REGION};
use serde_json::{Value, json};

/// What `diff` tells of a stack; nothing where it tells nothing of it.
fn told<'a>(diff: &'a Value, stack: &str) -> &'a Value {
    let mut stacks = diff["stacks"].as_array().unwrap().iter();
    stacks.find(|told| told["stack"] == stack).unwrap_or(&Value::Null)
}

fn joined(path: &Value) -> String {
    path.as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect::<Vec<_>>().join(".")
}

fn diff(project: &Project, arguments: &[&str], code: i32) -> Value {
    project.pipectl(&[&["diff", "--format", "json"], arguments].concat()).code(code).json()
}

/// What happens to the resources of a stack, and of those nested in it.
fn effects(difference: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in difference["resources"].as_array().unwrap() {
        let text = |key: &str| resource[key].as_str().unwrap().to_owned();
        lines.push(format!("{} {}", text("effect"), text("logical-id")));
        if resource["nested"].is_object() {
            lines.extend(effects(&resource["nested"]).into_iter().map(|line| format!("  {line}")));
        }
    }
    lines
}

/// The templates of two stages.
fn write(project: &Project, stages: &[&str], app: &str) {
    let stages: String = stages.iter().map(|name| stage(name, &format!("{name}.yaml"))).collect();
    project.write("pipeline.toml", &definition("", &stages));
    project.write("Staging.yaml", &template(app));
    for other in ["Beta", "Production"] {
        project.write(&format!("{other}.yaml"), &template("Value: one"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_before_it_is_pushed() {
    let project = Project::start(REPOSITORY);
    write(&project, &["Staging", "Beta"], "Value: one");
    let unready = project.pipectl(&["diff"]).code(4);
    assert!(unready.errors.contains("`pipectl --local bootstrap aws://"), "{}", unready.errors);

    project.prepare().await;
    let nothing = diff(&project, &[], 7);
    for stack in ["shop-pipeline", "shop-Staging-app", "shop-Beta-app"] {
        assert_eq!(told(&nothing, stack)["change"], "new", "{nothing:#}");
    }
    let _ = project.pipectl(&["deploy", "--require-approval", "never"]).code(0);
    let _ = project.watch().code(0);

    // What is deployed is what is wanted, and to see that takes few calls, none of which writes.
    let listener = Listener::before(&project).await;
    let same = listener.client(&project, &["diff"]).code(0);
    assert_eq!(
        same.output,
        "The pipeline itself\n  = shop-pipeline  unchanged\nStaging\n  = shop-Staging-app  unchanged\n\
         Beta\n  = shop-Beta-app  unchanged\n"
    );
    let mut calls = listener.calls();
    calls.sort();
    let each = |call: &str, number: usize| vec![call.to_owned(); number];
    let expected = [
        each("assumerole", 1),
        // Those of three stacks, and the list of all.
        each("describestacks", 4),
        each("getcalleridentity", 1),
        each("getpipeline", 1),
        each("gettemplate", 3),
    ];
    assert_eq!(calls, expected.concat());

    // A stage is added, another one removed, and a property changed.
    write(&project, &["Staging", "Production"], "Value: two");
    let changed = diff(&project, &[], 7);
    assert_eq!(told(&changed, "shop-pipeline")["change"], "changed", "the pipeline has other stages");
    assert_eq!(told(&changed, "shop-Production-app")["change"], "new");
    assert_eq!(told(&changed, "shop-Beta-app")["change"], "removed");
    assert_eq!(told(&changed, "shop-Beta-app")["stage"], "Beta");
    let app = told(&changed, "shop-Staging-app");
    assert_eq!(app["change"], "changed");
    assert_eq!(effects(&app["difference"]), ["perhaps-replaced Thing"]);
    assert_eq!(
        app["difference"]["resources"][0]["changes"],
        json!([{ "path": ["Properties", "Value"], "before": "one", "after": "two" }])
    );

    // Stages of the pipeline are compared by their names: what was there and stays is not told.
    let own = told(&changed, "shop-pipeline")["difference"]["resources"].as_array().unwrap();
    let line = own.iter().find(|resource| resource["resource-type"] == "AWS::CodePipeline::Pipeline").unwrap();
    let paths: Vec<String> = line["changes"].as_array().unwrap().iter().map(|change| joined(&change["path"])).collect();
    for stage in ["Properties.Stages.Production", "Properties.Stages.Beta"] {
        assert!(paths.iter().any(|path| path == stage), "{paths:#?}");
    }
    assert!(!paths.iter().any(|path| path.starts_with("Properties.Stages.Staging")), "{paths:#?}");

    // Stages and stacks are chosen by their names; the others are left alone.
    for chosen in ["Staging", "Staging/app", "shop-Staging-app"] {
        let one = diff(&project, &[chosen], 7);
        assert_eq!(one["stacks"].as_array().unwrap().len(), 1, "{one:#}");
    }
    let _ = diff(&project, &["Beta"], 7);
    let unknown = project.pipectl(&["diff", "Stagin"]).code(2);
    assert!(unknown.errors.contains("a stage with a similar name exists: `Staging`"), "{}", unknown.errors);
    // The same of an assembly that was written.
    let _ = project.pipectl(&["synth"]).code(0);
    assert_eq!(diff(&project, &["--assembly", "pipectl.out"], 7), changed);

    // An environment that nobody has prepared keeps nothing else from being told.
    let far = format!("name = \"Far\"\naccount = \"{OTHER_ACCOUNT}\"\nregion = \"{REGION}\"");
    let stages = stage("Staging", "Staging.yaml") + &stage("Far", "Beta.yaml").replace("name = \"Far\"", &far);
    let keys = format!("account = \"{ACCOUNT}\"\nregion = \"{REGION}\"");
    project.write("pipeline.toml", &definition(&keys, &stages));
    let partly = project.pipectl(&["diff", "--format", "json"]).code(4);
    assert!(partly.errors.contains(&format!("`pipectl --local bootstrap aws://{OTHER_ACCOUNT}/")), "{partly:?}");
    let partly = partly.json();
    assert_eq!(told(&partly, "shop-Far-app")["change"], "unknown", "{partly:#}");
    assert_eq!(told(&partly, "shop-Staging-app")["change"], "changed");
    let shown = project.pipectl(&["diff"]).code(4).output;
    assert!(shown.contains("  ? shop-Far-app  cannot be compared\n      the role `"), "{shown}");
}

const BACKEND: &str = r#"
[[stage]]
name = "Backend"

[[stage.amplify]]
name = "todo"
export = "export"
environment = "prod"
"#;

const ROOT: &str = "amplify-tiny-prod-10101";

/// Changes a JSON file of the export.
fn edit(project: &Project, file: &str, change: impl Fn(&mut Value)) {
    let path = project.path().join("export").join(file);
    let mut value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut value);
    project.write(&format!("export/{file}"), &value.to_string());
}

/// The next export: a table was added.
fn add_category(project: &Project) {
    let table = json!({
        "Parameters": { "env": { "Type": "String" } },
        "Resources": { "Table": { "Type": "AWS::DynamoDB::Table", "Properties": {
            "TableName": { "Fn::Sub": "orders-${env}" },
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            "BillingMode": "PAY_PER_REQUEST",
        } } },
    });
    project.write("export/storage/orders/template.json", &table.to_string());
    edit(project, "root-stack-template.json", |root| {
        root["Resources"]["storageorders"] = json!({ "Type": "AWS::CloudFormation::Stack", "Properties": {} });
    });
    edit(project, "amplify-export-manifest.json", |manifest| {
        manifest["props"]["loadNestedStacks"]["storageorders"] = json!({
            "templateFile": "storage/orders/template.json", "parameters": { "env": "dev" }, "loadNestedStacks": {},
        });
    });
    edit(project, "category-stack-mapping.json", |list| {
        let added = json!({ "category": "storage", "resourceName": "orders", "service": "DynamoDB" });
        list.as_array_mut().unwrap().push(added);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_gains_a_category_gains_one_nested_stack() {
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &definition("", BACKEND));
    project.copy_fixture("amplify-gen1/tiny/export", "export");
    project.bring_up().await;
    let _ = project.watch().code(0);
    assert_eq!(diff(&project, &[], 0)["stacks"].as_array().unwrap().len(), 2);

    add_category(&project);
    let listener = Listener::before(&project).await;
    let added = listener.client(&project, &["diff", "--format", "json"]).code(7).json();
    assert!(!listener.calls().contains(&"liststackresources".to_owned()), "what is as it was is not followed");
    assert_eq!(told(&added, &format!("{PIPELINE}-pipeline"))["change"], "unchanged");
    let backend = told(&added, ROOT);
    assert_eq!(effects(&backend["difference"]), ["added storageorders", "  added Table"], "{backend:#}");
    assert_eq!(backend["difference"]["sections"], json!([]));
    assert_eq!(backend["tags"], json!([]));
    let _ = project.push("another category");
    let _ = project.watch().code(0);
    let _ = diff(&project, &[], 0);

    // Within a category, the very resource is told: followed into the stack by one list and one template.
    edit(&project, "storage/orders/template.json", |table| {
        table["Resources"]["Table"]["Properties"]["TableName"] = "orders".into();
        table["Description"] = "of orders".into();
    });
    let changed = listener.client(&project, &["diff", "Backend", "--format", "json"]).code(7).json();
    let followed = listener.calls().into_iter().filter(|call| call == "gettemplate" || call == "liststackresources");
    assert_eq!(followed.collect::<Vec<_>>(), ["gettemplate", "liststackresources", "gettemplate"]);
    assert_eq!(
        effects(&told(&changed, ROOT)["difference"]),
        ["changed storageorders", "  perhaps-replaced Table"],
        "{changed:#}"
    );
    // What else names the template's address is no change.
    edit(&project, "storage/orders/template.json", |table| {
        table["Resources"]["Table"]["Properties"]["TableName"] = json!({ "Fn::Sub": "orders-${env}" });
        table["Resources"]["Table"]["DependsOn"] = json!([]);
        table.as_object_mut().unwrap().remove("Description");
    });
    let _ = diff(&project, &[], 0);
}
