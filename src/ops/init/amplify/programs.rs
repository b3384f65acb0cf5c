//! Backends of Gen 2: programs such as `amplify/backend.ts`.

use camino::{Utf8Path, Utf8PathBuf};

use super::packages::Packages;
use super::{AMPLIFY, STAGE, name_of, production, quoted};
use crate::definition::{BackendIdentity, BackendKind};
use crate::id::PipelineName;

/// What programs are called, the usual one first.
const FILES: [&str; 4] = ["backend.ts", "backend.mts", "backend.js", "backend.mjs"];
/// What the parts of a backend are written in. A folder with such parts belongs to Gen 2, though its program is missing.
const PARTS: [&str; 2] = ["resource.ts", "resource.js"];
/// The artifact with the assembly is in a folder that this variable names.
const ASSEMBLY: &str = "CODEBUILD_SRC_DIR_Assembly";

/// The program of a backend, or where one belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ops::init) struct Program {
    /// Its file, seen from the definition's folder.
    pub file: Utf8PathBuf,
    /// What installs its packages and builds the front end beside it.
    packages: Packages,
}

impl Program {
    /// The programs in some folders.
    pub fn all(root: &Utf8Path, folders: &[Utf8PathBuf]) -> Vec<Self> {
        let folders = folders.iter().filter(|path| path.file_name() == Some(AMPLIFY));
        let file = |folder: &Utf8PathBuf| {
            let written = FILES.iter().map(|name| folder.join(name)).find(|file| file.is_file());
            let file = written.or_else(|| has_parts(folder).then(|| folder.join(FILES[0])))?;
            file.strip_prefix(root).ok().map(Utf8Path::to_owned)
        };
        folders.filter_map(file).map(|file| Self { packages: Packages::of(root, project(&file)), file }).collect()
    }

    /// Where the first program of a repository belongs.
    pub fn to_be_written() -> Self {
        Self { file: Utf8Path::new(AMPLIFY).join(FILES[0]), packages: Packages::default() }
    }
}

fn has_parts(folder: &Utf8Path) -> bool {
    let parts = folder.read_dir_utf8().into_iter().flatten().filter_map(Result::ok);
    parts.into_iter().any(|part| PARTS.iter().any(|name| part.path().join(name).is_file()))
}

/// The folder around the folder `amplify`.
fn project(file: &Utf8Path) -> &Utf8Path {
    file.parent().and_then(Utf8Path::parent).unwrap_or(Utf8Path::new(""))
}

/// A build that installs what the programs need, and a stage with each backend and the front end beside it.
pub(super) fn tables(programs: &[Program], pipeline: &PipelineName) -> String {
    let mut installs: Vec<String> = programs.iter().map(|program| quoted(&program.packages.install())).collect();
    installs.dedup();
    let named: Vec<Named<'_>> = programs.iter().map(|program| Named::new(program, programs, pipeline)).collect();
    let backends: String = named.iter().map(|backend| backend.table(REMARK)).collect();
    let front_ends: String = named.iter().map(Named::front_end).collect();
    let production = production(&named.iter().map(|backend| backend.table("")).collect::<String>());
    format!(
        "[build]\n\
         commands = [{}] # brings what the backend is written with; then its program runs, once for each stage\n\n\
         [[stage]]\nname = \"{STAGE}\"\n{backends}{front_ends}{production}",
        installs.join(", ")
    )
}

/// What is said of a backend.
const REMARK: &str = " # deployed by itself; `app-id` and `branch` make it that of a branch of an Amplify app";

/// A program with the names that the definition gives.
struct Named<'a> {
    program: &'a Program,
    /// The backend's name.
    name: String,
    /// The name of the step that builds its front end.
    step: String,
    identity: BackendIdentity,
    /// Whether another backend of the stage would have the same identity.
    is_one_of_several: bool,
}

impl<'a> Named<'a> {
    fn new(program: &'a Program, all: &[Program], pipeline: &PipelineName) -> Self {
        let is_one_of_several = all.len() > 1;
        let project = project(&program.file);
        let name = match is_one_of_several {
            true => name_of(&project.as_str().replace('/', "-")),
            false => "backend".to_owned(),
        };
        let (namespace, step) = match is_one_of_several {
            true => (format!("{pipeline}-{name}"), format!("{name}-front-end")),
            false => (pipeline.to_string(), "front-end".to_owned()),
        };
        let identity = BackendIdentity { kind: BackendKind::Standalone, namespace, name: STAGE.to_owned() };
        Self { program, name, step, identity, is_one_of_several }
    }

    fn table(&self, remark: &str) -> String {
        let file = quoted(self.program.file.as_str());
        let namespace = match self.is_one_of_several {
            true => format!("namespace = {}\n", quoted(&self.identity.namespace)),
            false => String::new(),
        };
        format!("\n[[stage.amplify]]\nname = \"{}\"\nbackend = {file}{remark}\n{namespace}", self.name)
    }

    /// The step that builds the front end with the backend's `amplify_outputs.json`, if there is a front end.
    fn front_end(&self) -> String {
        let packages = &self.program.packages;
        let Some(build) = packages.build() else { return String::new() };
        let stack = self.identity.stack_name();
        let folder = project(&self.program.file);
        let folder = if folder.as_str().is_empty() { "./".to_owned() } else { format!("{folder}/") };
        let outputs = format!(
            "pipectl outputs --format amplify --stack {stack} \
             --template \"${ASSEMBLY}/assembly-{STAGE}/{}.template.json\" -O {}",
            self.name,
            shlex::try_quote(&folder).unwrap_or_default()
        );
        let commands: String =
            [outputs, packages.install(), build].iter().map(|command| format!("    {},\n", quoted(command))).collect();
        format!(
            "\n# The front end is built with the `amplify_outputs.json` of what has just been deployed.\n\
             [[stage.after]]\n\
             name = \"{}\"\n\
             inputs = [\"source\", \"assembly\", \"pipectl\"]\n\
             commands = [\n{commands}]\n\
             statements = [{{ actions = [\"cloudformation:DescribeStacks\"], \
             resources = [\"arn:aws:cloudformation:*:*:stack/{stack}/*\"] }}]\n",
            self.step
        )
    }
}
