//! Stages with Amplify backends: what their assemblies hold, who uses their outputs, and what an export that is written again
//! changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use pipectl::assembly::{Assembly, AssetManifest};
use regex::Regex;
use serde_json::{Value, json};

use crate::support::place::Place;

const DEFINITION: &str = r#"
[pipeline]
name = "shop"
account = "111111111111"
region = "us-east-1"

[source.github]
repository = "octo-org/shop"

[[stage]]
name = "Backend"
tags = { team = "web" }

[[stage.amplify]]
name = "todo"
export = "lib/amplify-export"
environment = "prod"
tags = { "user:Application" = "shop" }

[[stage]]
name = "Front"
region = "eu-west-1"

[[stage.stack]]
name = "app"
template = "app.json"
parameters = { Bucket = { output = "Backend/todo.storage.BucketName" }, Region = { output = "Backend/todo.Region" } }
"#;

/// A project with a definition, an export and a template of its own.
struct Project(Place);

impl std::ops::Deref for Project {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.0
    }
}

impl Project {
    fn new(definition: &str, export: &str) -> Self {
        let project = Self(Place::new());
        project.write("pipeline.toml", definition);
        let parameter = json!({ "Type": "String" });
        let template = json!({
            "Parameters": { "Bucket": parameter, "Region": parameter },
            "Resources": { "Topic": { "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": { "Ref": "Bucket" } } } },
        });
        project.write("app.json", template.to_string());
        project.export(export);
        project
    }

    /// Puts an export of the fixtures in the place of what is there.
    fn export(&self, name: &str) {
        let _ = fs::remove_dir_all(self.at("lib/amplify-export"));
        self.copy(&format!("amplify-gen1/{name}"), "lib/amplify-export");
    }

    /// Synthesises, and returns every file of the assembly.
    fn synth(&self) -> BTreeMap<Utf8PathBuf, Vec<u8>> {
        let _ = self.said(&["synth"], 0);
        self.files("pipectl.out")
    }

    /// What a verb refuses the definition with.
    fn refusal(&self, verb: &str) -> String {
        self.said(&[verb], 3)
    }

    /// Changes a JSON file of the export.
    fn edit_export(&self, file: &str, edit: impl FnOnce(&mut Value)) {
        self.edit(&format!("lib/amplify-export/{file}"), edit);
    }
}

fn json_of(files: &BTreeMap<Utf8PathBuf, Vec<u8>>, path: &str) -> Value {
    serde_json::from_slice(&files[Utf8Path::new(path)]).unwrap()
}

/// The assembly, its backend's list of assets, and every template that belongs to the backend.
fn backend(files: &BTreeMap<Utf8PathBuf, Vec<u8>>) -> (Assembly, AssetManifest, Vec<String>) {
    let text = |path: &Utf8Path| String::from_utf8(files[path].clone()).unwrap();
    let assembly = Assembly::load(&mut |path| Ok(text(path))).unwrap();
    let list = assembly.nested["assembly-Backend"].asset_manifests["todo.assets"].clone();
    let mut templates = vec![text("assembly-Backend/todo.template.json".into())];
    templates.extend(
        files
            .keys()
            .filter(|path| path.as_str().starts_with("asset.") && path.extension() == Some("json"))
            .map(|path| text(path)),
    );
    (assembly, list, templates)
}

#[test]
fn init_writes_the_pipeline_of_an_export() {
    let project = Project::new("", "tiny/export");
    fs::rename(project.at("lib/amplify-export"), project.at("lib/amplify-export-todo")).unwrap();
    let arguments = ["init", "--template", "amplify", "--repository", "octo-org/todo", "--force"];
    let output = project.run(&arguments);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("pipectl amplify check lib/amplify-export-todo"), "{said}");
    assert!(!said.contains("amplify export --out"), "it is there already: {said}");
    insta::assert_snapshot!("init_definition", project.read("pipeline.toml"));
    let valid = project.run(&["validate"]);
    assert!(valid.status.success(), "{valid:?}");

    // A project of which nothing has been exported yet.
    fs::remove_dir_all(project.at("lib")).unwrap();
    fs::create_dir_all(project.at("amplify/backend")).unwrap();
    project.write("amplify/backend/backend-config.json", "{}");
    let said = String::from_utf8(project.run(&arguments).stderr).unwrap();
    assert!(said.contains("  amplify export --out lib\n  pipectl amplify check lib/amplify-export-todo\n"), "{said}");
}

