//! What a stage's part of the pipeline stack is, as a digest: its actions, and the projects and roles of its builds.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The digest of a stage as a template has it; `None` if it has no such stage.
pub(super) fn stage_layout(template: &Map<String, Value>, stage: &str) -> Option<String> {
    let resources = template.get("Resources")?.as_object()?;
    let stages = resources.get("Pipeline")?["Properties"]["Stages"].as_array()?;
    let stage = stages.iter().find(|candidate| candidate["Name"] == stage)?;
    Some(of_stage(resources, stage))
}

/// One digest for many.
pub(super) fn whole_layout<'a>(layouts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for layout in layouts {
        hasher.update(layout);
        hasher.update("\n");
    }
    hex::encode(&hasher.finalize()[..8])
}

/// The digest of a stage of CodePipeline, whose builds are among the resources.
pub(super) fn of_stage(resources: &Map<String, Value>, stage: &Value) -> String {
    let actions = stage["Actions"].as_array().cloned().unwrap_or_default();
    let projects = actions.iter().filter_map(|action| {
        let name = action["Configuration"].get("ProjectName")?;
        let project = resources.values().find(|resource| resource["Properties"].get("Name") == Some(name))?;
        let role = project["Properties"]["ServiceRole"]["Fn::GetAtt"][0].as_str()?;
        Some(json!([project, resources.get(role)]))
    });
    let projects: Vec<Value> = projects.collect();
    hex::encode(Sha256::digest(json!([actions, projects]).to_string()))
}
