//! The stages of the definition, from those of the old pipeline.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::approvals::{Gates, approval};
use super::layout::{Item, Layout, Member, Moment};
use super::names::Names;
use super::old::{OldPipeline, OldStage, Work};
use super::outputs::{Origin, OriginKind, Outputs};
use super::remark::Remarks;
use super::{conditions, differences, steps, waves};
use crate::cfn::Template;
use crate::definition::{AssemblyReference, CommentPlace, OnFailure, Selection, Stage, Step, StepPosition, Target};
use crate::discovery::AppStage;
use crate::id::Name;

/// Makes the stages.
pub(super) struct Maker<'m, 'a> {
    pub(super) old: &'m OldPipeline<'m>,
    pub(super) app: &'a [AppStage<'a>],
    /// Templates by their path in the assembly.
    pub(super) templates: &'m BTreeMap<Utf8PathBuf, Template>,
    /// Where the definition finds the assembly.
    pub(super) assembly: Utf8PathBuf,
    pub(super) names: Names,
    pub(super) outputs: Outputs<'m>,
    pub(super) remarks: &'m mut Remarks,
    pub(super) stages: Vec<Stage>,
}

impl<'m, 'a> Maker<'m, 'a>
where
    'a: 'm,
{
    /// Makes stages of one stage of the old pipeline.
    pub(super) fn add(&mut self, old_stage: &'m OldStage<'m>) {
        let layout = Layout::of(old_stage, self.app);
        let waves = waves::waves(self.old, &old_stage.name, &layout, &mut self.names);
        let members = layout.members.iter().zip(&waves);
        let members: Vec<Name> = members.map(|(member, wave)| self.name_member(member, wave.as_ref())).collect();
        waves::tell(&old_stage.name, &waves, &members, self.remarks);
        match members.first() {
            None => self.add_without_stacks(old_stage, &layout),
            Some(first) => {
                self.tell_of_what_is_no_step(&layout.items, &CommentPlace::Stage(first.clone()));
                self.add_with_stacks(old_stage, &layout, &members, &waves);
            }
        }
    }

    /// Names a stage of the app, and remembers the outputs of its stacks.
    fn name_member(&mut self, member: &Member<'_>, wave: Option<&Name>) -> Name {
        let called = member.app.path.rsplit('/').next().unwrap_or_default();
        let name = self.names.stage(called);
        if name.as_str() != called {
            let message = format!("the stage was called `{called}`");
            self.remarks.changed(&CommentPlace::Stage(name.clone()), message);
        }
        for stack in &member.stacks {
            if let (Some(namespace), Some(stack)) = (&stack.namespace, &stack.name) {
                let origin = Origin { stage: name.clone(), kind: OriginKind::Stack(stack.clone()) };
                self.outputs.add(namespace.clone(), origin);
            }
        }
        self.outputs.know(name.clone(), wave.cloned());
        name
    }

    /// One stage of the app, or several side by side, with what stands around all of them.
    fn add_with_stacks(
        &mut self,
        old_stage: &OldStage<'_>,
        layout: &Layout<'_, '_>,
        names: &[Name],
        waves: &[Option<Name>],
    ) {
        let of_all = |work: Work, moment: Moment| -> Vec<&Item<'_, '_>> {
            let items = layout.items.iter().filter(|item| item.member.is_none() && item.action.work == work);
            items.filter(|item| item.moment == moment).collect()
        };
        let conditions = conditions::carry(self.old, old_stage, &CommentPlace::Stage(names[0].clone()), self.remarks);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut members = Vec::new();
        for (position, (member, name)) in layout.members.iter().zip(names).enumerate() {
            let wave = waves[position].as_ref();
            let items: Vec<&Item<'_, '_>> = layout.items.iter().filter(|item| item.member == Some(position)).collect();
            let place = CommentPlace::Stage(name.clone());
            let checks =
                layout.items.iter().filter(|item| item.member.is_none() && item.action.work == Work::SecurityCheck);
            let gates = Gates::of(&items.iter().copied().chain(checks).collect::<Vec<_>>());
            before.extend(gates.before.iter().map(|item| self.gate(item, "before", wave.map(|_| name))));
            after.extend(gates.after.iter().map(|item| self.gate(item, "after", wave.map(|_| name))));
            let approval = gates.approval(self.old, &place, self.remarks);
            for item in items.iter().filter(|item| item.action.work == Work::Build) {
                if let Moment::Amid(when) = &item.moment {
                    steps::lost(self.old, item, when, &place, self.remarks);
                }
            }
            if let Selection::Stacks(_) = member.selection() {
                let message = format!(
                    "the stage `{}` has stages below it, whose stacks this pipeline does not deploy",
                    member.app.path
                );
                self.remarks.changed(&CommentPlace::Assembly(name.clone()), message);
            }
            differences::tell(member, name, self.templates, self.remarks);
            members.push(conditions.on(Stage {
                wave: wave.cloned(),
                approval,
                before: self.steps(name, &builds(&items, StepPosition::Before)),
                between: self.steps(name, &builds(&items, StepPosition::Between)),
                backends: Vec::new(),
                assemblies: vec![AssemblyReference {
                    path: self.assembly.clone(),
                    selection: member.selection(),
                    parameters: IndexMap::new(),
                }],
                after: self.steps(name, &builds(&items, StepPosition::After)),
                ..empty(name.clone())
            }));
        }
        self.add_around(
            old_stage,
            "before",
            &of_all(Work::Build, Moment::Before),
            &of_all(Work::Approval, Moment::Before),
        );
        self.stages.append(&mut before);
        self.stages.append(&mut members);
        self.stages.append(&mut after);
        self.add_around(
            old_stage,
            "after",
            &of_all(Work::Build, Moment::After),
            &of_all(Work::Approval, Moment::After),
        );
        self.tell_of_what_stands_amid_a_wave(layout, &names[0]);
    }

    /// What belongs to a wave as a whole becomes stages of its own.
    fn add_around(
        &mut self,
        old_stage: &OldStage<'_>,
        side: &str,
        builds: &[&Item<'_, '_>],
        approvals: &[&Item<'_, '_>],
    ) {
        let gates: Vec<Stage> = approvals.iter().map(|item| self.gate(item, side, None)).collect();
        let steps = (!builds.is_empty()).then(|| {
            let name = self.names.stage(&format!("{}-{side}", old_stage.name));
            let message = format!(
                "these steps stood {side} the wave `{}`; a stage of their own keeps them there",
                old_stage.name
            );
            self.remarks.changed(&CommentPlace::Stage(name.clone()), message);
            Stage { before: self.steps(&name, builds), ..empty(name) }
        });
        // What is approved before a wave is approved with what its steps found; what is approved after it, too.
        self.stages.extend(steps);
        self.stages.extend(gates);
    }

    /// A stage of the old pipeline without stacks: steps and approvals alone.
    fn add_without_stacks(&mut self, old_stage: &OldStage<'_>, layout: &Layout<'_, '_>) {
        let items: Vec<&Item<'_, '_>> = layout.items.iter().collect();
        let approvals = approvals(&items);
        let builds: Vec<&Item<'_, '_>> = items.iter().copied().filter(|item| item.action.work == Work::Build).collect();
        if approvals.is_empty() && builds.is_empty() {
            conditions::tell_lost(old_stage, self.remarks);
            self.tell_of_what_is_no_step(&layout.items, &CommentPlace::File);
            return;
        }
        let name = self.names.stage(&old_stage.name);
        let place = CommentPlace::Stage(name.clone());
        self.tell_of_what_is_no_step(&layout.items, &place);
        if items.iter().any(|item| item.action.work == Work::SecurityCheck) {
            let remedy = "`approval = { when = \"broadening\" }` in the stage of the stacks asks in the same case";
            self.remarks.lost(&place, "`ConfirmPermissionsBroadening`", remedy);
        }
        let approved_at = approvals.first().map_or(u64::MAX, |item| item.action.run_order);
        let (before, after): (Vec<_>, Vec<_>) =
            builds.into_iter().partition(|item| item.action.run_order <= approved_at);
        let approval = approvals.first().map(|item| approval(self.old, item, &place, self.remarks));
        let stage =
            Stage { approval, before: self.steps(&name, &before), after: self.steps(&name, &after), ..empty(name) };
        let stage = conditions::carry(self.old, old_stage, &place, self.remarks).on(stage);
        let further: Vec<Stage> = approvals.iter().skip(1).map(|item| self.gate(item, "beside", None)).collect();
        self.stages.extend(further);
        self.stages.push(stage);
    }

    /// An approval as a stage of its own. `alone` is the stage of a wave that it held.
    fn gate(&mut self, item: &Item<'_, '_>, side: &str, alone: Option<&Name>) -> Stage {
        let name = self.names.stage(&item.name);
        let place = CommentPlace::Stage(name.clone());
        if let Some(alone) = alone {
            let message = format!(
                "this approval stood {side} the stage `{alone}` alone; now it holds what comes next as a whole"
            );
            self.remarks.changed(&place, message);
        }
        let approval = Some(approval(self.old, item, &place, self.remarks));
        Stage { approval, ..empty(name) }
    }

    fn steps(&mut self, stage: &Name, items: &[&Item<'_, '_>]) -> Vec<Step> {
        let mut there = Vec::new();
        let mut made = Vec::new();
        for item in items {
            let name = self.names.step(stage, &item.name);
            if let Some(step) = steps::step(self.old, item, stage, name.clone(), &self.outputs, self.remarks) {
                if let Some(namespace) = &item.action.namespace {
                    let kind = OriginKind::Step(name, step.outputs.clone());
                    self.outputs.add(namespace.clone(), Origin { stage: stage.clone(), kind });
                }
                made.push(step);
                there.push(*item);
            }
        }
        steps::tell_order(&there, &made, stage, self.remarks);
        made
    }

    /// Actions of other kinds.
    fn tell_of_what_is_no_step(&mut self, items: &[Item<'_, '_>], place: &CommentPlace) {
        let others =
            items.iter().filter(|item| matches!(item.action.work, Work::Other | Work::Prepare(_) | Work::Deploy(_)));
        for item in others {
            let message = format!("the action `{}` ({} {})", item.name, item.action.category, item.action.provider);
            self.remarks.lost(place, message, "let a step do it, by the AWS CLI say");
        }
    }

    fn tell_of_what_stands_amid_a_wave(&mut self, layout: &Layout<'_, '_>, first: &Name) {
        for item in layout.items.iter().filter(|item| item.member.is_none()) {
            if let (Moment::Amid(when), Work::Build | Work::Approval) = (&item.moment, &item.action.work) {
                let message = format!("`{}`, which stood {when}", item.name);
                self.remarks.lost(&CommentPlace::Stage(first.clone()), message, steps::SPLIT);
            }
        }
    }
}

