//! The pipeline stack's template, put together.

use camino::Utf8Path;
use serde_json::{Map, Value, json};

use super::bucket::{self, BucketPlace, Encryption};
use super::environment::support_regions;
use super::permissions::{Role, roles};
use super::policy::document;
use super::{
    actions, conditions, layout, memory, names, output, parameter, project, source, support, variable, verify,
};
use crate::cfn::intrinsic::{attribute, reference, substitute};
use crate::definition::{Definition, ExecutionMode, Source};
use crate::diagnostic::Report;
use crate::graph::{PipelineGraph, PipelineStage};
use crate::id::Region;

/// How long builds' logs are kept, in days.
const LOG_DAYS: u32 = 90;

/// The oldest toolkit stack that the pipeline can use (the CDK's own requirement for stacks with assets).
pub const BOOTSTRAP_VERSION: u32 = 6;

/// The templates that make up a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineStacks {
    /// The pipeline stack.
    pub pipeline: Map<String, Value>,
    /// The support stacks, which are deployed first.
    pub support: Vec<SupportStack>,
}

/// What the pipeline needs in another region.
#[derive(Debug, Clone, PartialEq)]
pub struct SupportStack {
    /// The region.
    pub region: Region,
    /// The template.
    pub template: Map<String, Value>,
}

/// Renders a graph. `file` is the definition's path seen from the top of the repository.
///
/// The result is checked against the limits of CloudFormation, CodePipeline, CodeBuild and IAM.
pub fn render(definition: &Definition, graph: &PipelineGraph, file: &Utf8Path) -> Result<PipelineStacks, Report> {
    let mut resources = bucket::resources(definition, &bucket::own_deploy_roles(definition), BucketPlace::Pipeline);
    resources.insert(
        "LogGroup".to_owned(),
        json!({
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": { "LogGroupName": names::log_group(definition), "RetentionInDays": LOG_DAYS },
        }),
    );
    for role in roles(definition, graph) {
        resources.insert(role.logical_id.clone(), render_role(&role));
    }
    for (_, action) in graph.actions() {
        if let Some(project) = project::project(definition, file, &action.kind) {
            resources.insert(project.logical_id, project.resource);
        }
    }
    resources.extend(source::resources(definition));
    let pipeline = pipeline(definition, graph, file, &resources);
    resources.insert("Pipeline".to_owned(), pipeline);

    let mut template = Map::new();
    template.insert("AWSTemplateFormatVersion".to_owned(), json!("2010-09-09"));
    template.insert("Description".to_owned(), json!(format!("The pipeline {}, made by pipectl", definition.name)));
    if let Some(metadata) = memory::metadata(definition) {
        template.insert("Metadata".to_owned(), metadata);
    }
    template.insert("Parameters".to_owned(), Value::Object(parameters(definition)));
    template.insert("Rules".to_owned(), rules());
    template.insert("Resources".to_owned(), Value::Object(resources));
    template.insert("Outputs".to_owned(), Value::Object(outputs(definition)));

    let support: Vec<SupportStack> = support_regions(definition)
        .into_iter()
        .map(|region| SupportStack { template: support::template(definition, &region), region })
        .collect();
    let mut report = verify::check("the pipeline stack", &template);
    for stack in &support {
        report.append(verify::check(&format!("the support stack in {}", stack.region), &stack.template));
    }
    if report.has_errors() { Err(report) } else { Ok(PipelineStacks { pipeline: template, support }) }
}

fn parameters(definition: &Definition) -> Map<String, Value> {
    let text = |description: &str| json!({ "Type": "String", "Description": description });
    let mut parameters = Map::new();
    parameters.insert(
        parameter::BOOTSTRAP_VERSION.to_owned(),
        json!({
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": format!("/cdk-bootstrap/{}/version", definition.qualifier),
            "Description": "Version of the toolkit stack. [cdk:skip]",
        }),
    );
    parameters.insert(parameter::TOOL_BUCKET.to_owned(), text("The toolkit bucket, which holds the pinned pipectl"));
    parameters.insert(parameter::TOOL_KEY.to_owned(), text("The key of the pinned pipectl's zip"));
    parameters.insert(parameter::TOOL_DIGEST.to_owned(), text("SHA-256 of the pinned pipectl"));
    parameters.insert(parameter::TOOL_VERSION.to_owned(), text("Version of the pipectl that wrote this stack last"));
    if let Source::GitHub { token_secret, .. } = &definition.source {
        let description = format!("Version id of the secret {token_secret}");
        parameters.insert(parameter::TOKEN_VERSION.to_owned(), text(&description));
    }
    parameters
}

