//! Names are unique where they must be, and are not those that pipectl needs itself.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Outline, StackKind, StackOutline, StageOutline};
use crate::definition::model::IMPORTS_STEP;
use crate::definition::read::{Context, Placed};
use crate::id::{Name, PipelineName};

/// The pipeline's own stages.
pub const RESERVED_STAGES: [&str; 5] = ["Source", "Build", "UpdatePipeline", "PublishAssets", "UpdateAfterBuild"];
/// The actions that a stage has besides those of its steps and stacks.
pub const RESERVED_STEPS: [&str; 6] = [IMPORTS_STEP, "Guard", "Review", "Approve", "AutoApprove", "Protect"];

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    let stages = outline.stages.iter().filter_map(|stage| stage.name.as_ref());
    unique(context, "stage", stages.clone());
    for name in stages {
        reserved(context, name, &RESERVED_STAGES, "the pipeline itself has a stage of this name");
    }
    for stage in &outline.stages {
        unique(context, "stack", stage.stacks.iter().filter_map(|stack| stack.name.as_ref()));
        let steps = stage.steps.iter().filter_map(|step| step.name.as_ref());
        unique(context, "step", steps.clone());
        for name in steps {
            reserved(context, name, &RESERVED_STEPS, "pipectl itself adds an action of this name");
        }
        for stack in &stage.stacks {
            unique(context, "asset", &stack.assets);
        }
    }
    builds(context, outline);
    stacks(context, outline);
}

/// Names differ in more than case, because folders and projects are named after them.
fn unique<'a>(context: &Context<'_>, noun: &str, names: impl IntoIterator<Item = &'a Placed<Name>>) {
    let mut first: BTreeMap<String, &Range<usize>> = BTreeMap::new();
    for name in names {
        match first.get(&name.value.as_str().to_lowercase()) {
            Some(span) => {
                let help = "names must differ in more than upper and lower case";
                duplicate(context, format!("two {noun}s are called `{}`", name.value), &name.span, span, help);
            }
            None => {
                first.insert(name.value.as_str().to_lowercase(), &name.span);
            }
        }
    }
}

fn duplicate(context: &Context<'_>, message: String, again: &Range<usize>, first: &Range<usize>, help: &str) {
    let diagnostic = context.error("duplicate-name", message, again.clone(), "again");
    // A place that is its own first one has nothing to show: the name comes from somewhere else.
    let diagnostic =
        if again == first { diagnostic } else { diagnostic.at(context.file(), first.clone(), "first here") };
    context.report(diagnostic.help(help));
}

fn reserved(context: &Context<'_>, name: &Placed<Name>, taken: &[&str], why: &str) {
    if let Some(taken) = taken.iter().find(|taken| taken.eq_ignore_ascii_case(name.value.as_str())) {
        let message = format!("`{taken}` is a reserved name: {why}");
        context.report(context.error("reserved-name", message, name.span.clone(), "choose another name"));
    }
}

/// Builds of steps are called `<stage>-<position>-<step>`, which two different steps can make alike.
fn builds(context: &Context<'_>, outline: &Outline) {
    let mut first: BTreeMap<String, (&Name, &Range<usize>)> = BTreeMap::new();
    for stage in &outline.stages {
        let Some(stage_name) = &stage.name else { continue };
        for (position, step) in stage.steps.iter().filter_map(|step| Some((step.position, step.name.as_ref()?))) {
            let build = format!("{}-{}-{}", stage_name.value, position.key(), step.value);
            match first.get(&build.to_lowercase()) {
                // In one stage, the names themselves are alike, which has been reported.
                Some((other, span)) if **other != stage_name.value => {
                    let help = "a build is called `STAGE-POSITION-STEP`; choose another name";
                    duplicate(context, format!("two builds are called `{build}`"), &step.span, span, help);
                }
                Some(_) => {}
                None => {
                    first.insert(build.to_lowercase(), (&stage_name.value, &step.span));
                }
            }
        }
    }
}

/// Physical stack names are unique in an environment, and none is that of the pipeline.
fn stacks(context: &Context<'_>, outline: &Outline) {
    let mut first: BTreeMap<(Environment, &str), (usize, &Range<usize>)> = BTreeMap::new();
    for (position, stage) in outline.stages.iter().enumerate() {
        let environment = environment(outline, stage);
        for stack in &stage.stacks {
            let Some(physical) = &stack.stack_name else { continue };
            if outline.pipeline.as_ref().is_some_and(|name| is_pipelines_own(name, physical.value.as_str())) {
                let message =
                    format!("`{}` is a reserved name: the pipeline itself has a stack of this name", physical.value);
                context.report(context.error("reserved-name", message, physical.span.clone(), "choose another name"));
            }
            match first.get(&(environment.clone(), physical.value.as_str())) {
                // Equal names in one stage make equal physical names; the former have been reported.
                Some((other, _)) if *other == position && has_equal_names(stage) => {}
                Some((_, span)) => {
                    let message = format!("two stacks of one environment are called `{}`", physical.value);
                    duplicate(context, message, &physical.span, span, other_name(stack));
                }
                None => {
                    first.insert((environment.clone(), physical.value.as_str()), (position, &physical.span));
                }
            }
        }
    }
}

/// How a stack gets another physical name.
fn other_name(stack: &StackOutline) -> &'static str {
    match stack.kind {
        StackKind::Template | StackKind::Backend => "choose another name with `stack-name = \"…\"`",
        StackKind::Program => "choose another `backend-name` or `namespace`, or another `branch`",
    }
}

/// An environment as far as it is known.
type Environment = (Option<String>, Option<String>);

/// What a stage leaves open is the pipeline's.
fn environment(outline: &Outline, stage: &StageOutline) -> Environment {
    let account = stage.target.account.as_ref().or(outline.target.account.as_ref());
    let region = stage.target.region.as_ref().or(outline.target.region.as_ref());
    (account.map(ToString::to_string), region.map(ToString::to_string))
}

/// Whether a stack's name is one that the pipeline itself needs.
pub fn is_pipelines_own(pipeline: &PipelineName, stack: &str) -> bool {
    stack
        .strip_prefix(pipeline.as_str())
        .is_some_and(|rest| rest == "-pipeline" || rest.starts_with("-pipeline-support-"))
}

fn has_equal_names(stage: &StageOutline) -> bool {
    let mut names: Vec<&Name> = stage.stack_names().collect();
    let all = names.len();
    names.sort();
    names.dedup();
    names.len() < all
}
