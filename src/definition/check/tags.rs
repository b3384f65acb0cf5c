//! A stack has its own tags, those of its stage and those of the pipeline: together no more than the service allows.

use std::collections::BTreeSet;

use super::Outline;
use crate::definition::STACK_TAGS;
use crate::definition::read::{Context, Placed};
use crate::text;

/// The keys of a table of tags.
type Keys = Option<Placed<BTreeSet<String>>>;

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    let pipeline = [&outline.tags];
    too_many(context, &pipeline, "in `[pipeline]`");
    for stage in &outline.stages {
        let stage_and_pipeline = [&stage.tags, &outline.tags];
        too_many(context, &stage_and_pipeline, "with those of the pipeline");
        for stack in &stage.stacks {
            too_many(
                context,
                &[&stack.tags, &stage.tags, &outline.tags],
                "with those of its stage and of the pipeline",
            );
        }
    }
}

/// Reports too many tags at the first table, unless the others alone are too many already.
fn too_many(context: &Context<'_>, tables: &[&Keys], which: &str) {
    let [Some(own), others @ ..] = tables else { return };
    let keys = |tables: &[&Keys]| -> BTreeSet<String> {
        tables.iter().copied().flatten().flat_map(|keys| keys.value.iter().cloned()).collect()
    };
    let total = keys(tables).len();
    if total <= STACK_TAGS || keys(others).len() > STACK_TAGS {
        return;
    }
    let message = format!("{} {which}; a stack has at most {STACK_TAGS}, and pipectl's own", text::count(total, "tag"));
    let finding = context.error("limit", message, own.span.clone(), "too many");
    let finding = others.iter().copied().flatten().fold(finding, |finding, keys| {
        finding.at(context.file(), keys.span.clone(), format!("{} here", text::count(keys.value.len(), "tag")))
    });
    context.report(finding);
}
