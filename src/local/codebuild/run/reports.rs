//! The `reports` section: which files hold results.

use camino::Utf8Path;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::log::Log;
use super::select::{bases, select};
use super::timeline::PhaseFailure;
use crate::buildspec::ReportGroup;

/// What was found for one report group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundReport {
    /// The group's name or ARN, as the buildspec has it.
    pub group: String,
    /// The format, as the buildspec has it.
    pub format: String,
    /// Whether the report tells what tests cover, and not how they went.
    pub is_coverage: bool,
    /// The files, relative to the base directory.
    pub files: Vec<String>,
}

/// Looks for the files of all groups. A group without any is no failure.
pub(super) async fn find(
    groups: &IndexMap<String, ReportGroup>,
    source: &Utf8Path,
    log: &Log,
) -> Result<Vec<FoundReport>, PhaseFailure> {
    let mut reports = Vec::new();
    for (name, group) in groups {
        let mut files = Vec::new();
        for base in bases(source, group.base_directory.as_deref())? {
            for (file, path) in select(&base.folder, &group.files, &[])? {
                let kept = if group.discard_paths { path.file_name().unwrap_or(&file).to_owned() } else { file };
                files.push(format!("{}{kept}", if group.discard_paths { "" } else { base.prefix.as_str() }));
            }
        }
        let found = if files.is_empty() { "no file".to_owned() } else { crate::text::count(files.len(), "file") };
        log.note(format!("Report {name}: found {found}")).await;
        reports.push(FoundReport {
            group: name.clone(),
            format: group.format.name().to_owned(),
            is_coverage: group.format.is_coverage(),
            files,
        });
    }
    Ok(reports)
}
