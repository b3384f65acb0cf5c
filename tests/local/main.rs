//! The local endpoint itself, and what the edges do against it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod builds;
mod engine;
mod front;
mod publish_images;
mod registry;
mod stacks;
mod stand_ins;
#[path = "../support/mod.rs"]
mod support;
