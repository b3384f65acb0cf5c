//! The phases of the buildspec: their commands, and what follows a failure.

use regex::Regex;

use super::log::Log;
use super::shell::{Course, Shell};
use super::timeline::{PhaseFailure, PhaseType, Status};
use super::world::{Step, World};
use crate::buildspec::{Buildspec, OnFailure, Phase, PhaseName};

/// How the phases of the buildspec went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    /// Whether the build fails.
    pub(super) course: Course,
    /// Whether artifacts are collected.
    pub(super) artifacts: Collect,
}

/// Whether artifacts are collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collect {
    /// They are, also after a failed `build`.
    Yes,
    /// The build ended too early.
    No,
}

/// What a failed phase means to the build.
enum Next {
    /// The build goes on as if nothing had happened.
    GoOn,
    /// Only `post_build` and the artifacts follow.
    Finish,
    /// Nothing follows.
    End,
}

/// Runs all phases in their order.
///
/// ```text
/// failure in   install, pre_build   build                    post_build
/// default      the build ends       post_build, artifacts    artifacts
/// ABORT        the build ends       the build ends           the build ends
/// CONTINUE     as if it had succeeded
/// RETRY        the phase runs again; after the last time as by default
/// ```
pub(super) async fn run(buildspec: &Buildspec, shell: &mut Shell, world: &dyn World, log: &Log) -> Ended {
    let mut course = Course::Succeeding;
    for name in PhaseName::ALL {
        let phase_type = PhaseType::from(name);
        world.step(Step::Begin(phase_type));
        log.note(format!("Entering phase {name}")).await;
        let result = match buildspec.phases.get(name) {
            Some(phase) => with_retries(buildspec, phase, shell, course, log).await,
            None => Ok(()),
        };
        let status = if result.is_ok() { Status::Succeeded } else { Status::Failed };
        complete(phase_type, status, result.as_ref().err(), world, log).await;
        if result.is_ok() {
            continue;
        }
        match after_failure(name, buildspec.phases.get(name)) {
            Next::GoOn => {}
            Next::Finish => course = Course::Failing,
            Next::End => return Ended { course: Course::Failing, artifacts: Collect::No },
        }
    }
    Ended { course, artifacts: Collect::Yes }
}

/// Ends a phase, in the log as CodeBuild does.
pub(super) async fn complete(
    phase: PhaseType,
    status: Status,
    failure: Option<&PhaseFailure>,
    world: &dyn World,
    log: &Log,
) {
    let (code, message) = failure.map_or(("", ""), |failure| (failure.code, failure.message.as_str()));
    log.note(format!("Phase complete: {} State: {}", phase.word(), status.word())).await;
    log.note(format!("Phase context status code: {code} Message: {message}")).await;
    let failure = failure.map(|failure| PhaseFailure::new(failure.code, log.mask(&failure.message)));
    world.step(Step::End(phase, status, failure));
}

fn after_failure(name: PhaseName, phase: Option<&Phase>) -> Next {
    match (phase.and_then(|phase| phase.on_failure.as_ref()), name) {
        (Some(OnFailure::Continue), _) => Next::GoOn,
        (Some(OnFailure::Abort), _) => Next::End,
        (Some(OnFailure::Retry { .. }) | None, PhaseName::Install | PhaseName::PreBuild) => Next::End,
        (Some(OnFailure::Retry { .. }) | None, PhaseName::Build | PhaseName::PostBuild) => Next::Finish,
    }
}

async fn with_retries(
    buildspec: &Buildspec,
    phase: &Phase,
    shell: &mut Shell,
    course: Course,
    log: &Log,
) -> Result<(), PhaseFailure> {
    let (mut left, pattern) = match &phase.on_failure {
        // The expression was checked when the buildspec was read.
        Some(OnFailure::Retry { count, pattern }) => {
            (*count, pattern.as_deref().and_then(|text| Regex::new(text).ok()))
        }
        Some(OnFailure::Abort | OnFailure::Continue) | None => (0, None),
    };
    loop {
        let Err(failure) = once(buildspec, phase, shell, course, log).await else { return Ok(()) };
        let is_meant = pattern.as_ref().is_none_or(|pattern| pattern.is_match(&failure.message));
        if left == 0 || !is_meant {
            return Err(failure);
        }
        log.note(format!(
            "{}; trying the phase again, {} left",
            failure.message,
            crate::text::count(left as usize, "retry")
        ))
        .await;
        left -= 1;
    }
}

async fn once(
    buildspec: &Buildspec,
    phase: &Phase,
    shell: &mut Shell,
    course: Course,
    log: &Log,
) -> Result<(), PhaseFailure> {
    if let Some(user) = phase.run_as.as_ref().or(buildspec.run_as.as_ref()) {
        log.note(format!("run-as {user}: on this machine commands run as the user of the endpoint")).await;
    }
    for (tool, version) in &phase.runtime_versions {
        log.note(format!("runtime-versions {tool} {version}: commands use what this machine has")).await;
    }
    let result = commands(&phase.commands, shell, course, log).await;
    let course = if result.is_ok() { course } else { Course::Failing };
    result.and(commands(&phase.finally, shell, course, log).await)
}

/// Runs commands until one fails.
async fn commands(commands: &[String], shell: &mut Shell, course: Course, log: &Log) -> Result<(), PhaseFailure> {
    for command in commands {
        let command = command.trim_end();
        log.note(format!("Running command {command}")).await;
        let status = shell.run(command, course, log).await?;
        if status != 0 {
            let message = format!("Error while executing command: {command}. Reason: exit status {status}");
            log.note(format!("Command did not exit successfully {command} exit status {status}")).await;
            return Err(PhaseFailure::new("COMMAND_EXECUTION_ERROR", message));
        }
    }
    Ok(())
}
