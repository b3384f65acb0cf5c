//! What the services take of a stack, held against what its assembly says. Of a definition's own stacks it is known already.

use std::collections::BTreeSet;

use crate::definition::{
    AssemblyOrigin, Definition, NOTIFICATION_TARGETS, RESERVED_TAGS, STACK_TAGS, Stack, Stage, TAG_KEY, TAG_VALUE,
};
use crate::diagnostic::{Diagnostic, Report};
use crate::id::is_arn;
use crate::text;

/// Checks a stack that was found in an assembly.
pub(super) fn check(
    definition: &Definition,
    stage: &Stage,
    stack: &Stack,
    origin: &AssemblyOrigin,
    report: &mut Report,
) {
    let mut refuse = |code, message: String, help: &str| {
        let message = format!("stage `{}`, stack `{}`: {message}", stage.name, stack.name);
        report.push(Diagnostic::error(code, message).help(help));
    };
    let tags: BTreeSet<&String> =
        [&definition.tags, &stage.tags, &stack.tags].into_iter().flat_map(|tags| tags.keys()).collect();
    if tags.len() > STACK_TAGS {
        let message = format!(
            "{} with those of its stage and of the pipeline; a stack has at most {STACK_TAGS}, and pipectl's own",
            text::count(tags.len(), "tag")
        );
        refuse("limit", message, "take some away in the app, the stage or the pipeline");
    }
    for (key, value) in &stack.tags {
        if let Some(wrong) = wrong_tag(key, value) {
            refuse("invalid-value", format!("the tag `{key}` {wrong}"), "change it in the app");
        }
    }
    if stack.notification_targets.len() > NOTIFICATION_TARGETS {
        let targets = text::count(stack.notification_targets.len(), "notification target");
        let message = format!("{targets}; a stack has at most {NOTIFICATION_TARGETS}");
        refuse("limit", message, "take some away in the app");
    }
    for topic in stack.notification_targets.iter().filter(|topic| !is_arn(topic, &["sns"])) {
        let message = format!("`{topic}`, which is told of its events, is no ARN of a topic");
        refuse("invalid-value", message, "change `notificationArns` in the app");
    }
    let roles = origin.deploy_role.iter().chain(&origin.execution_role).chain(&origin.publishing_roles);
    for role in roles.filter(|role| !is_role(role)) {
        let message = format!("`{role}` is no ARN of a role");
        refuse("invalid-value", message, "change the roles of its synthesizer in the app");
    }
}

/// What is wrong with a tag, as a fragment.
fn wrong_tag(key: &str, value: &str) -> Option<String> {
    if let Some(prefix) = RESERVED_TAGS.iter().find(|prefix| key.to_lowercase().starts_with(**prefix)) {
        return Some(format!("starts with `{prefix}`, which is reserved"));
    }
    let is_key = (1..=TAG_KEY).contains(&key.chars().count());
    let is_value = value.chars().count() <= TAG_VALUE;
    (!is_key || !is_value)
        .then(|| format!("is too long: a key has 1 to {TAG_KEY} characters, a value at most {TAG_VALUE}"))
}

/// Whether a text is the ARN of a role; its partition, account and region may be left open (`${AWS::Partition}`).
fn is_role(text: &str) -> bool {
    let settled =
        text.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", "0").replace("${AWS::Region}", "0");
    is_arn(&settled, &["iam"]) && settled.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("role/"))
}
