//! The `reports` section: test results and coverage.

use indexmap::IndexMap;
use serde::Serialize;

use super::locate::Part;
use super::reader::{Node, Reader};
use crate::diagnostic::Diagnostic;

/// The format of a report's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names are those of the formats")]
pub enum ReportFormat {
    CucumberJson,
    #[default]
    JunitXml,
    NunitXml,
    Nunit3Xml,
    TestngXml,
    VisualStudioTrx,
    CloverXml,
    CoberturaXml,
    JacocoXml,
    SimpleCov,
}

impl ReportFormat {
    const ALL: [(&'static str, Self); 10] = [
        ("CUCUMBERJSON", Self::CucumberJson),
        ("JUNITXML", Self::JunitXml),
        ("NUNITXML", Self::NunitXml),
        ("NUNIT3XML", Self::Nunit3Xml),
        ("TESTNGXML", Self::TestngXml),
        ("VISUALSTUDIOTRX", Self::VisualStudioTrx),
        ("CLOVERXML", Self::CloverXml),
        ("COBERTURAXML", Self::CoberturaXml),
        ("JACOCOXML", Self::JacocoXml),
        ("SIMPLECOV", Self::SimpleCov),
    ];

    /// The name as the buildspec writes it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// Whether the format tells what tests cover, and not how they went.
    pub fn is_coverage(self) -> bool {
        matches!(self, Self::CloverXml | Self::CoberturaXml | Self::JacocoXml | Self::SimpleCov)
    }
}

/// The report of one group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReportGroup {
    /// The patterns of the files with the results.
    pub files: Vec<String>,
    /// The folder that the patterns are relative to.
    pub base_directory: Option<String>,
    /// Only the files' names are kept.
    pub discard_paths: bool,
    /// The files' format.
    pub format: ReportFormat,
}

/// The most report groups that a build may have.
const MOST_GROUPS: usize = 5;

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> IndexMap<String, ReportGroup> {
    let entries = reader.entries(node);
    if entries.len() > MOST_GROUPS {
        let message = format!("there are {} report groups; at most {MOST_GROUPS} are allowed", entries.len());
        reader.note(node, Part::Key, Diagnostic::error("too-many", message));
    }
    let mut groups = IndexMap::new();
    for entry in entries {
        let fields = reader.fields(&entry, &["files", "base-directory", "discard-paths", "file-format"]);
        if fields.get("files").is_none() {
            reader.missing(&entry, "files", "list the files that hold the results");
        }
        let group = ReportGroup {
            files: reader.texts(fields.get("files")),
            base_directory: reader.optional_text(fields.get("base-directory")),
            discard_paths: reader.yes_no(fields.get("discard-paths")).unwrap_or_default(),
            format: reader.choice(fields.get("file-format"), &ReportFormat::ALL).unwrap_or_default(),
        };
        groups.insert(entry.name(), group);
    }
    groups
}
