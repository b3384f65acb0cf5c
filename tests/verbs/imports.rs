//! Imports: what files tell of resources that are there already reaches parameters, and nothing else.

use std::fs;

use serde_json::{Value, json};

use crate::support::place::Place;

const DEFINITION: &str = r#"
[pipeline]
name = "shop"
account = "111111111111"
region = "eu-west-1"

[source.github]
repository = "octo-org/shop"

[[stage]]
name = "Beta"

[stage.imports.Pool]
kind = "user-pool"
file = "amplify_outputs.json"

[stage.imports.Client]
kind = "user-pool-client"
file = "src/aws-exports.js"

[stage.imports.Queue]
kind = "arn"
file = "amplify_outputs.json"
key = "custom.queues.0"

[[stage.stack]]
name = "api"
template = "api.yaml"
parameters = { UserPoolId = { import = "Pool" }, ClientId = { import = "Client" }, Level = 3 }

[[stage.stack]]
name = "worker"
template = "worker.yaml"
parameters = { Queue = { import = "Queue" } }
"#;

const API: &str = "Parameters:\n  UserPoolId: {Type: String}\n  ClientId: {Type: String}\n  Level: {Type: Number}\n\
                   Resources:\n  Api:\n    Type: AWS::AppSync::GraphQLApi\n    Properties:\n      Name: api\n\
                   \u{20}     AuthenticationType: AMAZON_COGNITO_USER_POOLS\n\
                   \u{20}     UserPoolConfig: {UserPoolId: !Ref UserPoolId, AwsRegion: !Ref AWS::Region, DefaultAction: ALLOW}\n";
const WORKER: &str = "Parameters:\n  Queue: {Type: String}\nResources:\n  Topic: {Type: AWS::SNS::Topic}\n";
const OUTPUTS: &str = r#"{"version": "1.5", "auth": {"user_pool_id": "eu-west-1_AbCdEf123", "aws_region": "eu-west-1"},
    "custom": {"queues": ["arn:aws:sqs:eu-west-1:111111111111:jobs"]}}"#;
const EXPORTS: &str = "/* eslint-disable */\n// WARNING: DO NOT EDIT.\n\nconst awsmobile = {\n\
    \u{20} \"aws_user_pools_web_client_id\": \"1h57kf5cpq17m0eml12example\",\n\
    \u{20} \"aws_cognito_region\": \"eu-west-1\"\n};\n\n\nexport default awsmobile;\n";

/// A folder with the definition and its files.
fn project() -> Place {
    let place = Place::new();
    let files = [
        ("pipeline.toml", DEFINITION),
        ("api.yaml", API),
        ("worker.yaml", WORKER),
        ("amplify_outputs.json", OUTPUTS),
        ("src/aws-exports.js", EXPORTS),
    ];
    files.iter().for_each(|(name, text)| place.write(name, text));
    place
}

/// A file of the assembly.
fn made(project: &Place, file: &str) -> String {
    project.read(&format!("pipectl.out/{file}"))
}

#[test]
fn what_files_tell_reaches_parameters_and_nothing_else() {
    let project = project();
    let _ = project.said(&["validate"], 0);
    let _ = project.said(&["synth"], 0);
    let parameters = |stack: &str| -> Value {
        let text = made(&project, &format!("assembly-Beta/{stack}.config.json"));
        serde_json::from_str::<Value>(&text).unwrap()["Parameters"].clone()
    };
    assert_eq!(
        parameters("api"),
        json!({ "UserPoolId": "eu-west-1_AbCdEf123", "ClientId": "1h57kf5cpq17m0eml12example", "Level": "3" })
    );
    assert_eq!(parameters("worker"), json!({ "Queue": "arn:aws:sqs:eu-west-1:111111111111:jobs" }));
    let manifest: Value = serde_json::from_str(&made(&project, "assembly-Beta/manifest.json")).unwrap();
    assert_eq!(manifest["artifacts"]["api"]["properties"]["parameters"], parameters("api"), "the CDK's tools use them");
    for template in
        ["assembly-Beta/api.template.json", "assembly-Beta/worker.template.json", "shop-pipeline.template.json"]
    {
        let text = made(&project, template);
        assert!(!text.contains("AWS::Cognito") && !text.contains("AbCdEf123"), "{template}: {text}");
    }

    // Another pool is a change of the stage, not of the pipeline.
    let pipeline = made(&project, "shop-pipeline.template.json");
    project.write("amplify_outputs.json", OUTPUTS.replace("AbCdEf123", "Another99"));
    let _ = project.said(&["synth"], 0);
    assert_eq!(parameters("api")["UserPoolId"], "eu-west-1_Another99");
    assert_eq!(made(&project, "shop-pipeline.template.json"), pipeline);
}

