//! `amplify-export-manifest.json` and the two lists beside it, in both dialects.
//!
//! The first releases of `amplify export` (2021) wrote the export's own folder before every path and capitals in the keys of
//! tags; exports made on Windows have backslashes.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ExportFiles;
use crate::assembly::inside;
use crate::cfn::place;
use crate::diagnostic::{Diagnostic, Report, SourceFile};

/// The file that makes a folder an export.
pub const MANIFEST: &str = "amplify-export-manifest.json";
const CATEGORIES: &str = "category-stack-mapping.json";
const TAGS: &str = "export-tags.json";

/// What the manifest says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Manifest {
    /// The name of the stack that the Amplify CLI deploys.
    pub stack_name: String,
    /// The root stack.
    pub root: Node,
}

/// What the manifest says of a stack.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// The template's path in the export.
    pub template: Utf8PathBuf,
    /// Values of the template's parameters.
    pub parameters: IndexMap<String, Value>,
    /// The nested stacks by their logical ids.
    pub nested: IndexMap<String, Node>,
}

/// What a resource of an Amplify project is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CategoryResource {
    /// The category, such as `api`.
    pub category: String,
    /// Its name within the category.
    pub resource_name: String,
    /// What it is made with, such as `AppSync`.
    pub service: String,
}

impl CategoryResource {
    /// The logical id of its stack in the root stack.
    pub fn logical_id(&self) -> String {
        format!("{}{}", self.category, self.resource_name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    stack_name: String,
    props: RawNode,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawNode {
    template_file: String,
    parameters: Option<IndexMap<String, Value>>,
    load_nested_stacks: Option<IndexMap<String, RawNode>>,
}

#[derive(Deserialize)]
struct RawTag {
    #[serde(alias = "Key")]
    key: String,
    #[serde(alias = "Value")]
    value: String,
}

/// Reads the manifest.
pub(super) fn manifest(files: &ExportFiles, report: &mut Report) -> Option<Manifest> {
    let raw: RawManifest = decoded(files, MANIFEST, report)?;
    let dialect = Dialect::of(&raw.props, files);
    Some(Manifest { stack_name: raw.stack_name, root: dialect.node(raw.props, report)? })
}

/// Reads which resources of the project there are.
pub(super) fn categories(files: &ExportFiles, report: &mut Report) -> Option<Vec<CategoryResource>> {
    decoded(files, CATEGORIES, report)
}

/// Reads the tags.
pub(super) fn tags(files: &ExportFiles, report: &mut Report) -> Option<IndexMap<String, String>> {
    let tags: Vec<RawTag> = decoded(files, TAGS, report)?;
    Some(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// How the paths of a manifest begin.
enum Dialect {
    Released,
    /// With the name that the export's folder had.
    Prefixed,
}

impl Dialect {
    fn of(root: &RawNode, files: &ExportFiles) -> Self {
        let path = Utf8PathBuf::from(root.template_file.replace('\\', "/"));
        match without_first(&path) {
            Some(rest) if !files.contains(&path) && files.contains(rest) => Self::Prefixed,
            _ => Self::Released,
        }
    }

    fn node(&self, raw: RawNode, report: &mut Report) -> Option<Node> {
        let written = raw.template_file.replace('\\', "/");
        let path = match self {
            Self::Released => written.as_str(),
            Self::Prefixed => without_first(Utf8Path::new(&written)).map_or("", Utf8Path::as_str),
        };
        let Some(template) = inside(Utf8Path::new(""), path) else {
            let message = format!("`{MANIFEST}` names a template outside of the export: `{}`", raw.template_file);
            report.push(Diagnostic::error("path-outside", message).help(AGAIN));
            return None;
        };
        let mut nested = IndexMap::new();
        for (logical_id, node) in raw.load_nested_stacks.unwrap_or_default() {
            nested.insert(logical_id, self.node(node, report)?);
        }
        Some(Node { template, parameters: raw.parameters.unwrap_or_default(), nested })
    }
}

/// What repairs most exports.
pub(super) const AGAIN: &str = "`amplify export --out DIR` writes the export anew";

/// What is wrong with a file that is there and was not read.
pub(super) const NO_TEXT: &str = "is not a text in UTF-8 of at most 16 MiB";

fn without_first(path: &Utf8Path) -> Option<&Utf8Path> {
    let mut components = path.components();
    components.next()?;
    let rest = components.as_path();
    (!rest.as_str().is_empty()).then_some(rest)
}

/// Reads a list of the export's own.
fn decoded<T: DeserializeOwned>(files: &ExportFiles, name: &str, report: &mut Report) -> Option<T> {
    let Some(text) = files.text(Utf8Path::new(name)) else {
        report.push(absent(files, name));
        return None;
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut reader);
    let (key, error) = match read {
        Ok(value) => match reader.end() {
            Ok(()) => return Some(value),
            Err(error) => (String::new(), error),
        },
        Err(error) => (error.path().to_string(), error.into_inner()),
    };
    let message = match error.is_data() {
        true => format!("`{name}` has an unusable value at `{key}`: {error}"),
        false => format!("`{name}` is not JSON: {error}"),
    };
    let file = files.name_of(Utf8Path::new(name));
    let finding = Diagnostic::error("broken-export", message);
    report.push(finding.at(&file, place(text, error.line(), error.column()), "").help(AGAIN));
    report.sources.push(SourceFile { path: file, text: text.to_owned() });
    None
}

/// The finding that a list is not there; another folder may have been meant.
fn absent(files: &ExportFiles, name: &str) -> Diagnostic {
    if files.contains(Utf8Path::new(name)) {
        return Diagnostic::error("broken-export", format!("`{name}` of `{}` {NO_TEXT}", files.folder())).help(AGAIN);
    }
    let message = format!("`{}` is no whole Amplify export: `{name}` is not there", files.folder());
    let elsewhere = files.paths().find(|path| path.file_name() == Some(name)).and_then(Utf8Path::parent);
    Diagnostic::error("missing-file", message).help(match elsewhere {
        Some(folder) => format!("an export is in `{}`", files.name_of(folder)),
        None => format!("{AGAIN}; an export's own folder is called `amplify-export-…`"),
    })
}
