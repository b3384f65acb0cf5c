//! `stages.json`: what an assembly says of the pipeline's stages, for telling whether they are unchanged.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::layout::{stage_layout, whole_layout};
use crate::definition::Definition;
use crate::graph::{PipelineGraph, PipelineStage, Skip};
use crate::id::Name;

/// The stages of the definition as the pipeline has them (`stages.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageList {
    /// The version of this file's format.
    pub format: u32,
    /// The stages of CodePipeline with stages of the definition in them, in order.
    pub stages: Vec<ListedStage>,
}

/// A stage of CodePipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ListedStage {
    /// Its name.
    pub name: String,
    /// The folders of the assembly with what it deploys.
    pub folders: Vec<String>,
    /// The digest of its part of the pipeline stack.
    pub layout: String,
    /// When an execution passes it by; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
}

impl StageList {
    /// The file's name in an assembly.
    pub const FILE: &str = "stages.json";

    /// The version of the format that this pipectl writes and reads.
    pub const FORMAT: u32 = 1;

    /// Lists the stages of a graph and its pipeline stack.
    pub fn of(definition: &Definition, graph: &PipelineGraph, template: &Map<String, Value>) -> Self {
        let stages = graph.stages.iter().filter(|stage| !stage.members().is_empty());
        let stages = stages.map(|stage| ListedStage {
            name: stage.name.clone(),
            folders: folders(definition, stage),
            layout: stage_layout(template, &stage.name).unwrap_or_default(),
            skip: stage.skip.clone(),
        });
        Self { format: Self::FORMAT, stages: stages.collect() }
    }

    /// Writes the file.
    pub fn render(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }

    /// One digest of all stages that may be passed by, as PublishAssets is told it.
    pub fn layout(&self) -> String {
        whole_layout(self.stages.iter().filter(|stage| stage.skip.is_some()).map(|stage| stage.layout.as_str()))
    }
}

/// The folder of the assembly with the stacks of a stage of the definition.
pub fn stage_folder(stage: &Name) -> String {
    format!("assembly-{stage}")
}

fn folders(definition: &Definition, stage: &PipelineStage) -> Vec<String> {
    let members = stage.members();
    let members = definition.stages.iter().filter(|stage| members.contains(&stage.name));
    members.filter(|stage| !stage.stacks.is_empty()).map(|stage| stage_folder(&stage.name)).collect()
}
