//! Approvals: find the one that waits, show what it is about, answer it.

mod answer;

use std::time::Instant;

use jiff::Timestamp;

pub use answer::{Answer, answer};

use super::stack::Pace;
use super::subject::{Subject, SubjectError};
use super::tolerance::{Passing, Tolerance};
use super::{naming, parallel};
use crate::aws;
use crate::aws::codepipeline::{
    ActionExecution, ActionStatus, ApprovalTicket, Execution, ExecutionStatus, PipelineState, Provider, SourceRevision,
    Structure, Verdict,
};
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{ExecutionId, PipelineName};
use crate::text;

/// How many executions are looked through for one that waits.
const LOOK_BACK: usize = 50;

/// An approval that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What answers it.
    pub ticket: ApprovalTicket,
    /// The execution that waits.
    pub execution: ExecutionId,
    /// What is asked.
    pub message: Option<String>,
    /// What the execution works on.
    pub revisions: Vec<SourceRevision>,
    /// Since when it waits.
    pub since: Option<Timestamp>,
}

impl Waiting {
    /// Whether the question still has variables in it, as it is declared.
    fn has_variables(&self) -> bool {
        self.message.as_ref().is_some_and(|message| message.contains("#{"))
    }

    /// What the approval is called on the command line: its stage's name in the definition.
    pub fn name(&self) -> &str {
        naming::defined_stage(&self.ticket.stage, &self.ticket.action, &Provider::Manual)
    }
}

/// Why an approval was not answered.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// Nothing waits.
    #[error("nothing waits for an approval in pipeline `{0}`")]
    NoneWaits(PipelineName),
    /// Something waits, but not there.
    #[error("no approval waits in `{wanted}`; one waits in {}", text::list(.waiting))]
    NotThere {
        /// The stage that was named.
        wanted: String,
        /// Those where one waits.
        waiting: Vec<String>,
        /// What was to be answered.
        verdict: Verdict,
    },
    /// The execution that was named waits for no approval.
    #[error("execution `{wanted}` waits for no approval; one waits in execution {}", text::list(.waiting))]
    OtherExecution {
        /// The execution that was named.
        wanted: ExecutionId,
        /// Those that wait.
        waiting: Vec<String>,
        /// What was to be answered.
        verdict: Verdict,
    },
    /// Several wait, and none was chosen.
    #[error("several approvals wait: {}", text::list(.waiting))]
    Several {
        /// Those that wait.
        waiting: Vec<String>,
        /// What was to be answered.
        verdict: Verdict,
    },
    /// It was answered or ended in the meantime.
    #[error("the approval in `{stage}` is no longer open: {reason}")]
    Stale {
        /// Its stage.
        stage: String,
        /// What the service says.
        reason: String,
    },
    /// The pipeline cannot be looked at.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
}

impl Passing for ApprovalError {
    fn may_pass(&self) -> bool {
        match self {
            Self::Subject(error) => error.may_pass(),
            Self::Aws(error) => error.may_pass(),
            Self::NoneWaits(_)
            | Self::NotThere { .. }
            | Self::OtherExecution { .. }
            | Self::Several { .. }
            | Self::Stale { .. } => false,
        }
    }
}

impl Explain for ApprovalError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Stale { .. } => FailureKind::Refused,
            Self::NoneWaits(_) | Self::NotThere { .. } | Self::OtherExecution { .. } | Self::Several { .. } => {
                FailureKind::Usage
            }
            Self::Subject(error) => error.kind(),
            Self::Aws(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoneWaits(_) | Self::Stale { .. } => vec!["`pipectl status` shows where the pipeline is".to_owned()],
            Self::NotThere { waiting, verdict, .. } => {
                waiting.iter().map(|stage| format!("`pipectl {} {stage}`", verdict.verb())).collect()
            }
            Self::OtherExecution { waiting, verdict, .. } => {
                let verb = verdict.verb();
                waiting.iter().map(|execution| format!("`pipectl {verb} --execution {execution}`")).collect()
            }
            Self::Several { verdict, .. } => {
                vec![format!("`pipectl {} STAGE`, or `--execution ID` where one stage has several", verdict.verb())]
            }
            Self::Subject(error) => error.hints(),
            Self::Aws(error) => error.hints(),
        }
    }
}

/// Lists the approvals that wait.
pub async fn waiting(subject: &Subject) -> Result<Vec<Waiting>, ApprovalError> {
    waiting_in(subject, None).await
}

