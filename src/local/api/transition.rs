//! Transitions into stages.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{input, key};
use crate::local::engine::Engine;
use crate::local::engine::machine::Closed;
use crate::local::{Call, Fault};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnableInput {
    pipeline_name: String,
    stage_name: String,
    transition_type: TransitionType,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DisableInput {
    pipeline_name: String,
    stage_name: String,
    transition_type: TransitionType,
    reason: String,
}

#[derive(Deserialize)]
enum TransitionType {
    Inbound,
    Outbound,
}

pub(super) fn enable(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let EnableInput { pipeline_name, stage_name, transition_type } = input(call)?;
    check_inbound(&transition_type)?;
    engine.change(&key(call, &pipeline_name), |record, at| Ok(((), record.machine.open(&stage_name, at)?)))?;
    Ok(json!({}))
}

pub(super) fn disable(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let DisableInput { pipeline_name, stage_name, transition_type, reason } = input(call)?;
    check_inbound(&transition_type)?;
    check_reason(&reason)?;
    engine.change(&key(call, &pipeline_name), |record, at| {
        record.machine.close(&stage_name, Closed { reason, by: call.caller.arn.clone(), at })?;
        Ok(((), Vec::new()))
    })?;
    Ok(json!({}))
}

fn check_inbound(transition_type: &TransitionType) -> Result<(), Fault> {
    match transition_type {
        TransitionType::Inbound => Ok(()),
        TransitionType::Outbound => {
            Err(Fault::client("ValidationException", "the local endpoint knows only inbound transitions"))
        }
    }
}

/// The characters that the service allows in a reason.
fn check_reason(reason: &str) -> Result<(), Fault> {
    let is_allowed = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '!' | '@' | ' ' | '(' | ')' | '.' | '*' | '?' | '-')
    };
    if (1..=300).contains(&reason.len()) && reason.chars().all(is_allowed) {
        Ok(())
    } else {
        Err(Fault::client(
            "ValidationException",
            "the reason must have 1 to 300 characters of A-Z, a-z, 0-9, spaces and !@().*?-",
        ))
    }
}