#[test]
fn ids_of_another_form_region_or_account_are_refused_where_they_are_named() {
    let project = project();
    let refused = |file: &str, text: &str, code: &str, message: &str, place: &str| {
        let former = project.read(file);
        project.write(file, text);
        let said = project.said(&["validate"], 3);
        assert!(said.contains(&format!("error[{code}]: {message}")) && said.contains(place), "{said}");
        let said = project.said(&["synth"], 3);
        assert!(said.contains(&format!("error[{code}]: stage `Beta`: {message}")), "{said}");
        project.write(file, &former);
    };
    let outputs = "amplify_outputs.json";
    refused(
        outputs,
        &OUTPUTS.replace("eu-west-1_A", "us-east-1_A"),
        "import-region",
        "import `Pool`: `us-east-1_AbCdEf123` is of region `us-east-1`, but it is used in `eu-west-1`",
        "pipeline.toml:15:8",
    );
    refused(
        outputs,
        &OUTPUTS.replace("eu-west-1_AbCdEf123", "pool"),
        "invalid-import",
        "import `Pool`: `pool` is not the id of a user pool",
        "pipeline.toml:15:8",
    );
    refused(
        outputs,
        &OUTPUTS.replace("111111111111", "222222222222"),
        "import-account",
        "import `Queue`: `arn:aws:sqs:eu-west-1:222222222222:jobs` is of account `222222222222`, but it is used in \
         `111111111111`",
        "pipeline.toml:24:7",
    );
    refused(
        outputs,
        &OUTPUTS.replace("queues", "queue"),
        "unknown-import",
        "`amplify_outputs.json` has no `custom.queues.0`: there is no `queues`",
        "a key with a similar name exists: `queue`",
    );
    refused(
        "src/aws-exports.js",
        "module.exports = {};\n",
        "invalid-document",
        "`src/aws-exports.js` is not in the shape that Amplify writes: it does not begin with `const NAME = {`",
        "pipeline.toml:19:8",
    );

    // Where the definition names no region, there is nothing to compare with.
    project.write("pipeline.toml", DEFINITION.replace("region = \"eu-west-1\"\n", ""));
    let said = project.said(&["validate"], 0);
    assert!(
        said.contains("warning[import-region]: import `Pool`: `eu-west-1_AbCdEf123` is of region `eu-west-1`"),
        "{said}"
    );
    let _ = project.said(&["synth"], 0);

    fs::remove_file(project.at(outputs)).unwrap();
    let said = project.said(&["validate"], 3);
    assert!(said.contains("error[missing-file]: file `amplify_outputs.json` does not exist"), "{said}");
    let said = project.said(&["synth"], 3);
    assert!(said.contains("the file of the import `Pool`, `amplify_outputs.json` is not there"), "{said}");
}

#[test]
fn what_only_the_pipeline_can_read_is_read_before_the_change_sets() {
    let project = project();
    let live = "[stage.imports.Queue]\nkind = \"arn\"\nparameter = \"/shop/queue\"\n\n[stage.imports.Files]\n\
                kind = \"bucket\"\nstack = \"legacy\"\noutput = \"Files\"\n";
    let former = "[stage.imports.Queue]\nkind = \"arn\"\nfile = \"amplify_outputs.json\"\nkey = \"custom.queues.0\"\n";
    let definition = DEFINITION.replace(former, live).replace("Level = 3", "Level = 3, Files = { import = \"Files\" }");
    project.write("pipeline.toml", &definition);
    project.write("api.yaml", API.replace("Parameters:\n", "Parameters:\n  Files: {Type: String}\n"));
    let _ = project.said(&["validate"], 0);
    insta::assert_snapshot!(String::from_utf8(project.run(&["graph"]).stdout).unwrap());

    let _ = project.said(&["synth"], 0);
    let template: Value = serde_json::from_str(&made(&project, "shop-pipeline.template.json")).unwrap();
    let pipeline = template["Resources"]["Pipeline"].to_string();
    assert!(pipeline.contains("#{Beta_step_Imports.IMPORT_Queue}"), "{pipeline}");
    assert!(pipeline.contains("#{Beta_step_Imports.IMPORT_Files}"), "{pipeline}");
    assert!(
        !pipeline.contains("IMPORT_Pool") && !pipeline.contains("eu-west-1_"),
        "files are read by synthesis: {pipeline}"
    );
    let mut projects = template["Resources"].as_object().unwrap().values();
    let build = projects.find(|resource| resource["Properties"]["Name"] == "shop-Beta-before-Imports").unwrap();
    let buildspec: Value = serde_json::from_str(build["Properties"]["Source"]["BuildSpec"].as_str().unwrap()).unwrap();
    assert_eq!(buildspec["env"]["exported-variables"], json!(["IMPORT_Queue", "IMPORT_Files"]));
    assert_eq!(
        buildspec["phases"]["build"]["commands"],
        json!(["pipectl imports --assembly . --stage Beta --shell > imports.sh", ". ./imports.sh"])
    );
}
