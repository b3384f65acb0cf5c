//! What else is worth knowing about a pipeline: another version wrote it, or the definition has moved on.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use super::difference;
use super::report::Note;
use crate::aws;
use crate::aws::codepipeline::Structure;
use crate::definition::Definition;
use crate::id::Environment;
use crate::ops::action_access::{ActionAccess, Preference};
use crate::ops::outputs::stage_stacks;
use crate::ops::prune::place_of;
use crate::ops::subject::Subject;
use crate::ops::vanished::{Deployed, Vanished};
use crate::pipeline;
use crate::text;

/// This version of pipectl.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How many environments are looked into at once.
const AT_ONCE: usize = 8;

/// How many stacks a note names.
const NAMED: usize = 5;

/// Gathers the notes. What cannot be read is a note as well, never a failure: how the pipeline runs is known without it.
pub async fn notes(subject: &Subject, definition: Option<&Definition>, structure: &Structure) -> Vec<Note> {
    let mut notes = Vec::new();
    match written_by(subject).await {
        Ok(Some(version)) => notes.extend(other_version(&version)),
        Ok(None) => {}
        Err(error) => notes.push(unread("the pipeline's stack", &error)),
    }
    notes.extend(vanished(subject, structure).await);
    if let Some(definition) = definition {
        let builds = difference::defined_builds(definition);
        let names: Vec<String> = builds.iter().map(|build| build.project.clone()).collect();
        match subject.aws.build_projects(&names).await {
            Ok(projects) => notes.extend(difference::differences(&builds, &projects, structure)),
            Err(error) => notes.push(unread("the deployed builds", &error)),
        }
    }
    notes
}

/// The version of pipectl that last wrote the pipeline; none for a pipeline that is not pipectl's.
async fn written_by(subject: &Subject) -> aws::Result<Option<String>> {
    let Ok(name) = pipeline::pipeline_stack_name(&subject.name) else { return Ok(None) };
    let stack = subject.aws.stack(name.as_str()).await?;
    Ok(stack
        .and_then(|mut stack| stack.parameters.swap_remove(pipeline::parameter::TOOL_VERSION))
        .map(|parameter| parameter.value))
}

/// The stacks that the pipeline does not deploy any more, in the environments into which it deploys.
async fn vanished(subject: &Subject, structure: &Structure) -> Option<Note> {
    let own = Environment { account: subject.aws.identity().await.ok()?.account, region: subject.aws.region()? };
    let deployed = Deployed::of(&subject.name, structure, &own).ok()?;
    let mut places: BTreeMap<Environment, (Option<String>, Option<String>)> = BTreeMap::new();
    for stack in stage_stacks(structure) {
        let place = place_of(&own, stack.role.as_deref(), stack.region.as_deref());
        places.entry(place).or_insert((stack.role, stack.region));
    }
    places.insert(own, (None, None));
    let access = ActionAccess::new(&subject.aws);
    let (deployed, access) = (&deployed, &access);
    let found: Vec<Vanished> = stream::iter(places)
        .map(|(place, (role, region))| async move {
            match access.connect(role.as_deref(), region.as_deref(), Preference::Caller).await {
                Ok(aws) => deployed.told_from(&aws, &place).await,
                Err(error) => {
                    tracing::debug!(%error, environment = %place, "the stacks of an environment cannot be listed");
                    Vec::new()
                }
            }
        })
        .buffered(AT_ONCE)
        .concat()
        .await;
    still_there(&found, &subject.invocation.program)
}

fn still_there(vanished: &[Vanished], program: &str) -> Option<Note> {
    let names: Vec<&str> = vanished.iter().take(NAMED).map(|vanished| vanished.stack.as_str()).collect();
    let more = vanished.len() - names.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let verb = if vanished.len() == 1 { "is" } else { "are" };
    (!vanished.is_empty()).then(|| Note {
        code: "vanished-stacks",
        message: format!(
            "{}{more} {verb} still there, but the pipeline deploys such stacks no more",
            text::list(&names)
        ),
        hints: vec![format!("`{program} prune` lists them, `{program} prune --delete` deletes them")],
    })
}

fn other_version(deployed: &str) -> Option<Note> {
    (deployed != VERSION).then(|| Note {
        code: "tool-version",
        message: format!("pipectl {deployed} wrote the deployed pipeline; this is pipectl {VERSION}"),
        hints: vec!["`pipectl deploy` with the newer of the two moves the pipeline to it".to_owned()],
    })
}

fn unread(what: &str, error: &aws::Error) -> Note {
    Note { code: "unread", message: format!("{what} could not be read: {error}"), hints: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_that_are_deployed_no_more_are_named() {
        let vanished = |name: usize| Vanished { environment: String::new(), stack: format!("shop-{name}") };
        let note = |number| still_there(&(0..number).map(vanished).collect::<Vec<_>>(), "pipectl --local");
        assert_eq!(note(0), None);
        let one = note(1).unwrap();
        assert_eq!(one.message, "`shop-0` is still there, but the pipeline deploys such stacks no more");
        assert_eq!(one.hints, ["`pipectl --local prune` lists them, `pipectl --local prune --delete` deletes them"]);
        assert!(note(9).unwrap().message.contains("`shop-4` and 4 more are still there"));
    }

    #[test]
    fn the_same_version_is_not_worth_a_word() {
        assert_eq!(other_version(VERSION), None);
        assert!(other_version("999.0.0").is_some());
    }
}
