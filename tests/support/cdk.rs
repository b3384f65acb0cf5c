//! The real CDK CLI and cdk-assets, of pinned releases, which the first test that asks installs below the target folder.

use std::fs::File;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::command::{Said, finish};
use super::project::Project;

/// The package to install.
const PACKAGE: &str = include_str!("cdk/package.json");

/// The exact releases, with their hashes.
const PACKAGE_LOCK: &str = include_str!("cdk/package-lock.json");

/// How long an installation may take on a slow line.
const INSTALL_LIMIT: Duration = Duration::from_secs(10 * 60);

/// How long any one command of the CLI may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What keeps the CLI from asking anyone but the endpoint.
const QUIET: [(&str, &str); 4] = [
    ("CI", "true"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("CDK_DISABLE_CLI_TELEMETRY", "true"),
    ("CDK_DISABLE_VERSION_CHECK", "true"),
];

/// The path of the CLI: that of `PIPECTL_TEST_CDK`, or that of the installation.
fn program() -> &'static Utf8Path {
    static PROGRAM: OnceLock<Utf8PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match std::env::var("PIPECTL_TEST_CDK") {
        Ok(path) if !path.is_empty() => path.into(),
        _ => install(concat!(env!("CARGO_TARGET_TMPDIR"), "/cdk").into()),
    })
}

/// Installs the CLI, unless that was done; one process does it while the others wait.
fn install(folder: &Utf8Path) -> Utf8PathBuf {
    let program = folder.join("node_modules/.bin/cdk");
    // Written last: without it an installation was interrupted.
    let marker = folder.join("installed");
    std::fs::create_dir_all(folder).unwrap();
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if std::fs::read_to_string(&marker).is_ok_and(|text| text == PACKAGE_LOCK) {
        return program;
    }
    let _ = std::fs::remove_file(&marker);
    for (name, text) in [("package.json", PACKAGE), ("package-lock.json", PACKAGE_LOCK)] {
        pipectl::disk::replace(&folder.join(name), text.as_bytes()).unwrap();
    }
    demand("node");
    demand("npm");
    // The developer's own configuration says which registry npm asks.
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]);
    let said = finish(npm, INSTALL_LIMIT);
    assert_eq!(said.code, 0, "npm cannot install the CDK CLI into {folder}:\n{}", said.errors);
    pipectl::disk::replace(&marker, PACKAGE_LOCK.as_bytes()).unwrap();
    program
}

/// Demands that a program is there.
fn demand(program: &str) {
    let found = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(
        found,
        "these tests run the real CDK CLI and need Node.js 18 or newer with npm: `{program}` is not there. \
         PIPECTL_TEST_CDK=/path/to/node_modules/.bin/cdk names a CLI that is installed already"
    );
}

impl Project {
    /// Starts an endpoint whose builds find the CDK CLI and cdk-assets, and an npm that installs nothing.
    pub fn start_with_cdk(repository: &'static str) -> Self {
        Self::start_with(repository, |project| {
            let cli = include_str!("cdk/cdk.sh").replace("PROGRAM", program().as_str());
            for (name, text) in [("npm", include_str!("cdk/npm.sh")), ("cdk", &cli)] {
                project.write_program(&format!(".home/programs/{name}"), text);
            }
            let own = project.path().join(".home/programs");
            let installed = program().parent().unwrap();
            format!("{}:{installed}:{}", own.display(), std::env::var("PATH").unwrap())
        })
    }

    /// Runs the CDK CLI on the local endpoint.
    pub fn cdk(&self, arguments: &[&str]) -> Said {
        let arguments = [arguments, &["--no-notices", "--no-color"]].concat();
        self.client_with(program().as_str(), &arguments, &QUIET)
    }
}

/// Runs the CDK CLI for what it does without AWS, in a folder which becomes its home.
pub fn offline(folder: &std::path::Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(program());
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder)
        .env("CDK_HOME", folder)
        .envs(QUIET)
        .args(arguments)
        .args(["--no-notices", "--no-color"]);
    finish(command, PATIENCE)
}
