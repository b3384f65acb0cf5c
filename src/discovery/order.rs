//! The stacks of a stage do not wait for each other in a circle.

use crate::definition::Stack;
use crate::diagnostic::{Diagnostic, Report};
use crate::id::Name;
use crate::text;

/// Takes away, again and again, what waits for nothing that is left. What cannot be taken away is in a circle, or waits
/// for one.
pub(super) fn check(stage: &Name, stacks: &[Stack], report: &mut Report) {
    let mut left: Vec<&Stack> = stacks.iter().collect();
    loop {
        let names: Vec<&Name> = left.iter().map(|stack| &stack.name).collect();
        let before = left.len();
        left.retain(|stack| stack.waits_for(stage).iter().any(|need| names.contains(&need)));
        if left.is_empty() {
            return;
        }
        if left.len() == before {
            let names: Vec<&str> = names.into_iter().map(Name::as_str).collect();
            let message = format!("stage `{stage}`: the stacks {} wait for each other", text::list(&names));
            let help = "remove a dependency from the app, or an output from `parameters`";
            report.push(Diagnostic::error("cycle", message).help(help));
            return;
        }
    }
}
