//! The buildspecs of generated builds: the files of `buildspecs/`, and those of steps.

use serde_json::json;

use crate::definition::{BuildWork, Definition, Step};
use crate::graph::ActionKind;

/// The script that puts the pinned binary on the PATH, without its comments.
pub(super) fn setup() -> String {
    include_str!("../../buildspecs/setup.sh")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The buildspec of an action's project: inline text, or the name of a file in the source.
pub(super) fn buildspec(definition: &Definition, kind: &ActionKind) -> Option<String> {
    match kind {
        ActionKind::Build => Some(match &definition.build.work {
            BuildWork::Commands(_) => include_str!("../../buildspecs/build.yml").to_owned(),
            BuildWork::Buildspec(path) => path.to_string(),
        }),
        ActionKind::UpdateFromSource | ActionKind::UpdateFromAssembly => {
            Some(include_str!("../../buildspecs/update.yml").to_owned())
        }
        ActionKind::PublishAssets => Some(include_str!("../../buildspecs/publish.yml").to_owned()),
        ActionKind::Guard(_) | ActionKind::Protect(_) => Some(include_str!("../../buildspecs/guard.yml").to_owned()),
        ActionKind::Review(_) => Some(include_str!("../../buildspecs/review.yml").to_owned()),
        ActionKind::AutoApprove(_) => Some(include_str!("../../buildspecs/approve.yml").to_owned()),
        ActionKind::Step(_)
        | ActionKind::Source
        | ActionKind::Tool
        | ActionKind::Prepare(_)
        | ActionKind::Approve(_)
        | ActionKind::Deploy(_) => None,
    }
}

/// The buildspec of a step. Unless it asks for pipectl it needs none, and may use any image.
pub(super) fn step(step: &Step) -> String {
    let mut buildspec = json!({ "version": 0.2, "phases": { "build": { "commands": step.commands } } });
    if step.has_pipectl() {
        buildspec["phases"]["install"] = json!({ "commands": ["eval \"$PIPECTL_SETUP\""] });
    }
    if !step.outputs.is_empty() {
        buildspec["env"] = json!({ "exported-variables": step.outputs });
    }
    buildspec.to_string()
}
