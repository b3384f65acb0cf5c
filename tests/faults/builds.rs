//! A CodeBuild that builds nothing: the catalogue is about who starts builds, not about what they do.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use pipectl::local::{Call, Fault, Handling, Permission, Service};
use serde_json::{Value, json};

/// Projects whose names begin so have builds that go on until they are ended; the others' fail at once.
pub const HELD: &str = "held";

/// How many builds there were, and up to which number those of a pipeline were ended.
#[derive(Default)]
pub struct Builds {
    started: AtomicUsize,
    ended: Mutex<BTreeMap<String, usize>>,
}

impl Builds {
    /// Ends the builds of a pipeline.
    pub fn end(&self, pipeline: &str) {
        self.ended.lock().unwrap().insert(pipeline.to_owned(), self.started.load(Ordering::SeqCst));
    }

    fn start(&self, project: &str) -> Value {
        let number = self.started.fetch_add(1, Ordering::SeqCst);
        json!({ "build": self.build(&format!("{project}:{number}")) })
    }

    fn build(&self, id: &str) -> Value {
        let (project, number) = id.split_once(':').unwrap();
        let pipeline = project.split('-').next().unwrap();
        let ended = self.ended.lock().unwrap().get(pipeline).copied().unwrap_or_default();
        let goes_on = project.starts_with(HELD) && number.parse::<usize>().unwrap() >= ended;
        let status = if goes_on { "IN_PROGRESS" } else { "FAILED" };
        json!({ "id": id, "projectName": project, "buildStatus": status, "buildComplete": !goes_on })
    }
}

impl Service for Builds {
    fn handling(&self, operation: &str) -> Handling {
        match operation {
            "StartBuild" | "BatchGetBuilds" => Handling::Answer,
            _ => Handling::PassOn,
        }
    }

    fn permissions(&self, _: &Call) -> Result<Vec<Permission>, Fault> {
        Ok(Vec::new())
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Value, Fault>> {
        Box::pin(async move {
            Ok(match call.operation.as_str() {
                "StartBuild" => self.start(call.body["projectName"].as_str().unwrap()),
                _ => {
                    let ids = call.body["ids"].as_array().unwrap().iter().filter_map(Value::as_str);
                    json!({ "builds": ids.map(|id| self.build(id)).collect::<Vec<_>>() })
                }
            })
        })
    }
}