#[test]
fn a_backend_is_a_stack_of_its_stage() {
    let project = Project::new(DEFINITION, "tiny/export");
    let files = project.synth();
    assert_eq!(files, project.synth(), "the same input gives the same bytes");
    let (assembly, list, templates) = backend(&files);
    let stack = assembly.nested["assembly-Backend"].own_stacks().next().unwrap();
    assert_eq!(stack.name(), "amplify-tiny-prod-10101");
    assert_eq!(
        json_of(&files, "assembly-Backend/todo.config.json"),
        json!({
            "Parameters": {},
            "Tags": { "team": "web", "user:Stack": "prod", "user:Application": "shop", "pipectl:pipeline": "shop@111111111111/us-east-1" },
        })
    );
    assert_eq!(templates.len(), 3);
    assert_eq!(list.files.len(), 3);
    for file in list.files.values() {
        for destination in file.destinations.values() {
            assert_eq!(destination.bucket_name, "cdk-hnb659fds-assets-111111111111-us-east-1");
        }
    }
    let root = json_of(&files, "assembly-Backend/todo.template.json");
    assert_eq!(
        root["Outputs"]["storageBucketName"]["Value"],
        json!({ "Fn::GetAtt": ["storagefiles", "Outputs.BucketName"] })
    );
}

