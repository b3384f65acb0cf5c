//! Checks of namespaces: unique, and only those of earlier actions are referred to.

use std::collections::BTreeMap;

use super::Defect;
use crate::local::engine::structure::{Reference, Stage, Structure, references};

/// Namespaces that the service fills itself.
const RESERVED: [&str; 2] = ["codepipeline", "variables"];

/// Checks where namespaces are made and where they are referred to.
pub(super) fn check(structure: &Structure) -> Result<(), Defect> {
    let mut made_at = BTreeMap::new();
    for (position, stage) in structure.stages.iter().enumerate() {
        for action in &stage.actions {
            let Some(namespace) = action.namespace.as_deref() else { continue };
            if RESERVED.contains(&namespace) {
                return Err(Defect::action(format!("Namespace '{namespace}' of action '{}' is reserved", action.name)));
            }
            if made_at.insert(namespace, (position, action.run_order)).is_some() {
                return Err(Defect::structure(format!("Namespace '{namespace}' is used by more than one action")));
            }
        }
    }
    let check = |stage: &Stage, user: User<'_>, configuration: &BTreeMap<String, String>, at: (usize, u32)| {
        for (key, value) in configuration {
            for reference in references(value) {
                let is_known = match reference.namespace.as_str() {
                    "codepipeline" => reference.key == "PipelineExecutionId",
                    "variables" => structure.variables.iter().any(|variable| variable.name == reference.key),
                    namespace => made_at.get(namespace).is_some_and(|made| *made < at),
                };
                if !is_known {
                    return Err(unknown(&stage.name, user, key, &reference));
                }
            }
        }
        Ok(())
    };
    for (position, stage) in structure.stages.iter().enumerate() {
        let places = [(&stage.before_entry, position), (&stage.on_success, position + 1)];
        for (conditions, position) in places {
            let conditions = conditions.iter().flat_map(|conditions| &conditions.conditions);
            for rule in conditions.flat_map(|condition| &condition.rules) {
                check(stage, User::Rule(&rule.name), &rule.configuration, (position, 0))?;
            }
        }
        for action in &stage.actions {
            check(stage, User::Action(&action.name), &action.configuration, (position, action.run_order))?;
        }
    }
    Ok(())
}

/// Who refers to a variable.
#[derive(Clone, Copy)]
enum User<'a> {
    Action(&'a str),
    Rule(&'a str),
}

fn unknown(stage: &str, user: User<'_>, key: &str, reference: &Reference) -> Defect {
    let (kind, name) = match user {
        User::Action(name) => ("Action", name),
        User::Rule(name) => ("Rule", name),
    };
    Defect::action(format!(
        "Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). \
         The following pipeline execution variables are referencing a namespace that does not exist. \
         StageName=[{stage}], {kind}Name=[{name}], {kind}ConfigurationKey=[{key}], \
         VariableReferenceText=[{}.{}]",
        reference.namespace, reference.key
    ))
}