fn approvals<'i, 's, 'a>(items: &[&'i Item<'s, 'a>]) -> Vec<&'i Item<'s, 'a>> {
    items.iter().copied().filter(|item| item.action.work == Work::Approval).collect()
}

/// The builds at a position.
fn builds<'i, 's, 'a>(items: &[&'i Item<'s, 'a>], position: StepPosition) -> Vec<&'i Item<'s, 'a>> {
    let stands_there = |item: &&Item<'_, '_>| match item.moment {
        Moment::Before => position == StepPosition::Before,
        Moment::Between(_) => position == StepPosition::Between,
        Moment::After => position == StepPosition::After,
        Moment::Amid(_) => false,
    };
    items.iter().copied().filter(|item| item.action.work == Work::Build).filter(stands_there).collect()
}

fn empty(name: Name) -> Stage {
    Stage {
        name,
        target: Target::default(),
        wave: None,
        tags: IndexMap::new(),
        skip_unchanged: None,
        on_failure: OnFailure::default(),
        window: None,
        alarms: None,
        approval: None,
        imports: Vec::new(),
        reading: None,
        before: Vec::new(),
        between: Vec::new(),
        stacks: Vec::new(),
        backends: Vec::new(),
        assemblies: Vec::new(),
        after: Vec::new(),
    }
}
