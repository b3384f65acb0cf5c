//! The `artifacts` section: what a build gives out.

use indexmap::IndexMap;
use serde::Serialize;

use super::reader::{Fields, Node, Reader};

/// One artifact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Artifact {
    /// The patterns of the files that belong to it.
    pub files: Vec<String>,
    /// Its name, which the build's shell expands.
    pub name: Option<String>,
    /// The folder that the patterns are relative to; may be a pattern itself.
    pub base_directory: Option<String>,
    /// Only the files' names are kept.
    pub discard_paths: bool,
    /// The patterns of files that do not belong to it.
    pub exclude_paths: Vec<String>,
    /// Symbolic links are kept as links.
    pub enable_symlinks: bool,
    /// A prefix of the artifact's key in S3.
    pub s3_prefix: Option<String>,
}

/// The `artifacts` section.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Artifacts {
    /// The artifact without an identifier. It may be missing where there are others; it has no files then.
    pub primary: Artifact,
    /// The artifacts with one.
    pub secondary: IndexMap<String, Artifact>,
}

const KEYS: [&str; 7] =
    ["files", "name", "base-directory", "discard-paths", "exclude-paths", "enable-symlinks", "s3-prefix"];

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Artifacts {
    let mut known = KEYS.to_vec();
    known.push("secondary-artifacts");
    let fields = reader.fields(node, &known);
    if fields.get("secondary-artifacts").is_none() {
        demand_files(reader, node, &fields);
    }
    let primary = read_artifact(reader, &fields);
    let mut secondary = IndexMap::new();
    if let Some(section) = fields.get("secondary-artifacts") {
        for entry in reader.entries(&section) {
            let fields = reader.fields(&entry, &KEYS);
            demand_files(reader, &entry, &fields);
            secondary.insert(entry.name(), read_artifact(reader, &fields));
        }
    }
    Artifacts { primary, secondary }
}

fn demand_files(reader: &mut Reader<'_>, node: &Node<'_>, fields: &Fields<'_>) {
    if fields.get("files").is_none() {
        reader.missing(node, "files", "list what belongs to the artifact; `'**/*'` stands for everything");
    }
}

fn read_artifact(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Artifact {
    Artifact {
        files: reader.texts(fields.get("files")),
        name: reader.optional_text(fields.get("name")),
        base_directory: reader.optional_text(fields.get("base-directory")),
        discard_paths: reader.yes_no(fields.get("discard-paths")).unwrap_or_default(),
        exclude_paths: reader.texts(fields.get("exclude-paths")),
        enable_symlinks: reader.yes_no(fields.get("enable-symlinks")).unwrap_or_default(),
        s3_prefix: reader.optional_text(fields.get("s3-prefix")),
    }
}
