//! The `batch` section: several builds from one file.

mod expand;
mod graph;
mod read;

use indexmap::IndexMap;
use serde::Serialize;

pub(super) use read::read;

/// The most builds that one batch may have.
pub const MOST_BUILDS: usize = 100;

/// The `batch` section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// One failed build stops the others.
    pub fast_fail: bool,
    /// The builds.
    pub plan: Plan,
}

/// How the builds of a batch are described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    /// `build-list`: one by one, all at once.
    List(Vec<Task>),
    /// `build-matrix`: every combination.
    Matrix(Box<Matrix>),
    /// `build-graph`: one by one, some after others.
    Graph(Vec<Task>),
    /// `build-fanout`: the same build several times, each with a share of the tests.
    Fanout(Fanout),
}

/// One build of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Task {
    /// Its name within the batch.
    pub identifier: Option<String>,
    /// The path or the text of its buildspec; without one it is the batch's own file.
    pub buildspec: Option<String>,
    /// Where it runs, as far as that differs from the project.
    pub environment: TaskEnvironment,
    /// Its failure does not fail the batch.
    pub ignore_failure: bool,
    /// It may be entered for debugging.
    pub debug_session: bool,
    /// The builds that must have ended before; only in a graph.
    pub depend_on: Vec<String>,
}

/// Where a build of a batch runs, as far as that differs from the project.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TaskEnvironment {
    /// The compute type, such as `BUILD_GENERAL1_SMALL`.
    pub compute_type: Option<String>,
    /// The reserved-capacity fleet's ARN.
    pub fleet: Option<String>,
    /// The image.
    pub image: Option<String>,
    /// The build may use Docker.
    pub privileged_mode: Option<bool>,
    /// The environment's type, such as `LINUX_CONTAINER`.
    pub environment_type: Option<String>,
    /// Variables.
    pub variables: IndexMap<String, String>,
}

/// `build-matrix`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Matrix {
    /// What all builds have in common.
    pub fixed: Task,
    /// The buildspecs to combine.
    pub buildspecs: Vec<String>,
    /// The compute types to combine.
    pub compute_types: Vec<String>,
    /// The images to combine.
    pub images: Vec<String>,
    /// The variables' values to combine.
    pub variables: IndexMap<String, Vec<String>>,
}

/// `build-fanout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fanout {
    /// How many builds there are.
    pub parallelism: u32,
    /// A failure does not fail the batch.
    pub ignore_failure: bool,
}
