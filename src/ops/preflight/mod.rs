//! What has to be true before the first write: environments, alarms, source, token. Every failure is found in one go, each with
//! its remedy.

mod alarms;
mod environments;
mod imports;
mod makers;
mod source;
mod templates;

pub use environments::environments;
pub use templates::Templates;

use crate::aws::Aws;
use crate::aws::secrets::SecretValue;
use crate::definition::Definition;
use crate::diagnostic::{Diagnostic, Explain, FailureKind, Report};
use crate::event::Events;
use crate::id::Environment;

/// What is checked, with what is known of it already.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The definition.
    pub definition: &'a Definition,
    /// Its text.
    pub text: &'a str,
    /// Its path, seen from the top of the repository.
    pub file: &'a camino::Utf8Path,
    /// Where its templates are.
    pub templates: &'a Templates,
    /// Where the pipeline lives.
    pub environment: &'a Environment,
    /// The token's secret, where the source needs one and there is one.
    pub secret: Option<&'a SecretValue>,
}

/// Something that is not ready.
#[derive(Debug, thiserror::Error)]
#[error("{} before the pipeline can be deployed", missing(.report.diagnostics.len()))]
pub struct PreflightError {
    kind: FailureKind,
    report: Report,
}

fn missing(number: usize) -> String {
    match number {
        1 => "1 thing is missing".to_owned(),
        number => format!("{number} things are missing"),
    }
}

impl Explain for PreflightError {
    fn kind(&self) -> FailureKind {
        self.kind
    }

    fn report(&self) -> Option<&Report> {
        Some(&self.report)
    }
}

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    report: Report,
    /// Whether something was found that the user can make ready himself.
    is_unready: bool,
}

impl Findings {
    /// Adds something that is not ready.
    fn unready(&mut self, code: &'static str, message: impl Into<String>, remedies: Vec<String>) {
        self.is_unready = true;
        self.add(code, message.into(), remedies);
    }

    /// Adds an error that knows its remedies.
    fn failed(&mut self, code: &'static str, error: &dyn Explain) {
        self.is_unready |= error.kind() == FailureKind::NotReady;
        self.add(code, error.to_string(), error.hints());
    }

    fn add(&mut self, code: &'static str, message: String, remedies: Vec<String>) {
        let finding = Diagnostic::error(code, message);
        self.report.push(remedies.into_iter().fold(finding, Diagnostic::help));
    }

    fn settle(self) -> Result<(), PreflightError> {
        let kind = if self.is_unready { FailureKind::NotReady } else { FailureKind::Refused };
        if self.report.has_errors() { Err(PreflightError { kind, report: self.report }) } else { Ok(()) }
    }
}

/// Checks everything, as a person's deployment needs it.
pub async fn check(aws: &Aws, subject: Subject<'_>, github_api: &str, events: &Events) -> Result<(), PreflightError> {
    events.step(match subject.definition.stages.iter().any(|stage| stage.alarms.is_some()) {
        true => "checking environments, alarms, source and token",
        false => "checking environments, source and token",
    });
    let mut findings = Findings::default();
    environments::check(aws, subject, &mut findings).await;
    alarms::check(aws, subject, events, &mut findings).await;
    imports::check(aws, subject, events, &mut findings).await;
    source::check(aws, subject, github_api, events, &mut findings).await;
    findings.settle()
}

/// Checks that the next push can come in, as the pipeline's own update needs it.
pub async fn check_source(
    aws: &Aws,
    subject: Subject<'_>,
    github_api: &str,
    events: &Events,
) -> Result<(), PreflightError> {
    let mut findings = Findings::default();
    source::check(aws, subject, github_api, events, &mut findings).await;
    findings.settle()
}
