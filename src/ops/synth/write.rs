//! Writing an assembly: aside, then in place of the former one.

use std::collections::BTreeSet;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sha2::{Digest, Sha256};

use super::SynthError;
use crate::archive::{self, ArchiveError};
use crate::assembly::Provenance;
use crate::disk;
use crate::ops::abreast;
use crate::synth::{AssemblyFile, Content};

/// Replaces a folder by an assembly. A folder that is none of pipectl is left alone.
pub(super) fn replace(out: &Utf8Path, sources: &Utf8Path, files: &[AssemblyFile]) -> Result<(), SynthError> {
    // The assembly of a CDK app has the same marker, but is its build's, which may be read here.
    let is_occupied = out.exists() && !out.join(Provenance::FILE).exists() && !is_empty(out);
    if is_occupied {
        return Err(SynthError::Occupied { folder: out.to_owned() });
    }
    let failed = |cause| SynthError::Write { folder: out.to_owned(), cause };
    let parent = match out.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent.to_owned(),
        _ => Utf8PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(failed)?;
    let aside = tempfile::Builder::new().prefix(".pipectl-synth-").tempdir_in(&parent);
    let aside = aside.map_err(|error| failed(disk::unwritten(out, &error)))?;
    let folder = Utf8Path::from_path(aside.path())
        .ok_or_else(|| failed(io::Error::other("the folder's name is not UTF-8")))?
        .join("assembly");
    fs::create_dir(&folder).map_err(failed)?;
    let mut made = BTreeSet::new();
    let mut different: Vec<&AssemblyFile> = Vec::new();
    for file in files {
        if let Some(former) = different.last().filter(|former| former.path == file.path) {
            same(sources, former, file)?;
            continue;
        }
        different.push(file);
        let target = folder.join(&file.path);
        if let Some(parent) = target.parent()
            && made.insert(parent.to_owned())
        {
            fs::create_dir_all(parent).map_err(failed)?;
        }
    }
    let written = abreast::each(&different, |file| write(&folder.join(&file.path), sources, &file.content));
    written.into_iter().collect::<Result<(), _>>()?;
    if out.exists() {
        fs::rename(out, folder.with_file_name("former")).map_err(failed)?;
    }
    fs::rename(&folder, out).map_err(failed)
}

/// Refuses two files of one name, which stand next to each other, unless they hold the same.
fn same(sources: &Utf8Path, one: &AssemblyFile, other: &AssemblyFile) -> Result<(), SynthError> {
    let digest = |file: &AssemblyFile| match &file.content {
        Content::Text(text) => Ok(hex::encode(Sha256::digest(text))),
        Content::CopyOf { path, .. } => {
            let source = sources.join(path);
            let digest = if source.is_dir() { archive::hash_folder(&source) } else { archive::hash_file(&source) };
            digest.map_err(|cause| SynthError::Asset { path: source, cause })
        }
    };
    if digest(one)? == digest(other)? { Ok(()) } else { Err(SynthError::Twice { name: one.path.clone() }) }
}

/// Whether a path is a folder without anything in it.
fn is_empty(folder: &Utf8Path) -> bool {
    folder.read_dir_utf8().is_ok_and(|mut entries| entries.next().is_none())
}

fn write(target: &Utf8Path, sources: &Utf8Path, content: &Content) -> Result<(), SynthError> {
    let failed = |cause| SynthError::Write { folder: target.to_owned(), cause };
    match content {
        Content::Text(text) => fs::write(target, text).map_err(failed),
        Content::CopyOf { path, within } => {
            let source = sources.join(path);
            stay_within(&source, &sources.join(within))?;
            if source.is_dir() { copy_folder(&source, target) } else { copy(&source, target).map_err(failed) }
        }
    }
}

/// Refuses an assembly of which something could not be copied.
pub(super) fn check(sources: &Utf8Path, files: &[AssemblyFile]) -> Result<(), SynthError> {
    let checked = abreast::each(files, |file| match &file.content {
        Content::Text(_) => Ok(()),
        Content::CopyOf { path, within } => check_source(&sources.join(path), &sources.join(within)),
    });
    checked.into_iter().collect()
}

/// Refuses a file or folder that could not be copied: it is not there, or a link in it or to it leads out of where it may
/// lead. `folder` is that of its maker.
pub(in crate::ops) fn check_source(path: &Utf8Path, folder: &Utf8Path) -> Result<(), SynthError> {
    stay_within(path, folder)?;
    if path.is_dir() {
        archive::entries(path).map_err(|cause| SynthError::Asset { path: path.to_owned(), cause })?;
    }
    Ok(())
}

/// Refuses a file or folder that is, or lies behind, a link out of a folder: what is there is not under the control of
/// whoever made the folder.
pub(super) fn stay_within(path: &Utf8Path, folder: &Utf8Path) -> Result<(), SynthError> {
    let failed = |cause| SynthError::Asset { path: path.to_owned(), cause };
    let folder = if folder.as_str().is_empty() { Utf8Path::new(".") } else { folder };
    let root = fs::canonicalize(folder).map_err(|cause| failed(cause.into()))?;
    let target = fs::canonicalize(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => SynthError::Missing { path: path.to_owned() },
        _ => failed(cause.into()),
    })?;
    if target.starts_with(&root) {
        return Ok(());
    }
    Err(failed(ArchiveError::LinkOutside { path: path.to_owned(), target: target.to_string_lossy().into_owned() }))
}

fn copy_folder(source: &Utf8Path, target: &Utf8Path) -> Result<(), SynthError> {
    let entries = archive::entries(source).map_err(|cause| SynthError::Asset { path: source.to_owned(), cause })?;
    let failed = |cause| SynthError::Write { folder: target.to_owned(), cause };
    fs::create_dir_all(target).map_err(failed)?;
    for entry in entries {
        let path = target.join(&entry.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        copy(&entry.path, &path).map_err(failed)?;
    }
    Ok(())
}

fn copy(source: &Utf8Path, target: &Utf8Path) -> io::Result<()> {
    fs::copy(source, target).map(drop)
}
