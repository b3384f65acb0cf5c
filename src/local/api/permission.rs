//! Which rights the calls need ("Actions, resources, and condition keys for AWS CodePipeline" of the service
//! authorization reference).

use serde_json::Value;

use super::{environment, key, unknown_operation};
use crate::local::engine::webhook_arn;
use crate::local::{Call, Fault, Permission};

const SERVICE: &str = "codepipeline.amazonaws.com";

/// The rights that a call needs.
pub(super) fn needed(call: &Call) -> Result<Vec<Permission>, Fault> {
    let pipeline = |pointer: &str| text(call, pointer).map(|name| key(call, name).arn());
    let resource = match call.operation.as_str() {
        "CreatePipeline" | "UpdatePipeline" => pipeline("/pipeline/name")?,
        "GetPipeline" | "DeletePipeline" | "GetPipelineState" | "StartPipelineExecution" => pipeline("/name")?,
        "StopPipelineExecution"
        | "GetPipelineExecution"
        | "ListPipelineExecutions"
        | "ListActionExecutions"
        | "ListRuleExecutions" => pipeline("/pipelineName")?,
        "RetryStageExecution" | "RollbackStage" | "EnableStageTransition" | "DisableStageTransition" => {
            format!("{}/{}", pipeline("/pipelineName")?, text(call, "/stageName")?)
        }
        "PutApprovalResult" => {
            format!("{}/{}/{}", pipeline("/pipelineName")?, text(call, "/stageName")?, text(call, "/actionName")?)
        }
        "ListPipelines" | "ListWebhooks" => "*".to_owned(),
        "PutWebhook" => webhook_arn(&environment(call), text(call, "/webhook/name")?),
        "DeleteWebhook" => webhook_arn(&environment(call), text(call, "/name")?),
        "RegisterWebhookWithThirdParty" | "DeregisterWebhookWithThirdParty" => {
            webhook_arn(&environment(call), text(call, "/webhookName")?)
        }
        "TagResource" | "UntagResource" | "ListTagsForResource" => text(call, "/resourceArn")?.to_owned(),
        operation => return Err(unknown_operation(operation)),
    };
    let mut permissions = vec![Permission::new(format!("codepipeline:{}", call.operation), resource)];
    if matches!(call.operation.as_str(), "CreatePipeline" | "UpdatePipeline") {
        permissions.push(Permission::pass_role(text(call, "/pipeline/roleArn")?, SERVICE));
    }
    Ok(permissions)
}

fn text<'a>(call: &'a Call, pointer: &str) -> Result<&'a str, Fault> {
    call.body.pointer(pointer).and_then(Value::as_str).ok_or_else(|| {
        Fault::client("ValidationException", format!("the request has no `{}`", pointer.trim_start_matches('/')))
    })
}
