//! The stacks of a stage do not wait for each other in a circle.

use std::ops::Range;

use super::StageOutline;
use crate::definition::read::Context;
use crate::text;

/// An edge: the position of the stack waited for, and where that is said.
type Wait<'a> = (usize, &'a Range<usize>);

/// How far a stack has been looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    OnPath,
    Done,
}

pub(super) fn check(context: &Context<'_>, stage: &StageOutline) {
    let waits: Vec<Vec<Wait<'_>>> = (0..stage.stacks.len()).map(|position| waits(stage, position)).collect();
    let mut marks = vec![Mark::New; waits.len()];
    for start in 0..waits.len() {
        walk(context, stage, &waits, &mut marks, start);
    }
}

fn waits(stage: &StageOutline, position: usize) -> Vec<Wait<'_>> {
    let stack = &stage.stacks[position];
    let own = stage.name.as_ref().map(|name| &name.value);
    let by_output = stack.uses.outputs.iter().filter(|used| Some(&used.value.stage) == own);
    let by_output = by_output.filter_map(|used| Some((stage.position_of(&used.value.stack)?, &used.span)));
    let by_order = stack.depends_on.iter().filter_map(|name| Some((stage.position_of(&name.value)?, &name.span)));
    // A stack that uses its own outputs has been told so.
    let is_own_output = |wait: &Wait<'_>| wait.0 == position;
    by_output.filter(|wait| !is_own_output(wait)).chain(by_order).collect()
}

/// Depth-first with a path of its own, so that no chain of stacks is too long for the program's stack.
fn walk(context: &Context<'_>, stage: &StageOutline, waits: &[Vec<Wait<'_>>], marks: &mut [Mark], start: usize) {
    if marks[start] != Mark::New {
        return;
    }
    let mut path = vec![(start, 0)];
    marks[start] = Mark::OnPath;
    while let Some((here, next)) = path.last_mut() {
        let here = *here;
        let Some((target, span)) = waits[here].get(*next) else {
            marks[here] = Mark::Done;
            path.pop();
            continue;
        };
        *next += 1;
        match marks[*target] {
            Mark::Done => {}
            Mark::New => {
                marks[*target] = Mark::OnPath;
                path.push((*target, 0));
            }
            Mark::OnPath => {
                let circle = path.iter().map(|(position, _)| *position).skip_while(|position| position != target);
                let circle: Vec<usize> = circle.collect();
                report(context, stage, &circle, span);
            }
        }
    }
}

fn report(context: &Context<'_>, stage: &StageOutline, circle: &[usize], span: &Range<usize>) {
    let names: Vec<&str> = circle
        .iter()
        .filter_map(|position| stage.stacks[*position].name.as_ref())
        .map(|name| name.value.as_str())
        .collect();
    let message = match names.as_slice() {
        [only] => format!("stack `{only}` waits for itself"),
        _ => format!("stacks {} wait for each other", text::list(&names)),
    };
    context.report(context.error("cycle", message, span.clone(), "closes the circle"));
}
