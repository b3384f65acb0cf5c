//! Reading the assemblies that a definition names, and finding its stages' stacks in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::amplify::ExportError;
use super::files::SYNTHESISE_AGAIN;
use super::load::Loaded;
use crate::amplify::gen1::Export;
use crate::assembly::{Assembly, AssemblyError};
use crate::definition::{Definition, Stack, Stage};
use crate::diagnostic::{Diagnostic, Explain, FailureKind, Report};
use crate::discovery::{self, LeftOut, Reason, Sources};
use crate::id::{Name, Qualifier};
use crate::pipeline::{Place, RoleKind, role_arn};

/// A definition with the stacks of its assemblies.
#[derive(Debug, Clone)]
pub struct Discovered {
    /// The definition; every stage has its stacks.
    pub loaded: Loaded,
    /// The assemblies, by their path in the definition.
    pub assemblies: Arc<BTreeMap<Utf8PathBuf, Assembly>>,
    /// The exports of Amplify backends, by their path in the definition.
    pub exports: Arc<BTreeMap<Utf8PathBuf, Export>>,
    /// Stages that are not in the definition, because only a build can find their stacks.
    pub left_out: Vec<LeftOut>,
    /// Stages whose assemblies are not there either, but whose stacks are known from the deployed pipeline.
    pub recalled: Vec<Name>,
}

/// Why the stacks of a definition cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// An assembly cannot be used.
    #[error("the assembly `{path}` cannot be used")]
    Assembly {
        /// Its path in the definition.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        cause: AssemblyError,
    },
    /// An export cannot be read.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// An assembly or an export does not hold what the definition wants of it.
    #[error("the assemblies and exports of `{file}` do not fit")]
    Invalid {
        /// The definition.
        file: Utf8PathBuf,
        /// What is wrong.
        report: Report,
    },
}

impl Explain for DiscoverError {
    fn kind(&self) -> FailureKind {
        FailureKind::Invalid
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Assembly { cause, .. } => match cause {
                AssemblyError::Incomplete { .. } => cause.hints(),
                _ => vec![SYNTHESISE_AGAIN.to_owned()],
            },
            Self::Export(error) => error.hints(),
            Self::Invalid { .. } => Vec::new(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Invalid { report, .. } => Some(report),
            Self::Assembly { .. } | Self::Export(_) => None,
        }
    }
}

/// Finds the stacks of all stages. `remembered` is what the deployed pipeline knows of assemblies that are not there.
pub async fn discover(loaded: Loaded, remembered: BTreeMap<Name, Vec<Stack>>) -> Result<Discovered, DiscoverError> {
    super::blocking(move || discover_now(loaded, &remembered)).await
}

fn discover_now(loaded: Loaded, remembered: &BTreeMap<Name, Vec<Stack>>) -> Result<Discovered, DiscoverError> {
    let (assemblies, unusable) = assemblies(&loaded.definition, &loaded.folder);
    unusable.into_iter().next().map_or(Ok(()), Err)?;
    let invalid = |report| DiscoverError::Invalid { file: loaded.file.clone(), report };
    let (exports, report, unreadable) = exports(&loaded.definition, &loaded.folder);
    unreadable.into_iter().next().map_or(Ok(()), Err)?;
    if report.has_errors() {
        return Err(invalid(report));
    }
    let sources = Sources { assemblies: &assemblies, exports: &exports, remembered };
    let found = discovery::discover(&loaded.definition, sources).map_err(invalid)?;
    let mut warnings = loaded.warnings.clone();
    warnings.append(report);
    warnings.append(found.report);
    Ok(Discovered {
        loaded: Loaded { definition: found.definition, warnings, ..loaded },
        assemblies: Arc::new(assemblies),
        exports: Arc::new(exports),
        left_out: found.left_out,
        recalled: found.recalled,
    })
}

