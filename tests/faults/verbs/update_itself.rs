//! `deploy` as the action UpdatePipeline runs it: the pipeline changes, one new execution takes over, and the own one ends.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::deploy::{DEPLOY, define, stack, variable};
use crate::bed::{Bed, soon};
use crate::builds::HELD;
use crate::catalogue::{Case, Scope, Verb};
use crate::support::command::Said;

/// What a push changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The pipeline itself: it is executed anew without being asked to.
    Pipeline,
    /// Something else of its stack: nobody executes the pipeline anew unless asked to.
    Rights,
}

impl Change {
    /// Writes a definition with a new value.
    fn define(self, bed: &Bed, name: &str, value: &str) {
        match self {
            Self::Pipeline => define(bed, name, &variable(value)),
            Self::Rights => {
                let statement = format!("{{ actions = [\"s3:GetObject\"], resources = [\"arn:aws:s3:::{value}\"] }}");
                define(bed, name, &format!("statements = [{statement}]"));
            }
        }
    }
}

/// The pipelines update themselves over and over; each lane has one.
pub struct UpdateItself {
    change: Change,
    /// The execution that the verb runs in, and how many there were then.
    own: Mutex<BTreeMap<usize, (String, usize)>>,
}

impl UpdateItself {
    pub fn new(change: Change) -> Self {
        Self { change, own: Mutex::default() }
    }

    fn name(case: Case) -> String {
        format!("{HELD}{}", case.lane)
    }

    fn value(case: Case) -> String {
        format!("value-{}", case.number)
    }
}

/// The newest execution once it is in a build, and how many there are; `None` if it gets nowhere.
async fn under_way(bed: &Bed, name: &str) -> Option<(String, usize)> {
    soon(async || {
        let executions = bed.executions(name).await;
        let (id, status) = executions.first()?;
        let list = bed.pipelines.list_action_executions().pipeline_name(name).send().await.unwrap();
        let is_building = list
            .action_execution_details()
            .iter()
            .any(|run| run.pipeline_execution_id() == Some(id) && run.action_name() == Some("Build"));
        (status == "InProgress" && is_building).then(|| (id.clone(), executions.len()))
    })
    .await
}

impl Verb for UpdateItself {
    fn scope(&self) -> Scope {
        match self.change {
            Change::Pipeline => Scope::All,
            Change::Rights => Scope::Writes,
        }
    }

    async fn prepare(&self, bed: &Bed, case: Case) {
        let name = Self::name(case);
        if !bed.case_folder(&name).join("pipeline.toml").exists() {
            self.change.define(bed, &name, "first");
            let _ = bed.pipectl(&name, bed.url(), &DEPLOY).await.code(0);
            let _ = under_way(bed, &name).await.unwrap();
            self.change.define(bed, &name, "second");
            let _ = bed.pipectl(&name, bed.url(), &DEPLOY).await.code(0);
        }
        let own = under_way(bed, &name).await.unwrap();
        self.own.lock().unwrap().insert(case.lane, own);
        self.change.define(bed, &name, &Self::value(case));
    }

    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said {
        let own = self.own.lock().unwrap()[&case.lane].0.clone();
        bed.pipectl(&Self::name(case), url, &["deploy", "--in-pipeline", "--execution-id", &own]).await
    }

    async fn state(&self, bed: &Bed, case: Case) -> String {
        let name = Self::name(case);
        let (own, before) = self.own.lock().unwrap()[&case.lane].clone();
        // What is stopped ends with its build.
        let own_status = async || {
            let executions = bed.executions(&name).await;
            executions.into_iter().find(|(id, _)| *id == own).map(|(_, status)| status)
        };
        if own_status().await.as_deref() == Some("Stopping") {
            bed.builds.end(&name);
        }
        let Some((newest, now)) = under_way(bed, &name).await else {
            return format!("{:?} {:?}", bed.executions(&name).await, bed.runs(&name).await);
        };
        let (stack, status) = (stack(bed, &name, &Self::value(case)).await, own_status().await);
        let (new, is_another) = (now - before, newest != own);
        format!("{stack} new executions: {new}, another one: {is_another}, the own one: {status:?}")
    }
}
