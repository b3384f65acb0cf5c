//! Discovery: the stacks of assemblies become stacks of the stages that name them. Pure.
//!
//! A definition says which stacks of a CDK app a stage deploys (`[[stage.assembly]]`); which those are is known only from
//! the assembly that a build makes. Where the assembly is not there, what the deployed pipeline remembers of an earlier
//! build stands in ([`remembered`](Sources::remembered)); where there is neither, the stage is left out until the pipeline's
//! own build finds its stacks. In the same way the stack of an Amplify backend (`[[stage.amplify]]`) takes its name from the
//! backend's export; the stacks of a Gen 2 backend are found in the assembly that its program writes for the stage.

mod backend;
mod check;
mod limits;
mod name;
mod order;
mod program;
mod select;
mod stack;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

pub use name::of_path as name_of_path;
use stack::Taken;

use crate::amplify::gen1::Export;
use crate::assembly::{Assembly, StackView};
use crate::definition::{BackendReference, BackendSource, Definition, Stack, Stage, Value};
use crate::diagnostic::Report;
use crate::id::Name;

/// A stage of a CDK app, as `[[stage.assembly]]` finds it.
#[derive(Debug, Clone)]
pub struct AppStage<'a> {
    /// Its path in the app, such as `Prod`.
    pub path: String,
    /// Its assembly.
    pub assembly: &'a Assembly,
    /// Its stacks, with the names that they have in a stage of a definition. A path that makes no name has none.
    pub stacks: Vec<(Option<Name>, StackView<'a>)>,
}

/// The stages of a CDK app.
pub fn app_stages(assembly: &Assembly) -> Vec<AppStage<'_>> {
    let stages = select::stages(assembly).into_iter().map(|(path, nested)| {
        let stacks = select::of_stage(&path, nested).into_iter();
        let stacks = stacks.map(|selected| (name::of_path(&selected.path), selected.view)).collect();
        AppStage { path, assembly: nested, stacks }
    });
    stages.collect()
}

/// Where stacks of assemblies are found.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The assemblies that are there, by their path in the definition.
    pub assemblies: &'a BTreeMap<Utf8PathBuf, Assembly>,
    /// The exports of Amplify backends that are there, by their path in the definition.
    pub exports: &'a BTreeMap<Utf8PathBuf, Export>,
    /// What is known of the others from an earlier build: the stacks of each stage.
    pub remembered: &'a BTreeMap<Name, Vec<Stack>>,
}

/// A definition with the stacks that were found for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// The definition; every stage has its stacks.
    pub definition: Definition,
    /// The stages that are not among its stages.
    pub left_out: Vec<LeftOut>,
    /// The stages whose stacks are those of an earlier build.
    pub recalled: Vec<Name>,
    /// What was said of the stacks themselves, one by one.
    pub report: Report,
}

/// A stage whose stacks only a build can find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The stage.
    pub stage: Name,
    /// Why it is left out.
    pub reason: Reason,
}

/// Why a stage is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its assembly is not there.
    NotBuilt(Utf8PathBuf),
    /// The export of its backend is not there.
    NotExported(Utf8PathBuf),
    /// The program of its backend has not been synthesised for it.
    NotSynthesised(Utf8PathBuf),
    /// It uses outputs of another stage that is left out.
    Uses(Name),
}

/// Finds the stacks of all stages, and refuses those that do not fit together.
pub fn discover(definition: &Definition, sources: Sources<'_>) -> Result<Discovered, Report> {
    let mut found = find(definition, sources);
    found.report.append(found.misfits());
    if found.report.has_errors() { Err(found.report) } else { Ok(found) }
}

/// Finds the stacks of all stages. The definition may be at odds with itself; then nothing follows from the whole of it.
pub fn find(definition: &Definition, sources: Sources<'_>) -> Discovered {
    let mut found = Found { report: Report::default(), taken: Taken::new() };
    check::versions(sources.assemblies, &mut found.report);
    let mut discovered = Definition { stages: Vec::new(), ..definition.clone() };
    let (mut left_out, mut recalled) = (Vec::new(), Vec::new());
    for stage in &definition.stages {
        match found.stage(stage, sources) {
            Ok(Stacks { stacks, are_recalled }) => {
                recalled.extend(are_recalled.then(|| stage.name.clone()));
                discovered.stages.push(Stage { stacks, ..stage.clone() });
            }
            Err(reason) => left_out.push(LeftOut { stage: stage.name.clone(), reason }),
        }
    }
    leave_out_users(&mut discovered, &mut left_out);
    Discovered { definition: discovered, left_out, recalled, report: found.report }
}

