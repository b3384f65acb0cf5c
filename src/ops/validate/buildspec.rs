//! The buildspec file of the build: there, readable, and giving what the pipeline takes from it.

use std::io::ErrorKind;

use camino::Utf8Path;

use super::Check;
use super::files::{self, Origin};
use crate::buildspec::{Buildspec, LARGEST, PhaseName};
use crate::definition::BuildWork;
use crate::diagnostic::{Diagnostic, SourceFile};
use crate::disk;

/// The definition's place that all findings are about.
const PATH: &str = "build.buildspec";
/// The artifacts that the pipeline takes from the build.
const ARTIFACTS: [&str; 2] = ["Assembly", "Templates"];
/// What runs the programs of Amplify's backends.
const SYNTHESIS: &str = "amplify synth";

pub(super) fn check(check: &mut Check<'_>) {
    let BuildWork::Buildspec(buildspec) = &check.definition.build.work else { return };
    let file = check.locate(buildspec);
    let text = match disk::read_text(&file, LARGEST as u64) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            files::missing(check, ("missing-buildspec", "buildspec"), Origin::Source, buildspec, PATH);
            return;
        }
        Err(error) => {
            let message = format!("buildspec `{buildspec}` cannot be read: {error}");
            let finding = check.error("unreadable-buildspec", message, PATH, "named here");
            check.report.push(finding.help(disk::remedy(&file, &error)));
            return;
        }
    };
    match Buildspec::parse(&file, &text) {
        Ok(parsed) => {
            check.report.append(parsed.warnings.clone());
            check.report.sources.push(SourceFile { path: file.clone(), text });
            demands(check, &file, &parsed);
        }
        Err(report) => check.report.append(report),
    }
}

fn demands(check: &mut Check<'_>, file: &Utf8Path, buildspec: &Buildspec) {
    // A script of the user's may call pipectl; its name tells, or it is not known.
    if !any_command(buildspec, |command| command.replace(SYNTHESIS, "").contains("synth")) {
        let finding = demand(check, file, "no-synthesis", "does not call `pipectl synth`");
        check.report.push(finding.help("add `pipectl synth --out pipectl.out` to the commands of phase `build`"));
    }
    let mut backends = check.definition.stages.iter().flat_map(|stage| &stage.backends);
    if backends.any(|backend| backend.program().is_some())
        && !any_command(buildspec, |command| command.contains(SYNTHESIS))
    {
        let finding = demand(check, file, "no-synthesis", "does not call `pipectl amplify synth`");
        check
            .report
            .push(finding.help("add `pipectl amplify synth` before `pipectl synth`: it runs Amplify's programs"));
    }
    if !any_command(buildspec, |command| command.contains("PIPECTL_SETUP")) {
        let finding = demand(check, file, "no-setup", "does not put the pinned pipectl on the PATH");
        check.report.push(finding.help("make `eval \"$PIPECTL_SETUP\"` the first command of phase `install`"));
    }
    let given = buildspec.artifacts.as_ref().map(|artifacts| &artifacts.secondary);
    for artifact in ARTIFACTS {
        if !given.is_some_and(|given| given.contains_key(artifact)) {
            let finding = demand(check, file, "missing-artifact", &format!("does not give out artifact `{artifact}`"));
            check.report.push(
                finding
                    .help(format!("declare it below `artifacts`, `secondary-artifacts`, `{artifact}`"))
                    .help("`pipectl init` writes a buildspec with both artifacts"),
            );
        }
    }
}

fn any_command(buildspec: &Buildspec, is_it: impl Fn(&str) -> bool) -> bool {
    PhaseName::ALL
        .iter()
        .filter_map(|name| buildspec.phases.get(*name))
        .flat_map(|phase| phase.commands.iter().chain(&phase.finally))
        .any(|command| is_it(command))
}

fn demand(check: &Check<'_>, file: &Utf8Path, code: &'static str, what: &str) -> Diagnostic {
    check.error(code, format!("buildspec `{file}` {what}"), PATH, "the pipeline's build")
}
