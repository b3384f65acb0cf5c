//! The nested assembly of a stage: its stacks' templates, configurations and assets.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::layout::{environment, stack_artifact};
use super::{AssemblyFile, BackendSources, Content, Input, discovered, render_backend};
use crate::amplify::gen1::ObjectSource;
use crate::amplify::overridden::OverriddenStack;
use crate::assembly::{
    Artifact, ArtifactEnvironment, ArtifactKind, Assembly, AssetManifest, AssetManifestArtifact, FileAsset,
    FileDestination, FileSource, Packaging, StackArtifact, StackView, bootstrap_version_parameter,
};
use crate::cfn::Template;
use crate::definition::{AssemblyOrigin, Asset, Definition, Origin, Stack, Stage, TerminationProtection};
use crate::diagnostic::{Diagnostic, Report};
use crate::overrides;
use crate::pipeline::{
    BOOTSTRAP_VERSION, Owner, PIPELINE_TAG, Place, RoleKind, configuration_file, role_arn, stage_folder,
};

/// A stage's assembly and the files beside its manifests.
pub(super) struct StageAssembly {
    pub(super) assembly: Assembly,
    pub(super) files: Vec<AssemblyFile>,
}

pub(super) fn synthesise(input: &Input<'_>, stage: &Stage) -> Result<StageAssembly, Report> {
    let folder = Utf8PathBuf::from(stage_folder(&stage.name));
    let mut made =
        StageAssembly { assembly: Assembly { folder: folder.clone(), ..Assembly::default() }, files: Vec::new() };
    for stack in &stage.stacks {
        let tags = tags(input, stage, stack);
        made.add_configuration(input, &folder, stack, &tags)?;
        match &stack.origin {
            Origin::Definition => {
                made.add_template(input, &folder, stack)?;
                let assets = made.add_assets(input, stage, stack)?;
                let properties = stack_artifact(input.definition, &stack.target, template_file(stack));
                made.add_artifact(input, stage, stack, properties, tags, assets);
            }
            Origin::Backend => {
                let assets = made.add_backend(input, &folder, stage, stack)?;
                let properties = stack_artifact(input.definition, &stack.target, template_file(stack));
                made.add_artifact(input, stage, stack, properties, tags, assets);
            }
            Origin::Assembly(origin) => {
                let view =
                    discovered::find_stack(input.assemblies, origin).ok_or_else(|| discovered::missing(origin))?;
                let mut properties = StackArtifact { template_file: template_file(stack), ..view.stack.clone() };
                let changed = discovered::overridden(input, stage, origin, &view, stack)?;
                match &changed {
                    Some(changed) => {
                        properties.stack_template_asset_object_url.clone_from(&changed.url);
                        made.add_text(folder.join(template_file(stack)), changed.template.to_json());
                    }
                    None => made.add_template(input, &folder, stack)?,
                }
                let assets = made.add_discovered_assets(input, origin, (&view, changed.as_ref()), stack);
                made.add_artifact(input, stage, stack, properties, tags, assets);
            }
        }
    }
    Ok(made)
}

impl StageAssembly {
    /// Adds the template byte for byte, and beside a YAML template the same in JSON, since the CDK's tools read no other.
    /// A template that overrides change is there in JSON alone.
    fn add_template(&mut self, input: &Input<'_>, folder: &Utf8PathBuf, stack: &Stack) -> Result<(), Report> {
        let text = input.templates.get(&stack.template).ok_or_else(|| missing("template", &stack.template))?;
        let template = Template::parse(&stack.template, text)?;
        if stack.origin.assembly().is_some() {
            discovered::check(stack, &template)?;
        }
        if !stack.overrides.is_empty() {
            let template = overridden(template, stack)?;
            self.add_text(folder.join(template_file(stack)), template.to_json());
            return Ok(());
        }
        let is_json = stack.template.extension() == Some("json");
        if !is_json {
            self.add_text(folder.join(format!("{}.template.yaml", stack.name)), text.clone());
        }
        let json = if is_json { text.clone() } else { template.to_json() };
        self.add_text(folder.join(template_file(stack)), json);
        Ok(())
    }

    /// Adds what CodePipeline gives the stack besides its template ("AWS CloudFormation artifacts" of the CodePipeline
    /// user guide): values known before the execution, and tags.
    fn add_configuration(
        &mut self,
        input: &Input<'_>,
        folder: &Utf8PathBuf,
        stack: &Stack,
        tags: &IndexMap<String, String>,
    ) -> Result<(), Report> {
        let mut parameters: Map<String, Value> = literals(stack).map(|(name, text)| (name, json!(text))).collect();
        for asset in &stack.assets {
            parameters.insert(asset.key_parameter.clone(), json!(object_key(input, asset)?));
        }
        let configuration = json!({ "Parameters": parameters, "Tags": tags });
        self.add_text(folder.join(configuration_file(stack.name.as_str())), format!("{configuration:#}\n"));
        Ok(())
    }

