//! Checks of a structure, as CreatePipeline and UpdatePipeline make them.
//!
//! Where the service's wording is known it is used, since people search for it.

mod action;
mod artifact;
mod condition;
mod namespace;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::{Category, ExecutionMode, PipelineType, Stage, Structure};

/// Why a structure is refused: the service's error code and message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Defect {
    /// The code, such as `InvalidStructureException`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

const STAGES: RangeInclusive<usize> = 2..=50;
const ACTIONS: RangeInclusive<usize> = 1..=50;
const MOST_VARIABLES: usize = 50;

impl Defect {
    fn structure(message: impl Into<String>) -> Self {
        Self { code: "InvalidStructureException", message: message.into() }
    }

    fn stage(message: impl Into<String>) -> Self {
        Self { code: "InvalidStageDeclarationException", message: message.into() }
    }

    fn action(message: impl Into<String>) -> Self {
        Self { code: "InvalidActionDeclarationException", message: message.into() }
    }

    fn validation(message: impl Into<String>) -> Self {
        Self { code: "ValidationException", message: message.into() }
    }
}

/// Checks a structure for a pipeline in a region; the first defect is the answer.
pub fn check(structure: &Structure, region: &str) -> Result<(), Defect> {
    check_name("pipeline", &structure.name)?;
    check_role(&structure.role_arn)?;
    check_stages(structure)?;
    check_features(structure)?;
    for (stage, action) in structure.actions() {
        action::check(stage, action, region)?;
    }
    artifact::check(structure)?;
    artifact::check_stores(structure, region)?;
    namespace::check(structure)
}

fn check_name(kind: &str, name: &str) -> Result<(), Defect> {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '@' | '-' | '_');
    if (1..=100).contains(&name.len()) && name.chars().all(is_allowed) {
        Ok(())
    } else {
        Err(Defect::validation(format!(
            "the {kind} name `{name}` does not have 1 to 100 characters of A-Z, a-z, 0-9, `.`, `@`, `-` and `_`"
        )))
    }
}

fn check_role(role: &str) -> Result<(), Defect> {
    let mut parts = role.splitn(6, ':');
    let well_formed = parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some("iam")
        && parts.next() == Some("")
        && parts.next().is_some_and(|account| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
        && parts.next().is_some_and(|resource| resource.starts_with("role/"));
    if well_formed { Ok(()) } else { Err(Defect::validation(format!("`{role}` is not the ARN of a role"))) }
}

fn check_stages(structure: &Structure) -> Result<(), Defect> {
    let count = structure.stages.len();
    if count < *STAGES.start() {
        return Err(Defect::structure(format!(
            "Pipeline has {count} stage(s). There should be a minimum of {} stages in a pipeline",
            STAGES.start()
        )));
    }
    if count > *STAGES.end() {
        return Err(Defect {
            code: "LimitExceededException",
            message: format!("Pipeline has {count} stages, which is more than the limit of {}", STAGES.end()),
        });
    }
    let mut names = BTreeSet::new();
    for (position, stage) in structure.stages.iter().enumerate() {
        check_name("stage", &stage.name)?;
        if !names.insert(&stage.name) {
            return Err(Defect::structure(format!("Stage name '{}' is used more than once", stage.name)));
        }
        check_actions(stage)?;
        check_sources(stage, position)?;
        condition::check(structure, position, stage)?;
    }
    Ok(())
}

fn check_actions(stage: &Stage) -> Result<(), Defect> {
    let count = stage.actions.len();
    if !ACTIONS.contains(&count) {
        return Err(Defect::stage(format!(
            "Stage '{}' has {count} actions; a stage has {} to {}",
            stage.name,
            ACTIONS.start(),
            ACTIONS.end()
        )));
    }
    let mut names = BTreeSet::new();
    for action in &stage.actions {
        if !names.insert(&action.name) {
            return Err(Defect::action(format!(
                "Action name '{}' is used more than once in stage '{}'",
                action.name, stage.name
            )));
        }
    }
    Ok(())
}

fn check_sources(stage: &Stage, position: usize) -> Result<(), Defect> {
    for action in &stage.actions {
        let is_source = action.action_type_id.category == Category::Source;
        if position == 0 && !is_source {
            return Err(Defect::structure("Pipeline should start with a stage that only contains source actions"));
        }
        if position > 0 && is_source {
            return Err(Defect::structure("Source actions are only allowed in the first stage"));
        }
    }
    Ok(())
}

fn check_features(structure: &Structure) -> Result<(), Defect> {
    if structure.pipeline_type == PipelineType::V1 {
        let second = [
            (structure.execution_mode != ExecutionMode::Superseded, "an execution mode other than SUPERSEDED"),
            (!structure.variables.is_empty(), "variables"),
            (!structure.triggers.is_empty(), "triggers"),
        ];
        if let Some((_, feature)) = second.iter().find(|(used, _)| *used) {
            return Err(Defect::structure(format!("Pipeline type V1 does not support {feature}; use V2")));
        }
    }
    if structure.variables.len() > MOST_VARIABLES {
        return Err(Defect::structure(format!(
            "Pipeline has {} variables, which is more than the limit of {MOST_VARIABLES}",
            structure.variables.len()
        )));
    }
    let mut names = BTreeSet::new();
    for variable in &structure.variables {
        if !names.insert(&variable.name) {
            return Err(Defect::structure(format!("Variable '{}' is declared more than once", variable.name)));
        }
        if variable.default_value.as_ref().is_some_and(|value| value.is_empty() || value.chars().count() > 1000) {
            return Err(Defect::validation(format!(
                "the default value of variable `{}` does not have 1 to 1000 characters",
                variable.name
            )));
        }
    }
    check_triggers(structure)
}

fn check_triggers(structure: &Structure) -> Result<(), Defect> {
    let mut sources = BTreeSet::new();
    for trigger in &structure.triggers {
        let name = &trigger.git_configuration.source_action_name;
        let is_connection = structure
            .actions()
            .any(|(_, action)| action.name == *name && action.provider() == Some(super::Provider::Connection));
        if !is_connection {
            return Err(Defect::structure(format!(
                "Trigger refers to source action '{name}', which is not a connection source of this pipeline"
            )));
        }
        if !sources.insert(name) {
            return Err(Defect::structure(format!("Source action '{name}' has more than one trigger")));
        }
    }
    Ok(())
}
