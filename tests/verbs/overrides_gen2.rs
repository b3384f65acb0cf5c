//! Overrides of a Gen 2 backend against the same ones made in its code: the assembly without them, changed, is the assembly
//! with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use pipectl::amplify::overridden::{Changes, OverriddenStack, override_stack};
use pipectl::assembly::Assembly;
use pipectl::definition;
use pipectl::overrides::Overrides;
use regex::Regex;
use serde_json::Value;

use crate::support::place::Place;

const ROOT: &str = "amplify-fixture-beta-standalone-a46f62af93";

/// What `backend.ts` does in code.
const LIKE_THE_CODE: &str = r#"
[[stage.amplify.override]]
resource = "auth/amplifyAuth/UserPool"
set = { "Policies.PasswordPolicy" = { MinimumLength = 10, TemporaryPasswordValidityDays = 20 }, UserPoolName = "renamed-pool" }
delete = ["VerificationMessageTemplate"]
removal-policy = "retain-on-update-or-delete"

[[stage.amplify.override]]
all = true
tags = { team = "pipectl" }

[[stage.amplify.grant]]
to = "function/auth-auditor-function-lambda"
actions = ["cognito:AdminListUserAuthEvents"]
on = "auth/amplifyAuth/UserPool"

[[stage.amplify.variables]]
function = "function/auth-auditor-function-lambda"
set = { USER_POOL_ID = { ref = "auth/amplifyAuth/UserPool" } }
"#;

fn fixture(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/amplify-gen2-overrides").join(name)
}

fn overrides(tables: &str) -> Overrides {
    let head = "[pipeline]\nname = \"app\"\n[source.github]\nrepository = \"a/b\"\n[[stage]]\nname = \"Beta\"\n";
    let text = format!("{head}[[stage.amplify]]\nname = \"todo\"\nexport = \"export\"\n{tables}");
    let (definition, _) = definition::decode(Utf8Path::new("pipeline.toml"), &text).unwrap();
    definition.stages[0].backends[0].overrides.clone()
}

fn texts(folder: &Utf8Path) -> BTreeMap<Utf8PathBuf, String> {
    let files = folder.read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path());
    let templates = files.filter(|path| path.as_str().ends_with(".template.json"));
    templates.map(|path| (path.file_name().unwrap().into(), fs::read_to_string(&path).unwrap())).collect()
}

fn assembly(folder: &Utf8Path) -> Assembly {
    Assembly::load(&mut |path| fs::read_to_string(folder.join(path))).unwrap()
}

/// The changed stack, and what was told of it.
fn changed(tables: &str) -> (Option<OverriddenStack>, Vec<String>) {
    changed_for(tables, &[])
}

/// The same, where others use outputs of nested stacks.
fn changed_for(tables: &str, outputs: &[&str]) -> (Option<OverriddenStack>, Vec<String>) {
    let folder = fixture("plain");
    let assembly = assembly(&folder);
    let view = assembly.own_stacks().next().unwrap();
    let texts = texts(&folder);
    let text = |path: &Utf8Path| texts.get(path).map(String::as_str);
    let outputs: Vec<String> = outputs.iter().map(|output| (*output).to_owned()).collect();
    let (stack, findings) = override_stack(&view, &text, Changes { overrides: &overrides(tables), outputs: &outputs });
    (stack, findings.into_iter().map(|finding| finding.diagnostic.message).collect())
}

