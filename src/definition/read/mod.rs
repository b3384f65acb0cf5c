//! Reading TOML by hand, so that every mistake is found in one pass and each has its place.
//!
//! A [`Context`] collects, a [`Node`] is a value with its place, a [`Table`] is a node whose keys are known. Readers
//! return `None` after they have reported what is wrong; callers go on with what comes next.

mod context;
mod findings;
mod node;
mod scalar;
mod table;

pub(super) use context::{Completeness, Context};
pub(super) use node::{Key, Node, Placed};
pub(super) use table::Table;
