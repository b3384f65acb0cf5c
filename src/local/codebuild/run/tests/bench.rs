//! A place to run builds in: its world is made of maps and folders.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::buildspec::{SecretReference, SecretVersion};
use crate::local::codebuild::run::*;

/// The folder of the fixtures.
pub(super) fn fixtures() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/buildspecs")
}

/// What the world of a build holds, and what it is told.
#[derive(Default)]
pub(super) struct Bench {
    pub(super) parameters: HashMap<String, String>,
    /// By id and version stage.
    pub(super) secrets: HashMap<(String, String), String>,
    pub(super) secondary: Vec<String>,
    pub(super) variables: Vec<Variable>,
    pub(super) cache: Option<Utf8PathBuf>,
    pub(super) limit: Option<Duration>,
    pub(super) stop: CancellationToken,
    pub(super) steps: Mutex<Vec<Step>>,
    pub(super) outputs: Mutex<BTreeMap<Option<String>, Given>>,
}

/// An artifact that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) name: Option<String>,
    pub(super) files: Vec<String>,
}

/// What came out.
pub(super) struct Ran {
    pub(super) outcome: Outcome,
    pub(super) log: Vec<String>,
    pub(super) outputs: BTreeMap<Option<String>, Given>,
    steps: Vec<Step>,
}

impl Ran {
    /// The lines that begin with `T:`, without it.
    pub(super) fn trace(&self) -> Vec<&str> {
        self.log.iter().filter_map(|line| line.strip_prefix("T:")).collect()
    }

    /// The phases that failed, with the reasons.
    pub(super) fn failures(&self) -> Vec<(PhaseType, String)> {
        let failure = |step: &Step| match step {
            Step::End(phase, _, Some(failure)) => Some((*phase, failure.message.clone())),
            _ => None,
        };
        self.steps.iter().filter_map(failure).collect()
    }

    /// The phases that began.
    pub(super) fn phases(&self) -> Vec<&'static str> {
        let begin = |step: &Step| match step {
            Step::Begin(phase) => Some(phase.word()),
            _ => None,
        };
        self.steps.iter().filter_map(begin).collect()
    }
}

impl Bench {
    /// Runs a buildspec in a copy of the fixtures' source.
    pub(super) async fn run(&self, buildspec: &str) -> Ran {
        self.run_in(buildspec, &TempDir::new().unwrap()).await
    }

    /// Runs a buildspec in a folder, which must be gone afterwards.
    pub(super) async fn run_in(&self, buildspec: &str, root: &TempDir) -> Ran {
        let root = Utf8Path::from_path(root.path()).unwrap().canonicalize_utf8().unwrap();
        let folder = root.join("build");
        let mut id = [0; 8];
        getrandom::fill(&mut id).unwrap();
        let job = Job {
            id: format!("project:{}", hex::encode(id)),
            buildspec: BuildspecPlace::Inline(buildspec.to_owned()),
            variables: self.variables.clone(),
            surroundings: IndexMap::from([("AWS_REGION".to_owned(), "eu-west-1".to_owned())]),
            computer: IndexMap::from([("WINS".to_owned(), "computer".to_owned())]),
            path: std::env::var("PATH").unwrap(),
            secrets: vec!["session-token".to_owned()],
            folder: folder.clone(),
            cache: self.cache.clone(),
        };
        let (sender, mut receiver) = mpsc::channel(Log::WAITING);
        let limit = self.limit.unwrap_or(Duration::from_secs(60));
        let (outcome, log) = tokio::join!(job.run(self, Log::new(sender), limit, &self.stop), async {
            let mut lines = Vec::new();
            while let Some(line) = receiver.recv().await {
                lines.push(line.text);
            }
            lines
        });
        job.clean_up().unwrap();
        assert!(!folder.exists());
        let steps = std::mem::take(&mut *self.steps.lock().unwrap());
        let outputs = std::mem::take(&mut *self.outputs.lock().unwrap());
        Ran { outcome, log, outputs, steps }
    }
}

impl World for Bench {
    fn step(&self, step: Step) {
        self.steps.lock().unwrap().push(step);
    }

    fn download<'a>(&'a self, folders: &'a SourceFolders) -> BoxFuture<'a, Result<Vec<String>, PhaseFailure>> {
        Box::pin(async {
            copy(&fixtures().join("source"), &folders.primary);
            for name in &self.secondary {
                copy(&fixtures().join("source/site"), &folders.secondary.join(name));
            }
            Ok(self.secondary.clone())
        })
    }

    fn parameter<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, PhaseFailure>> {
        Box::pin(async move { Ok(self.parameters.get(name).cloned()) })
    }

    fn secret<'a>(&'a self, reference: &'a SecretReference) -> BoxFuture<'a, Result<Option<String>, PhaseFailure>> {
        let stage = match &reference.version {
            SecretVersion::Stage(stage) => stage.clone(),
            SecretVersion::Current | SecretVersion::Id(_) => "AWSCURRENT".to_owned(),
        };
        Box::pin(async move { Ok(self.secrets.get(&(reference.id.clone(), stage)).cloned()) })
    }

    fn wants(&self, identifier: Option<&str>) -> bool {
        identifier != Some("unwanted")
    }

    fn upload(&self, output: Output) -> BoxFuture<'_, Result<(), PhaseFailure>> {
        let files = output.entries.into_iter().map(|entry| entry.name).collect();
        self.outputs.lock().unwrap().insert(output.identifier, Given { name: output.name, files });
        Box::pin(async { Ok(()) })
    }
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    for entry in crate::archive::entries(from).unwrap() {
        let target = to.join(&entry.name);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(entry.path, target).unwrap();
    }
}
