//! Archives to folders. Archives come from elsewhere, so nothing in them is trusted.

use std::io::{self, Read};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use fs_err as fs;
use zip::ZipArchive;
use zip::result::ZipError;

use super::{ArchiveError, Mode};

/// How much an archive may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many bytes, unpacked.
    pub bytes: u64,
    /// How many files and folders.
    pub entries: u64,
}

impl Default for Bounds {
    /// Far more than a source or an assembly holds, far less than an archive made to fill a disk.
    fn default() -> Self {
        Self { bytes: 8 << 30, entries: 500_000 }
    }
}

/// Unpacks an archive into a folder, which is made if need be. No file that exists is overwritten.
///
/// Names and links that lead out of the folder and entries that come twice are refused; the size is counted as it is
/// unpacked, whatever the archive says. Links are made last, so that nothing is written through them.
pub fn unpack(archive: &Utf8Path, folder: &Utf8Path, bounds: Bounds) -> Result<(), ArchiveError> {
    let damaged = |cause| match cause {
        ZipError::Io(cause) => ArchiveError::File(cause),
        cause => ArchiveError::Damaged { archive: archive.to_owned(), cause },
    };
    let too_large = |limit, unit| ArchiveError::TooLarge { archive: archive.to_owned(), limit, unit };
    let file = io::BufReader::with_capacity(128 * 1024, fs::File::open(archive)?);
    let mut source = ZipArchive::new(file).map_err(damaged)?;
    if source.len() as u64 > bounds.entries {
        return Err(too_large(bounds.entries, "entries"));
    }
    fs::create_dir_all(folder)?;
    let mut left = bounds.bytes;
    let mut links = Vec::new();
    for index in 0..source.len() {
        let mut entry = source.by_index(index).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        let refused = |reason| ArchiveError::Unsafe { archive: archive.to_owned(), name: name.clone(), reason };
        let path = folder.join(safe_name(&name).ok_or_else(|| refused("its name leads out of the folder"))?);
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        if entry.is_symlink() {
            let target = target_of(&mut entry)?.filter(|target| stays_inside(folder, &path, target));
            links.push((path, target.ok_or_else(|| refused("it is a link that may lead out of the folder"))?, name));
            continue;
        }
        let mode = entry.unix_mode().map_or(Mode::Plain, Mode::of_bits);
        let mut file = create(&path, mode).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => already_there(archive, name.clone()),
            _ => error.into(),
        })?;
        let written = io::copy(&mut entry.by_ref().take(left + 1), &mut file)?;
        left = left.checked_sub(written).ok_or_else(|| too_large(bounds.bytes, "bytes"))?;
    }
    for (path, target, name) in links {
        fs_err::os::unix::fs::symlink(target, path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => already_there(archive, name),
            _ => error.into(),
        })?;
    }
    Ok(())
}

/// How long the path may be that a link leads to: what Linux allows (`PATH_MAX`).
const LONGEST_TARGET: u64 = 4096;

/// Returns what a link leads to; `None` when that is no path.
fn target_of(link: &mut impl Read) -> io::Result<Option<Utf8PathBuf>> {
    let mut bytes = Vec::new();
    link.take(LONGEST_TARGET).read_to_end(&mut bytes)?;
    Ok(String::from_utf8(bytes).ok().map(Utf8PathBuf::from))
}

/// Whether a link stays in the folder: it goes up to a folder of it, if at all, and then only down. Going up later may
/// start from what another link leads to.
fn stays_inside(folder: &Utf8Path, link: &Utf8Path, target: &Utf8Path) -> bool {
    let ups = target.components().take_while(|component| *component == Utf8Component::ParentDir).count();
    let mut rest = target.components().skip(ups);
    let is_plain = !target.as_str().is_empty() && !target.as_str().contains(['\0', '\\']);
    let depth = link.strip_prefix(folder).map_or(0, |link| link.components().count() - 1);
    is_plain && ups <= depth && rest.all(|part| matches!(part, Utf8Component::Normal(_) | Utf8Component::CurDir))
}

fn already_there(archive: &Utf8Path, name: String) -> ArchiveError {
    ArchiveError::Unsafe { archive: archive.to_owned(), name, reason: "a file of this name is already there" }
}

/// Returns an entry's name as a path that stays inside of whatever folder it is joined to.
fn safe_name(name: &str) -> Option<Utf8PathBuf> {
    let is_safe = !name.contains(['\0', '\\'])
        && Utf8Path::new(name)
            .components()
            .all(|component| matches!(component, Utf8Component::Normal(_) | Utf8Component::CurDir));
    let path: Utf8PathBuf =
        Utf8Path::new(name).components().filter(|component| *component != Utf8Component::CurDir).collect();
    (is_safe && !path.as_str().is_empty()).then_some(path)
}

fn create(path: &Utf8Path, mode: Mode) -> io::Result<fs::File> {
    use fs_err::os::unix::fs::OpenOptionsExt;

    fs::OpenOptions::new().write(true).create_new(true).mode(mode.bits()).open(path)
}
