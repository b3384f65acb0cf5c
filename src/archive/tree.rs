//! What a folder holds, in a fixed order.

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use walkdir::WalkDir;

use super::ArchiveError;

/// A file that goes into an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name in the archive, with slashes.
    pub name: String,
    /// Where it lies.
    pub path: Utf8PathBuf,
    /// Whether it may be executed.
    pub mode: Mode,
    /// Its size in bytes.
    pub size: u64,
}

/// Whether a file may be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// It is only read and written.
    Plain,
    /// It may be executed.
    Executable,
}

impl Mode {
    /// The mode of a file with these permission bits.
    pub fn of_bits(bits: u32) -> Self {
        if bits & 0o100 == 0 { Self::Plain } else { Self::Executable }
    }

    /// The permission bits that stand for the mode in archives.
    pub fn bits(self) -> u32 {
        match self {
            Self::Plain => 0o644,
            Self::Executable => 0o755,
        }
    }
}

/// Lists the files of a folder, sorted by name, files with a leading dot included.
///
/// Links are followed and count as what they lead to; one that leads out of the folder is refused, because what lies
/// there is not under the control of whoever owns the folder. Folders without files are not listed.
pub fn entries(folder: &Utf8Path) -> Result<Vec<Entry>, ArchiveError> {
    let root = fs::canonicalize(folder)?;
    let mut entries = Vec::new();
    for found in WalkDir::new(folder).min_depth(1).follow_links(true) {
        let found = found.map_err(|cause| ArchiveError::Walk { folder: folder.to_owned(), cause })?;
        let path = Utf8Path::from_path(found.path()).ok_or_else(|| ArchiveError::NotText {
            folder: folder.to_owned(),
            name: found.path().to_string_lossy().into_owned(),
        })?;
        if found.path_is_symlink() {
            let target = fs::canonicalize(path)?;
            if !target.starts_with(&root) {
                return Err(ArchiveError::LinkOutside {
                    path: path.to_owned(),
                    target: target.to_string_lossy().into_owned(),
                });
            }
        }
        if found.file_type().is_dir() {
            continue;
        }
        if !found.file_type().is_file() {
            return Err(ArchiveError::Special { path: path.to_owned() });
        }
        let metadata = found.metadata().map_err(|cause| ArchiveError::Walk { folder: folder.to_owned(), cause })?;
        entries.push(Entry {
            name: path.strip_prefix(folder).unwrap_or(path).as_str().to_owned(),
            path: path.to_owned(),
            mode: mode_of(&metadata),
            size: metadata.len(),
        });
    }
    entries.sort();
    Ok(entries)
}

fn mode_of(metadata: &std::fs::Metadata) -> Mode {
    use std::os::unix::fs::PermissionsExt;

    Mode::of_bits(metadata.permissions().mode())
}
