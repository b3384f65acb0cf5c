//! `deploy` from a laptop: the first creation, a change, and nothing to do.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::bed::{Bed, definition, until};
use crate::catalogue::{Case, Verb};
use crate::support::command::Said;

/// How a laptop deploys.
pub const DEPLOY: [&str; 2] = ["deploy", "--yes"];

/// Writes the definition of a pipeline, with this in `[build]`.
pub fn define(bed: &Bed, name: &str, build: &str) {
    let folder = bed.case_folder(name);
    let build = format!("[build]\ncommands = [\"true\"]\n{build}\n");
    std::fs::write(folder.join("pipeline.toml"), definition(name, &build)).unwrap();
    std::fs::write(folder.join("app.yaml"), "Resources: {Topic: {Type: \"AWS::SNS::Topic\"}}\n").unwrap();
}

/// A variable of the build.
pub fn variable(value: &str) -> String {
    format!("variables = {{ VALUE = \"{value}\" }}")
}

/// The pipeline's stack and whether its template has a value.
pub async fn stack(bed: &Bed, name: &str, value: &str) -> String {
    let stack = format!("{name}-pipeline");
    let template = bed.stacks.get_template().stack_name(&stack).send().await.unwrap();
    let has_value = template.template_body().unwrap().contains(&format!("{value}\""));
    format!("{} has the value: {has_value}", bed.stack(&stack).await).replace(name, "NAME")
}

/// The first creation.
pub struct Create;

impl Verb for Create {
    async fn prepare(&self, bed: &Bed, case: Case) {
        define(bed, &case.name(), &variable("one"));
    }

    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said {
        bed.pipectl(&case.name(), url, &DEPLOY).await
    }

    async fn state(&self, bed: &Bed, case: Case) -> String {
        let name = case.name();
        let executions = bed.settled_executions(&name).await;
        format!("{} {executions:?}", stack(bed, &name, "one").await)
    }
}

/// A change of a pipeline; each lane has one.
#[derive(Default)]
pub struct Update {
    /// How many executions each lane's pipeline had before.
    executions: Mutex<BTreeMap<usize, usize>>,
}

impl Update {
    fn name(case: Case) -> String {
        format!("lane{}", case.lane)
    }

    fn value(case: Case) -> String {
        format!("value-{}", case.number)
    }
}

impl Verb for Update {
    async fn prepare(&self, bed: &Bed, case: Case) {
        let name = Self::name(case);
        if !bed.case_folder(&name).join("pipeline.toml").exists() {
            define(bed, &name, &variable("first"));
            let _ = bed.pipectl(&name, bed.url(), &DEPLOY).await.code(0);
            // A stack that was just created differs in its status from one that was changed.
            define(bed, &name, &variable("second"));
            let _ = bed.pipectl(&name, bed.url(), &DEPLOY).await.code(0);
        }
        let before = bed.settled_executions(&name).await.len();
        self.executions.lock().unwrap().insert(case.lane, before);
        define(bed, &name, &variable(&Self::value(case)));
    }

    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said {
        bed.pipectl(&Self::name(case), url, &DEPLOY).await
    }

    async fn state(&self, bed: &Bed, case: Case) -> String {
        let name = Self::name(case);
        let before = self.executions.lock().unwrap()[&case.lane];
        let new = until("the changed pipeline runs", async || {
            let new = bed.settled_executions(&name).await.len() - before;
            (new > 0).then_some(new)
        })
        .await;
        format!("{} new executions: {new}", stack(bed, &name, &Self::value(case)).await)
    }
}

/// Nothing to do; all lanes have one pipeline.
pub struct Nothing;

impl Verb for Nothing {
    async fn prepare(&self, bed: &Bed, case: Case) {
        if case.number == 0 {
            define(bed, "calm", &variable("one"));
            let _ = bed.pipectl("calm", bed.url(), &DEPLOY).await.code(0);
        }
    }

    async fn run(&self, bed: &Bed, _: Case, url: &str) -> Said {
        bed.pipectl("calm", url, &DEPLOY).await
    }

    async fn state(&self, bed: &Bed, _: Case) -> String {
        let executions = bed.settled_executions("calm").await;
        format!("{} {executions:?}", stack(bed, "calm", "one").await)
    }
}
