//! One build: from its sources to its artifacts. What it needs from outside comes through [`World`].

mod artifacts;
mod cache;
mod environment;
mod leftovers;
mod lines;
mod log;
mod notes;
mod phases;
mod place;
mod reports;
mod select;
mod shell;
#[cfg(test)]
mod tests;
mod timeline;
mod world;

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use tokio_util::sync::CancellationToken;

pub use self::environment::{Origin, Variable};
pub use self::leftovers::end_leftovers;
pub use self::log::{Log, LogLine};
pub use self::reports::FoundReport;
pub use self::timeline::{Moment, PhaseContext, PhaseFailure, PhaseRecord, PhaseType, Status};
pub use self::world::{Output, SourceFolders, Step, World};

use self::phases::{Collect, complete};
use self::place::Place;
use self::shell::{Course, Shell, ShellSettings};
use crate::buildspec::{Buildspec, LARGEST};

/// The variable that tells a build's processes from all others.
const BUILD_ID: &str = "CODEBUILD_BUILD_ID";

/// Where the buildspec is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildspecPlace {
    /// It is given.
    Inline(String),
    /// At a path in the primary source.
    File(Utf8PathBuf),
}

/// A build to be run.
#[derive(Debug)]
pub struct Job {
    /// The build's id.
    pub id: String,
    /// Where the buildspec is.
    pub buildspec: BuildspecPlace,
    /// The variables of the project and of the start, the later the stronger.
    pub variables: Vec<Variable>,
    /// What the build finds in its environment besides; stronger than all variables.
    pub surroundings: IndexMap<String, String>,
    /// What it finds of the computer that it runs on; weaker than all variables.
    pub computer: IndexMap<String, String>,
    /// The folders in which programs are looked for.
    pub path: String,
    /// Values that no log may show.
    pub secrets: Vec<String>,
    /// The build's own folder; exists, and is empty.
    pub folder: Utf8PathBuf,
    /// Where caches are kept; none where the project has no cache.
    pub cache: Option<Utf8PathBuf>,
}

/// What a build that ran to its end leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it succeeded.
    pub status: Status,
    /// The exported variables.
    pub exported: IndexMap<String, String>,
    /// The reports.
    pub reports: Vec<FoundReport>,
}

impl Outcome {
    /// A build that left nothing.
    fn without_results(status: Status) -> Self {
        Self { status, exported: IndexMap::new(), reports: Vec::new() }
    }
}

impl Job {
    /// Runs the build until it ends, is stopped, or has taken too long. What it started is gone afterwards.
    pub async fn run(&self, world: &dyn World, mut log: Log, limit: Duration, stop: &CancellationToken) -> Outcome {
        for secret in &self.secrets {
            log.hide(secret);
        }
        let (status, reason) = tokio::select! {
            biased;
            () = stop.cancelled() => (Status::Stopped, "the build was stopped".to_owned()),
            outcome = self.run_to_the_end(world, log.clone()) => return outcome,
            () = tokio::time::sleep(limit) => {
                (Status::TimedOut, format!("Build has timed out after {} seconds", limit.as_secs()))
            }
        };
        let code = if status == Status::TimedOut { "BUILD_TIMED_OUT" } else { "BUILD_STOPPED" };
        log.note(&reason).await;
        world.step(Step::Interrupted(status, PhaseFailure::new(code, reason)));
        Outcome::without_results(status)
    }

    /// Dropping the future kills the shell and its process group.
    async fn run_to_the_end(&self, world: &dyn World, mut log: Log) -> Outcome {
        let failed = Outcome::without_results(Status::Failed);
        world.step(Step::Begin(PhaseType::DownloadSource));
        log.note("Phase is DOWNLOAD_SOURCE").await;
        let mut prepared = match self.prepare(world, &mut log).await {
            Ok(prepared) => prepared,
            Err(failure) => {
                complete(PhaseType::DownloadSource, Status::Failed, Some(&failure), world, &log).await;
                return failed;
            }
        };
        complete(PhaseType::DownloadSource, Status::Succeeded, None, world, &log).await;
        let ended = phases::run(&prepared.buildspec, &mut prepared.shell, world, &log).await;
        let mut outcome = match ended.artifacts {
            Collect::Yes => self.finish(&mut prepared, ended.course, world, &log).await,
            Collect::No => failed,
        };
        if ended.course == Course::Failing {
            outcome.status = Status::Failed;
        }
        prepared.shell.close().await;
        outcome
    }

    /// Ends what the build left running, and removes its folder. Blocks.
    pub fn clean_up(&self) -> std::io::Result<()> {
        end_leftovers(&self.id, Some(&self.folder))
    }

