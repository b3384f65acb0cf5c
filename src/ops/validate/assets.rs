//! The files and folders that become assets are there, and lead nowhere else.

use super::Check;
use super::files::{self, Origin};
use crate::definition::Stack;
use crate::diagnostic::{Diagnostic, Explain, chain};
use crate::ops::synth::{SynthError, check_source};
use crate::synth::{asset_sources, find_stack};

/// Looks at the assets that the definition names.
pub(super) fn check(check: &mut Check<'_>, stack: &Stack, path: &str) {
    for (position, asset) in stack.assets.iter().enumerate() {
        let path = format!("{path}.asset.{position}.path");
        match check_source(&check.locate(&asset.path), check.folder) {
            Ok(()) => {}
            Err(SynthError::Missing { .. }) => {
                files::missing(check, ("missing-asset", "asset"), Origin::SourceOrBuild, &asset.path, &path);
            }
            Err(error) => unusable(check, &error, &path, "named here"),
        }
    }
}

/// Looks at the assets of a stack that was found in an assembly.
pub(super) fn check_sources(check: &mut Check<'_>, stack: &Stack, path: &str) {
    let Some(origin) = stack.origin.assembly() else { return };
    let Some(view) = find_stack(check.assemblies, origin) else { return };
    for source in asset_sources(origin, &view) {
        if !check.sources.insert(source.clone()) {
            continue;
        }
        match check_source(&check.locate(&source), &check.locate(&origin.assembly)) {
            Ok(()) => {}
            Err(SynthError::Missing { .. }) => {
                files::missing(check, ("missing-asset", "asset"), Origin::Assembly, &source, path);
            }
            Err(error) => unusable(check, &error, path, "found here"),
        }
    }
}

fn unusable(check: &mut Check<'_>, error: &SynthError, path: &str, label: &str) {
    let finding = check.error("unusable-asset", chain(error), path, label);
    check.report.push(error.hints().into_iter().fold(finding, Diagnostic::help));
}
