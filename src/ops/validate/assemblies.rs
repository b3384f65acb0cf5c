//! The stacks of assemblies, as far as the assemblies are there.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::definition::Definition;
use crate::diagnostic::{Diagnostic, Explain, Report};
use crate::discovery::{self, LeftOut, Reason, Sources};
use crate::ops::discover;

/// Finds the stacks that are there. A stage that only a build can complete stays as it is written.
pub(super) fn discovered(definition: Definition, folder: &Utf8Path, report: &mut Report) -> Definition {
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
    let found =
        match discovery::discover(&definition, Sources { assemblies: &assemblies, remembered: &BTreeMap::new() }) {
            Ok(found) => found,
            Err(findings) => {
                report.append(findings);
                return definition;
            }
        };
    report.append(found.warnings);
    for LeftOut { stage, reason } in &found.left_out {
        if let Reason::NotBuilt(path) = reason {
            let message = format!("stage `{stage}`: the assembly `{path}` does not exist");
            let help = "that is fine if the build makes it: its stacks are checked then";
            report.push(Diagnostic::warning("missing-assembly", message).help(help));
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