/// A template without what may differ: digests of assets, and when a key expires.
fn comparable(text: &str) -> Value {
    let text = Regex::new("[0-9a-f]{64}").unwrap().replace_all(text, "DIGEST");
    let text = Regex::new(r#""Expires": ?\d+"#).unwrap().replace_all(&text, r#""Expires": 0"#);
    serde_json::from_str(&text).unwrap()
}

/// The templates of a stack by the names that their constructs have.
fn templates(stack: &OverriddenStack) -> BTreeMap<String, Value> {
    let mut templates = BTreeMap::from([(format!("{ROOT} Template"), comparable(&stack.template.to_json()))]);
    let plain = texts(&fixture("plain"));
    for (id, file) in stack.assets.values().flat_map(|list| &list.files) {
        let name = file.display_name.clone().unwrap();
        let pipectl::assembly::FileSource::Path { path, .. } = &file.source else { panic!("{name}") };
        if name.ends_with("Nested Stack Template") {
            let text = stack.templates.get(id).unwrap_or_else(|| &plain[Utf8Path::new(path)]);
            templates.insert(name, comparable(text));
        }
    }
    templates
}

fn references() -> BTreeMap<String, Value> {
    let folder = fixture("overridden");
    let (assembly, texts) = (assembly(&folder), texts(&folder));
    let files = assembly.asset_manifests.values().flat_map(|list| list.files.values());
    files
        .filter_map(|file| match &file.source {
            pipectl::assembly::FileSource::Path { path, .. } => {
                Some((file.display_name.clone()?, comparable(texts.get(Utf8Path::new(path))?)))
            }
            pipectl::assembly::FileSource::Executable(_) => None,
        })
        .collect()
}

/// Where two values differ, as paths.
fn differ(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                let of = |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                differ(&format!("{path}/{name}"), &of(ours), &of(theirs), found);
            }
        }
        _ if ours != theirs => found.push(format!("{path}: ours {ours}, theirs {theirs}")),
        _ => {}
    }
}

