//! From the `artifacts` section to the files that a build gives out.

use super::log::Log;
use super::select::{bases, entries, select};
use super::shell::{Course, Shell};
use super::timeline::PhaseFailure;
use super::world::{Output, World};
use crate::buildspec::{Artifact, Artifacts};
use crate::text;

/// Collects all artifacts that somebody asks for; the primary one comes first.
pub(super) async fn collect(
    artifacts: &Artifacts,
    source: &camino::Utf8Path,
    (shell, course): (&mut Shell, Course),
    world: &dyn World,
    log: &Log,
) -> Result<Vec<Output>, PhaseFailure> {
    let mut outputs = Vec::new();
    let primary = Some(&artifacts.primary).filter(|artifact| !artifact.files.is_empty());
    let all = primary
        .into_iter()
        .map(|artifact| (None, artifact))
        .chain(artifacts.secondary.iter().map(|(identifier, artifact)| (Some(identifier.clone()), artifact)));
    for (identifier, artifact) in all {
        if !world.wants(identifier.as_deref()) {
            log.note(format!("Nobody asks for the artifact {}", identifier.as_deref().unwrap_or("without identifier")))
                .await;
            continue;
        }
        let artifact = expand(artifact, shell, course, log).await?;
        let directory = artifact.base_directory.clone().unwrap_or_else(|| ".".to_owned());
        log.note(format!("Expanding base directory path: {directory}")).await;
        let source = source.to_owned();
        let name = artifact.name.clone();
        let found = tokio::task::spawn_blocking(move || find(&artifact, &source))
            .await
            .map_err(|error| PhaseFailure::new("INTERNAL_ERROR", error.to_string()))??;
        log.note(format!("Found {}", text::count(found.len(), "file"))).await;
        outputs.push(Output { identifier, name, entries: found });
    }
    Ok(outputs)
}

/// Replaces variables and commands in an artifact's texts.
async fn expand(artifact: &Artifact, shell: &mut Shell, course: Course, log: &Log) -> Result<Artifact, PhaseFailure> {
    let mut expanded = artifact.clone();
    for text in [&mut expanded.name, &mut expanded.base_directory].into_iter().flatten() {
        *text = shell.expand(text, course, log).await?;
    }
    for text in &mut expanded.files {
        *text = shell.expand(text, course, log).await?;
    }
    Ok(expanded)
}

fn find(artifact: &Artifact, source: &camino::Utf8Path) -> Result<Vec<crate::archive::Entry>, PhaseFailure> {
    let folders = bases(source, artifact.base_directory.as_deref())?;
    if folders.is_empty() {
        let directory = artifact.base_directory.as_deref().unwrap_or(".");
        return Err(PhaseFailure::client(format!("no matching base directory path found for {directory}")));
    }
    let mut selection = super::select::Selection::new();
    for base in folders {
        for (name, path) in select(&base.folder, &artifact.files, &artifact.exclude_paths)? {
            let name = match (artifact.discard_paths, path.file_name()) {
                (true, Some(file)) => file.to_owned(),
                _ => format!("{}{name}", base.prefix),
            };
            selection.insert(name, path);
        }
    }
    if selection.is_empty() {
        return Err(PhaseFailure::client(format!(
            "no matching artifact paths found for {}",
            text::list(&artifact.files)
        )));
    }
    entries(selection)
}
