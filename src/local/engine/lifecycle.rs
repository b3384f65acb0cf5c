//! Making, changing and deleting pipelines, and starting their executions.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::live::{Engine, missing, new_execution_id, unwritten};
use super::machine::{ExecutionId, Machine, Restart, SourceOverride, StartRequest, StartTrigger};
use super::record::{PipelineKey, Record, Secrets, Tags, take_secrets};
use super::structure::{self, Structure};
use crate::id::Environment;
use crate::local::Fault;

/// How many tags a resource may have.
const MOST_TAGS: usize = 50;

/// A wish to start an execution, before it has an id.
#[derive(Debug, Clone)]
pub struct Start {
    /// What starts it.
    pub trigger: StartTrigger,
    /// The client's token.
    pub client_token: Option<String>,
    /// Values for the pipeline's variables.
    pub variables: BTreeMap<String, String>,
    /// Revisions that the sources shall give.
    pub source_overrides: Vec<SourceOverride>,
}

/// What became of a wish to change a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It has a new version.
    Changed,
    /// It was like that already.
    Unchanged,
}

impl Start {
    /// A start that asks for nothing in particular.
    pub fn plain(trigger: StartTrigger) -> Self {
        Self { trigger, client_token: None, variables: BTreeMap::new(), source_overrides: Vec::new() }
    }
}

impl Engine {
    /// Makes a pipeline; nothing is started yet.
    pub fn create(&self, environment: &Environment, structure: Structure, tags: Tags) -> Result<PipelineKey, Fault> {
        check_tags(&tags)?;
        let (structure, secrets) = prepare(environment, structure, &Secrets::new())?;
        let key = PipelineKey { environment: environment.clone(), name: structure.name.clone() };
        let mut books = self.lock();
        if books.pipelines.contains_key(&key) {
            return Err(Fault::client(
                "PipelineNameInUseException",
                format!("A pipeline with the name '{}' already exists in account '{}'", key.name, environment.account),
            ));
        }
        let machine = Machine::new(environment.clone(), structure, Timestamp::now());
        let record = Record { machine, tags, secrets };
        self.0.store.save(&key, &record).map_err(|error| unwritten(&error))?;
        books.pipelines.insert(key.clone(), record);
        Ok(key)
    }

    /// Gives a pipeline another structure, even if it is the same again.
    pub fn update(&self, key: &PipelineKey, structure: Structure, restart: Restart) -> Result<(), Fault> {
        self.change(key, |record, at| {
            let (structure, secrets) = prepare(&key.environment, structure, &record.secrets)?;
            record.secrets = secrets;
            Ok(((), record.machine.update(structure, restart, at)))
        })
    }

    /// Gives a pipeline another structure, unless it has it already.
    pub fn update_if_changed(&self, key: &PipelineKey, wanted: Structure, restart: Restart) -> Result<Change, Fault> {
        self.change(key, |record, at| {
            let (mut structure, secrets) = prepare(&key.environment, wanted, &record.secrets)?;
            structure.version = record.machine.structure().version;
            if structure == *record.machine.structure() && secrets == record.secrets {
                return Ok((Change::Unchanged, Vec::new()));
            }
            record.secrets = secrets;
            Ok((Change::Changed, record.machine.update(structure, restart, at)))
        })
    }

    /// Deletes a pipeline and ends its executions; one that is not there is no error.
    pub fn delete(&self, key: &PipelineKey) -> Result<(), Fault> {
        let mut books = self.lock();
        let Some(mut record) = books.pipelines.remove(key) else { return Ok(()) };
        let commands = record.machine.delete(Timestamp::now());
        self.carry_out(&mut books, key, commands);
        self.0.store.remove(key).map_err(|error| unwritten(&error))
    }

    /// Starts an execution.
    pub fn start(&self, key: &PipelineKey, start: Start) -> Result<ExecutionId, Fault> {
        let id = new_execution_id()?;
        self.change(key, |record, at| {
            let request = StartRequest {
                id,
                trigger: start.trigger,
                client_token: start.client_token,
                variables: start.variables,
                source_overrides: start.source_overrides,
            };
            Ok(record.machine.start(request, at)?)
        })
    }

    /// Rolls a stage back to an earlier execution; gives the id of the one that does.
    pub fn roll_back(
        &self,
        key: &PipelineKey,
        stage: &str,
        target: &ExecutionId,
        by: &str,
    ) -> Result<ExecutionId, Fault> {
        let id = new_execution_id()?;
        self.change(key, |record, at| {
            let commands = record.machine.roll_back_to(target, stage, id.clone(), by.to_owned(), at)?;
            Ok((id, commands))
        })
    }

    /// Replaces the tags of a pipeline.
    pub fn set_tags(&self, key: &PipelineKey, tags: Tags) -> Result<(), Fault> {
        check_tags(&tags)?;
        self.change(key, |record, _| {
            record.tags = tags;
            Ok(((), Vec::new()))
        })
    }

    /// All pipelines of an account and region, in the order of their names.
    pub fn names(&self, environment: &Environment) -> Vec<PipelineKey> {
        self.lock().pipelines.keys().filter(|key| key.environment == *environment).cloned().collect()
    }

    /// Tells whether there is a pipeline.
    pub fn check_exists(&self, key: &PipelineKey) -> Result<(), Fault> {
        if self.lock().pipelines.contains_key(key) { Ok(()) } else { Err(missing(key)) }
    }
}

/// Takes the secrets out of a structure and checks it.
fn prepare(
    environment: &Environment,
    mut structure: Structure,
    known: &Secrets,
) -> Result<(Structure, Secrets), Fault> {
    structure::check(&structure, environment.region.as_str())
        .map_err(|defect| Fault::client(defect.code, defect.message))?;
    let secrets = take_secrets(&mut structure, known);
    Ok((structure, secrets))
}

fn check_tags(tags: &Tags) -> Result<(), Fault> {
    if tags.len() > MOST_TAGS {
        return Err(Fault::client(
            "TooManyTagsException",
            format!("The tags limit for a resource has been exceeded: {} of {MOST_TAGS}", tags.len()),
        ));
    }
    match tags.iter().find(|(key, value)| key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256) {
        Some((key, _)) => Err(Fault::client("InvalidTagsException", format!("The tag '{key}' is too long or empty"))),
        None => Ok(()),
    }
}
