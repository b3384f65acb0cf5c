//! `diff`: what a deployment would change. It only reads.
//!
//! The calls: `sts:GetCallerIdentity` and `codepipeline:GetPipeline` once; `sts:AssumeRole` once for each role that deploys;
//! `cloudformation:DescribeStacks` and `GetTemplate` for each stack. Only where a nested stack is to have another template, or
//! is to go, `ListStackResources` for its parent and `GetTemplate` for the nested stack are added. Where no stacks are chosen,
//! `DescribeStacks` lists each environment once, for those that the pipeline does not deploy any more.

mod error;
mod select;
mod session;

use std::collections::BTreeMap;

use camino::Utf8Path;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};

use super::assembly::{StageError, own_environment};
use super::contents::{self, ContentError};
use super::late::Late;
use super::outputs::stage_stacks;
use super::prune::place_of;
use super::synth::Rendered;
use super::tree;
use super::vanished::{Deployed, Vanished};
use crate::assembly::{Assembly, StackView};
use crate::aws::Aws;
use crate::aws::cloudformation::{Protection, Stack, Standing};
use crate::aws::codepipeline::Structure;
use crate::cfn::{Difference, Rigour, ValueChange, Values};
use crate::definition::Definition;
use crate::event::Events;
use crate::id::Environment;
pub use error::DiffError;
use select::Subject;
use session::Sessions;

/// How many stacks are read at once.
const AT_ONCE: usize = 8;

/// What is compared, and how.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The connection, with the credentials of the pipeline's account.
    pub aws: &'a Aws,
    /// What is wanted.
    pub wanted: Wanted<'a>,
    /// The definition that it was made from.
    pub definition: &'a Definition,
    /// The stages or stacks that are compared; all, if none is named.
    pub chosen: &'a [String],
    /// Whether everything counts.
    pub rigour: Rigour,
    /// Where progress is told.
    pub events: &'a Events,
}

/// Where the assembly is that is compared.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// In a folder.
    Folder(&'a Utf8Path),
    /// Here.
    Rendered(&'a Rendered),
}

impl Wanted<'_> {
    fn read(&self, path: &Utf8Path) -> std::io::Result<String> {
        match self {
            Self::Folder(folder) => super::assembly::read(folder, path),
            Self::Rendered(rendered) => rendered.read(path),
        }
    }
}

/// What a deployment would change. Its JSON form is stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Diff {
    /// The stacks: the pipeline's own, those of its stages in their order, and those that would be deployed no more.
    pub stacks: Vec<StackDiff>,
    /// Stacks that the pipeline deployed once, and does not deploy any more already. They are no difference.
    pub vanished: Vec<Vanished>,
}

/// What would become of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackDiff {
    /// Its stage; none for the pipeline's own stacks.
    pub stage: Option<String>,
    /// Its name.
    pub stack: String,
    /// Where it is.
    pub environment: String,
    /// What would become of it.
    pub change: StackChange,
    /// Its tags that differ.
    pub tags: Vec<ValueChange>,
    /// What differs of its protection and of whom its events are told to.
    pub settings: Vec<ValueChange>,
    /// What differs of what it holds; none where the pipeline would not touch it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// Why it cannot be compared, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
}

/// Why a stack cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unread {
    /// What is the matter.
    pub message: String,
    /// What to do, the best first.
    pub hints: Vec<String>,
}

/// What would become of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackChange {
    /// It would be made.
    New,
    /// It would be changed.
    Changed,
    /// It would stay as it is.
    Unchanged,
    /// The pipeline would deploy it no more. It stays until somebody deletes it.
    Removed,
    /// Nobody can tell: its environment cannot be read.
    Unknown,
}

impl Diff {
    /// How many stacks there are of a kind.
    pub fn count(&self, change: StackChange) -> usize {
        self.stacks.iter().filter(|stack| stack.change == change).count()
    }

    /// Whether anything differs.
    pub fn is_empty(&self) -> bool {
        self.count(StackChange::Unchanged) == self.stacks.len()
    }
}