    async fn prepare(&self, world: &dyn World, log: &mut Log) -> Result<Prepared, PhaseFailure> {
        let place = Place::make(&self.folder).map_err(|error| internal(&error))?;
        let secondary = world.download(&place.sources).await?;
        let buildspec = self.read_buildspec(&place.sources.primary, log).await?;
        log.note("Processing environment variables").await;
        let resolved = environment::resolve(&buildspec.environment, &self.variables, world, log).await?;
        let mut exported_names = buildspec.environment.exported_variables.clone();
        exported_names.retain(|name| !resolved.secret_names.contains(name));

        let mut environment = place.environment(&self.path);
        environment.extend(self.computer.clone());
        environment.extend(resolved.values);
        environment.extend(self.surroundings.clone());
        environment.insert(BUILD_ID.to_owned(), self.id.clone());
        // The shell gives it a new value with every command.
        environment.insert("CODEBUILD_BUILD_SUCCEEDING".to_owned(), "1".to_owned());
        environment.insert("CODEBUILD_SRC_DIR".to_owned(), place.sources.primary.to_string());
        for name in secondary {
            let folder = place.sources.secondary.join(&name);
            environment.insert(format!("CODEBUILD_SRC_DIR_{name}"), folder.into_string());
        }
        let mut shell = Shell::new(ShellSettings {
            program: buildspec.environment.shell,
            version: buildspec.version,
            source: place.sources.primary.clone(),
            state: place.state.clone(),
            environment,
            mark: mark().map_err(|error| internal(&error))?,
        });
        let keys = match (&buildspec.cache, &self.cache) {
            (Some(cache), Some(store)) => {
                let keys = cache::keys(cache, &mut shell, log).await?;
                cache::restore(cache, &keys, store, &self.folder, log).await;
                Some(keys)
            }
            _ => None,
        };
        Ok(Prepared { buildspec, shell, exported_names, keys, source: place.sources.primary })
    }

    async fn read_buildspec(&self, source: &Utf8Path, log: &Log) -> Result<Buildspec, PhaseFailure> {
        let yaml_error = |message: String| PhaseFailure::new("YAML_FILE_ERROR", message);
        let (name, text) = match &self.buildspec {
            BuildspecPlace::Inline(text) => (Utf8PathBuf::from("buildspec"), text.clone()),
            BuildspecPlace::File(path) => {
                let file = source.join(path);
                let text = crate::disk::read_text(&file, LARGEST as u64 + 1);
                (
                    path.clone(),
                    text.map_err(|_| yaml_error(format!("{path} does not exist in the source, or is no text")))?,
                )
            }
        };
        log.note(format!("YAML location is {name}")).await;
        let buildspec = Buildspec::parse(&name, &text).map_err(|report| yaml_error(describe(&report)))?;
        if !buildspec.warnings.diagnostics.is_empty() {
            log.note(describe(&buildspec.warnings)).await;
        }
        notes::check_shell(&buildspec)?;
        for note in notes::without_effect(&buildspec) {
            log.note(note).await;
        }
        Ok(buildspec)
    }

    /// Exports, reports, artifacts and cache. A failed build tries them all the same, as far as it gets.
    async fn finish(&self, prepared: &mut Prepared, course: Course, world: &dyn World, log: &Log) -> Outcome {
        let mut outcome = Outcome::without_results(Status::Succeeded);
        world.step(Step::Begin(PhaseType::UploadArtifacts));
        let result = self.put_away(prepared, course, &mut outcome, world, log).await;
        let status = if result.is_ok() { Status::Succeeded } else { Status::Failed };
        complete(PhaseType::UploadArtifacts, status, result.as_ref().err(), world, log).await;
        outcome.status = status;
        outcome
    }

    async fn put_away(
        &self,
        prepared: &mut Prepared,
        course: Course,
        outcome: &mut Outcome,
        world: &dyn World,
        log: &Log,
    ) -> Result<(), PhaseFailure> {
        let Prepared { buildspec, shell, exported_names, keys, source } = prepared;
        for name in exported_names {
            if let Some(value) = shell.value(name, course, log).await? {
                outcome.exported.insert(name.clone(), value);
            }
        }
        outcome.reports = reports::find(&buildspec.reports, source, log).await?;
        if let (Some(cache), Some(keys), Some(store)) = (&buildspec.cache, keys, &self.cache) {
            cache::save(cache, keys, store, (source, &self.folder), log).await;
        }
        if let Some(artifacts) = &buildspec.artifacts {
            for output in artifacts::collect(artifacts, source, (shell, course), world, log).await? {
                world.upload(output).await?;
            }
        }
        Ok(())
    }
}

/// A build whose commands can run.
struct Prepared {
    buildspec: Buildspec,
    shell: Shell,
    exported_names: Vec<String>,
    keys: Option<cache::Keys>,
    source: Utf8PathBuf,
}

/// A text that no command prints by chance.
fn mark() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(format!("pipectl-{}", hex::encode(bytes)))
}

fn internal(error: &std::io::Error) -> PhaseFailure {
    PhaseFailure::new("INTERNAL_ERROR", error.to_string())
}

/// The findings on one line, as the API's messages are.
fn describe(report: &crate::diagnostic::Report) -> String {
    let line_of = |label: &crate::diagnostic::Label| {
        let source = report.sources.iter().find(|source| source.path == label.file);
        source.map_or(1, |source| source.text[..label.span.start].matches('\n').count() + 1)
    };
    let findings: Vec<String> = report
        .diagnostics
        .iter()
        .map(|finding| match finding.labels.first() {
            Some(label) => format!("{}:{}: {}", label.file, line_of(label), finding.message),
            None => finding.message.clone(),
        })
        .collect();
    findings.join("; ")
}
