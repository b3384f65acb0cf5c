//! What else is worth knowing about a pipeline: another version wrote it, or the definition has moved on.

use super::difference;
use super::report::Note;
use crate::aws;
use crate::aws::codepipeline::Structure;
use crate::definition::Definition;
use crate::ops::subject::Subject;
use crate::pipeline;

/// This version of pipectl.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Gathers the notes. What cannot be read is a note as well, never a failure: how the pipeline runs is known without it.
pub async fn notes(subject: &Subject, definition: Option<&Definition>, structure: &Structure) -> Vec<Note> {
    let mut notes = Vec::new();
    match written_by(subject).await {
        Ok(Some(version)) => notes.extend(other_version(&version)),
        Ok(None) => {}
        Err(error) => notes.push(unread("the pipeline's stack", &error)),
    }
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
    fn the_same_version_is_not_worth_a_word() {
        assert_eq!(other_version(VERSION), None);
        assert!(other_version("999.0.0").is_some());
    }
}
