//! Actions as CodePipeline writes them ("Action structure reference" of the CodePipeline user guide).

use camino::Utf8Path;
use serde_json::{Map, Value, json};

use super::environment::{Place, deploy_role, execution_role};
use super::project::{self, Project};
use super::{WHOLE_REVIEW, names, parameter, source, stage_folder};
use crate::cfn::Capability;
use crate::cfn::intrinsic::{reference, substitute};
use crate::definition::{Approval, Definition, ExecutionMode, Stack, Stage};
use crate::graph::{Action, ActionKind, Artifact, StackKey, placeholder, review_namespace};
use crate::id::Name;

/// Renders an action. `layout` is the digest of the stages that an execution may pass by.
pub(super) fn render(definition: &Definition, file: &Utf8Path, action: &Action, layout: &str) -> Value {
    let mut rendered = json!({ "Name": action.name, "RunOrder": action.run_order });
    if !action.inputs.is_empty() {
        rendered["InputArtifacts"] = artifacts(&action.inputs);
    }
    if !action.outputs.is_empty() {
        rendered["OutputArtifacts"] = artifacts(&action.outputs);
    }
    if let Some(namespace) = &action.namespace {
        rendered["Namespace"] = json!(namespace);
    }
    match &action.kind {
        ActionKind::Source => {
            let source = source::action(definition);
            rendered["ActionTypeId"] = action_type("Source", source.owner, source.provider);
            rendered["Configuration"] = source.configuration;
        }
        ActionKind::Tool => {
            rendered["ActionTypeId"] = action_type("Source", "AWS", "S3");
            rendered["Configuration"] = json!({
                "S3Bucket": reference(parameter::TOOL_BUCKET),
                "S3ObjectKey": reference(parameter::TOOL_KEY),
                "PollForSourceChanges": false,
            });
        }
        ActionKind::Approve(stage) => {
            rendered["ActionTypeId"] = action_type("Approval", "AWS", "Manual");
            rendered["Configuration"] = approval(definition, stage);
        }
        ActionKind::Prepare(key) => {
            if let Some((stage, stack)) = find(definition, key) {
                rendered["ActionTypeId"] = action_type("Deploy", "AWS", "CloudFormation");
                rendered["Configuration"] = prepare(definition, stage, stack);
                in_environment(definition, stack, &mut rendered);
            }
        }
        ActionKind::Deploy(key) => {
            if let Some((_, stack)) = find(definition, key) {
                rendered["ActionTypeId"] = action_type("Deploy", "AWS", "CloudFormation");
                rendered["Configuration"] = json!({
                    "ActionMode": "CHANGE_SET_EXECUTE",
                    "ChangeSetName": names::change_set_name(definition),
                    "StackName": stack.stack_name.as_str(),
                });
                in_environment(definition, stack, &mut rendered);
            }
        }
        ActionKind::Build
        | ActionKind::UpdateFromSource
        | ActionKind::UpdateFromAssembly
        | ActionKind::PublishAssets
        | ActionKind::Step(_)
        | ActionKind::Guard(_)
        | ActionKind::Review(_)
        | ActionKind::AutoApprove(_)
        | ActionKind::Protect(_) => {
            rendered["ActionTypeId"] = action_type("Build", "AWS", "CodeBuild");
            if let Some(project) = project::project(definition, file, &action.kind) {
                rendered["Configuration"] = build(definition, file, action, &project, layout);
            }
        }
    }
    rendered
}

fn artifacts(artifacts: &[Artifact]) -> Value {
    artifacts.iter().map(|artifact| json!({ "Name": artifact.as_str() })).collect()
}

fn action_type(category: &str, owner: &str, provider: &str) -> Value {
    json!({ "Category": category, "Owner": owner, "Provider": provider, "Version": "1" })
}

/// What the review of a stage exports: its summary, whether somebody has to be asked, and where to read all of it.
const SUMMARY: &str = "PIPECTL_SUMMARY";
const DECISION: &str = "PIPECTL_DECISION";
const LINK: &str = "PIPECTL_LINK";

/// The approval of a stage.
fn approval_of(definition: &Definition, stage: &Name) -> Approval {
    let found = definition.stages.iter().find(|candidate| candidate.name == *stage);
    found.and_then(|stage| stage.approval.clone()).unwrap_or_default()
}

/// An approval's configuration: the question, and what the review has found where there is one.
fn approval(definition: &Definition, stage: &Name) -> Value {
    let approval = approval_of(definition, stage);
    let mut question = approval.message.unwrap_or_else(|| format!("Deploy the stage {stage}?"));
    let is_reviewed =
        definition.stages.iter().any(|candidate| candidate.name == *stage && !candidate.stacks.is_empty());
    let mut configuration = json!({});
    if is_reviewed {
        let namespace = review_namespace(stage);
        question
            .push_str(&format!("\n#{{{namespace}.{SUMMARY}}}\n{WHOLE_REVIEW}`pipectl logs Review --stage {stage}`"));
        configuration["ExternalEntityLink"] = json!(format!("#{{{namespace}.{LINK}}}"));
    }
    configuration["CustomData"] = json!(question);
    if let Some(topic) = approval.notify {
        configuration["NotificationArn"] = json!(topic);
    }
    configuration
}

