//! One async function a verb; they emit events and return values.

mod abreast;
pub mod action_access;
pub mod amplify;
pub mod approval;
pub mod assembly;
pub mod bootstrap;
pub mod build;
mod contents;
pub mod deploy;
pub mod destroy;
pub mod diff;
pub mod discover;
mod files;
pub mod follow;
pub mod graph;
pub mod guard;
pub mod imports;
pub mod init;
mod late;
pub mod load;
pub mod logs;
pub mod naming;
pub mod outputs;
pub mod parallel;
pub mod preflight;
pub mod prune;
pub mod publish;
pub mod retry;
pub mod review;
pub mod role;
pub mod run;
pub mod skip;
pub mod stack;
pub mod status;
pub mod stop;
pub mod subject;
pub mod synth;
mod tolerance;
pub mod tool;
mod tree;
pub mod validate;
mod vanished;

pub use vanished::Vanished;

/// Runs work that blocks on a thread of its own.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        // The task is never cancelled, so this is a panic, which goes on where it is waited for.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
