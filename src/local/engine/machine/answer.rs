//! The event that answers an approval.

use jiff::Timestamp;

use super::execution::{ActionStatus, ErrorDetails};
use super::finish::fail;
use super::{Command, Machine, Refusal};

/// An answer to an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// The token of the approval.
    pub token: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Why.
    pub summary: String,
    /// Who decided.
    pub by: String,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The execution goes on.
    Approved,
    /// The action fails.
    Rejected,
}

impl Machine {
    /// Answers an approval.
    pub fn answer(&mut self, answer: Answer, at: Timestamp) -> Result<Vec<Command>, Refusal> {
        self.check_action(&answer.stage, &answer.action)?;
        let run = self
            .executions
            .iter_mut()
            .flat_map(|execution| &mut execution.stages)
            .filter(|run| run.stage == answer.stage)
            .flat_map(|run| &mut run.actions)
            .find(|run| run.action == answer.action && run.token.as_deref() == Some(answer.token.as_str()))
            .ok_or(Refusal::WrongToken)?;
        if run.status != ActionStatus::InProgress {
            return Err(Refusal::AlreadyAnswered);
        }
        run.updated_by = Some(answer.by);
        match answer.verdict {
            Verdict::Approved => {
                run.status = ActionStatus::Succeeded;
                run.updated = at;
                run.external.summary = Some(answer.summary).filter(|summary| !summary.is_empty());
            }
            Verdict::Rejected => {
                let message = match answer.summary.as_str() {
                    "" => "rejected".to_owned(),
                    summary => format!("rejected: {summary}"),
                };
                fail(run, ErrorDetails { code: "JobFailed".to_owned(), message }, at);
            }
        }
        Ok(self.advance(at))
    }

    fn check_action(&self, stage: &str, action: &str) -> Result<(), Refusal> {
        let pipeline = self.structure().name.clone();
        let Some(found) = self.structure().stage(stage) else {
            return Err(Refusal::NoStage { pipeline, stage: stage.to_owned() });
        };
        match found.action(action) {
            Some(_) => Ok(()),
            None => Err(Refusal::NoAction { pipeline, stage: stage.to_owned(), action: action.to_owned() }),
        }
    }
}
