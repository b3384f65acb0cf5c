//! The beginning of an action: its references are replaced, its artifacts get places, its time is limited.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::execution::{ActionRun, ActionStatus, ErrorDetails, External, Location, Standing};
use super::identity::{ActionId, approval_token, artifact_suffix};
use super::{Command, Execution, ExecutionId, Handover, Machine, Order, Output};
use crate::id::{Environment, Region};
use crate::local::engine::structure::{Action, Provider, Reference, Structure, substitute};

/// How much of the pipeline's name and of the artifact's name a key begins with, as the service does.
const PIPELINE_IN_KEY: usize = 20;
const ARTIFACT_IN_KEY: usize = 10;

/// What an action begins with.
struct Beginning {
    configuration: BTreeMap<String, String>,
    inputs: Vec<Handover>,
    outputs: Vec<Output>,
    environment: Environment,
}

impl Machine {
    /// Begins an action of the stage that an execution is in; an action that cannot begin has failed.
    pub(super) fn begin(&mut self, id: &ExecutionId, stage: &str, action: &str, at: Timestamp) -> Option<Command> {
        let beginning = self.begin_next();
        let execution = self.execution(id)?;
        let structure = self.structure_of(execution.version)?;
        let action = structure.stage(stage)?.action(action)?.clone();
        let provider = action.provider();
        let prepared = prepare(structure, execution, &action, &self.environment, beginning);
        let is_approval = provider == Some(Provider::Approval);
        let mut run = ActionRun {
            id: ActionId::derive(id, beginning),
            action: action.name.clone(),
            namespace: action.namespace.clone(),
            version: execution.version,
            beginning,
            status: ActionStatus::InProgress,
            standing: Standing::Counts,
            started: at,
            updated: at,
            updated_by: None,
            deadline: deadline(&action, at),
            configuration: BTreeMap::new(),
            inputs: BTreeMap::new(),
            outputs: BTreeMap::new(),
            variables: BTreeMap::new(),
            external: External::default(),
            error: None,
            token: is_approval.then(|| approval_token(id, beginning)),
            revision: None,
        };
        let command = match prepared {
            Err(error) => {
                run.status = ActionStatus::Failed;
                run.external.summary = Some(error.message.clone());
                run.error = Some(error);
                None
            }
            Ok(prepared) => {
                run.configuration = prepared.configuration.clone();
                run.inputs = prepared.inputs.iter().map(|input| (input.name.clone(), input.taken.clone())).collect();
                (!is_approval).then(|| {
                    Command::Execute(Box::new(Order {
                        pipeline: structure.name.clone(),
                        version: execution.version,
                        pipeline_role: structure.role_arn.clone(),
                        environment: prepared.environment,
                        execution: id.clone(),
                        stage: stage.to_owned(),
                        id: run.id.clone(),
                        source_override: execution
                            .source_overrides
                            .iter()
                            .find(|wanted| wanted.action_name == action.name)
                            .cloned(),
                        action,
                        configuration: prepared.configuration,
                        inputs: prepared.inputs,
                        outputs: prepared.outputs,
                        deadline: run.deadline,
                    }))
                })
            }
        };
        let execution = self.execution_mut(id)?;
        execution.updated = at;
        execution.stage_mut(stage)?.actions.push(run);
        command
    }
}

fn deadline(action: &Action, at: Timestamp) -> Timestamp {
    let limit = match action.timeout_in_minutes {
        Some(minutes) => Duration::from_secs(u64::from(minutes) * 60),
        None => action.provider().map_or(Duration::ZERO, Provider::time_limit),
    };
    let limit = SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX);
    at.checked_add(limit).unwrap_or(Timestamp::MAX)
}

fn prepare(
    structure: &Structure,
    execution: &Execution,
    action: &Action,
    home: &Environment,
    beginning: u64,
) -> Result<Beginning, ErrorDetails> {
    let region = match &action.region {
        None => home.region.clone(),
        Some(region) => region
            .parse::<Region>()
            .map_err(|error| ErrorDetails { code: "ConfigurationError".to_owned(), message: error.to_string() })?,
    };
    let store = structure.store(region.as_str()).ok_or_else(|| ErrorDetails {
        code: "ConfigurationError".to_owned(),
        message: format!("the pipeline has no artifact store in region {region}"),
    })?;
    let mut inputs = Vec::with_capacity(action.input_artifacts.len());
    for input in &action.input_artifacts {
        let made = execution.artifacts.get(&input.name).ok_or_else(|| ErrorDetails {
            code: "ConfigurationError".to_owned(),
            message: format!("artifact `{}` was not made in this execution", input.name),
        })?;
        let taken = Location { bucket: store.location.clone(), key: made.key.clone() };
        let revision = execution.revisions.iter().find(|revision| revision.artifact == input.name);
        inputs.push(Handover {
            name: input.name.clone(),
            revision: revision.map(|revision| revision.id.clone()),
            made: made.clone(),
            taken,
        });
    }
    let outputs = action
        .output_artifacts
        .iter()
        .map(|output| Output {
            name: output.name.clone(),
            location: Location {
                bucket: store.location.clone(),
                key: format!(
                    "{}/{}/{}.zip",
                    head(&structure.name, PIPELINE_IN_KEY),
                    head(&output.name, ARTIFACT_IN_KEY),
                    artifact_suffix(&execution.id, beginning, &output.name)
                ),
            },
            encryption_key: store.encryption_key.as_ref().map(|key| key.id.clone()),
        })
        .collect();
    Ok(Beginning {
        configuration: configuration(execution, action)?,
        inputs,
        outputs,
        environment: Environment { account: home.account.clone(), region },
    })
}

fn head(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

/// The configuration of an action with all references replaced.
fn configuration(execution: &Execution, action: &Action) -> Result<BTreeMap<String, String>, ErrorDetails> {
    action
        .configuration
        .iter()
        .map(|(key, value)| {
            let is_json = action.provider().is_some_and(|provider| provider.has_json(key));
            let resolve = |reference: &Reference| {
                let value = variable(execution, reference)?;
                Some(if is_json { escape(&value) } else { value })
            };
            match substitute(value, resolve) {
                Ok(value) => Ok((key.clone(), value)),
                Err(reference) => Err(ErrorDetails {
                    code: "ConfigurationError".to_owned(),
                    message: format!(
                        "the variable reference {reference} in the action's configuration {key} has no value: the \
                         action that owns the namespace did not make that variable"
                    ),
                }),
            }
        })
        .collect()
}

/// The value of a variable, if the execution has it.
pub(super) fn variable(execution: &Execution, reference: &Reference) -> Option<String> {
    match (reference.namespace.as_str(), reference.key.as_str()) {
        ("codepipeline", "PipelineExecutionId") => Some(execution.id.to_string()),
        ("variables", name) => execution.variables.get(name).cloned(),
        (namespace, name) => execution.namespaces.get(namespace)?.get(name).cloned(),
    }
}

/// A text as it stands within a JSON string.
fn escape(value: &str) -> String {
    let quoted = serde_json::Value::String(value.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}
