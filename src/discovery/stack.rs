//! An assembly's stack as a stack of a stage.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::name;
use super::select::Selected;
use crate::assembly::{ArtifactKind, AssetManifest, StackView};
use crate::definition::{
    AssemblyOrigin, AssemblyReference, Images, Origin, Stack, Stage, Target, TerminationProtection, ToolkitRequirement,
    Value,
};
use crate::diagnostic::{Diagnostic, Report};
use crate::id::Name;
use crate::overrides::Overrides;
use crate::text;

/// Types of artifacts that say nothing about deployment.
const SILENT_TYPES: [&str; 3] = ["none", "cdk:tree", "cdk:feature-flag-report"];

/// A stack in the assemblies of a definition: the assembly, the folder of its manifest, its artifact.
pub(super) type Key = (Utf8PathBuf, Utf8PathBuf, String);

/// The stacks that stages have already: the stage, and the wave it belongs to.
pub(super) type Taken = BTreeMap<Key, (Name, Option<Name>)>;

/// Names a stack.
pub(super) fn key(reference: &AssemblyReference, view: &StackView<'_>) -> Key {
    (reference.path.clone(), view.assembly.folder.clone(), view.id.to_owned())
}

/// Makes stacks of what was selected.
pub(super) fn stacks(
    stage: &Stage,
    reference: &AssemblyReference,
    selected: &[Selected<'_>],
    taken: &Taken,
    report: &mut Report,
) -> Vec<Stack> {
    let names: Vec<Option<Name>> = selected.iter().map(|selected| name::of_path(&selected.path)).collect();
    let mut maker = Maker { stage, reference, selected, names: &names, taken, report };
    maker.check_parameters();
    (0..selected.len()).filter_map(|position| maker.stack(position)).collect()
}

/// What a stack is made of.
struct Maker<'a, 'r> {
    stage: &'a Stage,
    reference: &'a AssemblyReference,
    selected: &'a [Selected<'a>],
    /// The names of the selected stacks, in their order.
    names: &'a [Option<Name>],
    taken: &'a Taken,
    report: &'r mut Report,
}

impl Maker<'_, '_> {
    fn refuse(&mut self, code: &'static str, message: &str, help: &str) {
        let message = format!("stage `{}`, assembly `{}`: {message}", self.stage.name, self.reference.path);
        self.report.push(Diagnostic::error(code, message).help(help));
    }

    /// Refuses parameters of stacks that are not there.
    fn check_parameters(&mut self) {
        let names: Vec<&str> = self.names.iter().flatten().map(Name::as_str).collect();
        for wanted in self.reference.parameters.keys().filter(|wanted| !names.contains(&wanted.as_str())) {
            let help = match text::nearest(wanted, names.iter().copied()) {
                Some(near) => format!("a stack with a similar name exists: `{near}`"),
                None => format!("the stacks are {}", text::list(&names)),
            };
            self.refuse(
                "unknown-reference",
                &format!("`parameters` names a stack `{wanted}`, which is not there"),
                &help,
            );
        }
    }

    fn stack(&mut self, position: usize) -> Option<Stack> {
        let (view, path) = (self.selected[position].view, &self.selected[position].path);
        let Some(name) = &self.names[position] else {
            self.refuse(
                "invalid-value",
                &format!("the path `{path}` of a stack makes no name"),
                "rename it in the app",
            );
            return None;
        };
        let Ok(stack_name) = view.name().parse() else {
            let message = format!("`{}`, the name of the stack `{path}`, is no stack name", view.name());
            self.refuse("invalid-value", &message, "choose letters, digits and hyphens, at most 128, with `stackName`");
            return None;
        };
        if view.stack.assume_role_external_id.is_some() {
            let message = format!("the deploy role of the stack `{path}` wants an external id");
            self.refuse("external-id", &message, "CodePipeline's actions cannot pass one: let the role do without it");
        }
        if has_parameter_assets(&view) {
            let message =
                format!("the stack `{path}` takes its assets by parameters, as the CDK did in its first version");
            self.refuse("legacy-assets", &message, "use the `DefaultStackSynthesizer` in the app");
        }
        let depends_on = self.dependencies(position);
        let mut parameters: IndexMap<String, Value> = view
            .stack
            .parameters
            .iter()
            .map(|(parameter, value)| (parameter.clone(), Value::Literal(value.clone())))
            .collect();
        parameters.extend(self.reference.parameters.get(name.as_str()).cloned().unwrap_or_default());
        let environment = view.environment();
        let target = Target { account: environment.account, region: environment.region };
        Some(Stack {
            name: name.clone(),
            stack_name,
            target: target.or(&self.stage.target),
            template: self.reference.path.join(view.template()),
            parameters,
            tags: view.stack.tags.clone(),
            capabilities: None,
            termination_protection: match view.stack.termination_protection {
                Some(true) => TerminationProtection::On,
                // The CDK writes `false` for every stack whose app says nothing. To lift a protection is left to people.
                Some(false) | None => TerminationProtection::Unset,
            },
            notification_targets: view.stack.notification_arns.clone(),
            depends_on,
            assets: Vec::new(),
            overrides: Overrides::default(),
            origin: Origin::Assembly(Box::new(origin(self.reference, &view))),
        })
    }