/// Compares what a definition wants with what is deployed.
pub async fn diff(request: &Request<'_>) -> Result<Diff, DiffError> {
    let assembly = Assembly::load(&mut |path| request.wanted.read(path)).map_err(StageError::from)?;
    let region = &request.definition.target.region;
    let aws = region.as_ref().map_or_else(|| request.aws.clone(), |region| request.aws.in_region(region));
    let own = own_environment(&aws).await?;
    let subjects = select::subjects(&assembly, &own)?;
    let structure = structure(&aws, request).await?;
    let removed = structure.as_ref().map(|structure| removed(structure, &subjects, &own)).unwrap_or_default();
    select::check(request.chosen, &subjects, &removed)?;
    let chosen: Vec<&Subject<'_>> = subjects.iter().filter(|subject| subject.is_chosen(request.chosen)).collect();
    let late = Late::of(&assembly, &|path| request.wanted.read(path))?;
    let sessions = Sessions::open(&aws, &own.account, &chosen).await?;
    let (sessions, late) = (&sessions, &late);
    let mut stacks: Vec<StackDiff> = stream::iter(chosen)
        .map(|subject| async move {
            match sessions.of(subject) {
                Ok(aws) => compare(request, aws, late, subject).await,
                Err(unread) => {
                    Ok(StackDiff { change: StackChange::Unknown, unread: Some(unread.clone()), ..subject.unchanged() })
                }
            }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    stacks.extend(removed.into_iter().filter(|stack| select::is_removal_chosen(stack, request.chosen)));
    let vanished = match &structure {
        Some(structure) if request.chosen.is_empty() => vanished(request, structure, sessions, &subjects, &own).await?,
        _ => Vec::new(),
    };
    Ok(Diff { stacks, vanished })
}

async fn compare(request: &Request<'_>, aws: &Aws, late: &Late, subject: &Subject<'_>) -> Result<StackDiff, DiffError> {
    let Subject { name, view, environment, .. } = subject;
    let read = |path: &Utf8Path| request.wanted.read(path);
    let wanted = contents::wanted(view, &read)?;
    let after = tree::wanted(view, wanted.template, &read)?;
    let deployed = contents::deployed(aws, name).await?;
    // What failed to be created is deleted before it is created again.
    let deployed = deployed.filter(|(stack, _)| stack.status.standing() != Standing::NeverCreated);
    let mut told = StackDiff { change: StackChange::New, ..subject.unchanged() };
    let Some((stack, content)) = deployed else {
        told.difference = Some(Difference::between(None, &after, Values::default(), request.rigour));
        return Ok(told);
    };
    if !stack.status.is_settled() {
        let hint = "run the same command again when that is over".to_owned();
        let message = format!("stack `{name}` in {environment} is being changed ({})", stack.status);
        request.events.warning(message, vec![hint]);
    }
    let before = tree::deployed(aws, &stack.id, content.template, &after).await?;
    let values = Values::of(&after.template, &content.parameters, &wanted.parameters, late.absent(view));
    let difference = Difference::between(Some(&before), &after, values, request.rigour);
    told.tags = tags(view, &stack);
    told.settings = settings(view, &stack);
    let is_unchanged = difference.is_empty() && told.tags.is_empty() && told.settings.is_empty();
    told.change = if is_unchanged { StackChange::Unchanged } else { StackChange::Changed };
    told.difference = Some(difference);
    Ok(told)
}

fn tags(view: &StackView<'_>, stack: &Stack) -> Vec<ValueChange> {
    let (before, after) = (&stack.tags, &view.stack.tags);
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let value = |value: Option<&String>| value.map(|text| Value::from(text.as_str()));
    let changes = names.into_iter().map(|name| change(name, value(before.get(name)), value(after.get(name))));
    changes.filter(|change| change.before != change.after).collect()
}

/// What the definition says of a stack beside its template. What it says nothing of stays.
fn settings(view: &StackView<'_>, stack: &Stack) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    if let Some(wanted) = view.stack.termination_protection {
        let deployed = stack.protection == Protection::On;
        changes.extend(
            (deployed != wanted).then(|| change("TerminationProtection", Some(deployed.into()), Some(wanted.into()))),
        );
    }
    let targets = &view.stack.notification_arns;
    if !targets.is_empty() && !stack.is_told_to(targets) {
        let deployed = json!(stack.notification_targets);
        changes.push(change("NotificationTargets", Some(deployed), Some(json!(targets))));
    }
    changes
}

fn change(name: &str, before: Option<Value>, after: Option<Value>) -> ValueChange {
    ValueChange { path: vec![name.to_owned()], before, after, follows: Vec::new() }
}

/// The structure of the deployed pipeline, if it may be read.
async fn structure(aws: &Aws, request: &Request<'_>) -> Result<Option<Structure>, DiffError> {
    match aws.pipeline_structure(&request.definition.name).await {
        Ok(structure) => Ok(Some(structure)),
        Err(error) if error.code() == Some("PipelineNotFoundException") => Ok(Some(Structure::default())),
        Err(error) if error.is_denied() => {
            let message = "the pipeline cannot be read, so which stacks it would deploy no more is not known";
            request.events.warning(message, vec![error.to_string()]);
            Ok(None)
        }
        Err(error) => Err(StageError::from(error).into()),
    }
}

/// The stacks that the pipeline does not deploy any more, where those are that it would deploy.
async fn vanished(
    request: &Request<'_>,
    structure: &Structure,
    sessions: &Sessions,
    subjects: &[Subject<'_>],
    own: &Environment,
) -> Result<Vec<Vanished>, DiffError> {
    let mut deployed = Deployed::of(&request.definition.name, structure, own).map_err(ContentError::from)?;
    let mut places: BTreeMap<&Environment, &Aws> = BTreeMap::new();
    for subject in subjects {
        deployed.insert(&subject.environment, subject.name.as_str());
        if let Ok(aws) = sessions.of(subject) {
            places.entry(&subject.environment).or_insert(aws);
        }
    }
    let deployed = &deployed;
    let found = stream::iter(places).map(|(environment, aws)| deployed.told_from(aws, environment));
    Ok(found.buffered(AT_ONCE).concat().await)
}

/// The stacks that the deployed pipeline has and the definition has not.
fn removed(structure: &Structure, subjects: &[Subject<'_>], own: &Environment) -> Vec<StackDiff> {
    let gone = stage_stacks(structure).into_iter().filter_map(|stack| {
        let environment = place_of(own, stack.role.as_deref(), stack.region.as_deref());
        let is_wanted =
            |subject: &Subject<'_>| subject.name.as_str() == stack.name && subject.environment == environment;
        let told = StackDiff {
            stage: Some(stack.stage.clone()),
            stack: stack.name.clone(),
            environment: environment.to_string(),
            change: StackChange::Removed,
            tags: Vec::new(),
            settings: Vec::new(),
            difference: None,
            unread: None,
        };
        (!subjects.iter().any(is_wanted)).then_some(told)
    });
    gone.collect()
}
