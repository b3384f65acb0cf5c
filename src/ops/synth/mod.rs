//! `synth`: reads what a definition names, and writes the assembly.

mod read;
mod rendered;
mod write;

use camino::{Utf8Path, Utf8PathBuf};

use super::discover::Discovered;
use super::files::SYNTHESISE_AGAIN;
use crate::archive::ArchiveError;
use crate::diagnostic::{Diagnostic, Explain, FailureKind, Report};
use crate::imports;
use crate::synth::{self, AssemblyFile, Input};
pub use rendered::{Rendered, render};
pub(super) use write::check_source;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Synthesised {
    /// The assembly's folder.
    pub folder: Utf8PathBuf,
    /// How many files and folders it holds at its top and in its stages.
    pub files: usize,
    /// The names of its stacks, in the order of the definition.
    pub stacks: Vec<String>,
}

/// Why an assembly cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The definition or a template is invalid.
    #[error("the definition `{file}` cannot be synthesised")]
    Invalid {
        /// The definition.
        file: Utf8PathBuf,
        /// What is wrong.
        report: Report,
    },
    /// An asset cannot be read.
    #[error("the asset `{path}` cannot be read")]
    Asset {
        /// The asset.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        cause: ArchiveError,
    },
    /// What an assembly or an export names is not there.
    #[error("`{path}` does not exist")]
    Missing {
        /// The file or folder.
        path: Utf8PathBuf,
    },
    /// Two different things have one name in the assembly.
    #[error("two different files of the assembly are called `{name}`")]
    Twice {
        /// The name, relative to the assembly.
        name: Utf8PathBuf,
    },
    /// The folder cannot be written.
    #[error("the assembly `{folder}` cannot be written")]
    Write {
        /// The assembly's folder.
        folder: Utf8PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The folder holds something that is no assembly of pipectl.
    #[error("`{folder}` is there already and is no assembly of pipectl, so it is left alone")]
    Occupied {
        /// The folder.
        folder: Utf8PathBuf,
    },
}

impl Explain for SynthError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Invalid { .. } | Self::Asset { .. } | Self::Missing { .. } | Self::Twice { .. } => {
                FailureKind::Invalid
            }
            Self::Write { .. } => FailureKind::NotReady,
            Self::Occupied { .. } => FailureKind::Usage,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Invalid { .. } => vec!["`pipectl validate` checks the definition and everything it names".to_owned()],
            Self::Asset { cause, .. } => cause.hints(),
            Self::Missing { .. } => vec![SYNTHESISE_AGAIN.to_owned()],
            Self::Twice { .. } => vec![
                "two assets have one name and different contents: give one of them another `assetHash`, or none"
                    .to_owned(),
            ],
            Self::Write { .. } => vec!["`--out DIR` chooses another folder".to_owned()],
            Self::Occupied { folder } => vec![format!("`--out DIR` chooses another folder, or remove `{folder}`")],
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Invalid { report, .. } => Some(report),
            Self::Asset { .. }
            | Self::Missing { .. }
            | Self::Twice { .. }
            | Self::Write { .. }
            | Self::Occupied { .. } => None,
        }
    }
}

/// Writes the assembly of a definition to a folder, which is replaced as a whole. Every stage's stacks must be known.
pub async fn synth(discovered: &Discovered, out: &Utf8Path) -> Result<Synthesised, SynthError> {
    let (discovered, out) = (discovered.clone(), out.to_owned());
    super::blocking(move || synth_now(&discovered, &out)).await
}

fn synth_now(discovered: &Discovered, out: &Utf8Path) -> Result<Synthesised, SynthError> {
    let loaded = &discovered.loaded;
    let files = files(discovered)?;
    write::replace(out, &loaded.folder, &files)?;
    let stacks = loaded.definition.stages.iter().flat_map(|stage| &stage.stacks);
    Ok(Synthesised {
        folder: out.to_owned(),
        files: files.len(),
        stacks: stacks.map(|stack| stack.stack_name.to_string()).collect(),
    })
}

/// Reads what the definition names, and says which files its assembly holds.
fn files(discovered: &Discovered) -> Result<Vec<AssemblyFile>, SynthError> {
    let loaded = &discovered.loaded;
    let report = discovered.left_out_findings();
    if report.has_errors() {
        return Err(SynthError::Invalid { file: loaded.file.clone(), report });
    }
    let mut templates = read::templates(loaded)?;
    read::nested_templates(loaded, &discovered.assemblies, &mut templates)?;
    let assets = read::assets(loaded)?;
    let mut definition = loaded.definition.clone();
    let mut report = Report::default();
    for finding in imports::resolve(&mut definition, &read::imports(loaded)?) {
        let message = format!("stage `{}`: {}", finding.stage, finding.diagnostic.message);
        report.push(Diagnostic { message, ..finding.diagnostic });
    }
    if report.has_errors() {
        return Err(SynthError::Invalid { file: loaded.file.clone(), report });
    }
    let input = Input {
        definition: &definition,
        text: &loaded.text,
        file: &loaded.file,
        templates: &templates,
        assets: &assets,
        exports: &discovered.exports,
        assemblies: &discovered.assemblies,
    };
    synth::synthesise(&input).map_err(|report| SynthError::Invalid { file: loaded.file.clone(), report })
}