/// Refuses a toolkit stack that is too old, in CloudFormation itself, as the CDK's stacks do.
fn rules() -> Value {
    let too_old: Vec<String> = (1..BOOTSTRAP_VERSION).map(|version| version.to_string()).collect();
    json!({
        "CheckBootstrapVersion": { "Assertions": [{
            "Assert": { "Fn::Not": [{ "Fn::Contains": [too_old, reference(parameter::BOOTSTRAP_VERSION)] }] },
            "AssertDescription":
                format!("The toolkit stack must have version {BOOTSTRAP_VERSION} or newer; run: pipectl bootstrap"),
        }] },
    })
}

fn outputs(definition: &Definition) -> Map<String, Value> {
    let mut outputs = source::outputs(definition);
    outputs.insert(
        output::PIPELINE_NAME.to_owned(),
        json!({ "Description": "The pipeline's name", "Value": reference("Pipeline") }),
    );
    outputs.insert(
        output::ARTIFACT_BUCKET.to_owned(),
        json!({ "Description": "The bucket of the pipeline's artifacts", "Value": reference(bucket::BUCKET) }),
    );
    // Written from a value, since the stack records by it who wrote it last.
    outputs.insert(
        parameter::TOOL_VERSION.to_owned(),
        json!({ "Description": "The pipectl that wrote this stack last", "Value": reference(parameter::TOOL_VERSION) }),
    );
    outputs
}

fn render_role(role: &Role) -> Value {
    let mut properties = json!({
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": { "Service": role.service },
                "Condition": { "StringEquals": { "aws:SourceAccount": reference("AWS::AccountId") } },
            }],
        },
        "Policies": [{ "PolicyName": "pipectl", "PolicyDocument": document(&role.statements) }],
    });
    if !role.managed_policies.is_empty() {
        properties["ManagedPolicyArns"] = json!(role.managed_policies);
    }
    json!({ "Type": "AWS::IAM::Role", "Properties": properties })
}

/// The stages. PublishAssets is told what the others are, by a digest: where what is deployed is of another pipeline than
/// the assembly, nothing is passed by.
fn stages(definition: &Definition, graph: &PipelineGraph, file: &Utf8Path, resources: &Map<String, Value>) -> Value {
    let render = |stage: &PipelineStage, layout: &str| {
        let actions: Vec<Value> =
            stage.actions.iter().map(|action| actions::render(definition, file, action, layout)).collect();
        json!({ "Name": stage.name, "Actions": actions })
    };
    let skipped = graph.stages.iter().filter(|stage| stage.skip.is_some());
    let layouts: Vec<String> = skipped.map(|stage| layout::of_stage(resources, &render(stage, ""))).collect();
    let layout = layout::whole_layout(layouts.iter().map(String::as_str));
    let stages = graph.stages.iter().map(|stage| {
        let mut rendered = render(stage, &layout);
        conditions::add(stage, &mut rendered);
        rendered
    });
    stages.collect()
}

fn pipeline(definition: &Definition, graph: &PipelineGraph, file: &Utf8Path, resources: &Map<String, Value>) -> Value {
    let mode = match definition.execution_mode {
        ExecutionMode::Superseded => "SUPERSEDED",
        ExecutionMode::Queued => "QUEUED",
        ExecutionMode::Parallel => "PARALLEL",
    };
    let mut properties = json!({
        "Name": definition.name.as_str(),
        "PipelineType": "V2",
        "ExecutionMode": mode,
        "RestartExecutionOnUpdate": true,
        "RoleArn": attribute("PipelineRole", "Arn"),
        "Stages": stages(definition, graph, file, resources),
    });
    if graph.skips() {
        properties["Variables"] = json!([{
            "Name": variable::SKIP_UNCHANGED,
            "DefaultValue": variable::SKIP_ALL,
            "Description": format!("Whether unchanged stages are skipped: {} or {}", variable::SKIP_ALL, variable::SKIP_NONE),
        }]);
    }
    if let Some(triggers) = source::triggers(definition) {
        properties["Triggers"] = triggers;
    }
    let mut own_store = json!({ "Type": "S3", "Location": reference(bucket::BUCKET) });
    if bucket::encryption(definition) == Encryption::Own {
        own_store["EncryptionKey"] = json!({ "Type": "KMS", "Id": attribute(bucket::KEY, "Arn") });
    }
    let regions = support_regions(definition);
    if regions.is_empty() {
        properties["ArtifactStore"] = own_store;
    } else {
        let own_region = super::Place::own(definition).region;
        let mut stores = vec![json!({ "Region": substitute(own_region), "ArtifactStore": own_store })];
        stores.extend(regions.iter().map(
            |region| json!({ "Region": region.as_str(), "ArtifactStore": support::artifact_store(definition, region) }),
        ));
        properties["ArtifactStores"] = Value::Array(stores);
    }
    json!({
        "Type": "AWS::CodePipeline::Pipeline",
        "DependsOn": ["ArtifactBucketPolicy"],
        "Properties": properties,
    })
}
