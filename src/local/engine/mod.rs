//! The engine: it executes pipelines that are deployed to the local endpoint.
//!
//! [`structure`] is what a pipeline is; [`machine`] is the pure part that decides what happens next.

pub mod machine;
pub mod structure;
