//! `[pipeline]`: name, mode and toolkit stack.

use super::hand_over::OldStacks;
use super::old::{OldPipeline, list};
use super::remark::Remarks;
use super::{Input, MigrationError};
use crate::definition::{CommentPlace, ExecutionMode};
use crate::id::{PipelineName, Qualifier};
use crate::pipeline::pipeline_stack_name;
use crate::text;

/// The longest name that is made for a pipeline.
const LONGEST_NAME: usize = 60;

/// The new pipeline's name. It differs from the old one's: both are there for a while.
pub(super) fn name(input: Input<'_>, old: &OldStacks, remarks: &mut Remarks) -> Result<PipelineName, MigrationError> {
    let own_stack = |name: &PipelineName| pipeline_stack_name(name).map(|stack| stack.to_string()).unwrap_or_default();
    let is_taken = |name: &PipelineName| input.assembly.stacks().any(|view| view.name() == own_stack(name));
    let is_olds = |name: &PipelineName| old.pipeline.as_deref() == Some(name.as_str());
    if let Some(name) = input.name {
        if is_taken(name) {
            return Err(MigrationError::NameTaken { name: name.clone(), stack: own_stack(name) });
        }
        if is_olds(name) {
            let message = "the old pipeline has this name";
            let remedy = format!("delete its stack `{}` before `pipectl deploy`", old.stack);
            remarks.fill_in(&CommentPlace::Pipeline, message, remedy);
        }
        return Ok(name.clone());
    }
    let called = old.pipeline.as_deref().unwrap_or(&old.stack);
    let made = PipelineName::made_of(called, LONGEST_NAME);
    let made = made.unwrap_or_else(|| "pipeline".parse().expect("a literal that keeps the rules"));
    let numbered = (2_u32..).filter_map(|number| format!("{made}-{number}").parse().ok());
    let mut candidates = std::iter::once(made.clone()).chain(numbered);
    let chosen = candidates.find(|name| !is_taken(name) && !is_olds(name)).unwrap_or(made);
    if let Some(pipeline) = &old.pipeline {
        let why = match is_olds(&chosen) || chosen.as_str().starts_with(pipeline.as_str()) {
            true => "two pipelines cannot have one name, and both are there until the old one is deleted",
            false => "names have letters, digits and hyphens",
        };
        let message =
            format!("the old pipeline is called `{pipeline}`; {why}. Stacks keep their names whatever it is called");
        remarks.changed(&CommentPlace::Pipeline, message);
    }
    Ok(chosen)
}

/// What the pipeline has besides stages.
pub(super) fn tell_of_the_rest(old: &OldPipeline<'_>, remarks: &mut Remarks) {
    let properties = &old.resource["Properties"];
    let place = CommentPlace::Pipeline;
    let variables: Vec<String> =
        list(&properties["Variables"]).iter().map(|variable| old.resolver.member(variable, "Name").text).collect();
    if !variables.is_empty() {
        let message = format!("the variables of the pipeline: {}", text::list(&variables));
        remarks.lost(&place, message, "give them to the builds as `variables`");
    }
    let mut tags = old.view.stack.tags.clone();
    for tag in list(&properties["Tags"]) {
        tags.insert(old.resolver.member(tag, "Key").text, old.resolver.member(tag, "Value").text);
    }
    tags.shift_remove("SECURITY_CHECK");
    if !tags.is_empty() {
        let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let message = format!("tags of the pipeline and its stack: {}", text::list(&tags));
        remarks.lost(&place, message, "`tags` here are tags of the stages' stacks too");
    }
    let updates = old.actions().any(|action| action.configuration["ActionMode"] == "CREATE_UPDATE");
    if updates {
        remarks.changed(&place, "stacks were updated without change sets (`useChangeSets: false`); now each has one");
    }
}

/// What happens when executions meet.
pub(super) fn execution_mode(old: &OldPipeline<'_>, remarks: &mut Remarks) -> ExecutionMode {
    match old.resource["Properties"]["ExecutionMode"].as_str() {
        Some("QUEUED") => ExecutionMode::Queued,
        Some("PARALLEL") => ExecutionMode::Parallel,
        Some("SUPERSEDED") | None => ExecutionMode::Superseded,
        Some(other) => {
            remarks.lost(
                &CommentPlace::Pipeline,
                format!("the execution mode `{other}`"),
                "choose one by `execution-mode`",
            );
            ExecutionMode::default()
        }
    }
}

/// The qualifier of the toolkit stack, from the parameter that holds its version.
pub(super) fn qualifier(old: &OldPipeline<'_>) -> Qualifier {
    let parameter = old.view.stack.bootstrap_stack_version_ssm_parameter.as_deref();
    let qualifier = parameter.and_then(|name| name.strip_prefix("/cdk-bootstrap/")?.strip_suffix("/version"));
    qualifier.and_then(|qualifier| qualifier.parse().ok()).unwrap_or_default()
}