    /// Adds the assets' content and their manifest. Returns the ids of the artifacts that the stack waits for.
    fn add_assets(&mut self, input: &Input<'_>, stage: &Stage, stack: &Stack) -> Result<Vec<String>, Report> {
        if stack.assets.is_empty() {
            return Ok(Vec::new());
        }
        let mut list = AssetList::of(input.definition, stack);
        for asset in &stack.assets {
            let content = input.assets.get(&asset.path).ok_or_else(|| missing("asset", &asset.path))?;
            let path = asset_path(asset, &content.digest, content.packaging);
            let label = format!("{}/{}/{}", stage.name, stack.name, asset.name);
            list.add(&content.digest, content.packaging, &path, object_key(input, asset)?, label);
            let content = Content::CopyOf { path: asset.path.clone(), within: Utf8PathBuf::new() };
            self.files.push(AssemblyFile { path: path.into(), content });
        }
        Ok(vec![self.add_asset_manifest(stack, list.artifact(), list.manifest)])
    }

    /// Adds the root template of a backend, and its objects as assets. Returns the ids of the artifacts that the stack waits
    /// for.
    fn add_backend(
        &mut self,
        input: &Input<'_>,
        folder: &Utf8PathBuf,
        stage: &Stage,
        stack: &Stack,
    ) -> Result<Vec<String>, Report> {
        let sources = BackendSources { exports: input.exports, templates: input.templates };
        let (backend, report) = render_backend(input.definition, stage, stack, sources);
        let backend = backend.ok_or(report)?;
        let export =
            stage.backend_of(stack).and_then(|backend| Some(backend.export()?.path.clone())).unwrap_or_default();
        self.add_text(folder.join(template_file(stack)), backend.template.to_json());
        let mut list = AssetList::of(input.definition, stack);
        for object in backend.objects {
            let label = format!("{}/{}/{}", stage.name, stack.name, object.label());
            let path = match Utf8Path::new(&object.key).extension() {
                Some(extension) => format!("asset.{}.{extension}", object.digest),
                None => format!("asset.{}", object.digest),
            };
            list.add(&object.digest, Packaging::File, &path, object.key, label);
            let content = match object.source {
                ObjectSource::File(file) => Content::CopyOf { path: export.join(file), within: export.clone() },
                ObjectSource::Template { text, .. } => Content::Text(text),
            };
            self.files.push(AssemblyFile { path: path.into(), content });
        }
        Ok(vec![self.add_asset_manifest(stack, list.artifact(), list.manifest)])
    }

    /// Takes over the assets of an assembly's stack. Returns the ids of the artifacts that the stack waits for.
    fn add_discovered_assets(
        &mut self,
        input: &Input<'_>,
        origin: &AssemblyOrigin,
        (view, changed): (&StackView<'_>, Option<&OverriddenStack>),
        stack: &Stack,
    ) -> Vec<String> {
        let environment = environment(input.definition, &stack.target);
        let Some(assets) = discovered::assets(origin, view, changed, &template_file(stack), &environment) else {
            return Vec::new();
        };
        self.files.extend(assets.files);
        vec![self.add_asset_manifest(stack, assets.artifact, assets.manifest)]
    }

    /// Adds the asset manifest of a stack. Returns the id of its artifact.
    fn add_asset_manifest(
        &mut self,
        stack: &Stack,
        artifact: AssetManifestArtifact,
        manifest: AssetManifest,
    ) -> String {
        let id = format!("{}.assets", stack.name);
        let artifact = AssetManifestArtifact { file: format!("{id}.json"), ..artifact };
        let artifact = Artifact::new(ArtifactKind::AssetManifest(artifact));
        self.assembly.manifest.artifacts.insert(id.clone(), artifact);
        self.assembly.asset_manifests.insert(id.clone(), manifest);
        id
    }

    fn add_artifact(
        &mut self,
        input: &Input<'_>,
        stage: &Stage,
        stack: &Stack,
        mut properties: StackArtifact,
        tags: IndexMap<String, String>,
        assets: Vec<String>,
    ) {
        properties.stack_name = Some(stack.stack_name.to_string());
        properties.tags = tags;
        properties.parameters = literals(stack).map(|(name, text)| (name, text.to_owned())).collect();
        properties.notification_arns.clone_from(&stack.notification_targets);
        properties.termination_protection = match stack.termination_protection {
            TerminationProtection::Unset => None,
            TerminationProtection::On => Some(true),
            TerminationProtection::Off => Some(false),
        };
        properties.additional_dependencies.clone_from(&assets);
        let mut artifact = Artifact::new(ArtifactKind::Stack(Box::new(properties)));
        artifact.environment = Some(environment(input.definition, &stack.target));
        artifact.display_name = Some(format!("{}/{}", stage.name, stack.name));
        artifact.dependencies = assets;
        artifact.dependencies.extend(stack.waits_for(&stage.name).iter().map(ToString::to_string));
        self.assembly.manifest.artifacts.insert(stack.name.to_string(), artifact);
    }

    fn add_text(&mut self, path: Utf8PathBuf, text: String) {
        self.files.push(AssemblyFile { path, content: Content::Text(text) });
    }
}

/// The files that a stack needs in the toolkit bucket of its environment.
struct AssetList<'a> {
    definition: &'a Definition,
    place: Place,
    environment: ArtifactEnvironment,
    manifest: AssetManifest,
}

