//! `prune --delete`: what the pipeline deploys no more goes, and nothing else.

use pipectl::pipeline::PIPELINE_TAG;
use serde_json::json;

use super::destroy::thing;
use crate::bed::{Bed, definition};
use crate::catalogue::{Case, Verb};
use crate::line::{action, line};
use crate::support::command::Said;

pub struct Prune;

impl Verb for Prune {
    async fn prepare(&self, bed: &Bed, case: Case) {
        let name = case.name();
        std::fs::write(bed.case_folder(&name).join("pipeline.toml"), definition(&name, "")).unwrap();
        let gate = action("Gate", 1, ("Approval", "Manual"), json!({}));
        let tags = [(PIPELINE_TAG, name.as_str())];
        bed.create_stack(&format!("{name}-pipeline"), &line(&name, &[gate]), &tags).await;
        for stage in ["Former", "Forgotten"] {
            bed.create_stack(&format!("{name}-{stage}-app"), &thing(), &tags).await;
        }
        bed.create_stack(&format!("{name}-Other"), &thing(), &[(PIPELINE_TAG, "other")]).await;
    }

    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said {
        bed.pipectl(&case.name(), url, &["prune", "--delete", "--yes"]).await
    }

    async fn state(&self, bed: &Bed, case: Case) -> String {
        format!("{:?}", bed.stacks_of(&case.name()).await).replace(&case.name(), "NAME")
    }
}
