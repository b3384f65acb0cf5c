//! What becomes of the old pipeline.

use serde::Serialize;

use super::old::{OldPipeline, Work};
use super::remark::Remarks;
use crate::assembly::Assembly;
use crate::definition::CommentPlace;
use crate::id::Region;
use crate::text;

/// How many resources a remark names.
const MOST_NAMED: usize = 10;

/// The old pipeline's stacks, which are deleted once the new pipeline runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OldStacks {
    /// The pipeline's name, if the template gives it one.
    pub pipeline: Option<String>,
    /// The first stage after its source, whose entry can be closed.
    pub second_stage: Option<String>,
    /// The pipeline stack.
    pub stack: String,
    /// Its region, if known.
    pub region: Option<Region>,
    /// The stacks with what it needs in other regions.
    pub support: Vec<OldSupportStack>,
}

/// A stack of the old pipeline in another region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OldSupportStack {
    /// Its name.
    pub stack: String,
    /// Its region, if known.
    pub region: Option<Region>,
}

/// Finds the stacks, and tells of what goes with them.
pub(super) fn old_stacks(assembly: &Assembly, old: &OldPipeline<'_>, remarks: &mut Remarks) -> OldStacks {
    tell_of_bystanders(old, remarks);
    let support = assembly.stacks().filter(|view| {
        view.id.starts_with("cross-region-stack-") && old.view.artifact.dependencies.iter().any(|id| id == view.id)
    });
    let source = old.stages.iter().position(|stage| stage.actions.iter().any(|action| action.work == Work::Source));
    OldStacks {
        pipeline: old.resolver.member(&old.resource["Properties"], "Name").known().filter(|name| !name.is_empty()),
        second_stage: source.and_then(|source| Some(old.stages.get(source + 1)?.name.clone())),
        stack: old.view.name().to_owned(),
        region: old.view.environment().region,
        support: support
            .map(|view| OldSupportStack { stack: view.name().to_owned(), region: view.environment().region })
            .collect(),
    }
}

/// Tells of resources of the stack that are no part of the pipeline, by the paths of their constructs.
fn tell_of_bystanders(old: &OldPipeline<'_>, remarks: &mut Remarks) {
    let path = |resource: &serde_json::Value| resource["Metadata"]["aws:cdk:path"].as_str().map(str::to_owned);
    let Some(pipeline) = path(old.resource) else {
        let message = format!("deleting the old pipeline stack `{}` deletes all that is in it", old.view.name());
        remarks.changed(&CommentPlace::Pipeline, format!("{message}: look what else it holds"));
        return;
    };
    // `Stack/Pipeline/Pipeline/Resource`: the pipeline in the construct of CDK Pipelines. One that was given to it stands
    // apart, and the construct is known by what it has itself.
    let own = pipeline.strip_suffix("/Resource").unwrap_or(&pipeline);
    let around = own.strip_suffix("/Pipeline").filter(|rest| rest.contains('/'));
    let of_construct = |path: &str| {
        let parts = ["/CodeBuildActionRole/", "/UpdatePipeline/", "/Assets/", "/PipelinesSecurityCheck/"];
        parts.iter().find_map(|part| Some(path.split_once(part)?.0.to_owned()))
    };
    let resources = || old.resolver.template.resources();
    let construct = resources().find_map(|(_, resource)| of_construct(&path(resource)?));
    let homes: Vec<String> = [Some(own.to_owned()), around.map(str::to_owned), construct]
        .into_iter()
        .flatten()
        .map(|home| format!("{home}/"))
        .collect();
    let bystanders: Vec<String> = resources()
        .filter(|(_, resource)| resource["Type"] != "AWS::CDK::Metadata")
        .filter(|(_, resource)| {
            path(resource).is_none_or(|path| homes.iter().all(|home| !path.starts_with(home.as_str())))
        })
        .map(|(id, resource)| format!("`{id}` ({})", resource["Type"].as_str().unwrap_or_default()))
        .collect();
    if !bystanders.is_empty() {
        let named = bystanders.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = bystanders.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!(
            "the old pipeline stack `{}` holds {} besides the pipeline: {named}{more}",
            old.view.name(),
            text::count(bystanders.len(), "resource")
        );
        let remedy = "move what is still needed to a stack of its own before the old one is deleted";
        remarks.lost(&CommentPlace::Pipeline, message, remedy);
    }
}
