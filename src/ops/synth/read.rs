//! What synthesis works on, read from the definition's folder.

use std::collections::BTreeMap;
use std::io;

use camino::Utf8PathBuf;

use super::SynthError;
use crate::amplify::overridden::template_files;
use crate::archive;
use crate::assembly::{Assembly, Packaging};
use crate::cfn::TEMPLATE_LIMIT;
use crate::definition::{ImportSource, Stage};
use crate::diagnostic::{Diagnostic, Report};
use crate::ops::files;
use crate::ops::load::Loaded;
use crate::synth::{AssetContent, find_stack};
use crate::{disk, imports};

/// The texts of all templates; every one that cannot be read is reported.
pub(super) fn templates(loaded: &Loaded) -> Result<BTreeMap<Utf8PathBuf, String>, SynthError> {
    let mut templates = BTreeMap::new();
    let mut report = Report::default();
    for (template, origin) in loaded.definition.stages.iter().flat_map(Stage::templates) {
        if templates.contains_key(template) {
            continue;
        }
        match files::read_template(&loaded.folder, template, origin) {
            Ok(text) => {
                templates.insert(template.clone(), text);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                report.push(missing("missing-template", "template", template))
            }
            Err(error) => report.push(files::unreadable_template(&loaded.folder.join(template), &error, origin)),
        }
    }
    if report.has_errors() {
        return Err(SynthError::Invalid { file: loaded.file.clone(), report });
    }
    Ok(templates)
}

/// Adds the templates that are nested in stacks of assemblies which overrides change, or whose outputs others use.
pub(super) fn nested_templates(
    loaded: &Loaded,
    assemblies: &BTreeMap<Utf8PathBuf, Assembly>,
    templates: &mut BTreeMap<Utf8PathBuf, String>,
) -> Result<(), SynthError> {
    let stages = loaded.definition.stages.iter();
    let stacks = stages.flat_map(|stage| stage.stacks.iter().map(move |stack| (stage, stack)));
    for (_, stack) in stacks.filter(|(stage, stack)| loaded.definition.is_rewritten(&stage.name, stack)) {
        let Some(origin) = stack.origin.assembly() else { continue };
        let Some(view) = find_stack(assemblies, origin) else { continue };
        for path in template_files(&view) {
            let path = origin.assembly.join(path);
            let file = loaded.folder.join(&path);
            let text = disk::read_text(&file, TEMPLATE_LIMIT as u64).map_err(|cause| match cause.kind() {
                io::ErrorKind::NotFound => SynthError::Missing { path: file },
                _ => SynthError::Asset { path: file, cause: cause.into() },
            })?;
            templates.insert(path, text);
        }
    }
    Ok(())
}

/// The texts of the files that imports stand in.
pub(super) fn imports(loaded: &Loaded) -> Result<BTreeMap<Utf8PathBuf, String>, SynthError> {
    let mut texts = BTreeMap::new();
    let mut report = Report::default();
    for import in loaded.definition.stages.iter().flat_map(|stage| &stage.imports) {
        let ImportSource::File { path: named, .. } = &import.source else { continue };
        let path = loaded.folder.join(named);
        if texts.contains_key(named) {
            continue;
        }
        match disk::read_text(&path, imports::FILE_LIMIT) {
            Ok(text) => {
                texts.insert(named.clone(), text);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                report.push(missing("missing-file", &format!("file of the import `{}`,", import.name), named));
            }
            Err(error) => {
                let message = format!("the file `{named}` cannot be read: {error}");
                report.push(Diagnostic::error("unreadable-file", message).help(disk::remedy(&path, &error)));
            }
        }
    }
    if report.has_errors() {
        return Err(SynthError::Invalid { file: loaded.file.clone(), report });
    }
    Ok(texts)
}

/// The finding that something is not there that a build may make.
fn missing(code: &'static str, what: &str, path: &camino::Utf8Path) -> Diagnostic {
    Diagnostic::error(code, format!("the {what} `{path}` is not there"))
        .help("if the build makes it, `pipectl build` runs the build's commands first")
}

/// The digests of all assets.
pub(super) fn assets(loaded: &Loaded) -> Result<BTreeMap<Utf8PathBuf, AssetContent>, SynthError> {
    let mut assets = BTreeMap::new();
    let all = loaded.definition.stages.iter().flat_map(|stage| &stage.stacks).flat_map(|stack| &stack.assets);
    let mut report = Report::default();
    for asset in all {
        if assets.contains_key(&asset.path) {
            continue;
        }
        let path = loaded.folder.join(&asset.path);
        if !path.exists() {
            report.push(missing("missing-asset", "asset", &asset.path));
            continue;
        }
        let (packaging, digest) = if path.is_dir() {
            (Packaging::Zip, archive::hash_folder(&path))
        } else {
            (Packaging::File, archive::hash_file(&path))
        };
        let digest = digest.map_err(|cause| SynthError::Asset { path, cause })?;
        assets.insert(asset.path.clone(), AssetContent { digest, packaging });
    }
    if report.has_errors() {
        return Err(SynthError::Invalid { file: loaded.file.clone(), report });
    }
    Ok(assets)
}
