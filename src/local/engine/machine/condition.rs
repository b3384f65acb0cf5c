//! Conditions of stages: rules are looked at when an execution comes to a stage, and when its actions have succeeded.
//!
//! ```text
//! enter ─▶ before entry ─hold─▶ actions ─succeeded─▶ on success ─hold─▶ next stage
//!               │                  │ failed              │ a rule failed
//!               │                  ▼                     ▼
//!               │              on failure: RETRY, ROLLBACK or nothing        ROLLBACK, or FAIL
//!               └─a rule failed─▶ SKIP: next stage, or FAIL
//! ```
//!
//! A roll-back looks at no conditions: it is what follows from one.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::begin::variable;
use super::execution::ErrorDetails;
use super::judge::{Judgement, judge};
use super::order::AlarmOrder;
use super::{ActionId, Command, Execution, ExecutionId, Machine, StageRun};
use crate::id::{Environment, Region};
use crate::local::engine::structure::{Condition, ConditionResult, Rule, Stage, substitute};

/// How the look at a condition stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionRun {
    /// How it stands.
    pub status: ConditionStatus,
    /// What follows if it failed.
    pub result: Option<ConditionResult>,
    /// Why it stands so.
    pub summary: Option<String>,
    /// When it last changed.
    pub changed: Timestamp,
    /// Its rules, in their order.
    pub rules: Vec<RuleRun>,
}

/// How a condition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API and say it all")]
pub enum ConditionStatus {
    InProgress,
    Failed,
    Errored,
    Succeeded,
    Abandoned,
}

/// One look at a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRun {
    /// Its id.
    pub id: ActionId,
    /// The rule's name.
    pub rule: String,
    /// How it stands.
    pub status: RuleStatus,
    /// Why it stands so.
    pub summary: String,
    /// When it began.
    pub started: Timestamp,
    /// When it last changed.
    pub changed: Timestamp,
    /// The configuration with all references replaced.
    pub configuration: BTreeMap<String, String>,
    /// Why it could not be looked at, if so.
    pub error: Option<ErrorDetails>,
    /// When it holds by itself, if it waits for a time.
    pub holds_at: Option<Timestamp>,
    /// When it fails for taking too long, if it ever does.
    pub deadline: Option<Timestamp>,
}

/// How a look at a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API and say it all")]
pub enum RuleStatus {
    InProgress,
    Abandoned,
    Succeeded,
    Failed,
}

/// A place of conditions in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionPlace {
    /// Before its actions.
    BeforeEntry,
    /// After their success.
    OnSuccess,
}

/// How the look at a rule ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleVerdict {
    /// It holds.
    Holds(String),
    /// It does not.
    Fails(String),
    /// It could not be looked at.
    Error(String),
}

impl ConditionPlace {
    /// Both.
    pub const ALL: [Self; 2] = [Self::BeforeEntry, Self::OnSuccess];

    /// The condition of a stage there.
    pub fn condition(self, stage: &Stage) -> Option<&Condition> {
        let conditions = match self {
            Self::BeforeEntry => &stage.before_entry,
            Self::OnSuccess => &stage.on_success,
        };
        conditions.as_ref()?.conditions.first()
    }
}

impl StageRun {
    /// How the condition at a place stands, if it has been looked at.
    pub fn condition(&self, place: ConditionPlace) -> Option<&ConditionRun> {
        match place {
            ConditionPlace::BeforeEntry => self.before_entry.as_ref(),
            ConditionPlace::OnSuccess => self.on_success.as_ref(),
        }
    }

    fn condition_mut(&mut self, place: ConditionPlace) -> &mut Option<ConditionRun> {
        match place {
            ConditionPlace::BeforeEntry => &mut self.before_entry,
            ConditionPlace::OnSuccess => &mut self.on_success,
        }
    }

    /// The rules that are looked at.
    pub fn rules_under_way(&self) -> impl Iterator<Item = &RuleRun> {
        let conditions = self.before_entry.iter().chain(&self.on_success);
        conditions.flat_map(|condition| &condition.rules).filter(|rule| rule.status == RuleStatus::InProgress)
    }

    /// Stops looking at conditions. Returns the looks that somebody follows.
    pub(super) fn abandon_rules(&mut self, at: Timestamp) -> Vec<Command> {
        let conditions = self.before_entry.iter_mut().chain(&mut self.on_success);
        let under_way = conditions.filter(|condition| condition.status == ConditionStatus::InProgress);
        let abandon = |condition: &mut ConditionRun| {
            condition.status = ConditionStatus::Abandoned;
            condition.changed = at;
            condition.abandon_rest(at)
        };
        under_way.flat_map(abandon).collect()
    }
}

