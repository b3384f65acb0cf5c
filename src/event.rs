//! What happens while a verb works, as data. `ops` and `local` emit; `cli` and tests consume.

use std::sync::Arc;

use serde::Serialize;

use crate::id::StackName;

/// How a status is to be felt: colours and symbols follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sentiment {
    /// Something good and settled.
    Good,
    /// Something under way or of no weight.
    Neutral,
    /// Something bad.
    Bad,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A part of the work begins: "checking credentials".
    Step {
        /// What begins, as a lower-case fragment.
        message: String,
    },
    /// A part of the work ended well: "stack `x` is up to date".
    Done {
        /// What was reached, as a lower-case fragment.
        message: String,
    },
    /// Something worth knowing that is no failure.
    Warning {
        /// What is to be known.
        message: String,
        /// What can be done about it.
        hints: Vec<String>,
    },
    /// A resource of a stack changed its status.
    Resource {
        /// The stack.
        stack: StackName,
        /// The resource's logical id.
        logical_id: String,
        /// The resource's type, such as `AWS::S3::Bucket`.
        resource_type: String,
        /// The status as CloudFormation gives it, such as `CREATE_COMPLETE`.
        status: String,
        /// Why, where CloudFormation tells.
        reason: Option<String>,
        /// How it is to be felt.
        sentiment: Sentiment,
    },
    /// An action of a pipeline changed its status.
    Action {
        /// The stage.
        stage: String,
        /// The action.
        action: String,
        /// The status as CodePipeline gives it, such as `InProgress`.
        status: String,
        /// Why, where CodePipeline tells.
        summary: Option<String>,
        /// How it is to be felt.
        sentiment: Sentiment,
    },
    /// Countable work went on: assets published, say.
    Progress {
        /// What is counted, in the plural.
        what: String,
        /// How many are done.
        done: u64,
        /// How many there are.
        total: u64,
    },
    /// A line of a program's output or of a build's log.
    Output {
        /// Where the line comes from.
        origin: String,
        /// The line, without its end.
        line: String,
    },
}

/// Where events go. Cheap to clone.
#[derive(Clone)]
pub struct Events(Arc<dyn Fn(Event) + Send + Sync>);

impl Events {
    /// Makes a sink of a function.
    pub fn new(consume: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(consume))
    }

    /// Makes a sink that drops everything.
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    /// Emits an event.
    pub fn emit(&self, event: Event) {
        (self.0)(event);
    }

    /// Says that a part of the work begins.
    pub fn step(&self, message: impl Into<String>) {
        self.emit(Event::Step { message: message.into() });
    }

    /// Says that a part of the work ended well.
    pub fn done(&self, message: impl Into<String>) {
        self.emit(Event::Done { message: message.into() });
    }

    /// Says something worth knowing, with what can be done about it.
    pub fn warning(&self, message: impl Into<String>, hints: Vec<String>) {
        self.emit(Event::Warning { message: message.into(), hints });
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Events")
    }
}
