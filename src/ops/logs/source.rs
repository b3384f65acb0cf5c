//! One action's log, read piece by piece: lines of a build, events of a stack.

use jiff::{SignedDuration, Timestamp};

use crate::aws::cloudformation::StackEvent;
use crate::aws::codebuild::LogStream;
use crate::aws::codepipeline::{ActionExecution, ActionStatus, Provider};
use crate::aws::logs::{LogLine, LogPage, LogPosition};
use crate::aws::{self, Aws};
use crate::ops::action_access::{ActionAccess, Preference};

/// How far clocks and records of CodePipeline and CloudFormation may lie apart.
const SLACK: SignedDuration = SignedDuration::from_secs(5);

/// The log of one run of an action, and how far it has been read.
#[derive(Debug)]
pub struct Source {
    run: ActionExecution,
    place: Place,
    voice: Voice,
}

/// Whether anything of a log has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    Silent,
    Heard,
}

/// Where the log is and how far it has been read.
#[derive(Debug)]
enum Place {
    /// A build whose log has not begun, as far as is known.
    UnknownStream,
    /// A build's log.
    Stream { stream: LogStream, position: Option<LogPosition> },
    /// A stack's events after a known one.
    Stack { name: String, known: Option<String> },
    /// Nothing that could be read.
    Nowhere,
}

/// Whether the log was there to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It was.
    There,
    /// It has not begun, or is gone.
    Missing,
}

impl Source {
    /// Makes the source of a run.
    pub fn of(run: &ActionExecution) -> Self {
        let place = match run.provider {
            Provider::CodeBuild => Place::UnknownStream,
            Provider::CloudFormation => match run.configuration.get("StackName") {
                Some(name) => Place::Stack { name: name.clone(), known: None },
                None => Place::Nowhere,
            },
            Provider::Manual | Provider::Source(_) | Provider::Other(_) => Place::Nowhere,
        };
        Self { run: run.clone(), place, voice: Voice::Silent }
    }

    /// The run's own id.
    pub fn id(&self) -> &str {
        &self.run.id
    }

    /// The run of the action, as it was when it was last seen.
    pub fn run(&self) -> &ActionExecution {
        &self.run
    }

    /// Takes in how the run does now.
    pub fn update(&mut self, run: &ActionExecution) {
        self.run = run.clone();
    }

    /// The id of the build whose log's place has to be found out.
    pub fn build_to_locate(&self) -> Option<&str> {
        match self.place {
            Place::UnknownStream => self.run.external_id.as_deref(),
            _ => None,
        }
    }

    /// Tells where the build's log is.
    pub fn locate(&mut self, stream: LogStream) {
        self.place = Place::Stream { stream, position: None };
    }

    /// Reads all that has come since the last call. A run that failed without a line, such as a change set that could
    /// not be made, says why in the words of its provider.
    pub async fn read(
        &mut self,
        aws: &Aws,
        access: &ActionAccess<'_>,
        since: Option<Timestamp>,
    ) -> aws::Result<(Presence, Vec<LogLine>)> {
        let (mut presence, mut lines) = self.read_place(aws, access, since).await?;
        if lines.is_empty() && self.voice == Voice::Silent && self.run.status == ActionStatus::Failed {
            lines.extend(told(&self.run));
        }
        if !lines.is_empty() {
            self.voice = Voice::Heard;
            presence = Presence::There;
        }
        Ok((presence, lines))
    }

    async fn read_place(
        &mut self,
        aws: &Aws,
        access: &ActionAccess<'_>,
        since: Option<Timestamp>,
    ) -> aws::Result<(Presence, Vec<LogLine>)> {
        match &mut self.place {
            Place::UnknownStream | Place::Nowhere => Ok((Presence::Missing, Vec::new())),
            Place::Stream { stream, position } => read_stream(aws, stream, position, since).await,
            Place::Stack { name, known } => {
                let role = self.run.role.as_deref();
                let there = access.connect(role, self.run.region.as_deref(), Preference::Caller).await?;
                let events = there.stack_events(name, known.as_deref()).await?;
                if let Some(newest) = events.last() {
                    *known = Some(newest.id.clone());
                }
                let lines = events
                    .iter()
                    .filter(|event| {
                        happened_during(&self.run, event) && since.is_none_or(|since| event.time >= Some(since))
                    })
                    .map(|event| LogLine { at: event.time, text: line_of(event) })
                    .collect();
                Ok((Presence::There, lines))
            }
        }
    }
}

async fn read_stream(
    aws: &Aws,
    stream: &LogStream,
    position: &mut Option<LogPosition>,
    since: Option<Timestamp>,
) -> aws::Result<(Presence, Vec<LogLine>)> {
    let mut all = Vec::new();
    // Lines that were read before a page could not be are read again.
    let mut reached = position.clone();
    let presence = loop {
        match aws.log_page(stream, since, reached.as_ref()).await? {
            LogPage::Missing => break Presence::Missing,
            LogPage::Lines { lines, next } => {
                all.extend(lines);
                let is_end = reached.as_ref() == Some(&next);
                reached = Some(next);
                if is_end {
                    break Presence::There;
                }
            }
        }
    };
    *position = reached;
    Ok((presence, all))
}

/// What the provider says about a run that failed.
fn told(run: &ActionExecution) -> Option<LogLine> {
    let message = run.error.as_ref().and_then(|error| error.message.as_ref()).or(run.summary.as_ref())?;
    Some(LogLine { at: run.updated, text: message.clone() })
}

/// Whether an event belongs to what the action did, not to an earlier or a later operation on the stack.
fn happened_during(run: &ActionExecution, event: &StackEvent) -> bool {
    // Actions that make change sets and those that execute them follow each other closely.
    let reserves_name = event.status.as_str() == "REVIEW_IN_PROGRESS";
    match run.configuration.get("ActionMode").map(String::as_str) {
        Some("CHANGE_SET_REPLACE") if !reserves_name => return false,
        Some("CHANGE_SET_EXECUTE") if reserves_name => return false,
        _ => {}
    }
    let Some(time) = event.time else { return true };
    let after_start = run.started.is_none_or(|started| time >= started - SLACK);
    let before_end = !run.status.is_settled() || run.updated.is_none_or(|updated| time <= updated + SLACK);
    after_start && before_end
}

fn line_of(event: &StackEvent) -> String {
    let line = format!("{} {} {}", event.status.as_str(), event.resource_type, event.logical_id);
    match &event.reason {
        Some(reason) => format!("{line}: {reason}"),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::cloudformation::ResourceStatus;

    #[test]
    fn an_event_is_told_of_one_action_alone() {
        let run = |mode: &str| ActionExecution {
            configuration: [("ActionMode".to_owned(), mode.to_owned())].into(),
            ..ActionExecution::sample("Staging", "app", Provider::CloudFormation, ActionStatus::Succeeded)
        };
        let event = |status: &str| StackEvent {
            id: "1".to_owned(),
            time: None,
            logical_id: "app".to_owned(),
            physical_id: None,
            resource_type: "AWS::CloudFormation::Stack".to_owned(),
            status: ResourceStatus::new(status),
            reason: None,
            token: None,
        };
        for (mode, reserves, creates) in
            [("CHANGE_SET_REPLACE", true, false), ("CHANGE_SET_EXECUTE", false, true), ("CREATE_UPDATE", true, true)]
        {
            assert_eq!(happened_during(&run(mode), &event("REVIEW_IN_PROGRESS")), reserves, "{mode}");
            assert_eq!(happened_during(&run(mode), &event("CREATE_IN_PROGRESS")), creates, "{mode}");
        }
    }
}
