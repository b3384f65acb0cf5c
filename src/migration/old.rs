//! The old pipeline: the template of its stack, read as far as it is needed.

use camino::Utf8PathBuf;
use serde_json::Value;

use super::resolve::{Resolved, Resolver};
use crate::assembly::StackView;

/// How many actions CDK Pipelines puts into a stage before it begins another one.
const SPLIT_AT: usize = 50;

/// The old pipeline.
#[derive(Debug)]
pub(super) struct OldPipeline<'a> {
    /// Its stack.
    pub(super) view: StackView<'a>,
    /// Knows what intrinsic functions stand for.
    pub(super) resolver: Resolver<'a>,
    /// Its resource.
    pub(super) resource: &'a Value,
    /// Its stages.
    pub(super) stages: Vec<OldStage<'a>>,
    /// The artifact that holds the cloud assembly.
    pub(super) assembly: String,
}

/// A stage of CodePipeline.
#[derive(Debug, Clone)]
pub(super) struct OldStage<'a> {
    pub(super) name: String,
    pub(super) actions: Vec<OldAction<'a>>,
    /// What the template says of it.
    pub(super) declared: &'a Value,
}

/// An action of CodePipeline.
#[derive(Debug, Clone)]
pub(super) struct OldAction<'a> {
    pub(super) name: String,
    pub(super) category: &'a str,
    pub(super) provider: &'a str,
    pub(super) run_order: u64,
    /// Null if it has none.
    pub(super) configuration: &'a Value,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) namespace: Option<String>,
    pub(super) work: Work,
}

/// What an action is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    /// Fetches a source.
    Source,
    /// Makes the cloud assembly.
    Synth,
    /// Updates the pipeline.
    SelfMutate,
    /// Publishes assets.
    Assets,
    /// Is part of `ConfirmPermissionsBroadening`.
    SecurityCheck,
    /// Makes a stack's change set, or updates the stack without one.
    Prepare(Utf8PathBuf),
    /// Executes the change set of the stack of this name.
    Deploy(String),
    /// Runs commands in a build.
    Build,
    /// Waits for a person.
    Approval,
    /// Anything else.
    Other,
}

impl<'a> OldPipeline<'a> {
    /// Reads a pipeline; nothing if no build of it gives out a cloud assembly.
    pub(super) fn read(view: StackView<'a>, resolver: Resolver<'a>, resource: &'a Value) -> Option<Self> {
        let stages = list(&resource["Properties"]["Stages"]);
        let stages: Vec<OldStage<'a>> = stages.iter().map(|stage| read_stage(&resolver, stage)).collect();
        let mut old = Self { view, resolver, resource, stages, assembly: String::new() };
        old.assembly = old.find_assembly()?;
        old.classify();
        old.merge_split_stages();
        Some(old)
    }

