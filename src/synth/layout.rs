//! The files of an assembly.

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

use super::{AssemblyFile, Content, Input, pipeline_with_stages, stage};
use crate::assembly::{
    Artifact, ArtifactEnvironment, ArtifactKind, Assembly, NestedAssembly, Provenance, StackArtifact,
    bootstrap_version_parameter,
};
use crate::definition::{Definition, Target};
use crate::diagnostic::{Diagnostic, Report};
use crate::id::StackName;
use crate::pipeline::{
    self, BOOTSTRAP_VERSION, Owner, PIPELINE_TAG, Place, RoleKind, StageList, role_arn, stage_folder,
};

/// Says which files the assembly of a definition holds.
pub fn synthesise(input: &Input<'_>) -> Result<Vec<AssemblyFile>, Report> {
    let definition = input.definition;
    let (stacks, list) = pipeline_with_stages(definition, input.file)?;
    let mut assembly = Assembly::default();
    let mut files = Vec::new();

    let mut support = Vec::new();
    for stack in &stacks.support {
        let name = stack_name(pipeline::support_stack_name(&definition.name, &stack.region))?;
        let target = Target { account: definition.target.account.clone(), region: Some(stack.region.clone()) };
        let mut artifact = own_stack(definition, &name, &target);
        artifact.display_name = Some(name.to_string());
        files.push(template_file(&name, &stack.template));
        assembly.manifest.artifacts.insert(name.to_string(), artifact);
        support.push(name.to_string());
    }
    let name = stack_name(pipeline::pipeline_stack_name(&definition.name))?;
    let mut artifact = own_stack(definition, &name, &definition.target);
    artifact.display_name = Some(name.to_string());
    artifact.dependencies = support;
    files.push(template_file(&name, &stacks.pipeline));
    assembly.manifest.artifacts.insert(name.to_string(), artifact);

    for stage in definition.stages.iter().filter(|stage| !stage.stacks.is_empty()) {
        let directory = stage_folder(&stage.name);
        let made = stage::synthesise(input, stage)?;
        let nested = NestedAssembly { directory_name: directory.clone(), display_name: Some(stage.name.to_string()) };
        assembly.manifest.artifacts.insert(directory.clone(), Artifact::new(ArtifactKind::NestedAssembly(nested)));
        assembly.nested.insert(directory, made.assembly);
        files.extend(made.files);
    }

    files.extend(
        assembly.render().into_iter().map(|file| AssemblyFile { path: file.path, content: Content::Text(file.text) }),
    );
    let provenance = Provenance {
        format: Provenance::FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        definition: input.file.to_owned(),
    };
    files.push(text_file(Provenance::FILE, provenance.render()));
    files.push(text_file(StageList::FILE, list.render()));
    files.push(text_file("pipeline.toml", input.text.to_owned()));
    files.sort_by(|left, right| left.path.cmp(&right.path));
    // What several stacks share is there once. Where it comes from two places, their content has to be the same.
    files.dedup();
    Ok(files)
}

fn stack_name(name: Result<StackName, crate::id::IdentifierError>) -> Result<StackName, Report> {
    name.map_err(|error| {
        let mut report = Report::default();
        report.push(Diagnostic::error("stack-name", error.to_string()).help("shorten `name` in `[pipeline]`"));
        report
    })
}

fn text_file(path: impl Into<Utf8PathBuf>, text: String) -> AssemblyFile {
    AssemblyFile { path: path.into(), content: Content::Text(text) }
}

fn template_file(name: &StackName, template: &Map<String, Value>) -> AssemblyFile {
    text_file(format!("{name}.template.json"), format!("{}\n", Value::Object(template.clone())))
}

/// A stack of the pipeline's own.
fn own_stack(definition: &Definition, name: &StackName, target: &Target) -> Artifact {
    let mut stack = stack_artifact(definition, target, format!("{name}.template.json"));
    stack.stack_name = Some(name.to_string());
    stack.tags.clone_from(&definition.tags);
    stack.tags.insert(PIPELINE_TAG.to_owned(), Owner::of(definition).to_string());
    let mut artifact = Artifact::new(ArtifactKind::Stack(Box::new(stack)));
    artifact.environment = Some(environment(definition, target));
    artifact
}

/// What every stack's artifact says of its environment's toolkit stack.
pub(super) fn stack_artifact(definition: &Definition, target: &Target, template_file: String) -> StackArtifact {
    let place = Place::of(definition, target);
    let parameter = bootstrap_version_parameter(&definition.qualifier);
    StackArtifact {
        template_file,
        assume_role_arn: Some(role_arn(RoleKind::Deploy, &definition.qualifier, &place)),
        cloud_formation_execution_role_arn: Some(role_arn(RoleKind::Execution, &definition.qualifier, &place)),
        requires_bootstrap_stack_version: Some(BOOTSTRAP_VERSION),
        bootstrap_stack_version_ssm_parameter: Some(parameter),
        ..StackArtifact::default()
    }
}

/// Where a stack belongs: what the stage leaves open is the pipeline's.
pub(super) fn environment(definition: &Definition, target: &Target) -> ArtifactEnvironment {
    ArtifactEnvironment {
        account: target.account.clone().or_else(|| definition.target.account.clone()),
        region: target.region.clone().or_else(|| definition.target.region.clone()),
    }
}
