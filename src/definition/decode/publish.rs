//! `[publish-assets]`.

use super::environment;
use super::value::Scope;
use crate::definition::model::BuildEnvironment;
use crate::definition::read::Table;

pub(super) fn decode(table: &Table<'_>) -> Option<BuildEnvironment> {
    // Assets are published before any stack is deployed, so there are no outputs to be used.
    let (environment, _) = environment::decode(table, Scope::Build);
    environment
}
