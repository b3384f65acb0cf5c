//! `pipeline.toml`: decode, check, describe. Pure.

mod model;

pub use model::*;
