//! What an assembly's stack brings along: its artifact and its assets, under the names of the stage.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::{AssemblyFile, Content, Input};
use crate::amplify::overridden::{Changes, OverriddenStack, override_stack};
use crate::assembly::{
    ArtifactEnvironment, ArtifactKind, Assembly, AssetManifest, AssetManifestArtifact, FileSource, Packaging,
    StackView, inside, staged, with_staged,
};
use crate::cfn::Template;
use crate::definition::{AssemblyOrigin, Stack, Stage};
use crate::diagnostic::{Diagnostic, Report};
use crate::overrides;
use crate::text;

/// Finds a stack in its assembly.
pub fn find_stack<'a>(
    assemblies: &'a BTreeMap<Utf8PathBuf, Assembly>,
    origin: &AssemblyOrigin,
) -> Option<StackView<'a>> {
    let assembly = assemblies.get(&origin.assembly)?;
    let holder = assembly.all().into_iter().find(|assembly| assembly.folder == origin.folder)?;
    holder.own_stacks().find(|view| view.id == origin.artifact)
}

/// The files and folders that a stack's assets are made of, relative to the definition's folder. None may lead out of the
/// assembly by a link.
pub fn asset_sources(origin: &AssemblyOrigin, view: &StackView<'_>) -> Vec<Utf8PathBuf> {
    // Neither the name of the template nor the environment is part of them.
    let assets = assets(origin, view, None, "", &ArtifactEnvironment::default());
    let contents = assets.into_iter().flat_map(|assets| assets.files).map(|file| file.content);
    contents
        .filter_map(|content| match content {
            Content::CopyOf { path, .. } => Some(path),
            Content::Text(_) => None,
        })
        .collect()
}

/// The stack as its overrides make it, and with the outputs of nested stacks that others use; none if there are neither.
pub(super) fn overridden(
    input: &Input<'_>,
    stage: &Stage,
    origin: &AssemblyOrigin,
    view: &StackView<'_>,
    stack: &Stack,
) -> Result<Option<OverriddenStack>, Report> {
    let outputs = input.definition.used_nested_outputs(&stage.name, &stack.name);
    let changes = Changes { overrides: &stack.overrides, outputs: &outputs };
    if changes.is_empty() {
        return Ok(None);
    }
    let text = |path: &Utf8Path| input.templates.get(&origin.assembly.join(path)).map(String::as_str);
    let (changed, findings) = override_stack(view, &text, changes);
    match changed {
        Some(changed) => {
            check(stack, &changed.template)?;
            Ok(Some(changed))
        }
        None => Err(overrides::report(findings)),
    }
}

/// The stack's asset manifest as the stage has it, and the files that it names.
pub(super) struct Assets {
    pub(super) manifest: AssetManifest,
    pub(super) artifact: AssetManifestArtifact,
    pub(super) files: Vec<AssemblyFile>,
}

/// Takes over the assets that a stack depends on, those that overrides changed as they are now. `template` is the name of its
/// template in the stage's folder, and `environment` where the stack lives, as far as that is known.
pub(super) fn assets(
    origin: &AssemblyOrigin,
    view: &StackView<'_>,
    changed: Option<&OverriddenStack>,
    template: &str,
    environment: &ArtifactEnvironment,
) -> Option<Assets> {
    let texts = changed.map(|changed| &changed.templates);
    let mut assets: Option<Assets> = None;
    for id in &view.artifact.dependencies {
        let Some(ArtifactKind::AssetManifest(artifact)) =
            view.assembly.manifest.artifacts.get(id).map(|artifact| &artifact.kind)
        else {
            continue;
        };
        let own = view.assembly.asset_manifests.get(id);
        let Some(manifest) = changed.and_then(|changed| changed.assets.get(id)).or(own) else { continue };
        let folder = view.assembly.asset_manifest_folder(id);
        let taken = assets.get_or_insert_with(|| Assets {
            manifest: AssetManifest::default(),
            artifact: artifact.clone(),
            files: Vec::new(),
        });
        let places = Places { folder: &folder, own_template: &view.template(), template, texts };
        taken.take(origin, manifest, &places);
    }
    assets.map(|mut assets| {
        assets.manifest.settle(environment);
        assets
    })
}

/// Where the sources of assets are.
struct Places<'a> {
    /// The folder of their list.
    folder: &'a Utf8Path,
    /// The stack's own template in its assembly.
    own_template: &'a Utf8Path,
    /// Its name in the stage's folder.
    template: &'a str,
    /// The texts of templates that were changed, by the ids of the assets that they are.
    texts: Option<&'a BTreeMap<String, String>>,
}

