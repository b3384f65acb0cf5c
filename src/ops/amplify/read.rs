//! An export's files.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::ExportError;
use crate::amplify::gen1::{Export, ExportFiles, FileContent};
use crate::archive::{self, ArchiveError, Entry};
use crate::diagnostic::Report;
use crate::disk;
use crate::ops::abreast;

/// The largest file that is read as a text. No template that CloudFormation takes is as large, nor any manifest.
const LARGEST_TEXT: u64 = 16 << 20;

/// Reads an export. `name` is what messages call its folder.
pub(in crate::ops) fn export(folder: &Utf8Path, name: &Utf8Path) -> Result<(Option<Export>, Report), ExportError> {
    Ok(Export::read(files(folder, name)?))
}

/// Reads an export's files: the texts of what may be templates, the digests of all else.
fn files(folder: &Utf8Path, name: &Utf8Path) -> Result<ExportFiles, ExportError> {
    if !folder.is_dir() {
        return Err(ExportError::Missing { folder: name.to_owned() });
    }
    let failed = |cause| ExportError::Unreadable { folder: name.to_owned(), cause };
    let entries = archive::entries(folder).map_err(failed)?;
    let contents = abreast::each(&entries, content);
    let named = entries.into_iter().zip(contents);
    let files = named.map(|(entry, content)| Ok((Utf8PathBuf::from(entry.name), content.map_err(failed)?)));
    Ok(ExportFiles::new(name, files.collect::<Result<BTreeMap<_, _>, _>>()?))
}

fn content(entry: &Entry) -> Result<FileContent, ArchiveError> {
    let may_be_text = entry.path.extension().is_some_and(|extension| ExportFiles::TEXTS.contains(&extension));
    if may_be_text && let Ok(text) = disk::read_text(&entry.path, LARGEST_TEXT) {
        return Ok(FileContent::Text(text));
    }
    archive::hash_file(&entry.path).map(FileContent::Digest)
}
