//! What a stack changes in its template, against the template.

use super::Check;
use crate::cfn::Template;
use crate::overrides::{Overrides, apply_to_template};

/// The template as it is deployed. `path` is that of the stack.
pub(super) fn applied(check: &mut Check<'_>, template: Template, overrides: &Overrides, path: &str) -> Template {
    let (template, findings) = apply_to_template(template, overrides);
    for finding in findings {
        let table = finding.table.unwrap_or_else(|| "override".to_owned());
        // What an override names is its first key, whichever of the two it is.
        let span = ["resource", "type"].map(|key| check.places.span(&format!("{path}.{table}.{key}")));
        let span = span.into_iter().min_by_key(ExactSizeIterator::len).unwrap_or_default();
        check.report.push(finding.diagnostic.at(check.file, span, ""));
    }
    template
}
