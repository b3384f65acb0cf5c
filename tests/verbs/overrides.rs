//! Changes of templates that a definition describes, as the stage's assembly has them.

use std::fs;

use serde_json::{Value, json};

use crate::support::place::Place;

const HEAD: &str = r#"
[pipeline]
name = "shop"

[source.github]
repository = "octo-org/shop"

[[stage]]
name = "Beta"
"#;

const TEMPLATE: &str = "\
Parameters:
  Name: {Type: String, Default: x}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${Name}-queue'
      VisibilityTimeout: 30
  Topic: {Type: AWS::SNS::Topic}
Outputs:
  Url: {Value: !Ref Queue}
";

struct Project(Place);

impl std::ops::Deref for Project {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.0
    }
}

impl Project {
    /// A project with a stage of the given tables, a template in YAML and one in JSON, and an export.
    fn new(tables: &str) -> Self {
        let place = Place::new();
        place.write("pipeline.toml", format!("{HEAD}{tables}"));
        place.write("app.yaml", TEMPLATE);
        place.write("app.json", json!({ "Resources": { "Topic": { "Type": "AWS::SNS::Topic" } } }).to_string());
        place.copy("amplify-gen1/tiny/export", "export");
        Self(place)
    }

    /// Synthesises, and returns the template of the stage's stack.
    fn template(&self) -> Value {
        let output = self.run(&["synth"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.check_files_of_actions();
        self.json("pipectl.out/assembly-Beta/app.template.json")
    }

    /// What the pipeline's actions read of the assembly is there.
    fn check_files_of_actions(&self) {
        let pipeline = self.json("pipectl.out/shop-pipeline.template.json");
        let stages = pipeline["Resources"]["Pipeline"]["Properties"]["Stages"].as_array().unwrap();
        let actions = stages.iter().flat_map(|stage| stage["Actions"].as_array().unwrap());
        let settings = actions.flat_map(|action| action["Configuration"].as_object().unwrap());
        let files: Vec<&str> = settings
            .filter(|(key, _)| ["TemplatePath", "TemplateConfiguration"].contains(&key.as_str()))
            .map(|(_, file)| file.as_str().unwrap().strip_prefix("Templates::").unwrap())
            .collect();
        assert!(!files.is_empty());
        for file in files {
            assert!(self.at("pipectl.out").join(file).exists(), "{file}");
        }
    }

    /// The template of a nested stack, which is the asset that its parent names.
    fn nested(&self, root: &Value, logical_id: &str) -> Value {
        let url = root["Resources"][logical_id]["Properties"]["TemplateURL"]["Fn::Sub"].as_str().unwrap();
        self.json(&format!("pipectl.out/asset.{}", url.rsplit('/').next().unwrap()))
    }
}

const YAML_STACK: &str = r#"
[[stage.stack]]
name = "app"
template = "app.yaml"

[[stage.stack.override]]
resource = "Queue"
set = { VisibilityTimeout = 60, "RedrivePolicy.maxReceiveCount" = 3, "/Metadata.Owner" = "web" }
removal-policy = "retain"
tags = { team = "web" }

[[stage.stack.override]]
resource = "Queue"
set = { QueueName = "queue", "RedrivePolicy.deadLetterTargetArn" = { get-att = ["Topic", "TopicArn"] } }
replace = true
depends-on = ["Topic"]
"#;

#[test]
fn a_template_in_yaml_is_changed() {
    let project = Project::new(YAML_STACK);
    assert_eq!(
        project.template()["Resources"]["Queue"],
        json!({
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "queue",
                "VisibilityTimeout": 60,
                "RedrivePolicy": { "maxReceiveCount": 3, "deadLetterTargetArn": { "Fn::GetAtt": ["Topic", "TopicArn"] } },
                "Tags": [{ "Key": "team", "Value": "web" }],
            },
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "DependsOn": ["Topic"],
            "Metadata": { "Owner": "web" },
        })
    );
    assert!(!project.at("pipectl.out/assembly-Beta/app.template.yaml").exists(), "what is not deployed is not there");
    let _ = project.said(&["validate"], 0);
}

#[test]
fn a_template_in_json_is_changed_and_one_without_overrides_is_not() {
    let stack = "\n[[stage.stack]]\nname = \"app\"\ntemplate = \"app.json\"\n";
    let project = Project::new(stack);
    project.template();
    let deployed = fs::read(project.at("pipectl.out/assembly-Beta/app.template.json")).unwrap();
    assert_eq!(deployed, fs::read(project.at("app.json")).unwrap(), "byte for byte");
    let all = "[[stage.stack.override]]\nall = true\ntags = { team = \"web\" }\n";
    let project = Project::new(&format!("{stack}{all}"));
    assert_eq!(project.template()["Resources"]["Topic"]["Properties"]["Tags"][0]["Value"], "web");
}

#[test]
fn mistakes_have_their_places() {
    let wrong = YAML_STACK
        .replace("resource = \"Queue\"\nset = { Vis", "resource = \"Queu\"\nset = { Vis")
        .replace("replace = true\n", "")
        .replace("\"RedrivePolicy.deadLetterTargetArn\"", "RedrivePolcy");
    let project = Project::new(&wrong);
    let said = project.said(&["validate"], 3);
    insta::assert_snapshot!(said);
    let said = project.said(&["synth"], 3);
    assert!(said.contains("a resource with a similar name exists: `Queue`"), "{said}");
}

const BACKEND: &str = r#"
[[stage.amplify]]
name = "app"
export = "export"

[[stage.amplify.override]]
resource = "storage/S3Bucket"
set = { "VersioningConfiguration.Status" = "Enabled" }
replace = true
removal-policy = "retain-on-update-or-delete"

[[stage.amplify.override]]
type = "AWS::Lambda::Function"
set = { Timeout = 60 }
delete = ["Environment.Variables.ENV"]

[[stage.amplify.grant]]
to = "function/greeter/LambdaFunction"
actions = ["s3:GetObject"]
on = "storage/files/S3Bucket"
paths = ["/public/*"]

[[stage.amplify.variables]]
function = "functiongreeter/LambdaFunction"
set = { FILES = { ref = "storagefiles/S3Bucket" }, DOMAIN = { get-att = ["storagefiles/S3Bucket", "DomainName"] }, LEVEL = 3 }
"#;

#[test]
fn an_exported_backend_is_changed_across_its_stacks() {
    let project = Project::new(BACKEND);
    let root = project.template();
    let (function, storage) = (project.nested(&root, "functiongreeter"), project.nested(&root, "storagefiles"));
    let bucket = &storage["Resources"]["S3Bucket"];
    assert_eq!(bucket["Properties"]["VersioningConfiguration"], json!({ "Status": "Enabled" }));
    assert_eq!(bucket["DeletionPolicy"], "RetainExceptOnCreate");
    assert_eq!(storage["Outputs"]["S3BucketArn"]["Value"], json!({ "Fn::GetAtt": ["S3Bucket", "Arn"] }));
    assert_eq!(
        root["Resources"]["functiongreeter"]["Properties"]["Parameters"],
        json!({
            "storagefilesName": { "Fn::GetAtt": ["storagefiles", "Outputs.BucketName"] },
            "storagefilesS3BucketArn": { "Fn::GetAtt": ["storagefiles", "Outputs.S3BucketArn"] },
            "storagefilesS3BucketDomainName": { "Fn::GetAtt": ["storagefiles", "Outputs.S3BucketDomainName"] },
        }),
        "the bucket's name was there already"
    );
    assert_eq!(function["Parameters"]["storagefilesS3BucketArn"], json!({ "Type": "String" }));
    let greeter = &function["Resources"]["LambdaFunction"];
    assert_eq!(greeter["DependsOn"], json!(["LambdaExecutionRoleDefaultPolicy"]));
    assert_eq!(greeter["Properties"]["Timeout"], 60);
    assert_eq!(
        greeter["Properties"]["Environment"]["Variables"],
        json!({
            "BUCKET": { "Ref": "storagefilesName" },
            "FILES": { "Ref": "storagefilesName" },
            "DOMAIN": { "Ref": "storagefilesS3BucketDomainName" },
            "LEVEL": "3",
        })
    );
    assert_eq!(
        function["Resources"]["LambdaExecutionRoleDefaultPolicy"]["Properties"]["PolicyDocument"]["Statement"],
        json!([{
            "Action": "s3:GetObject", "Effect": "Allow",
            "Resource": { "Fn::Join": ["", [{ "Ref": "storagefilesS3BucketArn" }, "/public/*"]] },
        }])
    );
}

#[test]
fn a_circle_between_stacks_is_refused_before_anything_is_deployed() {
    // The function's stack takes the bucket's name, so the bucket's cannot take anything of the function.
    let circle = r#"
[[stage.amplify]]
name = "app"
export = "export"

[[stage.amplify.override]]
resource = "storage/S3Bucket"
set = { "NotificationConfiguration.LambdaConfigurations" = [], BucketName = { get-att = ["function/LambdaFunction", "Arn"] } }
replace = true
"#;
    let project = Project::new(circle);
    for verb in ["validate", "synth"] {
        let said = project.said(&[verb], 3);
        assert!(said.contains("in a circle, among `functiongreeter` and `storagefiles`"), "{said}");
    }
    let several = circle.replace("storage/S3Bucket", "functions/LambdaFunction");
    let said = Project::new(&several).said(&["synth"], 3);
    assert!(said.contains("names a resource `functions/LambdaFunction`"), "{said}");
}