#[test]
fn every_object_that_a_template_names_is_published() {
    let definition = DEFINITION.replace("storage.BucketName", "auth.UserPoolId");
    let project = Project::new(&definition, "backend-only/export");
    let files = project.synth();
    let (_, list, templates) = backend(&files);
    let destinations = list.files.values().flat_map(|file| file.destinations.values());
    let published: BTreeSet<&str> = destinations.map(|destination| destination.object_key.as_str()).collect();
    let digest = Regex::new(r"[0-9a-f]{64}(\.[a-z]+)?").unwrap();
    let mut named = BTreeSet::new();
    for template in &templates {
        named.extend(digest.find_iter(template).map(|found| found.as_str()));
    }
    assert!(named.len() > 10, "{named:?}");
    for key in named {
        let is_published =
            published.iter().any(|published| *published == key || published.contains(&format!("/{key}/")));
        assert!(is_published, "`{key}` is not published");
    }
    // What a resolver names below the prefix is there, too.
    let prefix = published.iter().find_map(|key| key.strip_suffix("/schema.graphql")).unwrap();
    let below = Regex::new(r#""(/resolvers/[^"]+)""#).unwrap();
    for template in &templates {
        for found in below.captures_iter(template) {
            assert!(published.contains(format!("{prefix}{}", &found[1]).as_str()), "{}", &found[1]);
        }
    }
}

#[test]
fn others_use_the_outputs_of_nested_stacks() {
    let project = Project::new(DEFINITION, "tiny/export");
    let output = project.run(&["graph"]);
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
    let template = json_of(&project.synth(), "shop-pipeline.template.json").to_string();
    assert!(
        template.contains(r##"\"Bucket\":\"#{Backend_todo.storageBucketName}\""##),
        "the output by its name in the root"
    );
    assert!(template.contains(r##"\"Region\":\"#{Backend_todo.Region}\""##));

    let wrong = |from: &str, to: &str| Project::new(&DEFINITION.replace(from, to), "tiny/export").refusal("validate");
    let said = wrong("storage.BucketName", "storage.BucktName");
    assert!(said.contains("`storage.BucktName` is wanted of the backend, which has no output `BucktName`"), "{said}");
    let said = wrong("todo.Region", "todo.Regin");
    assert!(said.contains("an output with a similar name exists: `Region`"), "{said}");
}

#[test]
fn an_export_that_is_written_again_changes_templates_and_not_the_pipeline() {
    let project = Project::new(DEFINITION, "tiny/export");
    let before = project.synth();
    // The next export: a table was added, and the function changed.
    fs::create_dir_all(project.at("lib/amplify-export/storage/orders")).unwrap();
    let table = json!({
        "Parameters": { "env": { "Type": "String" } },
        "Resources": { "Table": { "Type": "AWS::DynamoDB::Table", "Properties": { "TableName": { "Ref": "env" } } } },
    });
    project.write("lib/amplify-export/storage/orders/template.json", table.to_string());
    project.edit_export("root-stack-template.json", |root| {
        root["Resources"]["storageorders"] = json!({ "Type": "AWS::CloudFormation::Stack", "Properties": {} });
    });
    project.edit_export("amplify-export-manifest.json", |manifest| {
        manifest["props"]["loadNestedStacks"]["storageorders"] =
            json!({ "templateFile": "storage/orders/template.json", "parameters": { "env": "dev" }, "loadNestedStacks": {} });
    });
    project.edit_export("category-stack-mapping.json", |list| {
        let added = json!({ "category": "storage", "resourceName": "orders", "service": "DynamoDB" });
        list.as_array_mut().unwrap().push(added);
    });
    project.edit_export("export-tags.json", |tags| {
        tags.as_array_mut().unwrap().push(json!({ "key": "more", "value": "x" }))
    });
    project.write("lib/amplify-export/function/greeter/amplify-builds/greeter-0a1b2c-build.zip", "new");
    // Two stacks of a category: the bucket's is now chosen by its logical id.
    assert!(project.refusal("synth").contains("several stacks of the category `storage`"));
    let definition = DEFINITION.replace("todo.storage.", "todo.storagefiles.");
    project.write("pipeline.toml", &definition);
    let after = project.synth();
    let earlier = Project::new(&definition, "tiny/export").synth();
    let pipeline = Utf8Path::new("shop-pipeline.template.json");
    assert_eq!(earlier[pipeline], after[pipeline], "the pipeline is the same, byte for byte");
    assert_ne!(
        earlier[Utf8Path::new("assembly-Backend/todo.template.json")],
        after[Utf8Path::new("assembly-Backend/todo.template.json")]
    );
    let untouched = |path: &Utf8Path| before.get(path) == after.get(path);
    let kept = before.keys().filter(|path| path.as_str().starts_with("asset.") && untouched(path)).count();
    assert_eq!(kept, 1, "of the archive and the two nested templates, only the bucket's template stays");
}

#[test]
fn parameters_and_templates_reach_the_nested_stacks() {
    let more = r#"parameters = { storagefiles = { bucketName = "mine", env = { step = "name.NAME" } } }
[[stage.before]]
name = "name"
commands = ["export NAME=x"]
outputs = ["NAME"]
"#;
    let definition = DEFINITION.replace("tags = { \"user:Application\" = \"shop\" }\n", more);
    let project = Project::new(&definition, "broken/missing-required-parameter");
    let files = project.synth();
    let root = json_of(&files, "assembly-Backend/todo.template.json");
    assert_eq!(root["Parameters"], json!({ "storagefilesenv": { "Type": "String" } }));
    assert_eq!(
        root["Resources"]["storagefiles"]["Properties"]["Parameters"]["env"],
        json!({ "Ref": "storagefilesenv" })
    );
    let pipeline = json_of(&files, "shop-pipeline.template.json").to_string();
    assert!(
        pipeline.contains(r##"\"storagefilesenv\":\"#{Backend_step_name.NAME}\""##),
        "the step's value goes to the root"
    );
}

#[test]
fn broken_exports_are_refused_before_anything_is_written() {
    for (name, expected) in [
        ("missing-nested-template", "stack `storagefiles`: its template `storage/files/cloudformation-template.json`"),
        ("missing-required-parameter", "stack `storagefiles`: parameter `bucketName` of its template"),
        ("truncated-manifest", "lib/amplify-export/amplify-export-manifest.json:19:22"),
        ("undeclared-parameter", "stack `functiongreeter`: the manifest gives parameter `colour`"),
    ] {
        let project = Project::new(DEFINITION, &format!("broken/{name}"));
        for verb in ["validate", "synth"] {
            let said = project.refusal(verb);
            assert!(said.contains(expected), "{name}: {said}");
        }
        assert!(!project.at("pipectl.out").exists());
    }
    let project = Project::new(&DEFINITION.replace("lib/amplify-export", "lib/export"), "tiny/export");
    assert!(project.refusal("synth").contains("stage `Backend`: the export `lib/export` is not there"));
    let output = project.run(&["validate"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("warning[missing-export]"), "a build may make it");
}

#[test]
fn parameters_that_no_template_declares_are_told_where_they_are_given() {
    let more = "parameters = { functiongreter = { a = \"x\" }, storagefiles = { versoined = \"y\" } }\n";
    let definition = DEFINITION.replace("[[stage]]\nname = \"Front\"", &format!("{more}\n[[stage]]\nname = \"Front\""));
    let project = Project::new(&definition, "tiny/export");
    let said = project.refusal("validate");
    for told in [
        "`parameters` names a stack `functiongreter`, which the export does not have",
        "`parameters` gives the stack `storagefiles` a parameter `versoined`, which its template",
        "a parameter with a similar name exists: `versioned`",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert_eq!(said.matches("| parameters = {").count(), 2, "{said}");
}
