//! Checks of one action.

use super::{Defect, check_name, check_role};
use crate::local::engine::structure::provider::Need;
use crate::local::engine::structure::{Action, Provider, Stage};

const MOST_RUN_ORDER: u32 = 999;
const LONGEST_VALUE: usize = 1000;

/// Checks an action by itself.
pub(super) fn check(stage: &Stage, action: &Action, region: &str) -> Result<(), Defect> {
    check_name("action", &action.name)?;
    if !(1..=MOST_RUN_ORDER).contains(&action.run_order) {
        return Err(Defect::action(format!(
            "Action '{}' in stage '{}' has run order {}; it must be between 1 and {MOST_RUN_ORDER}",
            action.name, stage.name, action.run_order
        )));
    }
    let Some(provider) = action.provider() else {
        return Err(Defect::action(format!(
            "{} in action '{}' is not available in region {}",
            action.action_type_id,
            action.name,
            region.to_uppercase().replace('-', "_")
        )));
    };
    if let Some(role) = &action.role_arn {
        check_role(role)?;
    }
    check_time_limit(action, provider)?;
    check_configuration(action, provider)?;
    check_counts(action, provider)
}

fn check_time_limit(action: &Action, provider: Provider) -> Result<(), Defect> {
    let allowed = match provider {
        Provider::Approval => 5..=86_400,
        _ => 1..=provider.time_limit().as_secs() as u32 / 60,
    };
    match action.timeout_in_minutes {
        Some(minutes) if !allowed.contains(&minutes) => Err(Defect::action(format!(
            "Action '{}' has timeoutInMinutes {minutes}; it must be between {} and {}",
            action.name,
            allowed.start(),
            allowed.end()
        ))),
        _ => Ok(()),
    }
}

fn check_configuration(action: &Action, provider: Provider) -> Result<(), Defect> {
    let keys = provider.keys();
    for key in keys.iter().filter(|key| key.need == Need::Required) {
        if action.setting(key.name).is_none() {
            return Err(Defect::action(format!(
                "Action configuration for action '{}' is missing required configuration '{}'",
                action.name, key.name
            )));
        }
    }
    for (key, value) in &action.configuration {
        if !keys.iter().any(|known| known.name == key) {
            return Err(Defect::action(format!(
                "Action configuration for action '{}' contains unknown configuration '{key}'",
                action.name
            )));
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(Defect::action(format!(
                "Action configuration '{key}' of action '{}' has {} characters; the limit is {LONGEST_VALUE}",
                action.name,
                value.chars().count()
            )));
        }
    }
    match provider {
        Provider::CloudFormation => check_cloudformation(action),
        Provider::CodeBuild => check_build(action),
        Provider::Connection => check_connection(action),
        Provider::GitHub | Provider::S3Source | Provider::Approval | Provider::S3Deploy => Ok(()),
    }
}

fn check_cloudformation(action: &Action) -> Result<(), Defect> {
    let mode = action.setting("ActionMode").unwrap_or_default();
    let needed: &[&str] = match mode {
        "CHANGE_SET_REPLACE" => &["ChangeSetName", "TemplatePath", "RoleArn"],
        "CHANGE_SET_EXECUTE" => &["ChangeSetName"],
        "CREATE_UPDATE" | "REPLACE_ON_FAILURE" => &["TemplatePath", "RoleArn"],
        "DELETE_ONLY" => &["RoleArn"],
        _ => {
            return Err(Defect::action(format!(
                "Action configuration for action '{}' has the unknown ActionMode '{mode}'",
                action.name
            )));
        }
    };
    for key in needed {
        if action.setting(key).is_none() {
            return Err(Defect::action(format!(
                "Action configuration for action '{}' is missing required configuration '{key}' for ActionMode {mode}",
                action.name
            )));
        }
    }
    for key in ["TemplatePath", "TemplateConfiguration"] {
        let artifact = action.setting(key).map(|path| path.split_once("::").map(|(artifact, _)| artifact));
        match artifact {
            None => {}
            Some(Some(artifact)) if action.input_artifacts.iter().any(|input| input.name == artifact) => {}
            Some(_) => {
                return Err(Defect::action(format!(
                    "{key} of action '{}' must be InputArtifact::path, with one of the action's input artifacts",
                    action.name
                )));
            }
        }
    }
    if action.setting("OutputFileName").is_some() == action.output_artifacts.is_empty() {
        return Err(Defect::action(format!(
            "Action '{}' must have both an output artifact and OutputFileName, or neither",
            action.name
        )));
    }
    Ok(())
}

fn check_build(action: &Action) -> Result<(), Defect> {
    let is_on = |key: &str| action.setting(key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if is_on("BatchEnabled") {
        return Err(Defect::action(format!(
            "Action '{}' has BatchEnabled: the local endpoint runs no batch builds",
            action.name
        )));
    }
    match action.setting("PrimarySource") {
        None if action.input_artifacts.len() > 1 => Err(Defect::action(format!(
            "Action '{}' has {} input artifacts and needs PrimarySource",
            action.name,
            action.input_artifacts.len()
        ))),
        Some(primary) if !action.input_artifacts.iter().any(|input| input.name == primary) => Err(Defect::action(
            format!("PrimarySource '{primary}' of action '{}' is not one of its input artifacts", action.name),
        )),
        _ => Ok(()),
    }
}

fn check_connection(action: &Action) -> Result<(), Defect> {
    match action.setting("OutputArtifactFormat") {
        None | Some("CODE_ZIP") => Ok(()),
        Some("CODEBUILD_CLONE_REF") => Err(Defect::action(format!(
            "Action '{}' has OutputArtifactFormat CODEBUILD_CLONE_REF: the local endpoint makes only CODE_ZIP",
            action.name
        ))),
        Some(other) => {
            Err(Defect::action(format!("Action '{}' has the unknown OutputArtifactFormat '{other}'", action.name)))
        }
    }
}

fn check_counts(action: &Action, provider: Provider) -> Result<(), Defect> {
    let sides = [
        ("input", action.input_artifacts.len(), provider.inputs()),
        ("output", action.output_artifacts.len(), provider.outputs()),
    ];
    for (side, count, allowed) in sides {
        if count < *allowed.start() {
            return Err(Defect::action(format!(
                "Action {} declares {count} {side} artifacts which is less than the minimum count of ({})",
                action.name,
                allowed.start()
            )));
        }
        if count > *allowed.end() {
            return Err(Defect::action(format!(
                "Action {} declares {count} {side} artifacts which is more than maximum count of ({})",
                action.name,
                allowed.end()
            )));
        }
    }
    Ok(())
}
