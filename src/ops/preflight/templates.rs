//! Where the templates of the stages' stacks are.

use camino::{Utf8Path, Utf8PathBuf};

use crate::assembly::{ArtifactKind, Assembly};
use crate::definition::{Stack, Stage};

/// Where templates are at hand.
#[derive(Debug, Clone)]
pub enum Templates {
    /// In the definition's folder, under the paths that it names.
    Beside(Utf8PathBuf),
    /// In an assembly that holds all stages.
    Synthesised(Vec<Synthesised>),
}

/// A template in an assembly.
#[derive(Debug, Clone)]
pub struct Synthesised {
    stage: String,
    stack_name: String,
    file: Utf8PathBuf,
}

impl Templates {
    /// Those of an assembly in a folder.
    pub fn of_assembly(folder: &Utf8Path, assembly: &Assembly) -> Self {
        let stages = assembly.manifest.artifacts.iter().filter_map(|(id, artifact)| match &artifact.kind {
            ArtifactKind::NestedAssembly(nested) => Some((nested.display_name.clone()?, assembly.nested.get(id)?)),
            _ => None,
        });
        let templates = stages.flat_map(|(stage, assembly)| {
            assembly.stacks().map(move |view| Synthesised {
                stage: stage.clone(),
                stack_name: view.name().to_owned(),
                file: folder.join(view.template()),
            })
        });
        Self::Synthesised(templates.collect())
    }

    /// The files that may be a stack's template. In an assembly, stacks of several regions may have one name.
    pub(super) fn of(&self, stage: &Stage, stack: &Stack) -> Vec<Utf8PathBuf> {
        match self {
            Self::Beside(folder) => vec![folder.join(&stack.template)],
            Self::Synthesised(templates) => templates
                .iter()
                .filter(|known| known.stage == stage.name.as_str() && known.stack_name == stack.stack_name.as_str())
                .map(|known| known.file.clone())
                .collect(),
        }
    }
}