impl Assets {
    fn take(&mut self, origin: &AssemblyOrigin, manifest: &AssetManifest, places: &Places<'_>) {
        for (id, file) in &manifest.files {
            let mut file = file.clone();
            match &mut file.source {
                FileSource::Path { path, packaging } => {
                    if let Some(source) = inside(places.folder, path) {
                        let extension = source.extension().filter(|_| *packaging == Packaging::File);
                        *path = match places.texts.and_then(|texts| texts.get(id)) {
                            _ if source == places.own_template => places.template.to_owned(),
                            Some(text) => self.add(id, extension, Content::Text(text.clone())),
                            None => self.copy(origin, id, extension, &source),
                        };
                    }
                }
                FileSource::Executable(words) => self.take_program(origin, words),
            }
            self.manifest.files.insert(id.clone(), file);
        }
        for (id, image) in &manifest.docker_images {
            let mut image = image.clone();
            if let Some(source) = image.source.directory.as_deref().and_then(|path| inside(places.folder, path)) {
                image.source.directory = Some(self.copy(origin, id, None, &source));
            }
            self.take_program(origin, &mut image.source.executable);
            self.manifest.docker_images.insert(id.clone(), image);
        }
    }

    /// Takes over what a program works on, as far as its words tell. It runs in the stage's folder, one below the top.
    fn take_program(&mut self, origin: &AssemblyOrigin, words: &mut Vec<String>) {
        for name in staged(words) {
            let content = Content::CopyOf { path: origin.assembly.join(name), within: origin.assembly.clone() };
            self.files.push(AssemblyFile { path: Utf8PathBuf::from(name), content });
        }
        *words = with_staged(words, 1);
    }

    /// Copies a source to the top of the assembly, where stages share it. Returns its path seen from the stage's folder.
    fn copy(&mut self, origin: &AssemblyOrigin, id: &str, extension: Option<&str>, source: &Utf8Path) -> String {
        let content = Content::CopyOf { path: origin.assembly.join(source), within: origin.assembly.clone() };
        self.add(id, extension, content)
    }

    /// Adds a source at the top of the assembly. Returns its path seen from the stage's folder.
    fn add(&mut self, id: &str, extension: Option<&str>, content: Content) -> String {
        let mut name = format!("asset.{}", file_name(id));
        if let Some(extension) = extension {
            name.push('.');
            name.push_str(extension);
        }
        let path = format!("../{name}");
        self.files.push(AssemblyFile { path: Utf8PathBuf::from(name), content });
        path
    }
}

/// An asset's id as part of a file name. Ids are digests, but nothing promises that.
fn file_name(id: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if id.len() <= 100 && id.chars().all(is_plain) { id.to_owned() } else { hex::encode(Sha256::digest(id)) }
}

/// Refuses a stack that an app has for its own pipeline: the stage would deploy that beside the new one, and each would go on
/// updating itself.
pub fn old_pipeline(stack: &Stack, template: &Template) -> Option<Diagnostic> {
    let origin = stack.origin.assembly().filter(|_| template.holds_cdk_pipeline())?;
    let message = format!(
        "the stack `{}` of the assembly `{}` is the app's own pipeline, which updates itself",
        stack.name, origin.assembly
    );
    let help = "choose the others: `stage = \"NAME\"` takes a stage of the app, `stacks = [\"*/*\"]` what is in stages";
    Some(
        Diagnostic::error("old-pipeline", message)
            .help(help)
            .help("`pipectl init --from cdk` writes a definition that takes the place of such a pipeline"),
    )
}

/// Refuses a template with parameters that nobody gives a value to, and values of parameters that it does not declare: the
/// stack could not be created. A pipeline of the CDK is refused as well.
pub(super) fn check(stack: &Stack, template: &Template) -> Result<(), Report> {
    let mut report = Report::default();
    report.diagnostics.extend(old_pipeline(stack, template));
    let declared = template.parameters();
    for name in stack.parameters.keys().filter(|name| !declared.contains_key(*name)) {
        let message = format!("template `{}` declares no parameter `{name}`", stack.template);
        let known: Vec<&str> = declared.keys().map(String::as_str).collect();
        let finding = Diagnostic::error("unknown-parameter", message);
        let remove =
            format!("remove it from `parameters` of `{}` in the `[[stage.assembly]]`, or from the app", stack.name);
        report.push(finding.help(text::suggestion(name, &known, "parameter")).help(remove));
    }
    for (name, parameter) in declared {
        if parameter.default.is_none() && !stack.parameters.contains_key(&name) {
            let message =
                format!("parameter `{name}` of template `{}` has neither a value nor a default", stack.template);
            let help =
                format!("add `parameters = {{ {} = {{ {name} = \"…\" }} }}` to the `[[stage.assembly]]`", stack.name);
            report.push(Diagnostic::error("missing-parameter", message).help(help));
        }
    }
    if report.has_errors() { Err(report) } else { Ok(()) }
}

/// The finding that the assembly of a stack is not at hand.
pub(super) fn missing(origin: &AssemblyOrigin) -> Report {
    let mut report = Report::default();
    let message = format!("the assembly `{}` is not there", origin.assembly);
    report.push(
        Diagnostic::error("missing-file", message)
            .help("the build makes it: `pipectl build` runs the build's commands first"),
    );
    report
}
