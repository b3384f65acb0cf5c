//! What a build needs from outside. The endpoint's own world is AWS; tests bring one without it.

use camino::Utf8PathBuf;
use futures_util::future::BoxFuture;

use super::timeline::{PhaseFailure, PhaseType, Status};
use crate::archive::Entry;
use crate::buildspec::SecretReference;

/// Where a build's sources are to be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFolders {
    /// The primary source; exists.
    pub primary: Utf8PathBuf,
    /// The folder in which every secondary source has a folder of its own; exists.
    pub secondary: Utf8PathBuf,
}

/// An artifact that is ready to be given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The identifier of a secondary artifact; the primary one has none.
    pub identifier: Option<String>,
    /// The name that the buildspec gives, expanded.
    pub name: Option<String>,
    /// The files, under the names that they have in the artifact.
    pub entries: Vec<Entry>,
}

/// One step of a build from phase to phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A phase begins.
    Begin(PhaseType),
    /// The phase ends.
    End(PhaseType, Status, Option<PhaseFailure>),
    /// Whatever phase there is ends, because the build does.
    Interrupted(Status, PhaseFailure),
}

/// What a build needs from outside.
pub trait World: Send + Sync {
    /// Notes a step.
    fn step(&self, step: Step);

    /// Puts the sources in their folders; returns the names of the secondary ones.
    fn download<'a>(&'a self, folders: &'a SourceFolders) -> BoxFuture<'a, Result<Vec<String>, PhaseFailure>>;

    /// Reads a parameter; `None` when there is none.
    fn parameter<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, PhaseFailure>>;

    /// Reads the whole of a secret; `None` when there is none.
    fn secret<'a>(&'a self, reference: &'a SecretReference) -> BoxFuture<'a, Result<Option<String>, PhaseFailure>>;

    /// Tells whether anybody asks for an artifact; the primary one has no identifier.
    fn wants(&self, identifier: Option<&str>) -> bool;

    /// Gives an artifact out.
    fn upload(&self, output: Output) -> BoxFuture<'_, Result<(), PhaseFailure>>;
}
