//! What the pipeline engine hands to a build.
//!
//! On AWS, CodePipeline starts builds in a way that no client can: the build finds its sources in the pipeline's
//! bucket and puts its artifacts there. Here the engine leaves all that in a [`Handoff`], gets a token for it, and calls
//! `StartBuild` with the token in the environment variable [`Handoff::VARIABLE`], which the build itself never sees.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A zipped artifact in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactPlace {
    /// The artifact's name in the pipeline.
    pub name: String,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// What it is made of, such as a commit's hash, where that is known.
    pub revision: Option<String>,
}

/// The part of a pipeline's execution that one build needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildInputs {
    /// The pipeline's name, by which the build tells who started it.
    pub pipeline: String,
    /// The input artifacts.
    pub inputs: Vec<ArtifactPlace>,
    /// The name of the input that is the primary source; the only input needs none.
    pub primary_source: Option<String>,
    /// The output artifacts.
    pub outputs: Vec<ArtifactPlace>,
    /// The KMS key of the artifact store; without one S3's own default holds.
    pub encryption_key: Option<String>,
}

impl BuildInputs {
    /// The input that is the primary source.
    pub fn primary(&self) -> Option<&ArtifactPlace> {
        match &self.primary_source {
            Some(name) => self.inputs.iter().find(|input| input.name == *name),
            None => self.inputs.first(),
        }
    }
}

/// Where engine and builds meet. Cheap to clone; all clones share what is in it.
#[derive(Clone, Default)]
pub struct Handoff(Arc<Mutex<HashMap<String, BuildInputs>>>);

impl Handoff {
    /// The environment variable that carries the token through `StartBuild`.
    pub const VARIABLE: &'static str = "PIPECTL_LOCAL_HANDOFF";

    /// Leaves something for a build, and returns the token for it.
    pub fn leave(&self, inputs: BuildInputs) -> std::io::Result<String> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        let token = hex::encode(bytes);
        self.lock().insert(token.clone(), inputs);
        Ok(token)
    }

    /// Takes back what no build came for.
    pub fn withdraw(&self, token: &str) {
        self.lock().remove(token);
    }

    /// Looks at what was left, for as long as it is not withdrawn: a start that is repeated finds it again.
    pub fn find(&self, token: &str) -> Option<BuildInputs> {
        self.lock().get(token).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, BuildInputs>> {
        // A map is whole between any two calls.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Handoff {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handoff").field("waiting", &self.lock().len()).finish()
    }
}
