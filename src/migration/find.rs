//! The old pipeline in an assembly.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde_json::Value;

use super::MigrationError;
use super::old::OldPipeline;
use super::resolve::Resolver;
use crate::assembly::{Assembly, StackView};
use crate::cfn::Template;

/// A resource that is a pipeline.
struct Candidate<'a> {
    view: StackView<'a>,
    template: &'a Template,
    id: &'a str,
    resource: &'a Value,
}

impl<'a> Candidate<'a> {
    fn read(&self) -> Option<OldPipeline<'a>> {
        let resolver = Resolver {
            template: self.template,
            environment: self.view.environment(),
            stack_name: self.view.stack.stack_name.as_deref().unwrap_or(self.view.id),
        };
        OldPipeline::read(self.view, resolver, self.resource)
    }

    fn stack(&self) -> String {
        self.view.artifact.display_name.as_deref().unwrap_or(self.view.id).to_owned()
    }

    fn is_called(&self, wanted: &str) -> bool {
        [self.stack().as_str(), self.view.name(), self.view.id, self.id].contains(&wanted)
    }
}

/// Finds the pipeline, in the wanted stack if one is wanted.
pub(super) fn find<'a>(
    assembly: &'a Assembly,
    templates: &'a BTreeMap<Utf8PathBuf, Template>,
    wanted: Option<&str>,
) -> Result<OldPipeline<'a>, MigrationError> {
    let mut candidates: Vec<Candidate<'a>> = Vec::new();
    for view in assembly.stacks() {
        let Some(template) = templates.get(&view.template()) else { continue };
        let pipelines = template.resources().filter(|(_, resource)| resource["Type"] == "AWS::CodePipeline::Pipeline");
        candidates.extend(pipelines.map(|(id, resource)| Candidate { view, template, id, resource }));
    }
    if let Some(wanted) = wanted {
        let stacks = names(&candidates);
        candidates.retain(|candidate| candidate.is_called(wanted));
        if candidates.is_empty() && !stacks.is_empty() {
            return Err(MigrationError::UnknownStack { wanted: wanted.to_owned(), stacks });
        }
    }
    // An app may deploy pipelines that are none of CDK Pipelines.
    let mut read: Vec<(&Candidate<'a>, OldPipeline<'a>)> =
        candidates.iter().filter_map(|candidate| Some((candidate, candidate.read()?))).collect();
    match (read.len(), candidates.first()) {
        (_, None) => Err(MigrationError::NoPipeline),
        (0, Some(candidate)) => Err(MigrationError::Foreign { stack: candidate.stack() }),
        (1, _) => Ok(read.remove(0).1),
        _ => {
            let several: Vec<&Candidate<'a>> = read.iter().map(|(candidate, _)| *candidate).collect();
            let stacks: Vec<String> = several.iter().map(|candidate| candidate.stack()).collect();
            let are_in_one_stack = stacks.iter().all(|stack| *stack == stacks[0]);
            let ids = || several.iter().map(|candidate| candidate.id.to_owned()).collect();
            Err(MigrationError::Several { pipelines: if are_in_one_stack { ids() } else { stacks } })
        }
    }
}

fn names(candidates: &[Candidate<'_>]) -> Vec<String> {
    let mut names: Vec<String> = candidates.iter().map(Candidate::stack).collect();
    names.dedup();
    names
}