/// Lists the approvals that wait. Where executions run in parallel, only one of them is looked at if it is named.
async fn waiting_in(subject: &Subject, only: Option<&ExecutionId>) -> Result<Vec<Waiting>, ApprovalError> {
    let (structure, executions) = tokio::try_join!(subject.structure(), subject.executions(LOOK_BACK))?;
    if !parallel::is_parallel(&structure) {
        let mut found = open(&subject.state().await?, &structure, &executions, &[]);
        for approval in found.iter_mut().filter(|approval| approval.has_variables()) {
            let runs = subject.aws.action_executions(&subject.name, &approval.execution).await?;
            approval.message = message(&runs, &approval.ticket).or_else(|| approval.message.take());
        }
        return Ok(found);
    }
    let mut found = Vec::new();
    let is_looked_at = |execution: &&Execution| {
        execution.status == ExecutionStatus::InProgress && only.is_none_or(|only| execution.id == *only)
    };
    for execution in executions.iter().filter(is_looked_at) {
        let runs = subject.aws.action_executions(&subject.name, &execution.id).await?;
        let state = parallel::state_of(&structure, &execution.id, &runs);
        found.extend(open(&state, &structure, &executions, &runs));
    }
    Ok(found)
}

/// Which approval is meant, and what it is answered.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The stage; needed only where several wait.
    pub stage: Option<&'a str>,
    /// The execution; needed only where several wait.
    pub execution: Option<&'a ExecutionId>,
    /// The answer.
    pub verdict: Verdict,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It waits for an answer.
    Open(Box<Waiting>),
    /// Somebody has answered it while it was waited for.
    Answered,
}

/// Finds the approval that is meant. With a pace, waits for it, and takes one that is answered already for found.
pub async fn find(subject: &Subject, wanted: Wanted<'_>, wait: Option<Pace>) -> Result<Found, ApprovalError> {
    let Some(pace) = wait else {
        let approval = choose(&subject.name, waiting(subject).await?, wanted)?;
        return Ok(Found::Open(Box::new(approval)));
    };
    let start = Instant::now();
    let mut tolerance = Tolerance::default();
    loop {
        match tolerance.judge(look(subject, wanted).await)? {
            Some(Ok(found)) => return Ok(found),
            Some(Err(missing)) if start.elapsed() > pace.limit => return Err(missing),
            Some(Err(_)) | None => tokio::time::sleep(pace.interval).await,
        }
    }
}

/// Looks for an approval that may not be asked for yet; gives why there is none.
async fn look(subject: &Subject, wanted: Wanted<'_>) -> Result<Result<Found, ApprovalError>, ApprovalError> {
    match choose(&subject.name, waiting_in(subject, wanted.execution).await?, wanted) {
        Ok(approval) => Ok(Ok(Found::Open(Box::new(approval)))),
        Err(error @ ApprovalError::Several { .. }) => Err(error),
        Err(_) if is_answered(subject, wanted).await? => Ok(Ok(Found::Answered)),
        Err(missing) => Ok(Err(missing)),
    }
}

/// Whether the approval of the stage and the execution that are named has been answered.
async fn is_answered(subject: &Subject, wanted: Wanted<'_>) -> Result<bool, ApprovalError> {
    let Some(execution) = wanted.execution else { return Ok(false) };
    let runs = subject.aws.action_executions(&subject.name, execution).await?;
    let of_stage = |run: &&ActionExecution| {
        run.provider == Provider::Manual
            && wanted.stage.is_none_or(|stage| {
                stage == run.stage || naming::defined_stage(&run.stage, &run.action, &run.provider) == stage
            })
    };
    Ok(runs.iter().rev().find(of_stage).is_some_and(|run| run.status != ActionStatus::InProgress))
}

/// Finds the approvals that wait. Runs of actions give their messages with variables resolved, where they are known.
fn open(
    state: &PipelineState,
    structure: &Structure,
    executions: &[Execution],
    runs: &[ActionExecution],
) -> Vec<Waiting> {
    let mut found = Vec::new();
    for stage in &state.stages {
        let Some(stage_run) = &stage.latest else { continue };
        for action in &stage.actions {
            let Some(run) = action.latest.as_ref().filter(|run| run.status == ActionStatus::InProgress) else {
                continue;
            };
            let declared = structure.action(&stage.name, &action.name);
            let is_manual = declared.is_some_and(|declared| declared.provider == Provider::Manual);
            let Some(token) = run.token.as_ref().filter(|_| is_manual) else { continue };
            let execution = executions.iter().find(|execution| execution.id == stage_run.execution);
            let ticket =
                ApprovalTicket { stage: stage.name.clone(), action: action.name.clone(), token: token.clone() };
            found.push(Waiting {
                execution: stage_run.execution.clone(),
                message: message(runs, &ticket).or_else(|| declared?.configuration.get("CustomData").cloned()),
                ticket,
                revisions: execution.map(|execution| execution.revisions.clone()).unwrap_or_default(),
                since: run.changed,
            });
        }
    }
    found
}

