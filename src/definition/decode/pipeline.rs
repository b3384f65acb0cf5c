//! `[pipeline]`.

use super::region;
use super::tags::{self, Tags};
use crate::definition::model::{ExecutionMode, SkipUnchanged, Target};
use crate::definition::read::{Placed, Table};
use crate::id::{PipelineName, Qualifier};

/// What the table says; a name that is missing or wrong has been reported.
#[derive(Default)]
pub(super) struct Pipeline {
    pub name: Option<PipelineName>,
    pub target: Target,
    pub qualifier: Qualifier,
    pub execution_mode: ExecutionMode,
    pub skip_unchanged: Option<Placed<SkipUnchanged>>,
    pub tags: Tags,
}

pub(super) fn decode(table: Table<'_>) -> Pipeline {
    Pipeline {
        name: table.require("name").and_then(|node| node.identifier()),
        target: target(&table),
        qualifier: table.get("qualifier").and_then(|node| node.identifier()).unwrap_or_default(),
        execution_mode: table
            .get("execution-mode")
            .and_then(|node| {
                node.choice(&[
                    ("superseded", ExecutionMode::Superseded),
                    ("queued", ExecutionMode::Queued),
                    ("parallel", ExecutionMode::Parallel),
                ])
            })
            .unwrap_or_default(),
        skip_unchanged: skip_unchanged(&table),
        tags: tags::decode(&table),
    }
}

/// `skip-unchanged` of a table that has it.
pub(super) fn skip_unchanged(table: &Table<'_>) -> Option<Placed<SkipUnchanged>> {
    let node = table.get("skip-unchanged")?;
    Some(Placed { value: node.choice(&SkipUnchanged::WORDS)?, span: node.span })
}

/// `account` and `region` of a table that has them.
pub(super) fn target(table: &Table<'_>) -> Target {
    Target {
        account: table.get("account").and_then(|node| node.identifier()),
        region: table.get("region").and_then(|node| region::decode(&node)),
    }
}
