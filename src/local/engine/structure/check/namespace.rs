//! Checks of namespaces: unique, and only those of earlier actions are referred to.

use std::collections::BTreeMap;

use super::Defect;
use crate::local::engine::structure::{Reference, Structure, references};

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
    for (position, stage) in structure.stages.iter().enumerate() {
        for action in &stage.actions {
            for (key, value) in &action.configuration {
                for reference in references(value) {
                    let is_known = match reference.namespace.as_str() {
                        "codepipeline" => reference.key == "PipelineExecutionId",
                        "variables" => structure.variables.iter().any(|variable| variable.name == reference.key),
                        namespace => made_at.get(namespace).is_some_and(|made| *made < (position, action.run_order)),
                    };
                    if !is_known {
                        return Err(unknown(&stage.name, &action.name, key, &reference));
                    }
                }
            }
        }
    }
    Ok(())
}

fn unknown(stage: &str, action: &str, key: &str, reference: &Reference) -> Defect {
    Defect::action(format!(
        "Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). \
         The following pipeline execution variables are referencing a namespace that does not exist. \
         StageName=[{stage}], ActionName=[{action}], ActionConfigurationKey=[{key}], \
         VariableReferenceText=[{}.{}]",
        reference.namespace, reference.key
    ))
}