    /// The stacks of the stage that go first.
    fn dependencies(&mut self, position: usize) -> Vec<Name> {
        let Selected { view, path } = &self.selected[position];
        let mut names = Vec::new();
        for id in &view.artifact.dependencies {
            let Some(artifact) = view.assembly.manifest.artifacts.get(id) else {
                let message = format!("the stack `{path}` depends on `{id}`, which the manifest does not hold");
                self.refuse("broken-assembly", &message, "synthesise the app again");
                continue;
            };
            match &artifact.kind {
                ArtifactKind::Stack(_) => names.extend(self.dependency(view, path, id)),
                ArtifactKind::Other { type_name, .. } if !SILENT_TYPES.contains(&type_name.as_str()) => {
                    let message = format!(
                        "the stack `{path}` depends on `{id}` of type `{type_name}`, which this pipectl does not know"
                    );
                    self.refuse(
                        "unknown-artifact",
                        &message,
                        "use a newer pipectl, or remove the dependency from the app",
                    );
                }
                ArtifactKind::AssetManifest(_) | ArtifactKind::NestedAssembly(_) | ArtifactKind::Other { .. } => {}
            }
        }
        names
    }

    /// The name of a stack of the same manifest, unless an earlier stage has it.
    fn dependency(&mut self, view: &StackView<'_>, path: &str, id: &str) -> Option<Name> {
        let found = self
            .selected
            .iter()
            .position(|other| other.view.id == id && other.view.assembly.folder == view.assembly.folder);
        if let Some(found) = found {
            return self.names[found].clone();
        }
        let key = (self.reference.path.clone(), view.assembly.folder.clone(), id.to_owned());
        if let Some((stage, wave)) = self.taken.get(&key)
            && wave.is_some()
            && *wave == self.stage.wave
        {
            let message =
                format!("the stack `{path}` depends on `{id}` of stage `{stage}`, which runs at the same time");
            self.refuse(
                "later-reference",
                &message,
                "put the stages into different waves, or the stacks into one stage",
            );
        }
        None
    }
}

fn origin(reference: &AssemblyReference, view: &StackView<'_>) -> AssemblyOrigin {
    let manifests = asset_manifests(view);
    let roles = manifests.iter().flat_map(|manifest| {
        let files = manifest.files.values().flat_map(|file| file.destinations.values());
        let images = manifest.docker_images.values().flat_map(|image| image.destinations.values());
        let of_files = files.filter_map(|destination| destination.assume_role_arn.clone());
        of_files.chain(images.filter_map(|destination| destination.assume_role_arn.clone()))
    });
    AssemblyOrigin {
        assembly: reference.path.clone(),
        folder: view.assembly.folder.clone(),
        artifact: view.id.to_owned(),
        deploy_role: view.stack.assume_role_arn.clone(),
        execution_role: view.stack.cloud_formation_execution_role_arn.clone(),
        publishing_roles: roles.collect::<BTreeSet<String>>(),
        images: match manifests.iter().any(|manifest| !manifest.docker_images.is_empty()) {
            true => Images::Some,
            false => Images::None,
        },
        toolkit: toolkit(view),
    }
}

/// The asset manifests that a stack depends on.
fn asset_manifests<'a>(view: &StackView<'a>) -> Vec<&'a AssetManifest> {
    let dependencies = view.artifact.dependencies.iter();
    dependencies.filter_map(|id| view.assembly.asset_manifests.get(id)).collect()
}

fn toolkit(view: &StackView<'_>) -> Option<ToolkitRequirement> {
    let parameter = view.stack.bootstrap_stack_version_ssm_parameter.clone()?;
    Some(ToolkitRequirement { parameter, version: view.stack.requires_bootstrap_stack_version? })
}

/// Whether the stack's metadata lists assets, which were passed by parameters before there were asset manifests.
fn has_parameter_assets(view: &StackView<'_>) -> bool {
    let metadata = view.artifact.metadata.as_ref().and_then(serde_json::Value::as_object);
    let entries = metadata.into_iter().flat_map(serde_json::Map::values).filter_map(serde_json::Value::as_array);
    entries.flatten().any(|entry| entry["type"] == "aws:cdk:asset")
}
