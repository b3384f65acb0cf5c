//! `approve`: the answer is given once, and the execution goes on.

use serde_json::json;

use crate::bed::{Bed, until};
use crate::catalogue::{Case, Verb};
use crate::line::{action, line};
use crate::support::command::Said;

pub struct Approve;

impl Verb for Approve {
    // Nothing waits any more.
    const AGAIN: &[i32] = &[2];

    async fn prepare(&self, bed: &Bed, case: Case) {
        let name = case.name();
        let gate = action("Gate", 1, ("Approval", "Manual"), json!({}));
        bed.create_stack(&format!("{name}-pipeline"), &line(&name, &[gate]), &[]).await;
        until("an approval is asked for", async || {
            bed.runs(&name).await.iter().any(|run| run.starts_with("Gate InProgress")).then_some(())
        })
        .await;
    }

    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said {
        let name = case.name();
        bed.pipectl(&name, url, &["approve", "--pipeline", &name, "--message", "seen"]).await
    }

    async fn state(&self, bed: &Bed, case: Case) -> String {
        let name = case.name();
        let executions = bed.settled_executions(&name).await;
        format!("{executions:?} {:?}", bed.runs(&name).await)
    }
}
