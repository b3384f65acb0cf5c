//! What stays of a stack that is deleted, because its template says so (`DeletionPolicy`).

use camino::Utf8Path;

use super::{DestroyError, Kept, KeptKind};
use crate::aws::Aws;
use crate::aws::cloudformation::{Stack, StackResource};
use crate::cfn::{NESTED_STACK, Template, is_nested_stack};
use crate::id::Environment;

/// How many stacks within stacks are looked into.
const DEEPEST: usize = 5;

/// Finds what stays of a stack and of those nested in it.
pub(super) async fn retained(aws: &Aws, stack: &Stack, environment: &Environment) -> Result<Vec<Kept>, DestroyError> {
    let mut kept = Vec::new();
    let mut open = vec![(stack.id.clone(), 0)];
    while let Some((id, depth)) = open.pop() {
        let text = aws.template(&id).await?;
        let Ok(template) = Template::parse_deployed(Utf8Path::new(stack.name.as_str()), &text) else { continue };
        let mut declared = template.resources();
        // Most stacks keep nothing, and need no further call.
        if !declared.any(|(_, resource)| stays(resource) || is_nested_stack(resource)) {
            continue;
        }
        for resource in aws.stack_resources(&id).await? {
            let is_kept = template.resource(&resource.logical_id).is_some_and(stays);
            if is_kept {
                kept.push(told(&resource, stack, environment));
            } else if resource.resource_type == NESTED_STACK && depth < DEEPEST {
                open.push((resource.physical_id, depth + 1));
            }
        }
    }
    Ok(kept)
}

/// Whether a resource is left alone when its stack is deleted. `RetainExceptOnCreate` differs only while it is made.
fn stays(declared: &serde_json::Value) -> bool {
    matches!(declared["DeletionPolicy"].as_str(), Some("Retain" | "RetainExceptOnCreate"))
}

fn told(resource: &StackResource, stack: &Stack, environment: &Environment) -> Kept {
    const WITH_ALL: &str = "with what it holds";

    let StackResource { logical_id, physical_id, resource_type } = resource;
    let region = &environment.region;
    let deletion = match resource_type.as_str() {
        "AWS::S3::Bucket" => Some((format!("aws s3 rb --region {region} --force s3://{physical_id}"), WITH_ALL)),
        "AWS::DynamoDB::Table" => {
            Some((format!("aws dynamodb delete-table --region {region} --table-name {physical_id}"), WITH_ALL))
        }
        "AWS::Logs::LogGroup" => {
            Some((format!("aws logs delete-log-group --region {region} --log-group-name {physical_id}"), WITH_ALL))
        }
        "AWS::KMS::Key" => Some((
            format!("aws kms schedule-key-deletion --region {region} --key-id {physical_id}"),
            "and then nobody can read any more what it encrypted",
        )),
        _ => None,
    };
    let deletion = deletion.map(|(command, loss)| format!("; `{command}` deletes it, {loss}")).unwrap_or_default();
    Kept {
        kind: KeptKind::Resource,
        name: physical_id.clone(),
        environment: environment.to_string(),
        why: format!(
            "the template of stack `{}` retains `{logical_id}` ({resource_type}), and nothing looks after it any more{deletion}",
            stack.name
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_retained_stays() {
        let policy = |policy: &str| stays(&json!({ "Type": "AWS::S3::Bucket", "DeletionPolicy": policy }));
        assert!(policy("Retain") && policy("RetainExceptOnCreate"));
        assert!(!policy("Delete") && !policy("Snapshot"));
        assert!(!stays(&json!({ "Type": "AWS::S3::Bucket" })));
    }
}
