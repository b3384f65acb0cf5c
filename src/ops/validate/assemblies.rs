//! The stacks of assemblies and backends, as far as the assemblies and exports are there.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Agreement;
use crate::amplify::gen1::Export;
use crate::assembly::Assembly;
use crate::definition::Definition;
use crate::diagnostic::{Diagnostic, Explain, Report, chain};
use crate::discovery::{self, LeftOut, Reason, Sources};
use crate::ops::discover;

/// Finds the stacks that are there, and tells in which assemblies. A stage that only a build can complete stays as it is written. How what was found fits
/// together shows only of a definition that is at one with itself.
pub(super) fn discovered(
    definition: Definition,
    folder: &Utf8Path,
    exports: &BTreeMap<Utf8PathBuf, Export>,
    agreement: Agreement,
    report: &mut Report,
) -> (Definition, BTreeMap<Utf8PathBuf, Assembly>) {
    let (assemblies, unusable) = discover::assemblies(&definition, folder);
    for error in unusable {
        let finding = Diagnostic::error("assembly", chain(&error));
        report.push(error.hints().into_iter().fold(finding, Diagnostic::help));
    }
    let sources = Sources { assemblies: &assemblies, exports, remembered: &BTreeMap::new() };
    let found = discovery::find(&definition, sources);
    let misfits = (agreement == Agreement::Whole).then(|| found.misfits());
    report.append(found.report);
    report.append(misfits.unwrap_or_default());
    for LeftOut { stage, reason } in &found.left_out {
        match reason {
            // What is there and cannot be used has been reported.
            Reason::NotBuilt(path) | Reason::NotExported(path) if folder.join(path).exists() => {}
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
    let mut complete = found.definition.stages.into_iter().peekable();
    let mut definition = definition;
    for stage in &mut definition.stages {
        if let Some(complete) = complete.next_if(|complete| complete.name == stage.name) {
            stage.stacks = complete.stacks;
        }
    }
    (definition, assemblies)
}
