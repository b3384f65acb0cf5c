//! What the machine wants done.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{ActionId, ConditionPlace, ExecutionId, Location, SourceOverride};
use crate::id::Environment;
use crate::local::engine::structure::Action;

/// One thing to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Execute an action, and tell how it ended.
    Execute(Box<Order>),
    /// Watch an alarm, and tell how it does.
    Watch(Box<AlarmOrder>),
    /// Follow an action or an alarm no longer; what it caused elsewhere goes on by itself.
    Abandon(ActionId),
}

/// Everything that is needed to watch an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmOrder {
    /// The id under which to tell how it does.
    pub id: ActionId,
    /// Where the condition stands.
    pub place: ConditionPlace,
    /// The pipeline's role.
    pub pipeline_role: String,
    /// The role to look with, if not the pipeline's.
    pub role: Option<String>,
    /// The account of the pipeline and the region of the alarm.
    pub environment: Environment,
    /// The alarm's name.
    pub alarm: String,
    /// The states in which the rule fails.
    pub states: Vec<String>,
    /// How long to look; it is looked at once in any case.
    pub until: Timestamp,
}

/// Everything that is needed to execute an action; nothing is left to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The pipeline.
    pub pipeline: String,
    /// The version of its structure.
    pub version: u32,
    /// The pipeline's role.
    pub pipeline_role: String,
    /// The account of the pipeline and the region of the action.
    pub environment: Environment,
    /// The execution.
    pub execution: ExecutionId,
    /// The stage.
    pub stage: String,
    /// The id under which to tell how it ended.
    pub id: ActionId,
    /// The action as it stands in the structure.
    pub action: Action,
    /// Its configuration with all references replaced; secrets are masked.
    pub configuration: BTreeMap<String, String>,
    /// The artifacts to take, in their order.
    pub inputs: Vec<Handover>,
    /// Where to put the artifacts that it makes, in their order.
    pub outputs: Vec<Output>,
    /// The revision asked for instead of the newest, for a source.
    pub source_override: Option<SourceOverride>,
    /// When it has taken too long.
    pub deadline: Timestamp,
}

/// An artifact to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// The artifact's name.
    pub name: String,
    /// What it is made of, if a source made it: a commit, or an object's version.
    pub revision: Option<String>,
    /// Where it was put.
    pub made: Location,
    /// Where the action finds it: elsewhere only if the action is in another region, and then it must be copied first.
    pub taken: Location,
}

/// An artifact to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The artifact's name.
    pub name: String,
    /// Where to put it.
    pub location: Location,
    /// The key to encrypt it with, unless it is S3's own.
    pub encryption_key: Option<String>,
}

impl Order {
    /// A setting, when there is one and it is not empty.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.configuration.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }
}