/// What an approval asks, with variables resolved.
fn message(runs: &[ActionExecution], ticket: &ApprovalTicket) -> Option<String> {
    let run = runs.iter().rev().find(|run| run.stage == ticket.stage && run.action == ticket.action)?;
    run.configuration.get("CustomData").cloned()
}

/// Chooses the approval that is meant: the only one, or the only one in the stage or of the execution that is named.
pub fn choose(pipeline: &PipelineName, waiting: Vec<Waiting>, wanted: Wanted<'_>) -> Result<Waiting, ApprovalError> {
    let Wanted { stage, execution, verdict } = wanted;
    if waiting.is_empty() {
        return Err(ApprovalError::NoneWaits(pipeline.clone()));
    }
    let names: Vec<String> = waiting.iter().map(|approval| approval.name().to_owned()).collect();
    let executions: Vec<String> = waiting.iter().map(|approval| approval.execution.to_string()).collect();
    let in_stage: Vec<Waiting> = match stage {
        None => waiting,
        Some(wanted) => {
            let is_meant = |approval: &Waiting| approval.name() == wanted || approval.ticket.stage == wanted;
            let meant: Vec<Waiting> = waiting.into_iter().filter(is_meant).collect();
            if meant.is_empty() {
                return Err(ApprovalError::NotThere { wanted: wanted.to_owned(), waiting: names, verdict });
            }
            meant
        }
    };
    let mut meant: Vec<Waiting> = match execution {
        None => in_stage,
        Some(wanted) => {
            let meant: Vec<Waiting> = in_stage.into_iter().filter(|approval| approval.execution == *wanted).collect();
            if meant.is_empty() {
                return Err(ApprovalError::OtherExecution { wanted: wanted.clone(), waiting: executions, verdict });
            }
            meant
        }
    };
    match (meant.pop(), meant.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            let open = meant.iter().chain(&last);
            let waiting = open.map(|approval| format!("{} of {}", approval.name(), approval.execution)).collect();
            Err(ApprovalError::Several { waiting, verdict })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting_in(stage: &str, action: &str, execution: &str) -> Waiting {
        Waiting {
            ticket: ApprovalTicket { stage: stage.to_owned(), action: action.to_owned(), token: "token".to_owned() },
            execution: execution.parse().unwrap(),
            message: None,
            revisions: Vec::new(),
            since: None,
        }
    }

    fn chosen(waiting: Vec<Waiting>, stage: Option<&str>, execution: Option<&str>) -> String {
        let execution: Option<ExecutionId> = execution.map(|id| id.parse().unwrap());
        let wanted = Wanted { stage, execution: execution.as_ref(), verdict: Verdict::Approved };
        match choose(&"shop".parse().unwrap(), waiting, wanted) {
            Ok(approval) => format!("{} {}", approval.name(), approval.execution),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn whoever_rejects_is_not_told_to_approve() {
        let other: ExecutionId = "0000".parse().unwrap();
        let waiting = || vec![waiting_in("Staging", "Approve", "e1"), waiting_in("Production", "Approve", "e2")];
        let wanted = |stage, execution| Wanted { stage, execution, verdict: Verdict::Rejected };
        for wanted in [wanted(None, None), wanted(Some("Beta"), None), wanted(Some("Staging"), Some(&other))] {
            let hints = choose(&"shop".parse().unwrap(), waiting(), wanted).unwrap_err().hints();
            assert!(hints.iter().all(|hint| hint.starts_with("`pipectl reject ")), "{hints:?}");
        }
    }

    #[test]
    fn the_only_one_is_chosen() {
        assert_eq!(chosen(vec![waiting_in("Production", "Approve", "e1")], None, None), "Production e1");
        assert_eq!(chosen(Vec::new(), None, None), "nothing waits for an approval in pipeline `shop`");
    }

    #[test]
    fn one_of_several_is_chosen_by_the_stage_of_the_definition() {
        let wave = || vec![waiting_in("world", "Europe.Approve", "e1"), waiting_in("world", "Asia.Approve", "e1")];
        assert_eq!(chosen(wave(), Some("Asia"), None), "Asia e1");
        assert_eq!(chosen(wave(), None, None), "several approvals wait: `Europe of e1` and `Asia of e1`");
        assert_eq!(
            chosen(wave(), Some("Africa"), None),
            "no approval waits in `Africa`; one waits in `Europe` and `Asia`"
        );
    }

    #[test]
    fn one_of_several_executions_is_chosen_by_its_id() {
        let two = || vec![waiting_in("Production", "Approve", "e1"), waiting_in("Production", "Approve", "e2")];
        assert_eq!(chosen(two(), None, Some("e2")), "Production e2");
        assert_eq!(
            chosen(two(), Some("Production"), Some("e3")),
            "execution `e3` waits for no approval; one waits in execution `e1` and `e2`"
        );
    }
}
