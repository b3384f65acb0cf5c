//! Files: every error names its path, and files are replaced as a whole.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use camino::Utf8Path;
use fs_err as fs;

/// Who may read a new file.
#[derive(Debug, Clone, Copy)]
enum Readers {
    /// Whoever the user's mask lets.
    AsUsual,
    /// The user alone.
    Owner,
}

/// Replaces a file as a whole: a reader sees the old bytes or the new ones, never a part.
pub fn replace(path: &Utf8Path, bytes: &[u8]) -> std::io::Result<()> {
    replace_for(path, bytes, Readers::AsUsual)
}

/// Replaces a file as a whole, as [`replace`] does; nobody but its owner may read it.
pub fn replace_private(path: &Utf8Path, bytes: &[u8]) -> std::io::Result<()> {
    replace_for(path, bytes, Readers::Owner)
}

fn replace_for(path: &Utf8Path, bytes: &[u8], readers: Readers) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder,
        _ => Utf8Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mode = match readers {
        Readers::AsUsual => 0o666,
        Readers::Owner => 0o600,
    };
    let mut aside = tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
    aside.write_all(bytes)?;
    aside.as_file().sync_all()?;
    aside.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Reads a text file of at most `limit` bytes; a larger one, or one that is not UTF-8, is an error that says so.
pub fn read_text(path: &Utf8Path, limit: u64) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Read};

    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Error::new(ErrorKind::FileTooLarge, format!("`{path}` is larger than {limit} bytes")));
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::new(ErrorKind::InvalidData, format!("`{path}` is not a UTF-8 text file")))
}
