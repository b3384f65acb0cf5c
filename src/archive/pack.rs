//! Folders to archives.

use std::io::{self, BufWriter, Write};

use camino::Utf8Path;
use fs_err as fs;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{ArchiveError, Entry, entries};
use crate::disk;

/// From this size on an entry is written in the form for large files (zip64); a little below the 4 GiB that need it,
/// because compression may make a file larger.
const LARGE: u64 = 0xF000_0000;

/// Packs all files of a folder into an archive, which appears as a whole or not at all.
pub fn pack(folder: &Utf8Path, archive: &Utf8Path) -> Result<(), ArchiveError> {
    pack_entries(&entries(folder)?, archive)
}

/// Packs files into an archive, in the order given; the archive appears as a whole or not at all.
pub fn pack_entries(entries: &[Entry], archive: &Utf8Path) -> Result<(), ArchiveError> {
    let folder = match archive.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder,
        _ => Utf8Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut aside = tempfile::NamedTempFile::new_in(folder).map_err(|error| disk::unwritten(archive, &error))?;
    let damaged = |cause| match cause {
        ZipError::Io(cause) => ArchiveError::File(cause),
        cause => ArchiveError::Damaged { archive: archive.to_owned(), cause },
    };
    let mut writer = ZipWriter::new(BufWriter::with_capacity(128 * 1024, aside.as_file_mut()));
    for entry in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(entry.mode.bits())
            .large_file(entry.size >= LARGE);
        writer.start_file(entry.name.as_str(), options).map_err(damaged)?;
        io::copy(&mut fs::File::open(&entry.path)?, &mut writer)?;
    }
    writer.finish().map_err(damaged)?.flush()?;
    aside.persist(archive).map_err(|error| disk::unwritten(archive, &error.error))?;
    Ok(())
}