impl Discovered {
    /// What does not fit together of a definition that is at one with itself and the stacks that were found.
    pub fn misfits(&self) -> Report {
        let mut report = Report::default();
        check::all(&self.definition, &self.left_out, &mut report);
        report
    }
}

/// The stacks of a stage.
struct Stacks {
    stacks: Vec<Stack>,
    /// Whether those of assemblies are those of an earlier build.
    are_recalled: bool,
}

/// What has been found so far.
struct Found {
    report: Report,
    taken: Taken,
}

impl Found {
    /// The stacks of a stage, or what is not there for it.
    fn stage(&mut self, stage: &Stage, sources: Sources<'_>) -> Result<Stacks, Reason> {
        let mut stacks = stage.stacks.clone();
        match (missing(stage, sources), sources.remembered.get(&stage.name)) {
            (None, _) => {
                for backend in &stage.backends {
                    stacks.extend(self.of_backend(stage, backend, sources));
                }
                for reference in &stage.assemblies {
                    let assembly = &sources.assemblies[&reference.path];
                    let views = select::select(reference, assembly, &self.taken, &stage.name, &mut self.report);
                    stacks.extend(stack::stacks(stage, reference, &views, &self.taken, &mut self.report));
                }
                // A stack that an earlier stage has is not deployed again for the sake of one that depends on it.
                self.taken.extend(stacks.iter().filter_map(|stack| stack.origin.assembly()).map(|origin| {
                    let key = (origin.assembly.clone(), origin.folder.clone(), origin.artifact.clone());
                    (key, (stage.name.clone(), stage.wave.clone()))
                }));
                Ok(Stacks { stacks, are_recalled: false })
            }
            (Some(_), Some(remembered)) => {
                stacks.extend(remembered.iter().cloned());
                Ok(Stacks { stacks, are_recalled: true })
            }
            (Some(reason), None) => Err(reason),
        }
    }

    /// The stacks of a backend whose export or assembly is there.
    fn of_backend(&mut self, stage: &Stage, backend: &BackendReference, sources: Sources<'_>) -> Vec<Stack> {
        if let Some(program) = backend.program() {
            let path = backend.assembly(program, &stage.name);
            let assembly = &sources.assemblies[&path];
            return program::stacks(stage, backend, program, (path, assembly), &self.taken, &mut self.report);
        }
        let export = backend.export().and_then(|reference| Some((reference, sources.exports.get(&reference.path)?)));
        let stack =
            export.and_then(|(reference, export)| backend::stack(stage, backend, reference, export, &mut self.report));
        stack.into_iter().collect()
    }
}

/// What is not there of that which a stage's stacks are found in.
fn missing(stage: &Stage, sources: Sources<'_>) -> Option<Reason> {
    let of_backends = stage.backends.iter().find_map(|backend| match &backend.source {
        BackendSource::Export(export) if !sources.exports.contains_key(&export.path) => {
            Some(Reason::NotExported(export.path.clone()))
        }
        BackendSource::Program(_) => {
            let program = backend.program()?;
            let is_there = sources.assemblies.contains_key(&backend.assembly(program, &stage.name));
            (!is_there).then(|| Reason::NotSynthesised(program.file.clone()))
        }
        BackendSource::Export(_) => None,
    });
    let mut assemblies = stage.assemblies.iter().map(|reference| &reference.path);
    let assembly = || assemblies.find(|path| !sources.assemblies.contains_key(*path)).cloned().map(Reason::NotBuilt);
    of_backends.or_else(assembly)
}

/// Leaves out the stages that use outputs of stages that are left out.
fn leave_out_users(definition: &mut Definition, left_out: &mut Vec<LeftOut>) {
    loop {
        let is_left_out = |name: &Name| left_out.iter().any(|left| left.stage == *name);
        let user = definition.stages.iter().find_map(|stage| {
            let used = stage.values().filter_map(Value::origin).find(|origin| is_left_out(origin))?;
            Some(LeftOut { stage: stage.name.clone(), reason: Reason::Uses(used.clone()) })
        });
        let Some(user) = user else { break };
        definition.stages.retain(|stage| stage.name != user.stage);
        left_out.push(user);
    }
}
