//! The stages of a wave are neighbours.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Outline;
use crate::definition::read::Context;
use crate::id::Name;

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    let mut last: BTreeMap<&Name, (usize, &Range<usize>)> = BTreeMap::new();
    for (position, stage) in outline.stages.iter().enumerate() {
        let Some(wave) = &stage.wave else { continue };
        if let Some((before, span)) = last.insert(&wave.value, (position, &wave.span))
            && before + 1 < position
        {
            let message = format!("the stages of wave `{}` are not neighbours", wave.value);
            let diagnostic = context.error("split-wave", message, wave.span.clone(), "this stage stands apart").at(
                context.file(),
                span.clone(),
                "the wave ends here",
            );
            context.report(diagnostic.help("move the stages together, or give this one a wave of its own"));
        }
    }
}