impl<'a> AssetList<'a> {
    fn of(definition: &'a Definition, stack: &Stack) -> Self {
        Self {
            definition,
            place: Place::of(definition, &stack.target),
            environment: environment(definition, &stack.target),
            manifest: AssetManifest::default(),
        }
    }

    /// Adds a file or folder, which lies at `path` in the assembly. The same content may go to several keys.
    fn add(&mut self, digest: &str, packaging: Packaging, path: &str, key: String, label: String) {
        let qualifier = &self.definition.qualifier;
        let destination = FileDestination {
            bucket_name: self.place.toolkit_bucket(qualifier),
            object_key: key,
            region: self.environment.region.as_ref().map(ToString::to_string),
            assume_role_arn: Some(role_arn(RoleKind::FilePublishing, qualifier, &self.place)),
            ..FileDestination::default()
        };
        let id = destination.id(&self.environment);
        let entry = self.manifest.files.entry(digest.to_owned()).or_insert_with(|| FileAsset {
            display_name: Some(label),
            source: FileSource::Path { path: format!("../{path}"), packaging },
            destinations: IndexMap::new(),
        });
        entry.destinations.insert(id, destination);
    }

    /// What the assembly's manifest says of the list.
    fn artifact(&self) -> AssetManifestArtifact {
        AssetManifestArtifact {
            requires_bootstrap_stack_version: Some(BOOTSTRAP_VERSION),
            bootstrap_stack_version_ssm_parameter: Some(bootstrap_version_parameter(&self.definition.qualifier)),
            ..AssetManifestArtifact::default()
        }
    }
}

/// A stack's template as its overrides make it.
fn overridden(template: Template, stack: &Stack) -> Result<Template, Report> {
    let (template, findings) = overrides::apply_to_template(template, &stack.overrides);
    let report = overrides::report(findings);
    if report.has_errors() { Err(report) } else { Ok(template) }
}

/// The template that the manifest names.
fn template_file(stack: &Stack) -> String {
    format!("{}.template.json", stack.name)
}

fn literals(stack: &Stack) -> impl Iterator<Item = (String, &str)> {
    stack.parameters.iter().filter_map(|(name, value)| Some((name.clone(), value.literal()?)))
}

/// The tags of a stack: the pipeline's, over them the stage's, over them the stack's, and the mark of the pipeline.
fn tags(input: &Input<'_>, stage: &Stage, stack: &Stack) -> IndexMap<String, String> {
    let mut tags = input.definition.tags.clone();
    tags.extend(stage.tags.clone());
    tags.extend(stack.tags.clone());
    tags.insert(PIPELINE_TAG.to_owned(), Owner::of(input.definition).to_string());
    tags
}

/// The key of an asset in the toolkit bucket: its digest, with the extension that its content has there.
fn object_key(input: &Input<'_>, asset: &Asset) -> Result<String, Report> {
    let content = input.assets.get(&asset.path).ok_or_else(|| missing("asset", &asset.path))?;
    Ok(match (content.packaging, asset.path.extension()) {
        (Packaging::Zip, _) => format!("{}.zip", content.digest),
        (Packaging::File, Some(extension)) => format!("{}.{extension}", content.digest),
        (Packaging::File, None) => content.digest.clone(),
    })
}

/// The place of an asset's content in the assembly.
fn asset_path(asset: &Asset, digest: &str, packaging: Packaging) -> String {
    match (packaging, asset.path.extension()) {
        (Packaging::File, Some(extension)) => format!("asset.{digest}.{extension}"),
        (Packaging::File, None) | (Packaging::Zip, _) => format!("asset.{digest}"),
    }
}

pub(super) fn missing(what: &str, path: &Utf8Path) -> Report {
    let mut report = Report::default();
    report.push(
        Diagnostic::error("missing-file", format!("the {what} `{path}` is not there"))
            .help("if the build makes it, run the build first: `pipectl build` does both"),
    );
    report
}
