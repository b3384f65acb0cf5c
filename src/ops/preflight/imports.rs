//! What stages import is there, as far as whoever deploys may see it.

use super::{Findings, Subject};
use crate::aws::Aws;
use crate::diagnostic::Explain;
use crate::event::Events;
use crate::ops::imports;

/// Reads what stages import, as the pipeline will. Where these credentials may not, a warning tells.
pub(super) async fn check(aws: &Aws, subject: Subject<'_>, events: &Events, findings: &mut Findings) {
    for stage in subject.definition.stages.iter().filter(|stage| stage.reading.is_some()) {
        match imports::read(aws, subject.definition, stage, subject.environment).await {
            Ok((_, report)) => {
                for finding in report.diagnostics {
                    let message = format!("stage `{}`: {}", stage.name, finding.message);
                    findings.unready(finding.code, message, finding.help);
                }
            }
            Err(error) => {
                let message = format!("the imports of stage `{}` could not be read: {error}", stage.name);
                let hints = match error.is_denied() {
                    true => {
                        vec!["the pipeline reads them with a role of its own, when it comes to the stage".to_owned()]
                    }
                    false => error.hints(),
                };
                events.warning(message, hints);
            }
        }
    }
}