/// Reads the assemblies that a definition names, as far as they are there, and tells which cannot be used.
pub(super) fn assemblies(
    definition: &Definition,
    folder: &Utf8Path,
) -> (BTreeMap<Utf8PathBuf, Assembly>, Vec<DiscoverError>) {
    let mut assemblies = BTreeMap::new();
    let mut unusable = Vec::new();
    let named: BTreeSet<Utf8PathBuf> = definition.stages.iter().flat_map(assembly_paths).collect();
    for named in named {
        let path = folder.join(&named);
        if !path.exists() {
            continue;
        }
        let opened = super::assembly::open(&path).and_then(|assembly| assembly.check_complete().map(|()| assembly));
        match opened {
            Ok(mut assembly) => {
                publish_by_toolkit(&mut assembly, &definition.qualifier);
                assemblies.insert(named, assembly);
            }
            Err(cause) => unusable.push(DiscoverError::Assembly { path: named, cause }),
        }
    }
    (assemblies, unusable)
}

/// Gives destinations for which an assembly names no role the toolkit stack's, as stacks have theirs. Where the CDK's tools
/// publish, these go by the credentials of whoever calls (`CliCredentialsStackSynthesizer`); the pipeline's own have no right
/// to publish anything.
fn publish_by_toolkit(assembly: &mut Assembly, qualifier: &Qualifier) {
    let role = |kind, region: Option<&String>| {
        let region = region.map_or("${AWS::Region}", String::as_str).to_owned();
        role_arn(kind, qualifier, &Place { account: "${AWS::AccountId}".to_owned(), region })
    };
    for manifest in assembly.asset_manifests.values_mut() {
        for to in manifest.files.values_mut().flat_map(|file| file.destinations.values_mut()) {
            to.assume_role_arn.get_or_insert_with(|| role(RoleKind::FilePublishing, to.region.as_ref()));
        }
        for to in manifest.docker_images.values_mut().flat_map(|image| image.destinations.values_mut()) {
            to.assume_role_arn.get_or_insert_with(|| role(RoleKind::ImagePublishing, to.region.as_ref()));
        }
    }
    assembly.nested.values_mut().for_each(|nested| publish_by_toolkit(nested, qualifier));
}

/// The assemblies that a stage's stacks are found in: those that it names, and those of its backends' programs.
fn assembly_paths(stage: &Stage) -> impl Iterator<Item = Utf8PathBuf> {
    let of_programs =
        stage.backends.iter().filter_map(|backend| Some(backend.assembly(backend.program()?, &stage.name)));
    stage.assemblies.iter().map(|reference| reference.path.clone()).chain(of_programs)
}

/// Reads the exports that a definition names, as far as they are there. What is wrong with them is in the report; with it
/// come those that cannot be read at all.
pub(super) fn exports(
    definition: &Definition,
    folder: &Utf8Path,
) -> (BTreeMap<Utf8PathBuf, Export>, Report, Vec<ExportError>) {
    let mut exports = BTreeMap::new();
    let mut report = Report::default();
    let mut unreadable = Vec::new();
    let backends = definition.stages.iter().flat_map(|stage| &stage.backends);
    let named: BTreeSet<&Utf8PathBuf> = backends.filter_map(|backend| Some(&backend.export()?.path)).collect();
    for named in named {
        let path = folder.join(named);
        if !path.exists() {
            continue;
        }
        match super::amplify::read_export(&path, &path) {
            Ok((export, findings)) => {
                report.append(findings);
                exports.extend(export.map(|export| (named.clone(), export)));
            }
            Err(error) => unreadable.push(error),
        }
    }
    (exports, report, unreadable)
}

impl Discovered {
    /// The stages that are left out, as findings. Where everything is wanted, they are errors.
    pub fn left_out_findings(&self) -> Report {
        let mut report = Report::default();
        for LeftOut { stage, reason } in &self.left_out {
            let message = match reason {
                Reason::NotBuilt(path) => format!("stage `{stage}`: the assembly `{path}` is not there"),
                Reason::NotExported(path) => format!("stage `{stage}`: the export `{path}` is not there"),
                Reason::NotSynthesised(path) => format!("stage `{stage}`: the backend `{path}` is not synthesised"),
                Reason::Uses(other) => {
                    format!("stage `{stage}` uses outputs of stage `{other}`, whose stacks are not known")
                }
            };
            let help = match reason {
                Reason::NotSynthesised(_) => {
                    "`pipectl build` does so; where a buildspec builds, call `pipectl amplify synth` before"
                }
                Reason::NotBuilt(_) | Reason::NotExported(_) | Reason::Uses(_) => {
                    "the build makes it: `pipectl build` runs the build's commands first"
                }
            };
            report.push(Diagnostic::error("missing-file", message).help(help));
        }
        report
    }
}
