//! What a stage of the old pipeline is made of: stages of the app, and what stands around their stacks.
//!
//! Actions are told apart by their names, which are paths: `Stack.Prepare`, `Stack.Step` and `Step` in a stage of its own,
//! `Stage.Stack.Prepare`, `Stage.Stack.Step`, `Stage.Step` and `Step` in a wave; what all actions share is left out.

use super::old::{OldAction, OldStage, Work};
use crate::assembly::StackView;
use crate::definition::Selection;
use crate::discovery::{AppStage, name_of_path};
use crate::id::Name;

/// A stage of the app in a stage of the old pipeline.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) app: &'a AppStage<'a>,
    pub(super) stacks: Vec<Deployment<'a>>,
}

/// A stack that is deployed.
#[derive(Debug)]
pub(super) struct Deployment<'a> {
    /// Its name in the new stage.
    pub(super) name: Option<Name>,
    pub(super) view: StackView<'a>,
    /// The path of its actions, `Stage.Stack` perhaps.
    path: String,
    prepare: u64,
    execute: u64,
    /// The namespace of its outputs.
    pub(super) namespace: Option<String>,
}

/// Something around the stacks.
#[derive(Debug)]
pub(super) struct Item<'s, 'a> {
    pub(super) action: &'s OldAction<'a>,
    /// The last part of its name.
    pub(super) name: String,
    /// Which of the members it belongs to; none if to all of them.
    pub(super) member: Option<usize>,
    pub(super) moment: Moment,
}

/// When something ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before the stacks.
    Before,
    /// Between the change set and the execution of a stack that waits for no other: the only one, or the one named.
    Between(Option<String>),
    /// Somewhere among the stacks, in words.
    Amid(String),
    /// After the stacks.
    After,
}

/// What a stage of the old pipeline is made of.
#[derive(Debug)]
pub(super) struct Layout<'s, 'a> {
    pub(super) members: Vec<Member<'a>>,
    pub(super) items: Vec<Item<'s, 'a>>,
}

impl<'s, 'a> Layout<'s, 'a> {
    /// Takes a stage apart.
    pub(super) fn of(stage: &'s OldStage<'a>, app: &'a [AppStage<'a>]) -> Self {
        let mut layout = Self { members: Vec::new(), items: Vec::new() };
        for action in &stage.actions {
            if let Work::Prepare(template) = &action.work {
                layout.add_stack(stage, action, template.as_str(), app);
            }
        }
        layout.members.iter_mut().for_each(Member::name_stacks);
        let others = stage.actions.iter().filter(|action| {
            let is_known = |action: &OldAction<'_>| layout.deployment(action).is_some();
            match action.work {
                Work::Source | Work::Synth | Work::SelfMutate | Work::Assets => false,
                Work::Prepare(_) | Work::Deploy(_) => !is_known(action),
                Work::SecurityCheck | Work::Build | Work::Approval | Work::Other => true,
            }
        });
        layout.items = others.map(|action| layout.item(action)).collect();
        layout.items.sort_by_key(|item| item.action.run_order);
        layout
    }

    fn add_stack(&mut self, stage: &OldStage<'_>, prepare: &OldAction<'_>, template: &str, app: &'a [AppStage<'a>]) {
        let found = app.iter().find_map(|app| {
            let (name, view) = app.stacks.iter().find(|(_, view)| view.template() == template)?;
            (view.assembly.folder == app.assembly.folder).then_some((app, name, view))
        });
        let Some((app, name, view)) = found else { return };
        let path = parent(&prepare.name).to_owned();
        let execute = stage.actions.iter().find(|action| {
            matches!(&action.work, Work::Deploy(stack) if *stack == view.name()) && parent(&action.name) == path
        });
        let last = execute.unwrap_or(prepare);
        let deployment = Deployment {
            name: name.clone(),
            view: *view,
            path,
            prepare: prepare.run_order,
            execute: last.run_order,
            namespace: last.namespace.clone(),
        };
        match self.members.iter_mut().find(|member| member.app.path == app.path) {
            Some(member) => member.stacks.push(deployment),
            None => self.members.push(Member { app, stacks: vec![deployment] }),
        }
    }

    /// The stack that an action prepares or deploys.
    fn deployment(&self, action: &OldAction<'_>) -> Option<&Deployment<'a>> {
        self.members.iter().flat_map(|member| &member.stacks).find(|stack| match &action.work {
            Work::Prepare(template) => stack.view.template() == *template,
            Work::Deploy(name) => stack.view.name() == name && stack.path == parent(&action.name),
            _ => false,
        })
    }

    fn item(&self, action: &'s OldAction<'a>) -> Item<'s, 'a> {
        let order = action.run_order;
        if let Some((position, stack)) = self.around_stack(action) {
            let stacks = &self.members[position].stacks;
            let is_first = stacks.iter().all(|other| stack.prepare <= other.prepare);
            let moment = match (when(order, stack.prepare, stack.execute), stacks.len()) {
                (Moment::Amid(_), 1) => Moment::Between(None),
                (outside, 1) => outside,
                (Moment::Amid(_), _) if is_first => Moment::Between(Some(stack.called())),
                _ => Moment::Amid(around(order, stack)),
            };
            return Item { action, name: below(&action.name, &stack.path), member: Some(position), moment };
        }
        let stacks = |members: &[Member<'_>]| -> (u64, u64) {
            let all = || members.iter().flat_map(|member| &member.stacks);
            (
                all().map(|stack| stack.prepare).min().unwrap_or(u64::MAX),
                all().map(|stack| stack.execute).max().unwrap_or(u64::MAX),
            )
        };
        let member = match self.members.len() {
            0 => None,
            1 => Some(0),
            _ => self.members.iter().position(|member| is_below(&action.name, member.path())),
        };
        let (first, last) = match member {
            Some(position) => stacks(&self.members[position..=position]),
            None => stacks(&self.members),
        };
        let name = match member {
            Some(position) if self.members.len() > 1 => below(&action.name, self.members[position].path()),
            _ => action.name.clone(),
        };
        Item { action, name, member, moment: when(order, first, last) }
    }

    /// The stack that an action stands around, by its name.
    fn around_stack(&self, action: &OldAction<'_>) -> Option<(usize, &Deployment<'a>)> {
        let members = self.members.iter().enumerate();
        let stacks = members.flat_map(|(position, member)| member.stacks.iter().map(move |stack| (position, stack)));
        // Where a stage has nothing but one stack and what stands around it, that stack is not named.
        let around = stacks.filter(|(_, stack)| stack.path.is_empty() || is_below(&action.name, &stack.path));
        around.max_by_key(|(_, stack)| stack.path.len())
    }
}

