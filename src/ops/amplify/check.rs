//! `amplify check`: all that is wrong with an export, and what would be created.

use camino::{Utf8Path, Utf8PathBuf};

use super::{ExportError, read};
use crate::amplify::gen1::{Backend, Options, SuppliedTemplate};
use crate::cfn::TEMPLATE_LIMIT;
use crate::diagnostic::Report;
use crate::disk;
use crate::id::Qualifier;
use crate::ops::files::unreadable_template;

/// What is chosen beside an export, as on a command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The environment; that of the export if absent.
    pub environment: Option<String>,
    /// Files of templates that the export lacks, by the logical ids of their stacks.
    pub templates: Vec<(String, Utf8PathBuf)>,
}

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// The backend, if nothing is wrong.
    pub backend: Option<Backend>,
    /// All findings.
    pub report: Report,
}

/// Checks an export by rendering it.
pub fn check(folder: &Utf8Path, choices: &Choices) -> Result<Checked, ExportError> {
    let (export, mut report) = read::export(folder, folder)?;
    let mut options = Options {
        environment: choices.environment.clone(),
        bucket: format!("cdk-{}-assets-${{AWS::AccountId}}-${{AWS::Region}}", Qualifier::default()),
        ..Options::default()
    };
    for (stack, file) in &choices.templates {
        match disk::read_text(file, TEMPLATE_LIMIT as u64) {
            Ok(text) => {
                options.templates.insert(stack.clone(), SuppliedTemplate { file: file.clone(), text });
            }
            Err(error) => report.push(unreadable_template(file, &error, None)),
        }
    }
    let mut backend = None;
    if let Some(export) = export {
        let (rendered, findings) = export.render(&options);
        report.append(findings);
        backend = rendered;
    }
    Ok(Checked { backend: backend.filter(|_| !report.has_errors()), report })
}
