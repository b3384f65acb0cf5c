//! Answers to approvals.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{input, key, seconds};
use crate::local::engine::Engine;
use crate::local::engine::machine::{Answer, Verdict};
use crate::local::{Call, Fault};

const LONGEST_SUMMARY: usize = 512;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pipeline_name: String,
    stage_name: String,
    action_name: String,
    result: ResultInput,
    token: String,
}

#[derive(Deserialize)]
struct ResultInput {
    summary: String,
    status: Status,
}

#[derive(Deserialize)]
enum Status {
    Approved,
    Rejected,
}

pub(super) fn put(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let Input { pipeline_name, stage_name, action_name, result, token } = input(call)?;
    if result.summary.chars().count() > LONGEST_SUMMARY {
        return Err(Fault::client(
            "ValidationException",
            format!("the summary has more than {LONGEST_SUMMARY} characters"),
        ));
    }
    let answer = Answer {
        stage: stage_name,
        action: action_name,
        token,
        verdict: match result.status {
            Status::Approved => Verdict::Approved,
            Status::Rejected => Verdict::Rejected,
        },
        summary: result.summary,
        by: call.caller.arn.clone(),
    };
    engine.change(&key(call, &pipeline_name), |record, at| Ok(((), record.machine.answer(answer, at)?)))?;
    Ok(json!({ "approvedAt": seconds(Timestamp::now()) }))
}
