//! Giving the answer.

use super::{ApprovalError, Waiting};
use crate::aws::codepipeline::{ActionExecution, ActionStatus, Verdict};
use crate::ops::subject::Subject;

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It was given.
    Given,
    /// Somebody else had given the same.
    Standing,
}

/// Answers an approval. Its token is that of this very wait: an answer that comes too late is refused, never taken for
/// that of a later execution.
///
/// An answer that was given already is looked at: it may be our own, when the service's reply to an earlier attempt got
/// lost.
pub async fn answer(
    subject: &Subject,
    approval: &Waiting,
    verdict: Verdict,
    message: &str,
) -> Result<Answer, ApprovalError> {
    let error = match subject.aws.answer_approval(&subject.name, &approval.ticket, verdict, message).await {
        Ok(()) => return Ok(Answer::Given),
        Err(error) => error,
    };
    if !matches!(error.code(), Some("ApprovalAlreadyCompletedException" | "InvalidApprovalTokenException")) {
        return Err(error.into());
    }
    let runs = subject.aws.action_executions(&subject.name, &approval.execution).await?;
    let is_asked = |run: &&ActionExecution| run.stage == approval.ticket.stage && run.action == approval.ticket.action;
    match runs.iter().rev().find(is_asked).and_then(|run| standing(run, verdict, message)) {
        Some(answer) => Ok(answer),
        None => Err(ApprovalError::Stale {
            stage: approval.name().to_owned(),
            reason: error.message().unwrap_or("it was answered, or its execution has ended").to_owned(),
        }),
    }
}

/// Whose answer stands, if it is the one that was to be given.
fn standing(run: &ActionExecution, verdict: Verdict, message: &str) -> Option<Answer> {
    let is_same = match verdict {
        Verdict::Approved => run.status == ActionStatus::Succeeded,
        Verdict::Rejected => run.status == ActionStatus::Failed,
    };
    let words = run.error.as_ref().and_then(|error| error.message.as_deref()).or(run.summary.as_deref());
    let is_own = words.is_some_and(|words| words.contains(message));
    is_same.then_some(if is_own { Answer::Given } else { Answer::Standing })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::codepipeline::{ActionError, Provider};

    #[test]
    fn an_answer_stands_if_it_is_the_wanted_one() {
        let run = |status| ActionExecution::sample("Production", "Approve", Provider::Manual, status);
        let approved = ActionExecution { summary: Some("seen".to_owned()), ..run(ActionStatus::Succeeded) };
        assert_eq!(standing(&approved, Verdict::Approved, "seen"), Some(Answer::Given));
        assert_eq!(standing(&approved, Verdict::Approved, "checked"), Some(Answer::Standing));
        assert_eq!(standing(&approved, Verdict::Rejected, "seen"), None);

        let error = ActionError { code: None, message: Some("rejected: too doubtful".to_owned()) };
        let rejected = ActionExecution { error: Some(error), ..run(ActionStatus::Failed) };
        assert_eq!(standing(&rejected, Verdict::Rejected, "too doubtful"), Some(Answer::Given));
        assert_eq!(standing(&run(ActionStatus::Abandoned), Verdict::Rejected, "x"), None);
    }
}
