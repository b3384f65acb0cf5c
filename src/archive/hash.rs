//! Hashes of content, for names that change when the content does.

use std::io::{self, Read};

use camino::Utf8Path;
use fs_err as fs;
use sha2::{Digest, Sha256};

use super::{ArchiveError, Mode, entries};

/// How much of a file is read at once.
const CHUNK: usize = 128 * 1024;

/// Returns the SHA-256 of a file's content, in hexadecimal digits.
pub fn hash_file(path: &Utf8Path) -> Result<String, ArchiveError> {
    // A pipe would be waited for, perhaps for ever.
    if !fs::metadata(path)?.is_file() {
        return Err(ArchiveError::Special { path: path.to_owned() });
    }
    let mut hasher = Sha256::new();
    add_content(&mut hasher, path)?;
    Ok(hex::encode(hasher.finalize()))
}

/// Returns a SHA-256 over the names, modes and contents of a folder's files, in hexadecimal digits.
///
/// It changes exactly when [`super::pack`] would give other bytes for the folder.
pub fn hash_folder(folder: &Utf8Path) -> Result<String, ArchiveError> {
    let mut hasher = Sha256::new();
    for entry in entries(folder)? {
        hasher.update((entry.name.len() as u64).to_be_bytes());
        hasher.update(&entry.name);
        hasher.update(match entry.mode {
            Mode::Plain => b"-",
            Mode::Executable => b"x",
        });
        let mut content = Sha256::new();
        add_content(&mut content, &entry.path)?;
        hasher.update(content.finalize());
    }
    Ok(hex::encode(hasher.finalize()))
}

fn add_content(hasher: &mut Sha256, path: &Utf8Path) -> io::Result<()> {
    let mut file = fs::File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            return Ok(());
        }
        hasher.update(&chunk[..length]);
    }
}
