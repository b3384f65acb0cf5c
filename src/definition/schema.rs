//! The file format of `pipeline.toml` as types, from which the JSON Schema is generated.
//!
//! Nothing is decoded into these types (decoding by hand finds every mistake); tests hold them against the decoder's
//! keys. The documentation of types and fields becomes the descriptions that editors show.

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// A pipeline on AWS that builds, updates itself and deploys on every push.
#[derive(JsonSchema)]
#[schemars(title = "pipeline.toml", rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    /// The pipeline itself.
    pub pipeline: Pipeline,
    /// Where the source comes from: exactly one of `github`, `connection` and `s3`.
    pub source: Source,
    /// How the source becomes an assembly. Without it, only `pipectl synth` runs.
    pub build: Option<Build>,
    /// When the pipeline updates itself.
    pub update_pipeline: Option<UpdatePipeline>,
    /// The stages, in the order of deployment.
    pub stage: Option<Vec<Stage>>,
}

/// The pipeline itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pipeline {
    /// The pipeline's name, and the prefix of its stacks' names.
    #[schemars(length(max = 64), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// The pipeline's account. Required as soon as a stage names one.
    #[schemars(regex(pattern = "^[0-9]{12}$"))]
    pub account: Option<String>,
    /// The pipeline's region. Required as soon as a stage names one.
    pub region: Option<String>,
    /// What happens when a new execution meets one under way; `superseded` unless chosen otherwise.
    pub execution_mode: Option<ExecutionMode>,
    /// The qualifier of the toolkit stack; `hnb659fds` unless chosen otherwise.
    #[schemars(length(min = 1, max = 10))]
    pub qualifier: Option<String>,
    /// Tags of the pipeline stack and of every stage stack.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What happens when executions meet.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum ExecutionMode {
    /// A newer execution overtakes one that waits.
    Superseded,
    /// Executions wait for each other, in order.
    Queued,
    /// Executions run independently of each other.
    Parallel,
}

/// Where the source comes from: exactly one of the three.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Source {
    /// GitHub by a token, with a webhook.
    pub github: Option<GitHub>,
    /// A repository by a connection (CodeConnections).
    pub connection: Option<Connection>,
    /// A zip in a versioned S3 bucket.
    pub s3: Option<S3>,
}

/// GitHub by a token, with a webhook.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GitHub {
    /// The repository, as `OWNER/NAME`.
    #[schemars(regex(pattern = "^[^/]+/[^/]+$"))]
    pub repository: String,
    /// The branch; `main` unless chosen otherwise.
    pub branch: Option<String>,
    /// The plaintext secret in Secrets Manager that holds the token; `github-token` unless chosen otherwise.
    pub token_secret: Option<String>,
}

/// A repository by a connection.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Connection {
    /// The connection's ARN.
    pub arn: String,
    /// The repository, as `OWNER/NAME`.
    #[schemars(regex(pattern = "^[^/]+/[^/]+$"))]
    pub repository: String,
    /// The branch; `main` unless chosen otherwise.
    pub branch: Option<String>,
}

/// A zip in a versioned S3 bucket.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct S3 {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

/// How the source becomes an assembly: by `commands` or by a `buildspec` file.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, extend("not" = { "required": ["commands", "buildspec"] }))]
pub struct Build {
    /// Commands, read from the pushed file; `pipectl synth` follows them.
    pub commands: Option<Vec<String>>,
    /// A buildspec file, which calls `pipectl synth` and declares both artifacts.
    pub buildspec: Option<String>,
    /// The build image; `aws/codebuild/standard:7.0` unless chosen otherwise.
    pub image: Option<String>,
    /// The size of the machine; `small` unless chosen otherwise.
    pub compute: Option<Compute>,
    /// How long the build may take, in minutes; 60 unless chosen otherwise.
    #[schemars(range(min = 5, max = 2160))]
    pub timeout: Option<u16>,
    /// Environment variables.
    pub variables: Option<BTreeMap<String, Value>>,
    /// Whether Docker may run in the build.
    pub privileged: Option<bool>,
    /// IAM statements of the build's role.
    pub statements: Option<Vec<Statement>>,
    /// ARNs of managed policies of the build's role.
    pub managed_policies: Option<Vec<String>>,
    /// The network that the build runs in.
    pub vpc: Option<Vpc>,
}

