//! `amplify synth`: runs the programs of Gen 2 backends, once for each stage.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Serialize;

use super::SynthesisError;
use crate::amplify::gen2;
use crate::assembly::MANIFEST_FILE;
use crate::definition::{BackendReference, Definition, ProgramReference};
use crate::event::{Event, Events};
use crate::id::Name;
use crate::ops::load::Loaded;
use crate::process::Command;

/// What runs a program written in TypeScript, below the folder of the project or one around it.
const RUNNER: &str = "node_modules/.bin/tsx";

/// A backend that was synthesised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SynthesisedBackend {
    /// The stage.
    pub stage: Name,
    /// The backend's name in it.
    pub backend: Name,
    /// The name of its stack.
    pub stack_name: String,
    /// The assembly's folder, relative to the definition's.
    pub assembly: Utf8PathBuf,
}

/// A backend of a stage.
struct Task<'a> {
    stage: &'a Name,
    backend: &'a BackendReference,
    program: &'a ProgramReference,
    definition: &'a Definition,
    /// The definition's folder, as an absolute path.
    folder: &'a Utf8Path,
}

/// Synthesises every Gen 2 backend of a definition whose stacks are to be deployed natively. What their programs need has to
/// be installed already. Each may take as long as the build.
pub async fn synthesise(loaded: &Loaded, events: &Events) -> Result<Vec<SynthesisedBackend>, SynthesisError> {
    let Loaded { definition, folder, .. } = loaded;
    let folder = if folder.as_str().is_empty() { Utf8Path::new(".") } else { folder };
    let folder = folder.canonicalize_utf8().map_err(SynthesisError::Folder)?;
    let mut synthesised = Vec::new();
    for stage in &definition.stages {
        for backend in &stage.backends {
            let Some(program) = backend.program() else { continue };
            let task = Task { stage: &stage.name, backend, program, definition, folder: &folder };
            synthesised.push(task.run(events).await?);
        }
    }
    Ok(synthesised)
}

impl Task<'_> {
    async fn run(&self, events: &Events) -> Result<SynthesisedBackend, SynthesisError> {
        let ProgramReference { file, identity, .. } = self.program;
        let project = self.folder.join(self.program.project());
        if !self.folder.join(file).is_file() {
            return Err(SynthesisError::NoProgram { stage: self.stage.clone(), file: file.clone() });
        }
        let runner = project.ancestors().map(|folder| folder.join(RUNNER)).find(|runner| runner.exists());
        let runner = runner.ok_or_else(|| SynthesisError::NoRunner { project: self.program.project().to_owned() })?;
        let assembly = self.backend.assembly(self.program, self.stage);
        let (target, out) = (self.folder.join(&assembly), self.folder.join(aside(&assembly)));
        let occupied = |cause| SynthesisError::Write { folder: target.clone(), cause };
        // The CDK adds to what is there, so that assets of former programs would stay; and a former assembly would be
        // taken for the one that failed.
        clear(&target).and_then(|()| clear(&out)).map_err(occupied)?;
        fs::create_dir_all(&out).map_err(occupied)?;
        events.step(format!("synthesising `{file}` for stage `{}`", self.stage));
        let origin = format!("{}/{}", self.stage, self.backend.name);
        let minutes = u64::from(self.definition.build.environment.timeout_minutes);
        let exit = Command::new(runner)
            .described(format!("tsx {file}"))
            .argument(file.strip_prefix(self.program.project()).unwrap_or(file))
            .folder(&project)
            .variable(gen2::OUT_VARIABLE, &out)
            .variable(gen2::CONTEXT_VARIABLE, gen2::context(identity, &self.definition.qualifier))
            .time_limit(Duration::from_secs(minutes * 60))
            .stream(|line| events.emit(Event::Output { origin: origin.clone(), line: line.text }))
            .await;
        let exit = exit.map_err(SynthesisError::Run)?;
        if !exit.is_success() {
            let (stage, file) = (self.stage.clone(), file.clone());
            return Err(SynthesisError::Failed { stage, file, status: exit.code() });
        }
        if !out.join(MANIFEST_FILE).is_file() {
            return Err(SynthesisError::NoAssembly { stage: self.stage.clone(), file: file.clone() });
        }
        fs::rename(&out, &target).map_err(occupied)?;
        let stack_name = identity.stack_name();
        events.done(format!("stack `{stack_name}` synthesised"));
        Ok(SynthesisedBackend { stage: self.stage.clone(), backend: self.backend.name.clone(), stack_name, assembly })
    }
}

/// Where an assembly is written before it is whole: always the same place, since bundlers write paths into what they make.
/// No backend's name begins with a dot.
fn aside(assembly: &Utf8Path) -> Utf8PathBuf {
    assembly.with_file_name(format!(".{}", assembly.file_name().unwrap_or_default()))
}

fn clear(folder: &Utf8Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
