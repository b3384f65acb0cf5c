//! Files: every error names its path, and files are replaced as a whole.

use std::fs::{FileType, Permissions};
use std::io::{Error, ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};

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
    let written = || {
        let mut aside = tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
        aside.write_all(bytes)?;
        aside.as_file().sync_all()?;
        aside.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(|error| unwritten(path, &error))
}

/// Why something could not be written, in words that name it and not what is written aside before.
pub fn unwritten(path: &Utf8Path, error: &Error) -> Error {
    let reason = match error.raw_os_error() {
        Some(code) => Error::from_raw_os_error(code).to_string(),
        None => error.kind().to_string(),
    };
    Error::new(error.kind(), format!("failed to write `{path}`: {reason}"))
}

/// Reads a text file of at most `limit` bytes; a larger one, one that is not UTF-8, and what is no file at all is an error
/// that says so.
pub fn read_text(path: &Utf8Path, limit: u64) -> std::io::Result<String> {
    // A pipe would be waited for, perhaps for ever, so it is not even opened.
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::new(ErrorKind::NotFound, format!("there is no file `{path}`")),
        _ => error,
    })?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(Error::new(ErrorKind::IsADirectory, format!("`{path}` is a folder")));
    }
    if !kind.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, format!("`{path}` is a {}, not a file", name_of(kind))));
    }
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let size = metadata.len().max(limit + 1);
        let message = format!("`{path}` is larger than {limit} bytes: it has {size}");
        return Err(Error::new(ErrorKind::FileTooLarge, message));
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::new(ErrorKind::InvalidData, format!("`{path}` is not a UTF-8 text file")))
}

fn name_of(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    }
}

/// What to do about a text file that [`read_text`] could not read.
pub fn remedy(path: &Utf8Path, error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!("create `{path}`, or name another file"),
        ErrorKind::PermissionDenied => format!("`chmod u+r {path}` lets you read it, if it is yours"),
        ErrorKind::IsADirectory => "name a file in this folder".to_owned(),
        ErrorKind::InvalidInput => format!("`cat {path} > FILE` writes it to a file, which can be named instead"),
        ErrorKind::FileTooLarge => "divide it, or name another file".to_owned(),
        ErrorKind::InvalidData => "save it as UTF-8 text".to_owned(),
        _ => "check the path and the disk that it is on".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_named_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = Utf8Path::from_path(folder.path()).unwrap().join("taken");
        fs::create_dir(&place).unwrap();
        fs::write(place.join("file"), "").unwrap();
        let error = replace(&place, b"text").unwrap_err();
        assert_eq!(error.to_string(), format!("failed to write `{place}`: Is a directory (os error 21)"));
    }

    #[test]
    fn what_is_no_text_file_is_refused_at_once_and_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        nix::unistd::mkfifo(folder.join("pipe").as_std_path(), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
        fs::write(folder.join("large"), "12345").unwrap();
        fs::write(folder.join("binary"), [0xff]).unwrap();
        let refused = |path: &Utf8Path| {
            let error = read_text(path, 4).unwrap_err();
            let told = format!("{error}; {}", remedy(path, &error));
            told.replace(folder.as_str(), "F")
        };
        let told: Vec<String> =
            ["pipe", "socket", "", "large", "binary"].iter().map(|name| refused(&folder.join(name))).collect();
        assert_eq!(
            told,
            [
                "`F/pipe` is a pipe, not a file; `cat F/pipe > FILE` writes it to a file, which can be named instead",
                "`F/socket` is a socket, not a file; `cat F/socket > FILE` writes it to a file, which can be named instead",
                "`F/` is a folder; name a file in this folder",
                "`F/large` is larger than 4 bytes: it has 5; divide it, or name another file",
                "`F/binary` is not a UTF-8 text file; save it as UTF-8 text",
            ]
        );
        assert!(refused("/dev/null".into()).starts_with("`/dev/null` is a device, not a file"));
        assert!(refused(&folder.join("none")).ends_with("create `F/none`, or name another file"));
    }
}