#[test]
fn declared_overrides_are_those_made_in_code() {
    let (stack, told) = changed(LIKE_THE_CODE);
    assert_eq!(told, ["grant of `cognito:AdminListUserAuthEvents`: user pools have no actions of this prefix"]);
    let (ours, theirs) = (templates(&stack.unwrap()), references());
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    assert_eq!(ours.len(), 9);
    let mut found = Vec::new();
    for (name, ours) in &ours {
        differ(name, ours, &theirs[name], &mut found);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn digests_follow_the_changes_from_the_leaves_to_the_root() {
    let table =
        "[[stage.amplify.override]]\nresource = \"data/amplifyData/Todo/TodoIAMRole\"\nset = { Path = \"/x/\" }\n";
    let (stack, told) = changed(table);
    assert_eq!(told, [""; 0]);
    let stack = stack.unwrap();
    let before = assembly(&fixture("plain"));
    let before = before.asset_manifests.values().next().unwrap();
    let after = stack.assets.values().next().unwrap();
    let ids = |list: &pipectl::assembly::AssetManifest| list.files.keys().cloned().collect::<BTreeSet<_>>();
    let new: Vec<String> = ids(after).difference(&ids(before)).cloned().collect();
    let names: BTreeSet<&str> = new.iter().map(|id| after.files[id].display_name.as_deref().unwrap()).collect();
    let root = format!("{ROOT} Template");
    let expected = ["data Nested Stack Template", "data/amplifyData/Todo Nested Stack Template", root.as_str()];
    assert_eq!(names, BTreeSet::from(expected), "the changed one and those around it");
    assert_eq!(after.files.len(), before.files.len());
    for id in &new {
        let destinations = &after.files[id].destinations;
        assert!(destinations.values().all(|destination| destination.object_key == format!("{id}.json")));
        let is_named = stack.template.to_json().contains(id)
            || stack.templates.values().any(|text| text.contains(id))
            || stack.url.as_deref().unwrap().ends_with(&format!("/{id}.json"));
        assert!(is_named, "`{id}` is not named by its parent");
    }
    for (id, text) in &stack.templates {
        use sha2::Digest;
        assert_eq!(*id, hex::encode(sha2::Sha256::digest(text)), "named by its content");
    }
}

fn outputs(tables: &str) -> Value {
    let (stack, told) = changed(tables);
    assert_eq!(told, [""; 0]);
    stack.unwrap().template.root()["Outputs"].clone()
}

#[test]
fn what_clients_are_told_stays_true() {
    let pool = outputs(
        "[[stage.amplify.override]]\nresource = \"auth/amplifyAuth/UserPool\"\nset = { MfaConfiguration = \"OPTIONAL\", \
         EnabledMfas = [\"SOFTWARE_TOKEN_MFA\"], \"Policies.PasswordPolicy.RequireSymbols\" = false, \
         \"Policies.SignInPolicy.AllowedFirstAuthFactors\" = [\"PASSWORD\", \"EMAIL_OTP\"], UsernameAttributes = [] }\n",
    );
    assert_eq!(pool["mfaConfiguration"]["Value"], "OPTIONAL");
    assert_eq!(pool["mfaTypes"]["Value"], "[\"TOTP\"]");
    assert_eq!(
        pool["passwordPolicyRequirements"]["Value"],
        "[\"REQUIRES_NUMBERS\",\"REQUIRES_LOWERCASE\",\"REQUIRES_UPPERCASE\"]"
    );
    assert_eq!(pool["passwordlessOptions"]["Value"], "{\"emailOtpEnabled\":true,\"smsOtpEnabled\":false}");
    assert_eq!(pool["usernameAttributes"]["Value"], "[]");
    assert_eq!(pool["passwordPolicyMinLength"]["Value"], "8");
    let client = outputs(
        "[[stage.amplify.override]]\nresource = \"auth/amplifyAuth/UserPoolAppClient\"\nset = { LogoutURLs = [\"a\", \"b\"] }\n\
         [[stage.amplify.override]]\nresource = \"auth/amplifyAuth/IdentityPool\"\nset = { AllowUnauthenticatedIdentities = false }\n\
         [[stage.amplify.override]]\nresource = \"data/amplifyData/GraphQLAPI\"\nset = { AuthenticationType = \"API_KEY\" }\n",
    );
    assert_eq!(client["oauthRedirectSignOut"]["Value"], "a,b");
    assert_eq!(client["allowUnauthenticatedIdentities"]["Value"], "false");
    assert_eq!(client["awsAppsyncAuthenticationType"]["Value"], "API_KEY");
    let (stack, told) = changed(
        "[[stage.amplify.override]]\nresource = \"auth/amplifyAuth/UserPool\"\n\
         set = { MfaConfiguration = { \"Fn::Sub\" = \"${AWS::Region}\" } }\n",
    );
    assert!(stack.is_none());
    assert!(told[0].contains("not the output `mfaConfiguration`, which tells clients of it"), "{told:?}");
}

#[test]
fn a_trigger_that_gets_rights_on_its_pool_is_refused() {
    let circle = "[[stage.amplify.override]]\nresource = \"auth/amplifyAuth/UserPool\"\n\
        set = { \"LambdaConfig.PostConfirmation\" = { get-att = [\"function/auth-auditor-function-lambda\", \"Arn\"] } }\n\
        [[stage.amplify.grant]]\nto = \"function/auth-auditor-function-lambda\"\nactions = [\"cognito-idp:AdminGetUser\"]\n\
        on = \"auth/amplifyAuth/UserPool\"\n";
    let (stack, told) = changed(circle);
    assert!(stack.is_none());
    assert!(told[0].contains("in a circle, among `auth179371D7` and `function1351588B`"), "{told:?}");
    let (_, told) = changed("[[stage.amplify.override]]\nresource = \"auth/UserPool\"\nremoval-policy = \"retain\"\n");
    assert_eq!(told, ["an override names a resource `auth/UserPool`, which is not there"]);
}

const DEFINITION: &str = r#"
[pipeline]
name = "shop"
account = "111111111111"
region = "us-east-1"

[source.github]
repository = "octo-org/shop"

[[stage]]
name = "Beta"

[[stage.amplify]]
name = "todo"
backend = "amplify/backend.ts"

[[stage.amplify.override]]
resource = "Alerts/Topic"
set = { DisplayName = "alerts" }

[[stage.amplify.grant]]
to = "Alerts/Teller"
actions = ["sns:Publish"]
on = "Alerts/Topic"
"#;

/// A project whose backend is made by what stands in for `tsx`.
fn project(definition: &str) -> Place {
    let project = Place::new();
    project.write("pipeline.toml", definition);
    project.write("amplify/backend.ts", "defineBackend({});\n");
    project.copy("amplify-gen2", "node_modules/.bin");
    project
}

#[test]
fn a_stage_deploys_what_overrides_made_of_its_backend() {
    let project = project(DEFINITION);
    let _ = project.said(&["build"], 0);
    let out = project.at("pipectl.out");
    let assembly = assembly(&out).nested["assembly-Beta"].clone();
    let stack = assembly.own_stacks().next().unwrap();
    let list = assembly.asset_manifests.values().next().unwrap();
    let file = |path: &str| fs::read_to_string(out.join("assembly-Beta").join(path)).unwrap();
    let root = file("todo.template.json");
    let (id, nested) = list
        .files
        .iter()
        .find(|(_, file)| file.display_name.as_deref().is_some_and(|name| name.contains("Nested Stack")))
        .unwrap();
    let pipectl::assembly::FileSource::Path { path, .. } = &nested.source else { panic!("{nested:?}") };
    assert!(root.contains(&format!("/{id}.json")), "the root names the nested template by its new digest");
    assert_eq!(nested.destinations[0].object_key, format!("{id}.json"));
    let nested: Value = serde_json::from_str(&file(path)).unwrap();
    assert_eq!(nested["Resources"]["Topic"]["Properties"]["DisplayName"], "alerts");
    assert_eq!(nested["Resources"]["Teller"]["DependsOn"][0], "RoleDefaultPolicy");
    let own = list.files.iter().find(|(_, file)| match &file.source {
        pipectl::assembly::FileSource::Path { path, .. } => path == "todo.template.json",
        pipectl::assembly::FileSource::Executable(_) => false,
    });
    let url = stack.stack.stack_template_asset_object_url.as_deref().unwrap();
    assert!(url.ends_with(&format!("/{}.json", own.unwrap().0)), "{url}");
    let _ = project.said(&["validate"], 0);

    let wrong = DEFINITION.replace("resource = \"Alerts/Topic\"", "resource = \"Alerts/Topik\"");
    project.write("pipeline.toml", wrong);
    let said = project.said(&["validate"], 3);
    assert!(said.contains("pipeline.toml:18:12") && said.contains("exists: `Alerts/Topic`"), "{said}");
    let said = project.said(&["synth"], 3);
    assert!(said.contains("names a resource `Alerts/Topik`"), "{said}");
}

#[test]
fn outputs_of_nested_stacks_come_up_to_the_root() {
    let table = "data/amplifyData/Todo.GetAttTodoTableName";
    let (stack, told) = changed_for("", &[table]);
    assert!(told.is_empty(), "{told:?}");
    let stack = stack.unwrap();
    let name = "dataamplifyDataTodoGetAttTodoTableName";
    let templates = templates(&stack);
    let root = &templates[&format!("{ROOT} Template")];
    let of = |nested: &str, output: &str| serde_json::json!({ "Fn::GetAtt": [nested, format!("Outputs.{output}")] });
    assert_eq!(root["Outputs"][name]["Value"], of("data7552DF31", name));
    let todo = "amplifyDataTodoNestedStackTodoNestedStackResource551CEA56";
    let data = templates.values().find(|template| template["Resources"].get(todo).is_some()).unwrap();
    assert_eq!(data["Outputs"][name]["Value"], of(todo, "GetAttTodoTableName"));
    assert_eq!(stack.templates.len(), 1, "no other nested template has changed");

    // By logical ids it is the same output, with another name at the root.
    let (stack, told) = changed_for("", &[&format!("data7552DF31.{todo}.GetAttTodoTableName")]);
    assert!(told.is_empty(), "{told:?}");
    let outputs = stack.unwrap().template.outputs();
    assert!(outputs.contains(&format!("data7552DF31{todo}GetAttTodoTableName")), "{outputs:?}");

    for (wanted, message) in [
        (
            "data/amplifyData/Tood.Name",
            "`data/amplifyData/Tood.Name` is wanted, but there is no nested stack `data/amplifyData/Tood`",
        ),
        ("data.Name", "`data.Name` is wanted, but there is no output `Name`"),
    ] {
        let (stack, told) = changed_for("", &[wanted]);
        assert!(stack.is_none());
        assert_eq!(told, [message]);
    }
}