impl Machine {
    /// Begins to look at the condition at a place of a stage.
    pub(super) fn look(&mut self, id: &ExecutionId, stage: &str, place: ConditionPlace, at: Timestamp) -> Vec<Command> {
        let Some(condition) = self
            .execution(id)
            .and_then(|execution| place.condition(self.structure_of(execution.version)?.stage(stage)?).cloned())
        else {
            return Vec::new();
        };
        let mut run = ConditionRun {
            status: ConditionStatus::InProgress,
            result: condition.result,
            summary: None,
            changed: at,
            rules: Vec::new(),
        };
        for rule in &condition.rules {
            let beginning = self.begin_next();
            let Some(execution) = self.execution(id) else { return Vec::new() };
            run.rules.push(begin(execution, rule, ActionId::derive(id, beginning), at));
        }
        run.settle(at);
        let orders = run.rules.iter().filter_map(|rule| self.watch(id, place, &condition, rule)).collect();
        if let Some(stage) = self.execution_mut(id).and_then(|execution| execution.stage_mut(stage)) {
            *stage.condition_mut(place) = Some(run);
        }
        orders
    }

    /// Notes how the look at a rule ended, and goes on. One that is looked at no more is left as it is.
    pub fn rule_finished(&mut self, id: &ActionId, verdict: RuleVerdict, at: Timestamp) -> Vec<Command> {
        let mut commands = Vec::new();
        for condition in self.conditions_mut() {
            let is_it = |rule: &&mut RuleRun| rule.id == *id && rule.status == RuleStatus::InProgress;
            if let Some(rule) = condition.rules.iter_mut().find(is_it) {
                rule.end(verdict.clone(), at);
                commands.extend(condition.settle(at));
            }
        }
        commands.extend(self.advance(at));
        commands
    }

    /// Ends the looks whose time has come.
    pub(super) fn pass_rule_time(&mut self, at: Timestamp) -> Vec<Command> {
        let mut commands = Vec::new();
        for condition in self.conditions_mut().filter(|condition| condition.status == ConditionStatus::InProgress) {
            for rule in condition.rules.iter_mut().filter(|rule| rule.status == RuleStatus::InProgress) {
                if rule.holds_at.is_some_and(|holds| holds <= at) {
                    rule.end(RuleVerdict::Holds("the window is open".to_owned()), at);
                } else if rule.deadline.is_some_and(|deadline| deadline <= at) {
                    rule.end(RuleVerdict::Fails("the rule took longer than it may".to_owned()), at);
                    commands.push(Command::Abandon(rule.id.clone()));
                }
            }
            commands.extend(condition.settle(at));
        }
        commands
    }

    /// Looks again at the alarms that were watched when the endpoint ended.
    pub(super) fn watch_again(&self) -> Vec<Command> {
        let mut commands = Vec::new();
        for execution in self.executions.iter().filter(|execution| !execution.status.is_settled()) {
            let Some(structure) = self.structure_of(execution.version) else { continue };
            for run in &execution.stages {
                for place in ConditionPlace::ALL {
                    let condition = structure.stage(&run.stage).and_then(|stage| place.condition(stage));
                    let looked = run.condition(place).filter(|looked| looked.status == ConditionStatus::InProgress);
                    if let (Some(condition), Some(looked)) = (condition, looked) {
                        commands.extend(
                            looked.rules.iter().filter_map(|rule| self.watch(&execution.id, place, condition, rule)),
                        );
                    }
                }
            }
        }
        commands
    }

    fn conditions_mut(&mut self) -> impl Iterator<Item = &mut ConditionRun> {
        let stages = self.executions.iter_mut().flat_map(|execution| &mut execution.stages);
        stages.flat_map(|stage| stage.before_entry.iter_mut().chain(&mut stage.on_success))
    }

