//! Polling of sources, for the actions that ask for it with `PollForSourceChanges: true`.

use std::collections::HashMap;
use std::time::Duration;

use super::Start;
use super::live::Engine;
use super::machine::{StartTrigger, TriggerKind};
use super::record::PipelineKey;
use super::structure::{Action, Provider};
use crate::local::authority::SessionRequest;

/// How often sources are looked at.
const PERIOD: Duration = Duration::from_secs(5);

/// What sources gave when they were last looked at.
type Seen = HashMap<(PipelineKey, String), String>;

/// Runs until the endpoint ends.
pub(super) async fn run(engine: Engine) {
    let mut seen = Seen::new();
    loop {
        tokio::time::sleep(PERIOD).await;
        let polled = polled(&engine);
        seen.retain(|(key, name), _| polled.iter().any(|(known, _, action)| known == key && action.name == *name));
        for (key, role, action) in polled {
            look(&engine, &mut seen, &key, &role, &action).await;
        }
    }
}

/// The source actions that ask to be polled, each with its pipeline and its role.
fn polled(engine: &Engine) -> Vec<(PipelineKey, String, Action)> {
    let books = engine.lock();
    let mut found = Vec::new();
    for (key, record) in &books.pipelines {
        let structure = record.machine.structure();
        for (_, action) in structure.actions() {
            let asks = action.setting("PollForSourceChanges").is_some_and(|value| value.eq_ignore_ascii_case("true"));
            if asks {
                found.push((key.clone(), structure.role_arn.clone(), action.clone()));
            }
        }
    }
    found
}

/// Looks at one source, and starts its pipeline if there is something new since the last look.
async fn look(engine: &Engine, seen: &mut Seen, key: &PipelineKey, role: &str, action: &Action) {
    let Some(current) = current(engine, key, role, action).await else { return };
    let before = seen.insert((key.clone(), action.name.clone()), current.clone());
    if before.is_none_or(|before| before == current) {
        return;
    }
    let trigger = StartTrigger { kind: TriggerKind::PollForSourceChanges, detail: action.name.clone() };
    if let Err(fault) = engine.start(key, Start::plain(trigger)) {
        tracing::warn!(pipeline = %key, %fault, "a change of the source did not start the pipeline");
    }
}

/// What a source would give now; a source that cannot be looked at fails in the execution, where it is seen.
async fn current(engine: &Engine, key: &PipelineKey, role: &str, action: &Action) -> Option<String> {
    match action.provider()? {
        Provider::GitHub => engine.newest_commit(action).await.map(|commit| commit.to_string()),
        Provider::S3Source => {
            let session = SessionRequest {
                role_arn: role,
                service: "codepipeline.amazonaws.com",
                session_name: "poll",
                source_account: &key.environment.account,
                source_arn: &key.arn(),
                policy: None,
            };
            let credentials = engine.0.surroundings.authority.session(&session).await.ok()?;
            let storage =
                engine.aws().await.in_region(&key.environment.region).with_credentials(&credentials).storage();
            storage.head(action.setting("S3Bucket")?, action.setting("S3ObjectKey")?).await.ok()??.version
        }
        Provider::Connection
        | Provider::CodeBuild
        | Provider::CloudFormation
        | Provider::Approval
        | Provider::S3Deploy => None,
    }
}
