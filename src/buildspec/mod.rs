//! The buildspec file format, version 0.2: read and check. Pure.
//!
//! The format is AWS CodeBuild's, as its user guide describes it ("Build specification reference for CodeBuild" and
//! "Batch build buildspec reference"). Version 0.1 differs only in that every command has a shell of its own.
//!
//! [`Buildspec::parse`] gives the whole file as typed values, or all mistakes at once. `init`, `validate` and the local
//! endpoint's builds call it.

mod artifacts;
pub mod batch;
mod cache;
mod environment;
mod locate;
mod phases;
mod reader;
mod reports;
mod secret;
#[cfg(test)]
mod tests;
mod tree;

use camino::Utf8Path;
use indexmap::IndexMap;
use serde::Serialize;

pub use artifacts::{Artifact, Artifacts};
pub use batch::Batch;
pub use cache::{Cache, CacheAction};
pub use environment::{EnvironmentVariables, Shell, is_variable_name};
pub use phases::{OnFailure, Phase, PhaseName, Phases};
pub use reports::{ReportFormat, ReportGroup};
pub use secret::{SecretReference, Version as SecretVersion};

use crate::diagnostic::{Diagnostic, Report, SourceFile};
use locate::Part;
use reader::{Node, Reader};
use tree::Tree;

/// The largest file that is read, in bytes. CodeBuild takes 25,600 characters when a project holds the text itself.
pub const LARGEST: usize = 256 * 1024;

/// Which version of the format a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Version {
    /// Every command runs in a shell of its own.
    #[serde(rename = "0.1")]
    V0_1,
    /// All commands share one shell.
    #[serde(rename = "0.2")]
    V0_2,
}

/// Whether CodeBuild's own traffic goes through the proxy of an explicit proxy server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Proxy {
    /// Artifacts are uploaded through the proxy.
    pub upload_artifacts: bool,
    /// Logs are written through the proxy.
    pub logs: bool,
}

/// A checked buildspec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Buildspec {
    /// The version of the format.
    pub version: Version,
    /// The user who runs the commands, unless a phase names another one.
    pub run_as: Option<String>,
    /// The environment variables and the shell.
    pub environment: EnvironmentVariables,
    /// The use of an explicit proxy.
    pub proxy: Proxy,
    /// The builds of a batch, where the file describes one.
    pub batch: Option<Batch>,
    /// The commands.
    pub phases: Phases,
    /// The test reports, by the name or the ARN of their group.
    pub reports: IndexMap<String, ReportGroup>,
    /// What the build gives out.
    pub artifacts: Option<Artifacts>,
    /// What the next build finds again.
    pub cache: Option<Cache>,
    /// Findings that do not keep the file from being used.
    #[serde(skip)]
    pub warnings: Report,
}

impl Buildspec {
    /// Reads and checks a file. The name is used in messages only.
    pub fn parse(file: &Utf8Path, text: &str) -> Result<Self, Report> {
        if text.len() > LARGEST {
            let message = format!("`{file}` has {} bytes; a buildspec may have at most {LARGEST}", text.len());
            let finding = Diagnostic::error("too-large", message)
                .at(file, 0..0, "")
                .help("move long commands into scripts beside the buildspec");
            return Err(Report { diagnostics: vec![finding], ..Report::default() });
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let tree = Tree::parse(text).map_err(|error| not_yaml(file, text, &error))?;
        let mut reader = Reader::new(file, text);
        let buildspec = read(&mut reader, &Node::root(&tree));
        let report = reader.finish();
        match buildspec {
            Some(buildspec) if !report.has_errors() => Ok(Self { warnings: report, ..buildspec }),
            _ => Err(report),
        }
    }
}

/// Reads the whole file; nothing when there is no version, without which nothing is sure.
fn read(reader: &mut Reader<'_>, root: &Node<'_>) -> Option<Buildspec> {
    const KEYS: [&str; 9] = ["version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"];

    if *root.tree == Tree::Null {
        let finding = Diagnostic::error("empty", "the buildspec is empty").help("it needs `version: 0.2` and `phases`");
        reader.note(root, Part::Value, finding);
        return None;
    }
    let fields = reader.fields(root, &KEYS);
    if !matches!(root.tree, Tree::Map(_)) {
        return None;
    }
    let version = read_version(reader, root, fields.get("version"));
    let environment = fields.get("env").map(|node| environment::read(reader, &node)).unwrap_or_default();
    let proxy = fields.get("proxy").map(|node| read_proxy(reader, &node)).unwrap_or_default();
    let batch = fields.get("batch").and_then(|node| batch::read(reader, &node));
    let phases = match fields.get("phases") {
        Some(node) => phases::read(reader, &node),
        None => {
            if fields.get("batch").is_none() {
                reader.missing(root, "phases", "a build runs the commands of its phases");
            }
            Phases::default()
        }
    };
    Some(Buildspec {
        run_as: reader.optional_text(fields.get("run-as")),
        environment,
        proxy,
        batch,
        phases,
        reports: fields.get("reports").map(|node| reports::read(reader, &node)).unwrap_or_default(),
        artifacts: fields.get("artifacts").map(|node| artifacts::read(reader, &node)),
        cache: fields.get("cache").map(|node| cache::read(reader, &node)),
        warnings: Report::default(),
        version: version?,
    })
}

fn read_version(reader: &mut Reader<'_>, root: &Node<'_>, node: Option<Node<'_>>) -> Option<Version> {
    let Some(node) = node else {
        reader.missing(root, "version", "begin the file with `version: 0.2`");
        return None;
    };
    let version = reader.choice(Some(node.clone()), &[("0.2", Version::V0_2), ("0.1", Version::V0_1)])?;
    if version == Version::V0_1 {
        let finding = Diagnostic::warning("old-version", "in version `0.1` every command has a shell of its own")
            .help("write `version: 0.2`, in which directory and variables persist");
        reader.note(&node, Part::Value, finding);
    }
    Some(version)
}

fn read_proxy(reader: &mut Reader<'_>, node: &Node<'_>) -> Proxy {
    let fields = reader.fields(node, &["upload-artifacts", "logs"]);
    Proxy {
        upload_artifacts: reader.yes_no(fields.get("upload-artifacts")).unwrap_or_default(),
        logs: reader.yes_no(fields.get("logs")).unwrap_or_default(),
    }
}

/// The one finding of a text that is not YAML at all.
fn not_yaml(file: &Utf8Path, text: &str, error: &yaml_serde::Error) -> Report {
    let start = error.location().map_or(0, |location| locate::place(text, location.line(), location.column()));
    let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let mut finding = Diagnostic::error("syntax", format!("`{file}` is not YAML: {error}"));
    if line[..line.len() - line.trim_start().len()].contains('\t') {
        finding = finding.help("indent with spaces: YAML does not allow tabs there");
    }
    let finding = finding.at(file, start..line_start + line.len().max(start - line_start), "");
    let source = SourceFile { path: file.to_owned(), text: text.to_owned() };
    Report { sources: vec![source], diagnostics: vec![finding], ..Report::default() }
}