/// The size of a build's machine.
#[derive(JsonSchema)]
pub enum Compute {
    /// 2 vCPUs.
    #[schemars(rename = "small")]
    Small,
    /// 4 vCPUs.
    #[schemars(rename = "medium")]
    Medium,
    /// 8 vCPUs.
    #[schemars(rename = "large")]
    Large,
    /// 36 vCPUs.
    #[schemars(rename = "xlarge")]
    XLarge,
    /// 72 vCPUs.
    #[schemars(rename = "2xlarge")]
    XxLarge,
}

/// An IAM statement that allows actions on resources.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Statement {
    /// The actions, such as `s3:GetObject`.
    #[schemars(length(min = 1))]
    pub actions: Vec<String>,
    /// ARNs of the resources.
    #[schemars(length(min = 1))]
    pub resources: Vec<String>,
}

/// The network that a build runs in.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Vpc {
    /// The VPC's id.
    pub id: String,
    /// The ids of its subnets.
    #[schemars(length(min = 1, max = 16))]
    pub subnets: Vec<String>,
    /// The ids of its security groups.
    #[schemars(length(min = 1, max = 5))]
    pub security_groups: Vec<String>,
}

/// When the pipeline updates itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UpdatePipeline {
    /// Whether it does at all; true unless chosen otherwise.
    pub enabled: Option<bool>,
    /// Before or after the build; `after-build` unless chosen otherwise.
    pub order: Option<UpdateOrder>,
}

/// When the pipeline updates itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum UpdateOrder {
    /// After the build, from its assembly.
    AfterBuild,
    /// Before the build, from the pushed source; a second update follows the build.
    BeforeBuild,
}

/// A unit of deployment.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stage {
    /// The stage's name.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// The account of its stacks; the pipeline's unless chosen otherwise.
    #[schemars(regex(pattern = "^[0-9]{12}$"))]
    pub account: Option<String>,
    /// The region of its stacks; the pipeline's unless chosen otherwise.
    pub region: Option<String>,
    /// The wave it belongs to. Neighbouring stages of one wave run side by side.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub wave: Option<String>,
    /// Tags of its stacks.
    pub tags: Option<BTreeMap<String, String>>,
    /// A manual approval between its change sets and their execution.
    pub approval: Option<Approval>,
    /// Steps before its stacks.
    pub before: Option<Vec<Step>>,
    /// Its CloudFormation stacks.
    pub stack: Option<Vec<Stack>>,
    /// Steps after its stacks.
    pub after: Option<Vec<Step>>,
}

/// A manual approval.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approval {
    /// What the approver reads.
    #[schemars(length(max = 1000))]
    pub message: Option<String>,
    /// ARN of the SNS topic that is told.
    pub notify: Option<String>,
}

/// Commands that run in a build.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// The step's name, unique in its stage.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// What is run.
    #[schemars(length(min = 1))]
    pub commands: Vec<String>,
    /// What the step sees; the first is its working folder. The source alone unless chosen otherwise.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub inputs: Option<Vec<StepInput>>,
    /// The build image; `aws/codebuild/standard:7.0` unless chosen otherwise.
    pub image: Option<String>,
    /// The size of the machine; `small` unless chosen otherwise.
    pub compute: Option<Compute>,
    /// How long the step may take, in minutes; 60 unless chosen otherwise.
    #[schemars(range(min = 5, max = 2160))]
    pub timeout: Option<u16>,
    /// Environment variables.
    pub variables: Option<BTreeMap<String, Value>>,
    /// Whether Docker may run in the step.
    pub privileged: Option<bool>,
    /// IAM statements of the step's role.
    pub statements: Option<Vec<Statement>>,
    /// ARNs of managed policies of the step's role.
    pub managed_policies: Option<Vec<String>>,
    /// The network that the step runs in.
    pub vpc: Option<Vpc>,
}

/// What a step sees.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum StepInput {
    /// The pushed source.
    Source,
    /// The whole assembly that the build made.
    Assembly,
}