/// A build's configuration: the project, the main input, and the variables that only this execution knows.
fn build(definition: &Definition, file: &Utf8Path, action: &Action, project: &Project, layout: &str) -> Value {
    let mut variables = vec![variable("PIPECTL_PROJECT", &project::digest(project))];
    match &action.kind {
        ActionKind::UpdateFromSource => {
            variables.push(variable("PIPECTL_EXECUTION", names::EXECUTION_ID));
            variables.push(variable("PIPECTL_UPDATE_FROM", &format!("--file={file}")));
        }
        ActionKind::UpdateFromAssembly => {
            variables.push(variable("PIPECTL_EXECUTION", names::EXECUTION_ID));
            variables.push(variable("PIPECTL_UPDATE_FROM", "--assembly=."));
        }
        ActionKind::Guard(stage) | ActionKind::Protect(stage) => {
            variables.push(variable("PIPECTL_STAGE", stage.as_str()));
            if definition.execution_mode == ExecutionMode::Parallel {
                variables.push(variable("PIPECTL_PARALLEL", definition.name.as_str()));
            }
        }
        ActionKind::Review(stage) => {
            let when = approval_of(definition, stage).when;
            variables.push(variable("PIPECTL_STAGE", stage.as_str()));
            variables.push(variable("PIPECTL_WHEN", when.as_str()));
            variables.push(variable("PIPECTL_CHANGE_SET", &names::change_set_name(definition)));
        }
        ActionKind::AutoApprove(stage) => {
            variables.push(variable("PIPECTL_STAGE", stage.as_str()));
            variables.push(variable("PIPECTL_PIPELINE", definition.name.as_str()));
            variables.push(variable("PIPECTL_EXECUTION", names::EXECUTION_ID));
            let decision = format!("#{{{}.{DECISION}}}", review_namespace(stage));
            variables.push(variable(DECISION, &decision));
        }
        ActionKind::Step(key) => {
            let step = super::permissions::step(definition, key);
            let given = step.into_iter().flat_map(|step| &step.environment.variables);
            variables.extend(given.filter_map(|(name, value)| Some(variable(name, &placeholder(value)?))));
        }
        // It has a namespace where it is asked which stages are unchanged.
        ActionKind::PublishAssets if action.namespace.is_some() => {
            variables.push(variable("PIPECTL_PIPELINE", definition.name.as_str()));
            variables.push(variable("PIPECTL_EXECUTION", names::EXECUTION_ID));
            variables.push(variable("PIPECTL_LAYOUT", layout));
            variables.push(variable("PIPECTL_SKIP", &format!("#{{variables.{}}}", super::variable::SKIP_UNCHANGED)));
        }
        ActionKind::Build
        | ActionKind::PublishAssets
        | ActionKind::Source
        | ActionKind::Tool
        | ActionKind::Prepare(_)
        | ActionKind::Approve(_)
        | ActionKind::Deploy(_) => {}
    }
    let mut configuration = json!({
        "ProjectName": project.name,
        "EnvironmentVariables": Value::Array(variables).to_string(),
    });
    if let [main, _, ..] = action.inputs.as_slice() {
        configuration["PrimarySource"] = json!(main.as_str());
    }
    configuration
}

fn variable(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value, "type": "PLAINTEXT" })
}

/// The configuration that makes a change set. Literals and tags are in the template configuration; what only the
/// execution knows, and the toolkit bucket's name, are here.
fn prepare(definition: &Definition, stage: &Stage, stack: &Stack) -> Value {
    let place = Place::of(definition, &stack.target);
    let artifact = Artifact::Templates.as_str();
    let folder = stage_folder(&stage.name);
    let extension = template_extension(definition, stage, stack);
    let mut configuration = json!({
        "ActionMode": "CHANGE_SET_REPLACE",
        "Capabilities": capabilities(stack),
        "ChangeSetName": names::change_set_name(definition),
        "RoleArn": substitute(execution_role(definition, stack)),
        "StackName": stack.stack_name.as_str(),
        "TemplateConfiguration": format!("{artifact}::{folder}/{}", names::configuration_file(stack.name.as_str())),
        "TemplatePath": format!("{artifact}::{folder}/{}.template.{extension}", stack.name),
    });
    let overrides = overrides(definition, stack, &place);
    if !overrides.is_empty() {
        configuration["ParameterOverrides"] = substitute(Value::Object(overrides).to_string());
    }
    configuration
}

fn overrides(definition: &Definition, stack: &Stack, place: &Place) -> Map<String, Value> {
    let outputs = stack.parameters.iter().filter_map(|(name, value)| Some((name.clone(), json!(placeholder(value)?))));
    let buckets = stack
        .assets
        .iter()
        .map(|asset| (asset.bucket_parameter.clone(), json!(place.toolkit_bucket(&definition.qualifier))));
    outputs.chain(buckets).collect()
}

/// The extension of a template in the assembly: a YAML template stays YAML, unless it is written anew.
fn template_extension(definition: &Definition, stage: &Stage, stack: &Stack) -> &'static str {
    match stack.template.extension() {
        Some("json") => "json",
        _ if definition.is_rewritten(&stage.name, stack) => "json",
        _ => "yaml",
    }
}

/// What the stack may do. Unless the definition says less, everything: what a template needs may change by a push, and the
/// pipeline must not change with it.
fn capabilities(stack: &Stack) -> String {
    let default = vec![Capability::NamedIam, Capability::AutoExpand];
    let capabilities = stack.capabilities.as_ref().unwrap_or(&default);
    capabilities.iter().map(|capability| capability.as_str()).collect::<Vec<_>>().join(",")
}

/// Lets an action work in the stack's environment, with the deploy role there.
fn in_environment(definition: &Definition, stack: &Stack, rendered: &mut Value) {
    let place = Place::of(definition, &stack.target);
    rendered["RoleArn"] = substitute(deploy_role(definition, stack));
    if place.region != Place::own(definition).region {
        rendered["Region"] = json!(place.region);
    }
}

fn find<'a>(definition: &'a Definition, key: &StackKey) -> Option<(&'a Stage, &'a Stack)> {
    let stage = definition.stages.iter().find(|stage| stage.name == key.stage)?;
    let stack = stage.stacks.iter().find(|stack| stack.name == key.stack)?;
    Some((stage, stack))
}
