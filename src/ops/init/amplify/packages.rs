//! What installs the packages of a project in JavaScript, and builds it.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::disk;

/// The largest `package.json` that is read.
const LARGEST: u64 = 1024 * 1024;

/// What installs the packages of a project, and builds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Packages {
    /// The folder of the lock file, where packages are installed, seen from the definition's.
    installed_in: Utf8PathBuf,
    /// The folder of the project, seen from the definition's.
    project: Utf8PathBuf,
    manager: Manager,
    script: BuildScript,
}

/// A package manager, known by its lock file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Manager {
    #[default]
    Npm,
    Pnpm,
    Yarn,
    /// There is no lock file.
    Unlocked,
}

/// Whether a project says how it is built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum BuildScript {
    There,
    #[default]
    Missing,
}

const LOCK_FILES: [(&str, Manager); 4] = [
    ("package-lock.json", Manager::Npm),
    ("npm-shrinkwrap.json", Manager::Npm),
    ("pnpm-lock.yaml", Manager::Pnpm),
    ("yarn.lock", Manager::Yarn),
];

impl Packages {
    /// Finds out about a project, whose lock file may be in a folder around it.
    pub fn of(root: &Utf8Path, project: &Utf8Path) -> Self {
        let locked = project.ancestors().find_map(|folder| {
            let is_there = |(name, _): &&(&str, Manager)| root.join(folder).join(name).is_file();
            LOCK_FILES.iter().find(is_there).map(|(_, manager)| (folder, *manager))
        });
        let (installed_in, manager) = locked.unwrap_or((project, Manager::Unlocked));
        let (installed_in, project) = (installed_in.to_owned(), project.to_owned());
        let script = build_script(&root.join(&project));
        Self { installed_in, project, manager, script }
    }

    /// The command that installs all packages.
    pub fn install(&self) -> String {
        let command = match self.manager {
            Manager::Npm => "npm ci",
            Manager::Pnpm => "corepack enable && pnpm install --frozen-lockfile",
            Manager::Yarn => "corepack enable && yarn install --frozen-lockfile",
            Manager::Unlocked => "npm install",
        };
        within(&self.installed_in, command)
    }

    /// The command that builds the project, if it says how.
    pub fn build(&self) -> Option<String> {
        let command = match self.manager {
            Manager::Npm | Manager::Unlocked => "npm run build",
            Manager::Pnpm => "pnpm run build",
            Manager::Yarn => "yarn run build",
        };
        match self.script {
            BuildScript::There => Some(within(&self.project, command)),
            BuildScript::Missing => None,
        }
    }
}

/// A command that runs in a folder and leaves the shell where it is.
fn within(folder: &Utf8Path, command: &str) -> String {
    match folder.as_str() {
        "" => command.to_owned(),
        folder => format!("(cd {} && {command})", shlex::try_quote(folder).unwrap_or_default()),
    }
}

fn build_script(project: &Utf8Path) -> BuildScript {
    let text = disk::read_text(&project.join("package.json"), LARGEST).unwrap_or_default();
    let package: Value = serde_json::from_str(&text).unwrap_or_default();
    match package.pointer("/scripts/build") {
        Some(Value::String(_)) => BuildScript::There,
        _ => BuildScript::Missing,
    }
}
