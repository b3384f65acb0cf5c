//! What is deployed: a definition and the stacks that follow from it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::DeployError;
use crate::assembly::{Assembly, Provenance, StackArtifact};
use crate::cfn::{TEMPLATE_LIMIT, Template};
use crate::definition::{self, Definition};
use crate::discovery::{self, Sources};
use crate::disk;
use crate::id::{Region, StackName};
use crate::ops::load::Loaded;
use crate::ops::preflight::Templates;
use crate::pipeline::{Owner, PIPELINE_TAG, pipeline_stack_name, remembered, support_stack_name};
use crate::synth;

/// The largest manifest that is read.
const MANIFEST_LIMIT: u64 = 64 << 20;

/// What is deployed.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The definition.
    pub definition: Definition,
    /// Its text.
    pub text: String,
    /// Its path, seen from the top of the repository.
    pub file: Utf8PathBuf,
    /// Where its templates are.
    pub templates: Templates,
    /// What each other region needs, which is deployed first.
    pub support: Vec<OwnStack>,
    /// The pipeline stack.
    pub pipeline: OwnStack,
}

/// A stack of the pipeline's own.
#[derive(Debug, Clone)]
pub struct OwnStack {
    /// Its name.
    pub name: StackName,
    /// Its region, where it is not the pipeline's.
    pub region: Option<Region>,
    /// Its template, as text.
    pub text: String,
    /// Its template.
    pub template: Template,
    /// Its tags.
    pub tags: IndexMap<String, String>,
}

impl Subject {
    /// Takes a definition; its stacks are rendered.
    pub fn of_definition(loaded: &Loaded) -> Result<Self, DeployError> {
        let definition = &loaded.definition;
        let invalid = |report| DeployError::Invalid { file: loaded.file.clone(), report };
        let stacks = synth::pipeline_stacks(definition, &loaded.file).map_err(invalid)?;
        let mut tags = definition.tags.clone();
        tags.insert(PIPELINE_TAG.to_owned(), Owner::of(definition).to_string());
        let own = |name, region, template: Map<String, Value>| OwnStack {
            name,
            region,
            text: format!("{}\n", Value::Object(template.clone())),
            template: Template::from_value(template),
            tags: tags.clone(),
        };
        let support = stacks.support.into_iter().map(|stack| {
            let name = support_stack_name(&definition.name, &stack.region)?;
            Ok(own(name, Some(stack.region), stack.template))
        });
        let support = support.collect::<Result<_, crate::id::IdentifierError>>()?;
        Ok(Self {
            definition: definition.clone(),
            text: loaded.text.clone(),
            file: loaded.file.clone(),
            templates: Templates::Beside(loaded.folder.clone()),
            support,
            pipeline: own(pipeline_stack_name(&definition.name)?, None, stacks.pipeline),
        })
    }

    /// Takes an assembly; its stacks are taken as they are.
    pub fn of_assembly(folder: &Utf8Path) -> Result<Self, DeployError> {
        let assembly = Assembly::load(&mut |path| disk::read_text(&folder.join(path), MANIFEST_LIMIT))?;
        assembly.check_complete()?;
        let read = |name: &str, limit| {
            let path = folder.join(name);
            disk::read_text(&path, limit).map_err(|cause| DeployError::Unreadable { path, cause })
        };
        let provenance = Provenance::parse(Utf8Path::new(Provenance::FILE), &read(Provenance::FILE, MANIFEST_LIMIT)?)?;
        let text = read(DEFINITION_FILE, definition::SIZE_LIMIT as u64)?;
        let invalid = |report| DeployError::Invalid { file: provenance.definition.clone(), report };
        let (definition, _) = definition::decode(&provenance.definition, &text).map_err(invalid)?;
        let find = |name: StackName| -> Result<OwnStack, DeployError> {
            let view = assembly
                .own_stacks()
                .find(|view| view.name() == name.as_str())
                .ok_or_else(|| DeployError::NoStack { folder: folder.to_owned(), stack: name.clone() })?;
            let StackArtifact { tags, .. } = view.stack;
            let path = view.template();
            let text = read(path.as_str(), TEMPLATE_LIMIT as u64)?;
            let template =
                Template::parse(&path, &text).map_err(|report| DeployError::Invalid { file: path.clone(), report })?;
            Ok(OwnStack { name, region: view.environment().region, text, template, tags: tags.clone() })
        };
        let prefix = format!("{}-pipeline-support-", definition.name);
        let support = assembly
            .own_stacks()
            .filter(|view| view.name().starts_with(&prefix))
            .map(|view| find(view.name().parse()?))
            .collect::<Result<_, DeployError>>()?;
        let pipeline = find(pipeline_stack_name(&definition.name)?)?;
        // The pipeline stack was rendered with the stacks that the build found, and remembers them.
        let remembered = remembered(pipeline.template.root());
        let sources = Sources { assemblies: &BTreeMap::new(), exports: &BTreeMap::new(), remembered: &remembered };
        let definition = discovery::discover(&definition, sources).map_err(invalid)?.definition;
        let templates = Templates::of_assembly(folder, &assembly);
        Ok(Self { definition, text, file: provenance.definition, templates, support, pipeline })
    }

    /// The stacks in the order in which they are deployed.
    pub fn stacks(&self) -> impl Iterator<Item = &OwnStack> {
        self.support.iter().chain([&self.pipeline])
    }
}

/// The definition's file in an assembly.
const DEFINITION_FILE: &str = "pipeline.toml";
