//! What starts the old pipeline: filters of a connection.

use serde_json::Value;

use super::old::{OldAction, OldPipeline, list};
use super::remark::Remarks;
use crate::definition::{CommentPlace, Patterns, PullRequestEvent, PullRequestFilter, PushFilter, Triggers};
use crate::text;

/// Reads the filters of a source. Those of other sources, and what a definition cannot say, are told.
pub(super) fn triggers(old: &OldPipeline<'_>, source: &OldAction<'_>, remarks: &mut Remarks) -> Triggers {
    let mut triggers = Triggers::default();
    let is_connection = source.provider == "CodeStarSourceConnection";
    for trigger in list(&old.resource["Properties"]["Triggers"]) {
        let git = &trigger["GitConfiguration"];
        if !is_connection || old.resolver.member(git, "SourceActionName").text != source.name {
            lost(trigger, remarks);
            continue;
        }
        for filter in list(&git["Push"]) {
            match push(filter) {
                Some(push) => triggers.pushes.push(push),
                None => lost(filter, remarks),
            }
        }
        for filter in list(&git["PullRequest"]) {
            match pull_request(filter) {
                Some(filter) => triggers.pull_requests.push(filter),
                None => lost(filter, remarks),
            }
        }
    }
    triggers
}

fn lost(trigger: &Value, remarks: &mut Remarks) {
    let message = format!("the trigger `{}`", text::shortened(&trigger.to_string(), 300));
    remarks.lost(
        &CommentPlace::Source,
        message,
        "say what is wanted of it as `[[source.connection.push]]` or `[[source.connection.pull-request]]`",
    );
}

fn push(filter: &Value) -> Option<PushFilter> {
    let (branches, paths) = (patterns(&filter["Branches"])?, patterns(&filter["FilePaths"])?);
    let tags = patterns(&filter["Tags"])?;
    match (tags.is_empty(), branches.is_empty() && paths.is_empty()) {
        (true, _) => Some(PushFilter::Branches { branches, paths }),
        (false, true) => Some(PushFilter::Tags(tags)),
        (false, false) => None,
    }
}

fn pull_request(filter: &Value) -> Option<PullRequestFilter> {
    let word = |event: &Value| -> Option<PullRequestEvent> {
        let word = event.as_str()?.to_lowercase();
        PullRequestEvent::WORDS.iter().find(|(known, _)| *known == word).map(|(_, event)| *event)
    };
    Some(PullRequestFilter {
        branches: patterns(&filter["Branches"])?,
        paths: patterns(&filter["FilePaths"])?,
        events: list(&filter["Events"]).iter().map(word).collect::<Option<_>>()?,
    })
}

/// Patterns, if all of them are texts.
fn patterns(given: &Value) -> Option<Patterns> {
    let texts = |key: &str| -> Option<Vec<String>> {
        list(&given[key]).iter().map(|pattern| pattern.as_str().map(str::to_owned)).collect()
    };
    Some(Patterns { includes: texts("Includes")?, excludes: texts("Excludes")? })
}
