//! The verbs, each with what it works on.

pub mod approve;
pub mod bootstrap;
pub mod deploy;
pub mod destroy;
pub mod prune;
pub mod publish;
pub mod retry;
pub mod update_itself;
