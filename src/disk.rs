//! Files: every error names its path, and files are replaced as a whole.

use std::io::Write;

use camino::Utf8Path;
use fs_err as fs;

/// Replaces a file as a whole: a reader sees the old bytes or the new ones, never a part.
pub fn replace(path: &Utf8Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder,
        _ => Utf8Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut aside = tempfile::NamedTempFile::new_in(folder)?;
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
