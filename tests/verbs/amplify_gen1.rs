//! Exports of Amplify Gen 1 backends: rendered as Amplify's own construct renders them, and refused where they are broken.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::support::amplify::{comparable, contents, differences, export, files, fixture};
use camino::Utf8Path;
use pipectl::amplify::gen1::{
    Backend, Export, ExportFiles, FileContent, MANIFEST, ObjectSource, Options, ParameterValue, SuppliedTemplate,
};
use pipectl::diagnostic::Diagnostic;
use serde_json::Value;

/// The prefix that the oracle gives to the files of an API.
const API_ROOT: &str = "assets/amplify-appsync-files/000000000000-4000-8000-000000000000";

/// The export in the environment of the references, its objects in the bucket that the construct uploads to.
fn rendered(export: &Export) -> Backend {
    let bucket = export.root.parameters["DeploymentBucketName"].as_str().unwrap();
    let bucket = bucket.replacen(&format!("-{}-", export.environment().unwrap()), "-main-", 1);
    let options = Options { environment: Some("main".to_owned()), bucket, ..Options::default() };
    let (backend, report) = export.render(&options);
    assert!(report.diagnostics.is_empty(), "{report:#?}");
    backend.unwrap()
}

/// Templates by the logical ids that lead to them, with the construct's keys in the place of ours.
fn templates(backend: &Backend) -> BTreeMap<String, Value> {
    let mut keys: Vec<(String, String)> = Vec::new();
    for object in &backend.objects {
        match &object.source {
            ObjectSource::File(path) if path.extension() == Some("zip") => {
                keys.push((object.key.clone(), format!("amplify-builds/{}", path.file_name().unwrap())));
            }
            ObjectSource::File(_) => {
                keys.push((object.key.splitn(3, '/').take(2).collect::<Vec<_>>().join("/"), API_ROOT.to_owned()));
            }
            ObjectSource::Template { .. } => {}
        }
    }
    let comparable = |text: &str| {
        let text = keys.iter().fold(text.to_owned(), |text, (ours, theirs)| text.replace(ours, theirs));
        comparable(&serde_json::from_str(&text).unwrap())
    };
    let mut templates = BTreeMap::from([(String::new(), comparable(&backend.template.to_json()))]);
    for object in &backend.objects {
        if let ObjectSource::Template { stack, text } = &object.source {
            templates.insert(stack.replace('/', ""), comparable(text));
        }
    }
    templates
}

/// The construct's templates, by the logical ids that lead to them.
fn references(folder: &Utf8Path) -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder.join("assembly-amplifyStage")).unwrap();
    let mut references = BTreeMap::new();
    for file in files.map(|file| file.unwrap()) {
        let name = file.file_name().into_string().unwrap();
        let Some(stem) = name.strip_suffix(".template.json") else { continue };
        let id = match stem.strip_suffix(".nested") {
            // `…AmplifyCfnInclude<logical ids><eight digits>`
            Some(stem) => {
                let ids = stem.split_once("AmplifyCfnInclude").unwrap().1;
                ids[..ids.len() - 8].to_owned()
            }
            None => String::new(),
        };
        references.insert(id, comparable(&serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap()));
    }
    references
}

