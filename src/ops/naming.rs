//! What the stages of a definition are called in the deployed pipeline. Pure.
//!
//! Where stages share one stage of the pipeline (a wave, or neighbours packed into one), their actions carry the stage's
//! name before a dot: `Europe.Approve`, `Europe.app.Deploy`. Otherwise a dot only parts a stack from what is done to it:
//! `app.Deploy`.

use crate::aws::codepipeline::Provider;

/// The source action that hands out the pinned binary: nothing that anybody pushed.
pub const TOOL_ACTION: &str = "Tool";

/// The source action that hands out what was pushed.
pub const SOURCE_ACTION: &str = "Source";

/// The stage of the definition whose name an action carries, if it carries one.
pub fn stage_prefix<'a>(action: &'a str, provider: &Provider) -> Option<&'a str> {
    let subject = match provider {
        Provider::CloudFormation => action.rsplit_once('.').map_or(action, |(stack, _)| stack),
        _ => action,
    };
    subject.split_once('.').map(|(stage, _)| stage)
}

/// The stage of the definition that an action belongs to, as far as names tell.
pub fn defined_stage<'a>(stage: &'a str, action: &'a str, provider: &Provider) -> &'a str {
    stage_prefix(action, provider).unwrap_or(stage)
}

/// An action's name without the stage before it.
pub fn short_action<'a>(action: &'a str, provider: &Provider) -> &'a str {
    match stage_prefix(action, provider) {
        Some(prefix) => &action[prefix.len() + 1..],
        None => action,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_not_taken_for_a_stage() {
        for (action, provider, stage, short) in [
            ("app.Deploy", Provider::CloudFormation, "world", "app.Deploy"),
            ("Europe.app.Deploy", Provider::CloudFormation, "Europe", "app.Deploy"),
            ("Europe.Approve", Provider::Manual, "Europe", "Approve"),
            ("smoke", Provider::CodeBuild, "world", "smoke"),
            ("Deploy", Provider::CloudFormation, "world", "Deploy"),
        ] {
            assert_eq!(defined_stage("world", action, &provider), stage, "{action}");
            assert_eq!(short_action(action, &provider), short, "{action}");
        }
    }
}
