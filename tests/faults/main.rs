//! The fault catalogue: for every verb that writes to AWS, the n-th call fails, for every n; then the verb is run again.
//!
//! ```text
//! verb ──▶ proxy, which counts calls and spoils one ──▶ local endpoint
//!   ├─ ends well: all is as after an undisturbed run
//!   └─ fails, or is killed: the exit code is a documented one, the message names the call and a remedy, no secret is
//!      printed; a second run without a fault succeeds, and all is as after an undisturbed run
//! ```
//!
//! What happens to a call is a [`kind::Kind`]. The kinds take turns: the n-th call meets the (n mod 9)-th, so every call
//! meets one, and the same one each time. Calls that write meet, besides, all those that leave it in doubt whether the work
//! was done, and a refusal ([`kind::Kind::OF_WRITES`]). What is compared is the stacks with their parameters, outputs, tags
//! and left change sets, objects with their hashes, executions and runs of actions: none is lost, half done or there twice.
//!
//! Verbs run as the real program, and are really killed; `bootstrap` alone runs in this process, where it uploads a small
//! program. Builds are not run: who starts them is what matters here.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what was covered is told")]

mod bed;
mod builds;
mod catalogue;
mod kind;
mod line;
mod proxy;
#[path = "../support/mod.rs"]
mod support;
mod verbs;

use bed::Bed;
use verbs::update_itself::{Change, UpdateItself};

/// How many cases of a verb run at once: much of their time is waiting.
const LANES: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn bootstrap() {
    catalogue::run(&Bed::bare().await, &verbs::bootstrap::Bootstrap, LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deploy_creates() {
    catalogue::run(&Bed::ready().await, &verbs::deploy::Create, LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deploy_changes() {
    catalogue::run(&Bed::ready().await, &verbs::deploy::Update::default(), LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deploy_finds_nothing_to_do() {
    catalogue::run(&Bed::ready().await, &verbs::deploy::Nothing, LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pipeline_updates_itself() {
    catalogue::run(&Bed::ready().await, &UpdateItself::new(Change::Pipeline), LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pipeline_updates_its_rights() {
    catalogue::run(&Bed::ready().await, &UpdateItself::new(Change::Rights), LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn publish() {
    catalogue::run(&Bed::ready().await, &verbs::publish::Publish, LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn destroy() {
    catalogue::run(&Bed::ready().await, &verbs::destroy::Destroy, LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prune() {
    let bed = Bed::ready().await;
    bed.prepare_lines(&[("a", "a".to_owned())]).await;
    catalogue::run(&bed, &verbs::prune::Prune, LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approve() {
    let bed = Bed::bare().await;
    bed.prepare_lines(&[("a", "a".to_owned())]).await;
    catalogue::run(&bed, &verbs::approve::Approve, LANES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retry() {
    let bed = Bed::bare().await;
    bed.prepare_lines(&[("app.json", verbs::retry::template().to_string())]).await;
    catalogue::run(&bed, &verbs::retry::Retry, LANES).await;
}