fn assert_like_the_construct(name: &str) {
    let backend = rendered(&export(&fixture(name).join("export")));
    let (ours, theirs) = (templates(&backend), references(&fixture(name).join("reference")));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{name}");
    let found: Vec<String> = ours
        .iter()
        .flat_map(|(id, ours)| {
            differences(ours, &theirs[id]).into_iter().map(move |difference| format!("{id}: {difference}"))
        })
        .collect();
    assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));

    let manifest = fs::read(fixture(name).join("reference/assembly-amplifyStage/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let artifacts = manifest["artifacts"].as_object().unwrap();
    let stack = artifacts.values().find(|artifact| artifact["type"] == "aws:cloudformation:stack").unwrap();
    assert_eq!(backend.stack_name, stack["properties"]["stackName"]);
    assert_eq!(serde_json::to_value(&backend.tags).unwrap(), stack["properties"]["tags"]);
}

#[test]
fn templates_are_those_of_the_construct() {
    for name in ["tiny", "backend-only", "project-boards", "varied"] {
        assert_like_the_construct(name);
    }
}

/// The findings about an export, each with its remedies.
fn findings(files: ExportFiles, options: &Options) -> Vec<String> {
    let (export, mut report) = Export::read(files);
    report.append(export.map(|export| export.render(options).1).unwrap_or_default());
    let told =
        |finding: &Diagnostic| std::iter::once(&finding.message).chain(&finding.help).cloned().collect::<Vec<_>>();
    report.diagnostics.iter().map(|finding| told(finding).join("; ")).collect()
}

/// The small export with a file changed.
fn tiny(file: &str, change: impl FnOnce(String) -> String) -> ExportFiles {
    let mut all = contents(&fixture("tiny/export"));
    let FileContent::Text(text) = all.remove(Utf8Path::new(file)).unwrap() else { panic!("`{file}` is no text") };
    all.insert(file.into(), FileContent::Text(change(text)));
    ExportFiles::new("export", all)
}

#[test]
fn resolvers_that_a_template_names_are_there() {
    let files = |is_kept: fn(&str) -> bool| {
        let mut all = contents(&fixture("backend-only/export"));
        all.retain(|path, _| path.extension() != Some("vtl") || is_kept(path.as_str()));
        ExportFiles::new("export", all)
    };
    assert_eq!(findings(files(|_| true), &Options::default()), [""; 0]);
    let told = findings(files(|path| !path.ends_with("/Query.getTodo.res.vtl")), &Options::default());
    assert_eq!(told.len(), 1, "{told:?}");
    let resolver = "export/api/backendonly/amplify-appsync-files/resolvers/Query.getTodo.res.vtl";
    assert!(told[0].starts_with("stack `apibackendonly/Todo`: its template `"), "{told:?}");
    assert!(told[0].contains(&format!("names `{resolver}` (resource `")), "{told:?}");
    let told = findings(files(|_| false), &Options::default());
    assert!(told.len() > 1 && told.iter().all(|told| told.contains("which is not there, nor")), "{told:?}");
}

/// The small export with its manifest changed.
fn tiny_manifest(change: impl FnOnce(&mut Value)) -> ExportFiles {
    tiny(MANIFEST, |text| {
        let mut manifest = serde_json::from_str(&text).unwrap();
        change(&mut manifest);
        manifest.to_string()
    })
}

const AGAIN: &str = "`amplify export --out DIR` writes the export anew";

#[test]
fn broken_exports_are_refused_with_file_stack_and_parameter() {
    let told = |name: &str| findings(files(&fixture("broken").join(name)), &Options::default());
    assert_eq!(
        told("missing-nested-template"),
        [format!(
            "stack `storagefiles`: its template `storage/files/cloudformation-template.json` is not in the export `export`; {AGAIN}"
        )]
    );
    assert_eq!(
        told("missing-required-parameter"),
        [format!(
            "stack `storagefiles`: parameter `bucketName` of its template `storage/files/cloudformation-template.json` has \
             neither a value nor a default; give it a value: `parameters = {{ storagefiles = {{ bucketName = \"…\" }} }}` in \
             `[[stage.amplify]]`; {AGAIN}"
        )]
    );
    assert_eq!(
        told("truncated-manifest"),
        [format!(
            "`amplify-export-manifest.json` is not JSON: EOF while parsing a string at line 19 column 22; {AGAIN}"
        )]
    );
    assert_eq!(
        told("undeclared-parameter"),
        [format!(
            "stack `functiongreeter`: the manifest gives parameter `colour`, which its template \
             `function/greeter/greeter-cloudformation-template.json` does not declare; known: `deploymentBucketName`, `env`, \
             `s3Key` and `storagefilesName`; {AGAIN}"
        )]
    );
}

#[test]
fn both_dialects_are_read() {
    let mut old = tiny_manifest(|manifest| prefix(&mut manifest["props"], "amplify-export-tiny/"));
    let read = |files| {
        let (export, report) = Export::read(files);
        assert!(report.diagnostics.is_empty(), "{report:#?}");
        export.unwrap().render(&Options::default()).0.unwrap()
    };
    let expected = read(files(&fixture("tiny/export")));
    assert_eq!(read(old.clone()), expected);
    old = tiny("export-tags.json", |text| text.replace("\"key\"", "\"Key\"").replace("\"value\"", "\"Value\""));
    assert_eq!(read(old), expected);
    let windows = tiny_manifest(|manifest| {
        let template = &mut manifest["props"]["loadNestedStacks"]["storagefiles"]["templateFile"];
        *template = template.as_str().unwrap().replace('/', "\\").into();
    });
    assert_eq!(read(windows), expected);
}

/// Puts the export's folder before the paths of templates.
fn prefix(node: &mut Value, folder: &str) {
    node["templateFile"] = format!("{folder}{}", node["templateFile"].as_str().unwrap()).into();
    node["loadNestedStacks"].as_object_mut().unwrap().values_mut().for_each(|node| prefix(node, folder));
}

#[test]
fn another_environment_changes_its_names_and_nothing_else() {
    let export = export(&fixture("backend-only/export"));
    let rendered = |environment: Option<&str>| {
        let options = Options { environment: environment.map(str::to_owned), ..Options::default() };
        export.render(&options).0.unwrap()
    };
    let (own, production) = (rendered(None), rendered(Some("prod")));
    assert_eq!(own, rendered(Some("main")), "its own environment is the same as none");
    assert_eq!(production.stack_name, "amplify-backendonly-prod-5e0fa");
    assert_eq!(production.tags["user:Stack"], "prod");
    let (own, production) = (templates(&own), templates(&production));
    for (id, own) in &own {
        for difference in differences(own, &production[id]) {
            let renamed = difference.replace("-main", "-prod").replace("\"main\"", "\"prod\"");
            let (ours, theirs) = renamed.split_once(": ours ").unwrap().1.split_once(", theirs ").unwrap();
            assert_eq!(ours, theirs, "{id}: {difference}");
        }
    }
}

#[test]
fn the_same_export_gives_the_same_bytes_and_every_object_is_named_by_a_template() {
    let rendered =
        || export(&fixture("backend-only/export")).render(&Options { bucket: "b".to_owned(), ..Options::default() });
    let backend = rendered().0.unwrap();
    assert_eq!(backend, rendered().0.unwrap());
    let mut all = backend.template.to_json();
    for object in &backend.objects {
        if let ObjectSource::Template { text, .. } = &object.source {
            all.push_str(text);
        }
    }
    let prefixes = backend.objects.iter().map(|object| object.key.splitn(3, '/').take(2).collect::<Vec<_>>().join("/"));
    for prefix in prefixes {
        assert!(all.contains(&prefix), "no template names `{prefix}`");
    }
    assert!(!all.contains("47418d5f9df78fb8fa9acaa5bd04a81ebc30971b"), "no template names Amplify's own key");
    assert!(!all.contains("Custom::CDKBucketDeployment"));
}

#[test]
fn the_lost_template_of_auth_triggers_is_asked_for_and_can_be_given() {
    let nested = "\"AuthTriggerCustomLambdaStack\": { \"Type\": \"AWS::CloudFormation::Stack\", \"Properties\": {
        \"Parameters\": { \"bucket\": { \"Fn::GetAtt\": [\"storagefiles\", \"Outputs.BucketName\"] } } } },
        \"functiongreeter\": {";
    let lost = tiny("root-stack-template.json", |text| text.replacen("\"functiongreeter\": {", nested, 1));
    assert_eq!(
        findings(lost.clone(), &Options::default()),
        ["stack `AuthTriggerCustomLambdaStack`: the export has no template for it; name the file: `templates = { \
          AuthTriggerCustomLambdaStack = \"amplify/backend/auth/NAME/build/auth-trigger-cloudformation-template.json\" }` in \
          `[[stage.amplify]]`, `--template AuthTriggerCustomLambdaStack=amplify/backend/auth/NAME/build/auth-trigger-cloudformation-template.json` \
          here; `amplify export` loses the template of auth triggers (amplify-cli#13297)"]
    );
    let text = "{ \"Parameters\": { \"env\": { \"Type\": \"String\" }, \"bucket\": { \"Type\": \"String\" } },
        \"Resources\": { \"Topic\": { \"Type\": \"AWS::SNS::Topic\", \"Properties\": { \"TopicName\": { \"Ref\": \"env\" } } } } }";
    let supplied = SuppliedTemplate { file: "trigger.json".into(), text: text.to_owned() };
    let options = Options {
        environment: Some("prod".to_owned()),
        templates: [("AuthTriggerCustomLambdaStack".to_owned(), supplied)].into_iter().collect(),
        ..Options::default()
    };
    let backend = Export::read(lost).0.unwrap().render(&options).0.unwrap();
    let trigger = &templates(&backend)["AuthTriggerCustomLambdaStack"];
    assert_eq!(trigger["Resources"]["Topic"]["Properties"]["TopicName"], "prod", "its environment is lost, too");
    assert_eq!(trigger["Parameters"].as_object().unwrap().len(), 1);
}

#[test]
fn what_would_fail_only_when_it_is_deployed_is_found() {
    let template = "function/greeter/greeter-cloudformation-template.json";
    let told = |files| findings(files, &Options::default()).join("\n");
    let root = |from: &str, to: &str| tiny("root-stack-template.json", |text| text.replace(from, to));
    assert!(told(root("Outputs.BucketName", "Outputs.BuketName")).starts_with(
        "root stack: its template `root-stack-template.json` uses output `BuketName` of the nested stack `storagefiles`, whose \
         template `storage/files/cloudformation-template.json` declares none of this name; an output with a similar name exists: \
         `BucketName`"
    ));
    assert!(told(root("\"authRoleName\"", "\"authRoleNam\"")).contains(
        "stack `storagefiles`: its parent gives parameter `authRoleNam`, which its template \
         `storage/files/cloudformation-template.json` does not declare; a parameter with a similar name exists: `authRoleName`"
    ));
    let limited = tiny("storage/files/cloudformation-template.json", |text| {
        text.replace("\"Default\": \"false\"", "\"AllowedValues\": [\"no\"]")
    });
    assert!(told(limited).starts_with(
        "stack `storagefiles`: parameter `versioned` of its template `storage/files/cloudformation-template.json` must not be \
         `true`, which is not one of its allowed values; allowed: `no`"
    ));
    let circle =
        tiny(template, |text| text.replace("\"storagefilesName\"\n            }", "\"LambdaFunction\"\n            }"));
    assert!(told(circle).contains("resources wait for each other in a circle"), "each template is checked by itself");
    let mut without_zip = contents(&fixture("tiny/export"));
    without_zip.retain(|path, _| path.extension() != Some("zip"));
    assert!(told(ExportFiles::new("export", without_zip)).starts_with(
        "stack `functiongreeter`: `export/function/greeter/amplify-builds` holds 0 zips, but it is one zip that is deployed"
    ));
    let container = tiny("category-stack-mapping.json", |text| {
        text.replace("\"storage\"", "\"api\"").replace("\"S3\"", "\"ElasticContainer\"")
    });
    assert!(told(container).contains("lists `api/files`, but the manifest has no stack `apifiles`"));
    let unnamed = tiny_manifest(|manifest| manifest["stackName"] = "tiny".into());
    let options = Options { environment: Some("prod".to_owned()), ..Options::default() };
    assert!(
        findings(unnamed, &options)[0]
            .starts_with("`stackName` is `tiny`, which has no environment that could become `prod`")
    );
}

#[test]
fn parameters_of_nested_stacks_can_be_given() {
    let literal = |text: &str| ParameterValue::Literal(text.into());
    let given = |stack: &str, values: Vec<(&str, ParameterValue)>| {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Options { parameters: [(stack.to_owned(), values)].into_iter().collect(), ..Options::default() }
    };
    let broken = || Export::read(files(&fixture("broken/missing-required-parameter"))).0.unwrap();
    let options =
        given("storagefiles", vec![("bucketName", literal("mine")), ("env", ParameterValue::OfRoot("Env".to_owned()))]);
    let backend = broken().render(&options).0.unwrap();
    let templates = templates(&backend);
    let name = &templates["storagefiles"]["Resources"]["S3Bucket"]["Properties"]["BucketName"];
    assert_eq!(name["Fn::Join"][1], serde_json::json!(["mine", "-", { "Ref": "env" }]));
    assert_eq!(templates[""]["Resources"]["storagefiles"]["Properties"]["Parameters"]["env"]["Ref"], "Env");
    assert_eq!(templates[""]["Parameters"]["Env"]["Type"], "String");
    let told = findings(files(&fixture("tiny/export")), &given("storagefile", vec![("bucketName", literal("mine"))]));
    assert_eq!(
        told,
        [
            "`parameters` names a stack `storagefile`, which the export does not have; a stack with a similar name exists: `storagefiles`"
        ]
    );
}

#[test]
fn secrets_are_passed_and_never_shown() {
    let file = "storage/files/cloudformation-template.json";
    let hidden = |allowed: &str| {
        tiny(file, |text| text.replace("\"Default\": \"false\"", &format!("\"NoEcho\": true{allowed}")))
    };
    assert_eq!(
        findings(hidden(", \"AllowedValues\": [\"no\"]"), &Options::default()),
        [
            "stack `storagefiles`: parameter `versioned` of its template `storage/files/cloudformation-template.json` is a secret \
             (`NoEcho`), but its value is written for all to read; keep it in Secrets Manager, and give \
             `{{resolve:secretsmanager:NAME}}`, which CloudFormation reads when it deploys",
            "stack `storagefiles`: parameter `versioned` of its template `storage/files/cloudformation-template.json` must not be \
             `****`, which is not one of its allowed values; allowed: `no`",
        ]
    );
    let secret = ParameterValue::Literal("{{resolve:secretsmanager:files}}".into());
    let parameters = [("versioned".to_owned(), secret)].into_iter().collect();
    let options =
        Options { parameters: [("storagefiles".to_owned(), parameters)].into_iter().collect(), ..Options::default() };
    assert_eq!(findings(hidden(""), &options), [""; 0]);
    let (backend, _) = Export::read(hidden("")).0.unwrap().render(&options);
    let templates = templates(&backend.unwrap());
    assert_eq!(
        templates["storagefiles"]["Parameters"]["versioned"]["NoEcho"], true,
        "the stack itself is not shown it"
    );
    assert_eq!(
        templates[""]["Resources"]["storagefiles"]["Properties"]["Parameters"]["versioned"],
        "{{resolve:secretsmanager:files}}"
    );
}

/// Amplify writes an empty list where it has no credentials: there is nothing to hide, and the template is the construct's.
#[test]
fn what_hides_nothing_is_written_as_any_other_value() {
    let file = "storage/files/cloudformation-template.json";
    let hidden = tiny(file, |text| text.replace("\"Default\": \"false\"", "\"NoEcho\": true"));
    let parameters = [("versioned".to_owned(), ParameterValue::Literal("[]".into()))].into_iter().collect();
    let options =
        Options { parameters: [("storagefiles".to_owned(), parameters)].into_iter().collect(), ..Options::default() };
    assert_eq!(findings(hidden.clone(), &options), [""; 0]);
    let templates = templates(&Export::read(hidden).0.unwrap().render(&options).0.unwrap());
    assert_eq!(templates["storagefiles"]["Parameters"]["versioned"], Value::Null);
    assert_eq!(templates[""]["Resources"]["storagefiles"]["Properties"]["Parameters"]["versioned"], Value::Null);
}

#[test]
fn values_have_the_form_that_parameters_demand() {
    let template = "storage/files/cloudformation-template.json";
    let given = |value: Value| {
        tiny_manifest(|manifest| {
            manifest["props"]["loadNestedStacks"]["storagefiles"]["parameters"]["versioned"] = value;
        })
    };
    let told = |files| findings(files, &Options::default()).join("\n");
    let parameter = "parameter `versioned` of its template `storage/files/cloudformation-template.json`";
    assert!(told(given(Value::Null)).contains(&format!("the manifest gives nothing (`null`) to {parameter}")));
    let object = serde_json::json!({ "a": 1 });
    assert!(
        told(given(object)).contains(&format!("stack `storagefiles`: the manifest gives an object to {parameter}"))
    );
    let mut number = contents(&fixture("tiny/export"));
    let FileContent::Text(text) = number[Utf8Path::new(template)].clone() else { panic!("a template is a text") };
    let text = text.replacen("\"Default\": \"false\"", "\"AllowedPattern\": \"[a-z]+[0-9]\"", 1);
    number.insert(template.into(), FileContent::Text(text));
    let told_of_number = told(ExportFiles::new("export", number));
    assert!(
        told_of_number
            .contains(&format!("{parameter} must not be `true`, which does not match its pattern `[a-z]+[0-9]`")),
        "{told_of_number}"
    );
    let passed = tiny("root-stack-template.json", |text| {
        text.replace("\"authRoleName\": {", "\"authRoleName\": { \"Name\": 1,")
    });
    assert!(told(passed).contains("stack `storagefiles`: its parent gives an object to parameter `authRoleName`"));
}

#[test]
fn files_that_are_no_texts_are_not_told_to_be_missing() {
    for (file, expected) in [
        (MANIFEST, "`amplify-export-manifest.json` of `export` is not a text in UTF-8"),
        (
            "storage/files/cloudformation-template.json",
            "stack `storagefiles`: its template `storage/files/cloudformation-template.json` is not a text in UTF-8",
        ),
    ] {
        let mut files = contents(&fixture("tiny/export"));
        files.insert(file.into(), FileContent::Digest("0".repeat(64)));
        let told = findings(ExportFiles::new("export", files), &Options::default());
        assert!(told[0].starts_with(expected), "{told:?}");
    }
}

#[test]
fn variables_of_functions_are_texts() {
    let template = "function/greeter/greeter-cloudformation-template.json";
    let files = tiny(template, |text| {
        let mut template: Value = serde_json::from_str(&text).unwrap();
        template["Resources"]["LambdaFunction"]["Properties"]["Environment"]["Variables"]["FLAG"] = true.into();
        template.to_string()
    });
    let backend = Export::read(files).0.unwrap().render(&Options::default()).0.unwrap();
    let function = &templates(&backend)["functiongreeter"]["Resources"]["LambdaFunction"];
    assert_eq!(function["Properties"]["Environment"]["Variables"]["FLAG"], "true");
}

#[test]
fn outputs_of_nested_stacks_become_outputs_of_the_root() {
    let wanting = |outputs: &[&str]| {
        let outputs = outputs.iter().map(|output| (*output).to_owned()).collect();
        Options { outputs, ..Options::default() }
    };
    let export = export(&fixture("backend-only/export"));
    let wanted =
        ["auth.UserPoolId", "authbackendonlyf8c4c57b.UserPoolId", "api.Todo.GetAttTodoTableStreamArn", "StackName"];
    let backend = export.render(&wanting(&wanted)).0.unwrap();
    let templates = templates(&backend);
    let value = |template: &str, output: &str| templates[template]["Outputs"][output]["Value"]["Fn::GetAtt"].clone();
    let expected = serde_json::json!(["authbackendonlyf8c4c57b", "Outputs.UserPoolId"]);
    assert_eq!(value("", "authUserPoolId"), expected);
    assert_eq!(value("", "authbackendonlyf8c4c57bUserPoolId"), expected);
    assert_eq!(
        value("", "apiTodoGetAttTodoTableStreamArn"),
        serde_json::json!(["apibackendonly", "Outputs.TodoGetAttTodoTableStreamArn"])
    );
    assert_eq!(
        value("apibackendonly", "TodoGetAttTodoTableStreamArn"),
        serde_json::json!(["Todo", "Outputs.GetAttTodoTableStreamArn"])
    );
    let told = |outputs: &[&str]| findings(files(&fixture("backend-only/export")), &wanting(outputs)).join("; ");
    assert_eq!(
        told(&["auth.UserPolId"]),
        "`auth.UserPolId` is wanted of the backend, which has no output `UserPolId`; an output with a similar name exists: `UserPoolId`"
    );
    assert!(
        told(&["aut.UserPoolId"])
            .starts_with("`aut.UserPoolId` is wanted of the backend, which has no nested stack `aut`")
    );
}

/// Runs `pipectl amplify check` on a fixture. Returns the exit code and what was written where.
fn check(name: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipectl"));
    command.env_clear().current_dir(fixture("")).args(["amplify", "check", name]).args(more);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_check_tells_what_will_be_created() {
    let (code, told, said) = check("tiny/export", &["--environment", "prod"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    insta::assert_snapshot!(told);
    let (code, told, said) = check("varied/export", &["--format", "json"]);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["findings"]["errors"], 0);
    let stacks: Vec<&str> =
        told["backend"]["stacks"].as_array().unwrap().iter().map(|stack| stack["path"].as_str().unwrap()).collect();
    assert_eq!(
        stacks,
        ["", "APIGatewayAuthStack", "apiorders", "customalerts", "functionshared", "functionworker", "storageorders"]
    );
    assert_eq!(told["backend"]["stacks"][4]["resources"]["AWS::Lambda::LayerVersion"], 2);
    assert_eq!(told["backend"]["objects"].as_array().unwrap().len(), 9);
}

#[test]
fn a_check_of_a_broken_export_exits_with_3() {
    for name in ["missing-nested-template", "missing-required-parameter", "truncated-manifest", "undeclared-parameter"]
    {
        let (code, told, said) = check(&format!("broken/{name}"), &[]);
        assert_eq!((code, told.as_str()), (Some(3), ""), "{name}");
        assert!(said.contains("amplify-export-manifest.json:"), "{name}: {said}");
        let (code, told, _) = check(&format!("broken/{name}"), &["--format", "json"]);
        assert_eq!(code, Some(3), "{name}");
        assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["findings"]["errors"], 1, "{name}");
    }
    let (code, _, said) = check(".", &[]);
    assert_eq!(code, Some(3));
    assert!(
        said.contains("is no whole Amplify export") && said.contains("an export is in `./backend-only/export`"),
        "{said}"
    );
    let (code, _, said) = check("nowhere", &[]);
    assert_eq!(code, Some(3));
    assert!(said.contains("there is no folder `nowhere`"), "{said}");
}
