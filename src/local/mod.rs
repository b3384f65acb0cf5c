//! The local endpoint: one AWS endpoint on 127.0.0.1 that really executes pipelines.
//!
//! ```text
//! client ──▶ front ──┬─▶ Service  (CodePipeline, CodeBuild runs, connections: JSON protocols)
//!                    ├─▶ Pages    (Git, GitHub REST, webhooks, images: plain HTTP below a path)
//!                    └─▶ emulator (everything else), which calls back ─▶ ResourceType
//! ```
//!
//! The front verifies and authorises; a [`Service`] only says what a call needs and answers it.

pub mod account_key;
pub mod api;
pub mod authority;
pub mod background;
pub mod codebuild;
pub mod contract;
pub mod demo;
pub mod emulator;
pub mod engine;
pub mod front;
pub mod github;
pub mod instance;
pub mod push;
mod registry;
pub mod services;
pub mod signature;
pub mod source;

mod down;
mod error;
mod up;

pub use down::{down, started};
pub use error::Error;
pub use up::{Context, Ending, Options, Running, up};

pub use contract::{
    Body, BoxError, Call, Caller, Fault, Handling, Pages, Permission, Provisioned, ResourceCall, ResourceType, Service,
};
pub use push::{Push, PushListener, PushedReference, WebhookTarget, Webhooks};
pub use source::Repositories;