    /// The order to watch an alarm, for a rule that does.
    fn watch(&self, id: &ExecutionId, place: ConditionPlace, condition: &Condition, run: &RuleRun) -> Option<Command> {
        if run.status != RuleStatus::InProgress || run.holds_at.is_some() {
            return None;
        }
        let structure = self.structure_of(self.execution(id)?.version)?;
        let rule = condition.rules.iter().find(|rule| rule.name == run.rule)?;
        let region = rule.region.as_ref().and_then(|region| region.parse::<Region>().ok());
        let setting = |key: &str| run.configuration.get(key).map(String::as_str).filter(|text| !text.is_empty());
        let minutes = setting("WaitTime").and_then(|minutes| minutes.parse().ok()).unwrap_or(0);
        Some(Command::Watch(Box::new(AlarmOrder {
            id: run.id.clone(),
            place,
            pipeline_role: structure.role_arn.clone(),
            role: rule.role_arn.clone(),
            environment: Environment {
                account: self.environment.account.clone(),
                region: region.unwrap_or_else(|| self.environment.region.clone()),
            },
            alarm: setting("AlarmName").unwrap_or_default().to_owned(),
            states: setting("AlarmStates").unwrap_or("ALARM").split(',').map(|state| state.trim().to_owned()).collect(),
            until: run.started.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX),
        })))
    }
}

impl ConditionRun {
    /// Brings the condition in line with its rules: the first that fails decides. Returns the looks that end with it.
    fn settle(&mut self, at: Timestamp) -> Vec<Command> {
        let failed = self.rules.iter().find(|rule| rule.status == RuleStatus::Failed);
        let under_way = self.rules.iter().any(|rule| rule.status == RuleStatus::InProgress);
        let (status, summary) = match failed {
            Some(rule) => {
                let status = if rule.error.is_some() { ConditionStatus::Errored } else { ConditionStatus::Failed };
                (status, Some(format!("rule {}: {}", rule.rule, rule.summary)))
            }
            None if under_way => return Vec::new(),
            None => (ConditionStatus::Succeeded, None),
        };
        (self.status, self.summary, self.changed) = (status, summary, at);
        self.abandon_rest(at)
    }

    fn abandon_rest(&mut self, at: Timestamp) -> Vec<Command> {
        let under_way = self.rules.iter_mut().filter(|rule| rule.status == RuleStatus::InProgress);
        let abandon = |rule: &mut RuleRun| {
            rule.status = RuleStatus::Abandoned;
            rule.changed = at;
            Command::Abandon(rule.id.clone())
        };
        under_way.map(abandon).collect()
    }
}

impl RuleRun {
    fn end(&mut self, verdict: RuleVerdict, at: Timestamp) {
        (self.status, self.summary) = match verdict {
            RuleVerdict::Holds(summary) => (RuleStatus::Succeeded, summary),
            RuleVerdict::Fails(summary) => (RuleStatus::Failed, summary),
            RuleVerdict::Error(message) => {
                self.error = Some(ErrorDetails { code: "ConfigurationError".to_owned(), message: message.clone() });
                (RuleStatus::Failed, message)
            }
        };
        self.changed = at;
    }
}

/// Begins to look at a rule. What can be told at once is.
fn begin(execution: &Execution, rule: &Rule, id: ActionId, at: Timestamp) -> RuleRun {
    let configuration = configuration(execution, rule);
    let minutes = rule.timeout_in_minutes.map(|minutes| SignedDuration::from_mins(i64::from(minutes)));
    let mut run = RuleRun {
        id,
        rule: rule.name.clone(),
        status: RuleStatus::InProgress,
        summary: String::new(),
        started: at,
        changed: at,
        configuration: configuration.clone().unwrap_or_default(),
        error: None,
        holds_at: None,
        deadline: minutes.and_then(|minutes| at.checked_add(minutes).ok()),
    };
    let judgement = match &configuration {
        Ok(configuration) => judge(rule, configuration, at),
        Err(error) => Judgement::Now(RuleVerdict::Error(error.clone())),
    };
    match judgement {
        Judgement::Now(verdict) => run.end(verdict, at),
        Judgement::At(holds, summary) => (run.holds_at, run.summary) = (Some(holds), summary),
        Judgement::Later => {}
    }
    run
}

/// The configuration of a rule with all references replaced.
fn configuration(execution: &Execution, rule: &Rule) -> Result<BTreeMap<String, String>, String> {
    let resolve = |(key, value): (&String, &String)| match substitute(value, |used| variable(execution, used)) {
        Ok(value) => Ok((key.clone(), value)),
        Err(reference) => Err(format!("the variable reference {reference} in {key} has no value")),
    };
    rule.configuration.iter().map(resolve).collect()
}