impl Deployment<'_> {
    /// Its path in the app.
    fn app_path(&self) -> &str {
        self.view.artifact.display_name.as_deref().unwrap_or(self.view.id)
    }

    /// Its name in the new stage, or else its physical one.
    pub(super) fn called(&self) -> String {
        self.name.as_ref().map_or_else(|| self.view.name().to_owned(), ToString::to_string)
    }
}

impl Member<'_> {
    /// All stacks of the stage, or those of them that were deployed.
    pub(super) fn selection(&self) -> Selection {
        if self.is_whole() {
            return Selection::Stage(self.app.path.clone());
        }
        Selection::Stacks(self.stacks.iter().map(|stack| stack.app_path().to_owned()).collect())
    }

    fn is_whole(&self) -> bool {
        self.stacks.len() == self.app.stacks.len()
    }

    /// Stacks that are found by themselves are named after their whole path.
    fn name_stacks(&mut self) {
        if !self.is_whole() {
            self.stacks.iter_mut().for_each(|stack| stack.name = name_of_path(stack.app_path()));
        }
    }

    /// The path of its own steps in a wave.
    fn path(&self) -> &str {
        self.stacks.first().map(|stack| parent(&stack.path)).unwrap_or_default()
    }
}

fn when(order: u64, first: u64, last: u64) -> Moment {
    if order < first {
        Moment::Before
    } else if order > last {
        Moment::After
    } else {
        Moment::Amid("while its stacks were deployed".to_owned())
    }
}

fn around(order: u64, stack: &Deployment<'_>) -> String {
    let name = stack.called();
    match when(order, stack.prepare, stack.execute) {
        Moment::Before => format!("before the stack `{name}`"),
        Moment::After => format!("after the stack `{name}`"),
        Moment::Between(_) | Moment::Amid(_) => {
            format!("between the change set and the execution of the stack `{name}`")
        }
    }
}

/// The path of an action without its last part.
fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

fn is_below(name: &str, path: &str) -> bool {
    !path.is_empty() && name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
}

fn below(name: &str, path: &str) -> String {
    let rest = name.strip_prefix(path).map(|rest| rest.trim_start_matches('.'));
    rest.unwrap_or(name).to_owned()
}
