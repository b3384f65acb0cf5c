//! The actions of one stage of the definition, with what each waits for.

use std::collections::BTreeSet;

use super::model::{Action, ActionKind, Artifact, StackKey, StepKey};
use super::variable::{review_namespace, stack_namespace, step_namespace};
use crate::definition::{
    Approval, ApprovalWhen, Definition, OnFailure, Stack, Stage, Step, StepInput, StepPosition, StepReference,
    TerminationProtection, UpdatePipeline,
};
use crate::id::Name;

/// Lays out a stage by itself. What an action needs stands before it; run orders are not set yet.
pub(super) fn lay_out(definition: &Definition, stage: &Stage, used: &BTreeSet<String>) -> Vec<Action> {
    let mut layout = Layout { actions: Vec::new(), used };

    let before = layout.add_steps(stage, StepPosition::Before, &[]);
    let guarded = match guard_of(definition, stage) {
        Guard::Needed => vec![layout.add_build("Guard", ActionKind::Guard(stage.name.clone()), &before)],
        Guard::NotNeeded => before,
    };

    // Change sets that wait for no other stack of the stage can be made, and approved, before anything is executed.
    let is_independent = |stack: &&Stack| stack.waits_for(&stage.name).is_empty();
    let prepared: Vec<String> =
        stage.stacks.iter().filter(is_independent).map(|stack| layout.add_prepare(stage, stack, &guarded)).collect();
    let after_change_sets = if prepared.is_empty() { guarded } else { prepared };
    let between = layout.add_steps(stage, StepPosition::Between, &after_change_sets);
    let approved = match &stage.approval {
        Some(approval) => approve(&mut layout, stage, approval, &after_change_sets, between),
        None if between.is_empty() => after_change_sets,
        None => between,
    };

    let deployed = deploy_in_order(&mut layout, stage, &approved);
    let by_steps = layout.add_steps(stage, StepPosition::Deploy, &approved);
    let all_deployed = [deployed, by_steps].concat();
    let stacks_done = if all_deployed.is_empty() { approved } else { all_deployed };

    if stage.stacks.iter().any(needs_protection) {
        layout.add_build("Protect", ActionKind::Protect(stage.name.clone()), &stacks_done);
    }
    layout.add_steps(stage, StepPosition::After, &stacks_done);
    layout.actions
}

/// Adds the approval, after the steps between and a review of what is approved. Returns the name of what the executions
/// wait for.
fn approve(
    layout: &mut Layout<'_>,
    stage: &Stage,
    approval: &Approval,
    change_sets: &[String],
    between: Vec<String>,
) -> Vec<String> {
    let is_reviewed = !stage.stacks.is_empty();
    let mut needs = between;
    if is_reviewed {
        needs.push(layout.add_build("Review", ActionKind::Review(stage.name.clone()), change_sets));
        layout.last().namespace = Some(review_namespace(&stage.name));
    } else if needs.is_empty() {
        needs.extend_from_slice(change_sets);
    }
    let approved = layout.add("Approve", ActionKind::Approve(stage.name.clone()), &needs);
    if approval.when != ApprovalWhen::Always && is_reviewed {
        layout.add_build("AutoApprove", ActionKind::AutoApprove(stage.name.clone()), &needs);
    }
    vec![approved]
}

/// Adds the executions, and the change sets of stacks that wait for others. Returns the names of the executions.
fn deploy_in_order(layout: &mut Layout<'_>, stage: &Stage, approved: &[String]) -> Vec<String> {
    let mut deployed: Vec<Name> = Vec::new();
    let mut waiting: Vec<&Stack> = stage.stacks.iter().collect();
    while !waiting.is_empty() {
        let (ready, later): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|stack| stack.waits_for(&stage.name).iter().all(|need| deployed.contains(need)));
        if ready.is_empty() {
            // A cycle; the definition's check has refused it already, so nothing more can be laid out.
            break;
        }
        for stack in &ready {
            let needs = stack.waits_for(&stage.name);
            let executes_after = if needs.is_empty() {
                // Every change set that can be made is made before the first is executed.
                approved.to_vec()
            } else {
                let executed: Vec<String> = needs.iter().map(|need| format!("{need}.Deploy")).collect();
                vec![layout.add_prepare(stage, stack, &executed)]
            };
            let key = StackKey { stage: stage.name.clone(), stack: stack.name.clone() };
            layout.add(&format!("{}.Deploy", stack.name), ActionKind::Deploy(key), &executes_after);
            layout.name_outputs(stack_namespace(&stage.name, &stack.name));
        }
        deployed.extend(ready.iter().map(|stack| stack.name.clone()));
        waiting = later;
    }
    deployed.iter().map(|stack| format!("{stack}.Deploy")).collect()
}

