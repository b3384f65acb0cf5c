//! The CloudFormation types of CodePipeline and of connections.

mod connection;
mod pipeline;
mod properties;
mod webhook;

use crate::id::Environment;
use crate::local::{Fault, ResourceCall};

pub use connection::ConnectionType;
pub use pipeline::PipelineType;
pub use webhook::WebhookType;

fn environment(call: &ResourceCall) -> Environment {
    Environment { account: call.account.clone(), region: call.region.clone() }
}

/// A refusal as a stack's event shows it.
fn reason(fault: Fault) -> String {
    format!("{} (Service: CodePipeline, Status Code: {}, Error Code: {})", fault.message, fault.status, fault.code)
}

/// A name for a resource whose template gives none: `stack-logicalId-` and twelve letters and digits.
fn generated_name(call: &ResourceCall, longest: usize) -> Result<String, String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut chance = [0; 12];
    getrandom::fill(&mut chance).map_err(|error| format!("there is no randomness: {error}"))?;
    let suffix: String = chance.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect();
    let head: String = format!("{}-{}", call.stack, call.logical_id).chars().take(longest - suffix.len() - 1).collect();
    Ok(format!("{head}-{suffix}"))
}
