//! Approvals that say what they are about, and that pass by themselves where there is nothing to ask about.

use crate::support::project::{Project, REPOSITORY, definition, stage, template};
use serde_json::{Value, json};

/// A template whose value is a parameter's.
fn parameterised() -> String {
    format!("Parameters: {{Size: {{Type: String, Default: two}}}}\n{}", template("Value: !Ref Size"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_shows_its_changes_and_passes_without_any() {
    let project = Project::start(REPOSITORY);
    let staging = stage("Staging", "app.yaml").replace(
        "name = \"Staging\"\n",
        "name = \"Staging\"\napproval = { message = \"Ship it?\", when = \"changes\" }\n",
    );
    project.write("pipeline.toml", &definition("", &format!("{staging}parameters = {{ Size = \"one\" }}\n")));
    project.write("app.yaml", &parameterised());
    project.bring_up().await;
    let _ = project.under_way("Staging", "Approve");
    let told = project.pipectl(&["status"]).code(0).output;
    assert!(told.contains("`pipectl --local logs Review --stage Staging` shows what is approved"), "{told}");
    let said = project.pipectl(&["approve"]).code(0);
    assert!(said.errors.contains("  Ship it?\n  1 added"), "{said:?}");
    assert!(said.errors.contains("  All of it: `pipectl --local logs Review --stage Staging`"), "{said:?}");
    let log = project.pipectl(&["logs", "Review", "--stage", "Staging"]).code(0).output;
    assert!(log.contains("add      Pipectl::Test::Resource  Thing"), "{log}");
    let _ = project.watch().code(0);
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], "one");

    // Nothing changes: nobody is asked.
    project.write("README.md", "More words.\n");
    let _ = project.push("say more");
    let _ = project.watch().code(0);

    // A value that is given no more falls back to the template's default: this is told before it is pushed, and asked.
    project.write("pipeline.toml", &definition("", &staging));
    let told = project.pipectl(&["diff", "Staging"]).code(7).output;
    assert!(told.contains("~ parameter Size: one → two, the template's default"), "{told}");
    let _ = project.push("change the stack");
    let _ = project.under_way("Staging", "Approve");
    let said = project.pipectl(&["approve", "Staging"]).code(0);
    assert!(said.errors.contains("1 changed"), "{said:?}");
    assert!(said.errors.contains("1 value falls back to defaults (Size: one → two)"), "{said:?}");
    let _ = project.watch().code(0);
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], "two");
}

const BACKEND: &str = r#"
[[stage]]
name = "Backend"
approval = { message = "More rights?", when = "broadening" }

[[stage.amplify]]
name = "todo"
export = "export"
environment = "prod"
"#;

/// The template of a stack that is nested in the backend's.
const GREETER: &str = "export/function/greeter/greeter-cloudformation-template.json";

/// Changes the declaration of a resource in it.
fn change_greeter(project: &Project, resource: &str, property: &str, value: Value) {
    change_resources(project, |resources| resources[resource]["Properties"][property] = value);
}

fn change_resources(project: &Project, change: impl FnOnce(&mut Value)) {
    let text = std::fs::read_to_string(project.path().join(GREETER)).unwrap();
    let mut template: Value = serde_json::from_str(&text).unwrap();
    change(&mut template["Resources"]);
    project.write(GREETER, &template.to_string());
}

/// A table of notes, each found by a key.
fn table(key: &str) -> Value {
    json!({ "Type": "AWS::DynamoDB::Table", "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": key, "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": key, "KeyType": "HASH" }],
    } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadening_in_a_nested_stack_is_asked_about() {
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &definition("", BACKEND));
    project.copy_fixture("amplify-gen1/tiny/export", "export");
    project.bring_up().await;
    let _ = project.under_way("Backend", "Approve");
    let said = project.pipectl(&["approve"]).code(0);
    assert!(said.errors.contains("newly permitted"), "{said:?}");
    let _ = project.watch().code(0);

    // Something changes, but no right: it passes by itself.
    change_greeter(&project, "LambdaFunction", "Timeout", json!(20));
    let _ = project.push("be quicker");
    let _ = project.watch().code(0);

    let policy = json!(["arn:aws:iam::aws:policy/AdministratorAccess"]);
    change_greeter(&project, "LambdaExecutionRole", "ManagedPolicyArns", policy);
    let _ = project.push("do more");
    let _ = project.under_way("Backend", "Approve");
    let said = project.pipectl(&["approve"]).code(0);
    assert!(said.errors.contains("1 thing newly permitted"), "{said:?}");
    let _ = project.watch().code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_replacement_in_a_nested_stack_is_asked_about() {
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &definition("", &BACKEND.replace("broadening", "replacement")));
    project.copy_fixture("amplify-gen1/tiny/export", "export");
    change_resources(&project, |resources| resources["Notes"] = table("id"));
    project.bring_up().await;
    let _ = project.watch().code(0);

    // A function of the nested stack changes: nothing is replaced, so it passes by itself.
    change_greeter(&project, "LambdaFunction", "Timeout", json!(20));
    let _ = project.push("be quicker");
    let _ = project.watch().code(0);
    let log = project.pipectl(&["logs", "Review", "--stage", "Backend"]).code(0).output;
    assert!(log.contains("change   AWS::Lambda::Function  functiongreeter/LambdaFunction"), "{log}");

    change_resources(&project, |resources| resources["Notes"] = table("name"));
    let _ = project.push("find notes by name");
    let _ = project.under_way("Backend", "Approve");
    let said = project.pipectl(&["approve"]).code(0);
    assert!(said.errors.contains("look at functiongreeter/Notes: what is replaced or removed may lose"), "{said:?}");
    let _ = project.watch().code(0);
}

/// A template with a macro, a resource of some value, and a role of some managed policies.
fn with_macro(value: &str, policies: &str) -> String {
    format!(
        "Transform: AWS::LanguageExtensions\n{}  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      \
         AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Action: 'sts:AssumeRole', Principal: {{Service: \
         lambda.amazonaws.com}}}}]}}\n      ManagedPolicyArns: [{policies}]\n",
        template(&format!("Value: {value}")).split_once("Outputs:").unwrap().0
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_macros_make_of_a_template_is_compared() {
    let project = Project::start(REPOSITORY);
    let staging = stage("Staging", "app.yaml")
        .replace("name = \"Staging\"\n", "name = \"Staging\"\napproval = { when = \"broadening\" }\n");
    project.write("pipeline.toml", &definition("", &staging));
    project.write("app.yaml", &with_macro("one", ""));
    project.bring_up().await;
    let _ = project.under_way("Staging", "Approve");
    let _ = project.pipectl(&["approve"]).code(0);
    let _ = project.watch().code(0);

    // The template changes, but no right of what macros make of it: it passes by itself.
    project.write("app.yaml", &with_macro("two", ""));
    let _ = project.push("another value");
    let _ = project.watch().code(0);

    project.write("app.yaml", &with_macro("two", "'arn:aws:iam::aws:policy/AdministratorAccess'"));
    let _ = project.push("more rights");
    let _ = project.under_way("Staging", "Approve");
    let said = project.pipectl(&["approve"]).code(0);
    assert!(said.errors.contains("1 thing newly permitted"), "{said:?}");
    let _ = project.watch().code(0);
}