/// Whether a stage needs a build that removes stacks whose first creation failed.
enum Guard {
    Needed,
    NotNeeded,
}

/// UpdatePipeline removes such stacks in the pipeline's own account. Where it cannot reach, or does not run, a guard does;
/// and it does not run once more for a stage that is tried again by itself.
fn guard_of(definition: &Definition, stage: &Stage) -> Guard {
    let is_elsewhere = stage
        .stacks
        .iter()
        .filter_map(|stack| stack.target.account.as_ref())
        .any(|account| Some(account) != definition.target.account.as_ref());
    let is_reached = definition.update != UpdatePipeline::Off && !is_elsewhere && stage.on_failure != OnFailure::Retry;
    if stage.stacks.is_empty() || is_reached { Guard::NotNeeded } else { Guard::Needed }
}

/// Whether native actions leave something of a stack undone.
fn needs_protection(stack: &Stack) -> bool {
    stack.termination_protection != TerminationProtection::Unset || !stack.notification_targets.is_empty()
}

/// Actions as they are added; what an action needs is there before it.
struct Layout<'a> {
    actions: Vec<Action>,
    /// The namespaces that somebody uses.
    used: &'a BTreeSet<String>,
}

impl Layout<'_> {
    fn add(&mut self, name: &str, kind: ActionKind, needs: &[String]) -> String {
        self.actions.push(Action {
            name: name.to_owned(),
            kind,
            run_order: 0,
            needs: needs.to_vec(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            namespace: None,
        });
        name.to_owned()
    }

    fn add_prepare(&mut self, stage: &Stage, stack: &Stack, needs: &[String]) -> String {
        let key = StackKey { stage: stage.name.clone(), stack: stack.name.clone() };
        let name = self.add(&format!("{}.Prepare", stack.name), ActionKind::Prepare(key), needs);
        self.last().inputs = vec![Artifact::Templates];
        name
    }

    fn add_build(&mut self, name: &str, kind: ActionKind, needs: &[String]) -> String {
        let name = self.add(name, kind, needs);
        self.last().inputs = vec![Artifact::Assembly, Artifact::Tool];
        name
    }

    /// Adds the steps at a position, and returns their names. Those that use outputs of others there follow them.
    fn add_steps(&mut self, stage: &Stage, position: StepPosition, needs: &[String]) -> Vec<String> {
        let steps = stage.steps_at(position);
        let is_neighbour = |used: &&StepReference| {
            used.stage == stage.name && steps.iter().any(|neighbour| neighbour.name == used.step)
        };
        for step in &steps {
            let used: BTreeSet<&StepReference> = step.uses().filter(is_neighbour).collect();
            let mut needs = needs.to_vec();
            needs.extend(used.into_iter().map(|used| used.step.to_string()));
            self.add_step(stage, position, step, &needs);
        }
        steps.iter().map(|step| step.name.to_string()).collect()
    }

    fn add_step(&mut self, stage: &Stage, position: StepPosition, step: &Step, needs: &[String]) {
        let key = StepKey { stage: stage.name.clone(), position, step: step.name.clone() };
        self.add(step.name.as_str(), ActionKind::Step(key), needs);
        self.name_outputs(step_namespace(&stage.name, &step.name));
        self.last().inputs = step
            .inputs
            .iter()
            .map(|input| match input {
                StepInput::Source => Artifact::Source,
                StepInput::Assembly => Artifact::Assembly,
                StepInput::Pipectl => Artifact::Tool,
            })
            .collect();
    }

    /// Gives the last action's outputs a namespace, where somebody uses it.
    fn name_outputs(&mut self, namespace: String) {
        if self.used.contains(&namespace) {
            self.last().namespace = Some(namespace);
        }
    }

    fn last(&mut self) -> &mut Action {
        let last = self.actions.len() - 1;
        &mut self.actions[last]
    }
}
