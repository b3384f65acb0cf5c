//! `graph`: the layout of a definition's pipeline.

use camino::Utf8PathBuf;

use super::load::Loaded;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::graph::{self, PipelineGraph};

/// The pipeline cannot be laid out.
#[derive(Debug, thiserror::Error)]
#[error("the pipeline of `{file}` cannot be laid out")]
pub struct GraphError {
    file: Utf8PathBuf,
    report: Report,
}

impl Explain for GraphError {
    fn kind(&self) -> FailureKind {
        FailureKind::Invalid
    }

    fn report(&self) -> Option<&Report> {
        Some(&self.report)
    }
}

/// Lays the pipeline out.
pub fn graph(loaded: &Loaded) -> Result<PipelineGraph, GraphError> {
    graph::build(&loaded.definition).map_err(|report| GraphError { file: loaded.file.clone(), report })
}
