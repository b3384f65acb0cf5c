//! The commands of a build, from the buildspec of its project.

use camino::{Utf8Path, Utf8PathBuf};

use super::old::{OldAction, OldPipeline};
use super::remark::Remarks;
use crate::buildspec::{Buildspec, PhaseName, Shell};
use crate::definition::CommentPlace;
use crate::text;

/// What a build does.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Its commands.
    pub(super) commands: Vec<String>,
    /// The folder of what it gives out.
    pub(super) gives: Option<Utf8PathBuf>,
    /// The variables that it exports.
    pub(super) exports: Vec<String>,
    /// Variables that the buildspec sets.
    pub(super) variables: Vec<(String, String)>,
}

/// Reads the buildspec of an action's project.
pub(super) fn work(old: &OldPipeline<'_>, action: &OldAction<'_>, place: &CommentPlace, remarks: &mut Remarks) -> Work {
    let Some(written) = old.buildspec(action) else {
        remarks.fill_in(
            place,
            format!("the project of the action `{}` is not part of the old pipeline stack", action.name),
            "write its commands here",
        );
        return Work::default();
    };
    if !written.text.contains('\n') && !written.text.trim_start().starts_with('{') {
        remarks.fill_in(
            place,
            format!("the buildspec of the action `{}` is the file `{}` of its input", action.name, written.text),
            "write its commands here",
        );
        return Work::default();
    }
    let file = Utf8Path::new("buildspec");
    let parsed = match Buildspec::parse(file, &written.text) {
        Ok(parsed) => parsed,
        Err(report) => {
            let why = report.diagnostics.first().map(|finding| finding.message.clone()).unwrap_or_default();
            let message = format!("the buildspec of the action `{}` could not be read: {why}", action.name);
            remarks.fill_in(place, message, "write its commands here");
            return Work::default();
        }
    };
    let phases = PhaseName::ALL.iter().filter_map(|name| parsed.phases.get(*name));
    let commands: Vec<String> = phases.flat_map(|phase| phase.commands.iter().chain(&phase.finally)).cloned().collect();
    let commands = without_preparations(commands, place, remarks);
    let unknown = written.unknown_in(&commands.join("\n")).join(", ");
    if !unknown.is_empty() {
        remarks.fill_in(
            place,
            format!("the commands use {unknown} of the old pipeline stack"),
            "write names that are known, and keep what they name when the old stack goes",
        );
    }
    tell_of_the_rest(&parsed, place, remarks);
    let gives = parsed.artifacts.as_ref().and_then(|artifacts| artifacts.primary.base_directory.clone());
    Work {
        commands,
        gives: gives.map(Utf8PathBuf::from),
        exports: parsed.environment.exported_variables,
        variables: parsed.environment.variables.into_iter().collect(),
    }
}

/// Leaves out the commands that CDK Pipelines puts in front: those that place additional inputs, which the inputs' own
/// remarks tell of, and those that write credentials of registries.
fn without_preparations(commands: Vec<String>, place: &CommentPlace, remarks: &mut Remarks) -> Vec<String> {
    let has_credentials = commands.iter().any(|command| command.contains("/.cdk/cdk-docker-creds.json"));
    if has_credentials {
        remarks.lost(
            place,
            "the credentials of container registries (`dockerCredentials`)",
            "log in by a command, and give the role what that needs by `statements`",
        );
    }
    let is_of_credentials =
        |command: &str| command.contains("/.cdk/cdk-docker-creds.json") || command == "mkdir $HOME/.cdk";
    let is_of_inputs = |command: &str| command.contains("additionalInputs:") && command.contains("$CODEBUILD_SRC_DIR_");
    let kept = commands.into_iter().filter(|command| {
        let is_blank = command.trim().is_empty();
        !(is_blank || is_of_inputs(command) || (has_credentials && is_of_credentials(command)))
    });
    kept.collect()
}

/// What a buildspec says besides commands.
fn tell_of_the_rest(buildspec: &Buildspec, place: &CommentPlace, remarks: &mut Remarks) {
    let phases: Vec<_> = PhaseName::ALL.iter().filter_map(|name| buildspec.phases.get(*name)).collect();
    let runtimes: Vec<String> = phases
        .iter()
        .flat_map(|phase| &phase.runtime_versions)
        .map(|(runtime, version)| format!("{runtime} {version}"))
        .collect();
    if !runtimes.is_empty() {
        remarks.lost(
            place,
            format!("the buildspec's `runtime-versions`: {}", text::list(&runtimes)),
            "take an `image` that has them, or let a command choose them (`n 22` does for Node.js in CodeBuild's images)",
        );
    }
    if buildspec.phases.post_build.as_ref().is_some_and(|phase| !phase.commands.is_empty())
        || phases.iter().any(|phase| !phase.finally.is_empty())
    {
        remarks.changed(
            place,
            "commands of `post_build` and `finally` ran after a failed command too; now all commands end with the first that fails",
        );
    }
    if phases.iter().any(|phase| phase.on_failure.is_some()) {
        remarks.lost(place, "the buildspec's `on-failure`", "handle failures in the commands: `… || …`");
    }
    if buildspec.run_as.is_some() || phases.iter().any(|phase| phase.run_as.is_some()) {
        remarks.lost(place, "the buildspec's `run-as`", "change the user in the commands");
    }
    let environment = &buildspec.environment;
    let secret: Vec<&String> = environment.parameter_store.keys().chain(environment.secrets_manager.keys()).collect();
    if !secret.is_empty() {
        remarks.lost(
            place,
            format!("variables from Parameter Store and Secrets Manager: {}", text::list(&secret)),
            "read them by a command (`aws ssm get-parameter`, `aws secretsmanager get-secret-value`), with a right in `statements`",
        );
    }
    if environment.shell != Shell::Sh {
        remarks.lost(place, "the buildspec's `shell`: commands run in `sh`", "call the shell: `bash -c '…'`");
    }
    if !buildspec.reports.is_empty() {
        let names: Vec<&String> = buildspec.reports.keys().collect();
        remarks.lost(place, format!("the test reports {}", text::list(&names)), "publish them by a command");
    }
    if buildspec.cache.is_some() {
        remarks.lost(place, "the buildspec's `cache`", "nothing has to be done: builds are slower, not different");
    }
}
