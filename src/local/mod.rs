//! The local endpoint: one AWS endpoint on 127.0.0.1 that really executes pipelines.
//!
//! ```text
//! client ──▶ front ──┬─▶ Service  (CodePipeline, CodeBuild runs, connections: JSON protocols)
//!                    ├─▶ Pages    (Git, GitHub REST, webhooks: plain HTTP below a path)
//!                    └─▶ emulator (everything else), which calls back ─▶ ResourceType
//! ```
//!
//! The front verifies and authorises; a [`Service`] only says what a call needs and answers it.

pub mod authority;
pub mod codebuild;
pub mod contract;
pub mod engine;
pub mod github;
pub mod push;

pub use contract::{
    Body, BoxError, Call, Caller, Fault, Handling, Pages, Permission, Provisioned, ResourceCall, ResourceType, Service,
};
pub use push::{Push, PushListener, WebhookTarget, Webhooks};
