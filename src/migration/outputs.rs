//! Variables of the pipeline: outputs of stacks, and what other actions give.

use std::collections::BTreeMap;

use super::old::{OldPipeline, Work};
use crate::definition::{OutputReference, StepReference, Value};
use crate::id::Name;

/// What has a namespace.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) stage: Name,
    pub(super) kind: OriginKind,
}

/// What outputs come from.
#[derive(Debug, Clone)]
pub(super) enum OriginKind {
    /// A stack of this name.
    Stack(Name),
    /// A step of this name, with the variables that it exports.
    Step(Name, Vec<String>),
}

/// Knows what namespaces stand for.
#[derive(Debug)]
pub(super) struct Outputs<'a> {
    old: &'a OldPipeline<'a>,
    origins: BTreeMap<String, Origin>,
    waves: BTreeMap<Name, Option<Name>>,
}

/// Why a variable is no output, and what to do.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) why: String,
    pub(super) remedy: &'static str,
}

impl<'a> Outputs<'a> {
    /// Knows no stack yet.
    pub(super) fn new(old: &'a OldPipeline<'a>) -> Self {
        Self { old, origins: BTreeMap::new(), waves: BTreeMap::new() }
    }

    /// Says what the outputs of a namespace come from.
    pub(super) fn add(&mut self, namespace: String, origin: Origin) {
        self.origins.insert(namespace, origin);
    }

    /// Says that a stage belongs to a wave, or to none.
    pub(super) fn know(&mut self, stage: Name, wave: Option<Name>) {
        self.waves.insert(stage, wave);
    }

    /// The value of a text such as `#{Namespace.Output}`, for a step of a stage.
    pub(super) fn value(&self, text: &str, user: Option<&Name>) -> Result<Value, Lost> {
        let whole = text.strip_prefix("#{").and_then(|rest| rest.strip_suffix('}'));
        let Some((namespace, variable)) =
            whole.filter(|name| !name.contains('#')).and_then(|name| name.rsplit_once('.'))
        else {
            return Err(Lost {
                why: "it joins texts and variables".to_owned(),
                remedy: "give each output a variable of its own (`{ output = \"…\" }`) and join them in the commands",
            });
        };
        let (Some(origin), Some(user)) = (self.origins.get(namespace), user) else {
            return Err(self.lost(namespace, variable));
        };
        let stage = origin.stage.clone();
        if self.are_side_by_side(&stage, user) {
            return Err(Lost {
                why: format!("the stage `{stage}` runs at the same time"),
                remedy: "move the step to a stage after the wave",
            });
        }
        let variable = variable.to_owned();
        match &origin.kind {
            OriginKind::Stack(stack) => {
                Ok(Value::Output(OutputReference { stage, stack: stack.clone(), output: variable }))
            }
            OriginKind::Step(step, exports) if exports.contains(&variable) => {
                Ok(Value::Step(StepReference { stage, step: step.clone(), variable }))
            }
            OriginKind::Step(..) => Err(self.lost(namespace, &variable)),
        }
    }

    fn are_side_by_side(&self, stage: &Name, user: &Name) -> bool {
        let wave = |stage: &Name| self.waves.get(stage).cloned().flatten();
        stage != user && wave(stage).is_some() && wave(stage) == wave(user)
    }

    fn lost(&self, namespace: &str, variable: &str) -> Lost {
        let action = self.old.actions().find(|action| action.namespace.as_deref() == Some(namespace));
        match action.map(|action| (&action.work, &action.name)) {
            Some((Work::Source, _)) if variable == "CommitId" => Lost {
                why: "a variable of the source".to_owned(),
                remedy: "`$CODEBUILD_RESOLVED_SOURCE_VERSION` is the commit in steps that see the source first",
            },
            Some((Work::Source, name)) => Lost {
                why: format!("a variable of the source `{name}`"),
                remedy: "`aws codepipeline list-pipeline-executions` tells of the source, with a right in `statements`",
            },
            Some((_, name)) => Lost {
                why: format!("exported by the step `{name}`"),
                remedy: "put the commands of both into one step, or hand the value over by Parameter Store",
            },
            None => Lost {
                why: "a variable of the pipeline".to_owned(),
                remedy: "builds know `$CODEBUILD_BUILD_ID` and `$CODEBUILD_INITIATOR`",
            },
        }
    }
}