    /// Every action.
    pub(super) fn actions(&self) -> impl Iterator<Item = &OldAction<'a>> {
        self.stages.iter().flat_map(|stage| &stage.actions)
    }

    /// The action that makes the cloud assembly.
    pub(super) fn synth(&self) -> Option<&OldAction<'a>> {
        self.actions().find(|action| action.work == Work::Synth)
    }

    /// The action that makes an artifact.
    pub(super) fn maker(&self, artifact: &str) -> Option<&OldAction<'a>> {
        self.actions().find(|action| action.outputs.iter().any(|output| output == artifact))
    }

    /// The source that the synthesis works on, perhaps by way of other builds.
    pub(super) fn main_source(&self) -> Option<&OldAction<'a>> {
        let mut action = self.synth()?;
        // A pipeline has at most so many actions, so this ends even if they made each other's inputs.
        for _ in 0..self.actions().count() {
            action = self.maker(action.main_input()?)?;
            if action.work == Work::Source {
                return Some(action);
            }
        }
        None
    }

    /// The template's resource with a logical id.
    pub(super) fn resource_of(&self, id: &str) -> Option<&'a Value> {
        self.resolver.template.resources().find(|(known, _)| *known == id).map(|(_, resource)| resource)
    }

    /// The properties of the CodeBuild project behind an action, if the template declares it.
    pub(super) fn project(&self, action: &OldAction<'_>) -> Option<&'a Value> {
        let id = action.configuration["ProjectName"].get("Ref")?.as_str()?;
        self.resource_of(id)?.get("Properties")
    }

    /// The buildspec of the project behind an action.
    pub(super) fn buildspec(&self, action: &OldAction<'_>) -> Option<Resolved> {
        Some(self.resolver.text(self.project(action)?.get("Source")?.get("BuildSpec")?))
    }

    /// The artifact of the cloud assembly: what stacks are deployed from, or else what the pipeline updates itself from,
    /// or else what the last build of the stage `Build` gives out.
    fn find_assembly(&self) -> Option<String> {
        let template = self.actions().find_map(|action| Some(template_path(action)?.0.to_owned()));
        let updating = self.actions().find(|action| self.runs(action, "cdk -a . deploy"));
        let updated = || updating?.inputs.first().cloned();
        let built = || {
            let stage = self.stages.iter().find(|stage| stage.name == "Build")?;
            stage.actions.iter().rev().find_map(|action| action.outputs.first().cloned())
        };
        template.or_else(updated).or_else(built).filter(|artifact| {
            self.actions().any(|action| action.provider == "CodeBuild" && action.outputs.contains(artifact))
        })
    }

    /// Whether the buildspec of an action holds a text.
    fn runs(&self, action: &OldAction<'_>, text: &str) -> bool {
        self.buildspec(action).is_some_and(|buildspec| buildspec.text.contains(text))
    }

    fn classify(&mut self) {
        let checks: Vec<String> = self
            .actions()
            .filter(|action| self.runs(action, "cdk diff -a . --security-only"))
            .filter_map(|action| Some(format!("#{{{}.", action.namespace.as_ref()?)))
            .collect();
        let works: Vec<Work> = self.actions().map(|action| self.work_of(action, &checks)).collect();
        let actions = self.stages.iter_mut().flat_map(|stage| &mut stage.actions);
        actions.zip(works).for_each(|(action, work)| action.work = work);
    }

    fn work_of(&self, action: &OldAction<'_>, checks: &[String]) -> Work {
        match (action.category, action.provider) {
            ("Source", _) => Work::Source,
            (_, "Manual") => {
                let asks_about_a_check = checks.iter().any(|check| action.configuration.to_string().contains(check));
                if asks_about_a_check { Work::SecurityCheck } else { Work::Approval }
            }
            (_, "CloudFormation") => match (template_path(action), action.configuration["StackName"].as_str()) {
                (Some((artifact, path)), _) if artifact == self.assembly => Work::Prepare(path.into()),
                (None, Some(stack)) if action.configuration["ActionMode"] == "CHANGE_SET_EXECUTE" => {
                    Work::Deploy(stack.to_owned())
                }
                _ => Work::Other,
            },
            (_, "CodeBuild") if action.outputs.contains(&self.assembly) => Work::Synth,
            (_, "CodeBuild") if self.runs(action, "cdk -a . deploy") => Work::SelfMutate,
            (_, "CodeBuild") if self.runs(action, "cdk diff -a . --security-only") => Work::SecurityCheck,
            (_, "CodeBuild") if self.publishes(action) => Work::Assets,
            (_, "CodeBuild") => Work::Build,
            _ => Work::Other,
        }
    }

    /// Whether an action publishes assets: one each, or all of a kind by a buildspec file in the assembly.
    fn publishes(&self, action: &OldAction<'_>) -> bool {
        self.buildspec(action).is_some_and(|buildspec| {
            let text = buildspec.text.as_str();
            let is_file = ["-FileAsset.yaml", "-DockerAsset.yaml"].iter().any(|ending| text.ends_with(ending));
            is_file || (text.contains("cdk-assets") && text.contains(" publish "))
        })
    }

    /// Puts together what was split: a stage of more than 50 actions became `Name.1`, `Name.2` and so on, whose run orders
    /// begin anew.
    fn merge_split_stages(&mut self) {
        let mut merged: Vec<OldStage<'a>> = Vec::new();
        let mut expected = String::new();
        for mut stage in std::mem::take(&mut self.stages) {
            let numbered =
                stage.name.rsplit_once('.').and_then(|(base, number)| Some((base, number.parse::<u32>().ok()?)));
            let next = numbered.map(|(base, number)| format!("{base}.{}", number.saturating_add(1)));
            let is_full = stage.actions.len() == SPLIT_AT;
            match merged.last_mut() {
                Some(whole) if !expected.is_empty() && stage.name == expected => {
                    let done = whole.actions.iter().map(|action| action.run_order).max().unwrap_or_default();
                    stage.actions.iter_mut().for_each(|action| action.run_order += done);
                    whole.actions.append(&mut stage.actions);
                    whole.name = numbered.map_or_else(String::new, |(base, _)| base.to_owned());
                }
                _ => merged.push(stage),
            }
            expected = next.filter(|_| is_full).unwrap_or_default();
        }
        self.stages = merged;
    }
}

impl OldAction<'_> {
    /// The input that a build works in.
    pub(super) fn main_input(&self) -> Option<&str> {
        self.configuration["PrimarySource"].as_str().or(self.inputs.first().map(String::as_str))
    }
}

fn read_stage<'a>(resolver: &Resolver<'a>, stage: &'a Value) -> OldStage<'a> {
    let actions = list(&stage["Actions"]).iter().map(|action| read_action(resolver, action)).collect();
    OldStage { name: resolver.member(stage, "Name").text, actions, declared: stage }
}

fn read_action<'a>(resolver: &Resolver<'a>, action: &'a Value) -> OldAction<'a> {
    let text = |value: &'a Value| value.as_str().unwrap_or_default();
    let names = |key: &str| list(&action[key]).iter().map(|artifact| resolver.member(artifact, "Name").text).collect();
    OldAction {
        name: resolver.member(action, "Name").text,
        category: text(&action["ActionTypeId"]["Category"]),
        provider: text(&action["ActionTypeId"]["Provider"]),
        run_order: action["RunOrder"].as_u64().unwrap_or(1),
        configuration: &action["Configuration"],
        inputs: names("InputArtifacts"),
        outputs: names("OutputArtifacts"),
        namespace: action["Namespace"].as_str().map(str::to_owned),
        work: Work::Other,
    }
}

/// The artifact and the path of the template that an action deploys.
fn template_path<'a>(action: &OldAction<'a>) -> Option<(&'a str, &'a str)> {
    action.configuration["TemplatePath"].as_str()?.split_once("::")
}

/// The elements of an array; none if it is no array.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
