//! A folder in which the real binary runs without a local endpoint: what it prints where, and how it exits.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde_json::Value;

/// The program.
pub const BINARY: &str = env!("CARGO_BIN_EXE_pipectl");

/// A definition without stages.
pub const VALID: &str = "[pipeline]\nname = \"app\"\n\n[source.s3]\nbucket = \"bucket\"\nkey = \"source.zip\"\n";

/// A folder of its own, and pipectl run in it without the surroundings' settings.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    pub fn at(&self, file: &str) -> Utf8PathBuf {
        self.path().join(file)
    }

    pub fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let file = self.at(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Copies a folder of the fixtures with its permissions.
    pub fn copy(&self, fixture: &str, folder: &str) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
        for file in files_below(&from) {
            let target = self.at(folder).join(&file);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(from.join(file), target).unwrap();
        }
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.at(file)).unwrap()
    }

    pub fn json(&self, file: &str) -> Value {
        serde_json::from_str(&self.read(file)).unwrap()
    }

    /// Changes a JSON file.
    pub fn edit(&self, file: &str, edit: impl FnOnce(&mut Value)) {
        let mut value = self.json(file);
        edit(&mut value);
        self.write(file, value.to_string());
    }

    /// Every file below a folder.
    pub fn files(&self, folder: &str) -> BTreeMap<Utf8PathBuf, Vec<u8>> {
        let folder = self.at(folder);
        files_below(folder.as_std_path()).map(|file| (file.clone(), fs::read(folder.join(file)).unwrap())).collect()
    }

    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(BINARY, arguments).output().unwrap()
    }

    /// Runs a verb that ends with an exit code, and returns all that it said.
    pub fn said(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let said = format!("{}{}", stderr(&output), stdout(&output));
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }

    pub fn git(&self, arguments: &[&str]) {
        assert!(self.command("git", arguments).output().unwrap().status.success());
    }
}

fn files_below(folder: &Path) -> impl Iterator<Item = Utf8PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    entries
        .filter(|entry| entry.file_type().is_file())
        .map(move |entry| Utf8Path::from_path(entry.path().strip_prefix(folder).unwrap()).unwrap().to_owned())
}

pub fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

pub fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}
