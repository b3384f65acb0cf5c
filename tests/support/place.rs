//! A folder in which the real binary runs without a local endpoint: what it prints where, and how it exits.

use std::process::{Command, Output};

use camino::Utf8Path;
use fs_err as fs;

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

    pub fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let file = self.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
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

    pub fn git(&self, arguments: &[&str]) {
        assert!(self.command("git", arguments).output().unwrap().status.success());
    }
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
