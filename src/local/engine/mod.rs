//! The engine: it executes pipelines that are deployed to the local endpoint.
//!
//! ```text
//! API, CloudFormation, webhooks, pushes ─▶ live ─events─▶ machine (decides) ─commands─▶ live ─▶ action (does)
//!                                           └─▶ store (written down after every event)
//! ```
//!
//! [`structure`] is what a pipeline is; [`machine`] is the pure part that decides what happens next. The engine executes
//! what is deployed to it, and knows of pipelines nothing else.

mod action;
mod clock;
mod connection;
mod lifecycle;
mod live;
pub mod machine;
mod poll;
mod record;
mod rule;
mod store;
pub mod structure;
mod webhook;

pub use connection::Connection;
pub use lifecycle::{Change, Start};
pub use live::{Engine, Surroundings, new_execution_id};
pub use record::{PipelineKey, Record, Secrets, Tags};
pub use webhook::{Authentication, Filter, Registration, Webhook, webhook_arn};
