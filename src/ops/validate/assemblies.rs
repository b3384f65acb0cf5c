//! The stacks of assemblies and backends, as far as the assemblies and exports are there.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::amplify::gen1::Export;
use crate::definition::Definition;
use crate::diagnostic::{Diagnostic, Explain, Report};
use crate::discovery::{self, LeftOut, Reason, Sources};
use crate::ops::discover;

/// Finds the stacks that are there. A stage that only a build can complete stays as it is written.
pub(super) fn discovered(
    definition: Definition,
    folder: &Utf8Path,
    exports: &BTreeMap<Utf8PathBuf, Export>,
    report: &mut Report,
) -> Definition {
    let assemblies = match discover::assemblies(&definition, folder) {
        Ok(assemblies) => assemblies,
        Err(error) => {
            let mut message = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(source) = cause {
                message = format!("{message}: {source}");
                cause = source.source();
            }
            let finding = Diagnostic::error("assembly", message);
            report.push(error.hints().into_iter().fold(finding, Diagnostic::help));
            return definition;
        }
    };
    let sources = Sources { assemblies: &assemblies, exports, remembered: &BTreeMap::new() };
    let found = match discovery::discover(&definition, sources) {
        Ok(found) => found,
        Err(findings) => {
            report.append(findings);
            return definition;
        }
    };
    report.append(found.warnings);
    for LeftOut { stage, reason } in &found.left_out {
        match reason {
            Reason::NotBuilt(path) => {
                let message = format!("stage `{stage}`: the assembly `{path}` does not exist");
                let help = "that is fine if the build makes it: its stacks are checked then";
                report.push(Diagnostic::warning("missing-assembly", message).help(help));
            }
            Reason::NotExported(path) => {
                let message = format!("stage `{stage}`: the export `{path}` does not exist");
                let help =
                    "`amplify export --out DIR` writes it; then commit it. It is fine only if the build makes it";
                report.push(Diagnostic::warning("missing-export", message).help(help));
            }
            // The program itself is looked at; that its build has not been here yet is nothing special.
            Reason::NotSynthesised(_) | Reason::Uses(_) => {}
        }
    }
    let mut definition = definition;
    for stage in &mut definition.stages {
        if let Some(complete) = found.definition.stages.iter().find(|complete| complete.name == stage.name) {
            stage.stacks.clone_from(&complete.stacks);
        }
    }
    definition
}
