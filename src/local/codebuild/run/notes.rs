//! What a buildspec asks for and this machine does not do.

use super::timeline::PhaseFailure;
use crate::buildspec::{Artifact, Buildspec, Shell, Version};

/// Refuses the shells of Windows.
pub(super) fn check_shell(buildspec: &Buildspec) -> Result<(), PhaseFailure> {
    match buildspec.environment.shell {
        Shell::Sh | Shell::Bash => Ok(()),
        Shell::PowerShell | Shell::Cmd => {
            Err(PhaseFailure::client("the local endpoint runs commands in bash or /bin/sh, not in a shell of Windows"))
        }
    }
}

/// Tells what is read and has no effect, or another one than it seems.
pub(super) fn without_effect(buildspec: &Buildspec) -> Vec<&'static str> {
    let artifacts: Vec<&Artifact> = buildspec
        .artifacts
        .iter()
        .flat_map(|artifacts| std::iter::once(&artifacts.primary).chain(artifacts.secondary.values()))
        .collect();
    let notes = [
        (buildspec.version == Version::V0_1, "version 0.1: every command runs in a shell of its own"),
        (buildspec.batch.is_some(), "batch: the section was checked; this endpoint runs single builds only"),
        (buildspec.proxy.upload_artifacts || buildspec.proxy.logs, "proxy: the section has no effect here"),
        (buildspec.environment.git_credential_helper, "git-credential-helper: Git keeps its own settings here"),
        (artifacts.iter().any(|artifact| artifact.enable_symlinks), "enable-symlinks: links are followed here"),
        (artifacts.iter().any(|artifact| artifact.s3_prefix.is_some()), "s3-prefix: it has no effect here"),
    ];
    notes.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note).collect()
}
