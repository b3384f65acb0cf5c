//! Which stages have something to deploy: the others are passed by.
//!
//! ```text
//! PublishAssets: what each stage deploys, as a digest ─┐
//!                what went through the stages last    ─┼─▶ decide ─▶ a note of this execution, in the bucket of artifacts
//!                what was noted of those executions   ─┘        └──▶ the stages to deploy, which their conditions look up
//! ```
//!
//! A stage is unchanged when the execution that was last in it succeeded there, or passed it by for the same reason, and
//! deployed what this one would. What nobody noted, another execution may change meanwhile or cannot be found out is
//! deployed: that is never wrong.
//!
//! One gap is left: who retries an older failed execution by hand, after this decision and before this execution comes to
//! the stage, deploys the older content there. The next execution finds that and deploys the stage again.

mod choice;
mod content;
mod decide;
mod error;
mod note;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

pub use choice::{Choice, Reason, StageChoice, Verdict};
pub use error::SkipError;

use self::content::{Content, content};
use self::decide::{Facts, decide, revision_of};
use self::note::{Decision, Note, NotedStage};
use super::assembly;
use crate::aws::codepipeline::{Execution, PipelineState};
use crate::aws::{self, Aws};
use crate::diagnostic::Explain;
use crate::disk;
use crate::event::Events;
use crate::id::{ExecutionId, PipelineName};
use crate::pipeline::StageList;

/// How many executions are looked through: one page of the service's.
const LOOK_BACK: usize = 100;

/// The largest `stages.json` that is read.
const LARGEST: u64 = 1 << 20;

/// The execution that is decided for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The execution.
    pub execution: ExecutionId,
    /// The bucket of the pipeline's artifacts.
    pub artifacts: String,
    /// The digest of the pipeline's stages as they are deployed.
    pub layout: String,
    /// What the execution was started for.
    pub wish: Wish,
}

/// What an execution was started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Unchanged stages are passed by.
    Changed,
    /// All stages are deployed.
    All,
}

/// Chooses the stages that an execution deploys, and notes them. What cannot be found out on AWS is no error.
pub async fn choose(aws: &Aws, root: &Utf8Path, run: &Run, events: &Events) -> Result<Choice, SkipError> {
    let (assembly, list) = (assembly::open(root)?, read(root)?);
    let history = match history(aws, run).await {
        Ok(history) => history,
        Err(error) => return Ok(undecided(&list, error, events)),
    };
    let own = history.executions.iter().find(|execution| execution.id == run.execution);
    let revision = own.and_then(revision_of);
    let mut contents = BTreeMap::new();
    if list.layout() == run.layout {
        for stage in list.stages.iter().filter(|stage| stage.skip.is_some()) {
            contents.insert(stage.name.clone(), content(root, &assembly, stage, revision)?);
        }
    }
    let facts = Facts {
        execution: &run.execution,
        list: &list,
        contents: &contents,
        state: &history.state,
        executions: &history.executions,
        notes: &history.notes,
    };
    let choice = match (list.layout() == run.layout, run.wish) {
        (false, _) => all(&list, Reason::OtherPipeline),
        (true, Wish::All) => all(&list, Reason::Asked),
        (true, Wish::Changed) => Choice { stages: decide(&facts) },
    };
    match note(&facts, &choice).put(&aws.storage(), &run.artifacts, &run.execution).await {
        Ok(()) => Ok(choice),
        // Without a note the next execution deploys everything; this one must not rely on what it could not pass on.
        Err(error) => Ok(undecided(&list, error, events)),
    }
}

/// The stages of an assembly, where an execution passes none by.
pub fn none(root: &Utf8Path) -> Result<Choice, SkipError> {
    Ok(all(&read(root)?, Reason::Always))
}

fn read(root: &Utf8Path) -> Result<StageList, SkipError> {
    let file = Utf8PathBuf::from(StageList::FILE);
    let text = disk::read_text(&root.join(&file), LARGEST)
        .map_err(|cause| SkipError::Unreadable { file: file.clone(), cause })?;
    let list = serde_json::from_str::<StageList>(&text).ok().filter(|list| list.format == StageList::FORMAT);
    list.ok_or(SkipError::Format { file })
}

fn all(list: &StageList, reason: Reason) -> Choice {
    let stages = list.stages.iter().map(|stage| stage.name.clone());
    Choice { stages: stages.map(|stage| StageChoice { stage, verdict: Verdict::Deploy(reason.clone()) }).collect() }
}

fn undecided(list: &StageList, error: aws::Error, events: &Events) -> Choice {
    let mut hints = error.hints();
    hints.push("nothing is wrong with what is deployed: all stages are deployed as if they had changed".to_owned());
    events.warning(format!("which stages are unchanged cannot be told: {error}"), hints);
    all(list, Reason::Undecided)
}

/// What CodePipeline and the notes tell.
struct History {
    state: PipelineState,
    executions: Vec<Execution>,
    notes: BTreeMap<ExecutionId, Note>,
}

async fn history(aws: &Aws, run: &Run) -> aws::Result<History> {
    let state = aws.pipeline_state(&run.pipeline).await?;
    let executions = aws.executions(&run.pipeline, LOOK_BACK).await?;
    let latest = state.stages.iter().filter_map(|stage| stage.latest.as_ref());
    let latest: BTreeSet<&ExecutionId> = latest.map(|latest| &latest.execution).collect();
    let storage = aws.storage();
    let mut notes = BTreeMap::new();
    for execution in latest.into_iter().filter(|execution| **execution != run.execution) {
        if let Some(note) = Note::get(&storage, &run.artifacts, execution).await? {
            notes.insert(execution.clone(), note);
        }
    }
    Ok(History { state, executions, notes })
}

fn note(facts: &Facts<'_>, choice: &Choice) -> Note {
    let stages = choice.stages.iter().filter_map(|choice| {
        let Some(Content::Digest(digest)) = facts.contents.get(&choice.stage) else { return None };
        let decision = if choice.is_skipped() { Decision::Skip } else { Decision::Deploy };
        Some((choice.stage.clone(), NotedStage { digest: digest.clone(), decision }))
    });
    Note {
        format: Note::FORMAT,
        decided: Timestamp::now(),
        under_way: facts.under_way().iter().map(|execution| execution.id.to_string()).collect(),
        stages: stages.collect(),
    }
}