/// A CloudFormation stack.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stack {
    /// The stack's name in this file, unique in its stage.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// The stack's name on AWS; `<pipeline>-<stage>-<stack>` unless chosen otherwise.
    #[schemars(length(max = 128), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub stack_name: Option<String>,
    /// The template, YAML or JSON, relative to this file.
    pub template: String,
    /// Values of the template's parameters.
    pub parameters: Option<BTreeMap<String, Value>>,
    /// Tags, over those of the stage.
    pub tags: Option<BTreeMap<String, String>>,
    /// Capabilities; those that the template needs unless given.
    pub capabilities: Option<Vec<Capability>>,
    /// Whether the stack is protected from deletion; left as it is unless given.
    pub termination_protection: Option<bool>,
    /// ARNs of the SNS topics that are told of the stack's events.
    #[schemars(length(max = 5))]
    pub notification_targets: Option<Vec<String>>,
    /// Stacks of the same stage that go first, besides those whose outputs are used.
    pub depends_on: Option<Vec<String>>,
    /// Files and folders that the template refers to.
    pub asset: Option<Vec<Asset>>,
}

/// What a template may do.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Capability {
    /// Make IAM resources.
    CapabilityIam,
    /// Make IAM resources with chosen names.
    CapabilityNamedIam,
    /// Use macros.
    CapabilityAutoExpand,
}

/// A file, published as it is, or a folder, published as a zip.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Asset {
    /// The asset's name, unique in its stack.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// The file or folder, relative to this file.
    pub path: String,
    /// The template's parameter that receives the bucket's name.
    pub bucket_parameter: String,
    /// The template's parameter that receives the object's key.
    pub key_parameter: String,
}

/// A value of a parameter or a variable.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A boolean.
    Boolean(bool),
    /// A list, joined by commas.
    List(Vec<Element>),
    /// An output of a stack that is deployed earlier.
    Output(Output),
}

/// An element of a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Element {
    /// A text without commas.
    Text(String),
    /// A number.
    Number(f64),
    /// A boolean.
    Boolean(bool),
}

/// An output of a stack.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Output {
    /// `STACK.OUTPUT` in the same stage, `STAGE/STACK.OUTPUT` in an earlier one.
    #[schemars(regex(pattern = "^([A-Za-z][A-Za-z0-9-]*/)?[A-Za-z][A-Za-z0-9-]*\\.[A-Za-z0-9]+$"))]
    pub output: String,
}

/// The JSON Schema of `pipeline.toml` (draft 2020-12).
pub fn json_schema() -> schemars::Schema {
    schemars::schema_for!(File)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fs_err as fs;
    use serde_json::Value as Json;

    use super::super::grammar;
    use super::*;

    fn parsed(file: &str) -> Json {
        let path = format!("{}/tests/ui/{file}", env!("CARGO_MANIFEST_DIR"));
        toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn the_schema_has_the_keys_that_the_decoder_knows() {
        let schema = json_schema().to_value();
        let tables = [
            (&grammar::ROOT, ""),
            (&grammar::PIPELINE, "Pipeline"),
            (&grammar::SOURCE, "Source"),
            (&grammar::GITHUB, "GitHub"),
            (&grammar::CONNECTION, "Connection"),
            (&grammar::S3, "S3"),
            (&grammar::BUILD, "Build"),
            (&grammar::STATEMENT, "Statement"),
            (&grammar::VPC, "Vpc"),
            (&grammar::UPDATE, "UpdatePipeline"),
            (&grammar::STAGE, "Stage"),
            (&grammar::APPROVAL, "Approval"),
            (&grammar::STEP, "Step"),
            (&grammar::STACK, "Stack"),
            (&grammar::ASSET, "Asset"),
            (&grammar::OUTPUT, "Output"),
        ];
        assert_eq!(tables.len(), grammar::ALL.len());
        for (grammar, name) in tables {
            let table = if name.is_empty() { &schema } else { &schema["$defs"][name] };
            let known: BTreeSet<&str> = grammar.all().collect();
            let described: BTreeSet<&str> =
                table["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(described, known, "{}", grammar.title);
        }
    }

    #[test]
    fn the_schema_accepts_what_the_decoder_accepts() {
        let validator = jsonschema::validator_for(&json_schema().to_value()).unwrap();
        let complete = parsed("complete.toml");
        let errors: Vec<String> = validator.iter_errors(&complete).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        for refused in ["unknown-keys.toml", "wrong-types.toml", "missing.toml", "identifiers.toml", "reserved.toml"] {
            assert!(!validator.is_valid(&parsed(refused)), "{refused}");
        }
    }
}
