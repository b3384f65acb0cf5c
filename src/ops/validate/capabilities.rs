//! The capabilities that a stack grants against those that its template needs.

use super::{Check, Subject};
use crate::cfn::Capability;
use crate::text;

pub(super) fn check(check: &mut Check<'_>, subject: &Subject<'_>) {
    let Some(granted) = &subject.stack.capabilities else { return };
    let lacking: Vec<&str> = subject
        .template
        .capabilities()
        .into_iter()
        .filter(|needed| !is_granted(granted, *needed))
        .map(Capability::as_str)
        .collect();
    if !lacking.is_empty() {
        let template = &subject.stack.template;
        let message = format!("template `{template}` needs {}", text::list(&lacking));
        let path = format!("{}.capabilities", subject.path);
        let finding = check.error("missing-capability", message, &path, "not granted here");
        check.report.push(finding.help("add it, or remove `capabilities`, which grants all"));
    }
}

fn is_granted(granted: &[Capability], needed: Capability) -> bool {
    granted.contains(&needed) || (needed == Capability::Iam && granted.contains(&Capability::NamedIam))
}
