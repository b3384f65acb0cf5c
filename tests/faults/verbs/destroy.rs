//! `destroy`, with the stages' stacks.

use pipectl::pipeline::PIPELINE_TAG;
use serde_json::{Value, json};

use crate::bed::{Bed, definition};
use crate::catalogue::{Case, Verb};
use crate::support::command::Said;

/// A template of nothing much.
pub fn thing() -> Value {
    json!({
        "Resources": { "Thing": { "Type": "Pipectl::Test::Resource" } },
        "Outputs": { "ArtifactBucket": { "Value": "artifacts" } },
    })
}

pub struct Destroy;

impl Verb for Destroy {
    async fn prepare(&self, bed: &Bed, case: Case) {
        let name = case.name();
        std::fs::write(bed.case_folder(&name).join("pipeline.toml"), definition(&name, "")).unwrap();
        for stack in ["pipeline", "Staging-app"] {
            bed.create_stack(&format!("{name}-{stack}"), &thing(), &[(PIPELINE_TAG, &name)]).await;
        }
    }

    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said {
        bed.pipectl(&case.name(), url, &["destroy", "--stages", "--yes"]).await
    }

    async fn state(&self, bed: &Bed, case: Case) -> String {
        format!("{:?}", bed.stacks_of(&case.name()).await)
    }
}
