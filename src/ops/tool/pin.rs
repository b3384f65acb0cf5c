//! Putting pipectl into the toolkit bucket.

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::ToolError;
use crate::archive::{ArchiveError, Entry, Mode, hash_file, pack_entries};
use crate::aws::Aws;
use crate::aws::s3::Upload;
use crate::ops::blocking;

/// The name of the one file in the archive.
const FILE: &str = "pipectl";

/// Which pipectl a pipeline's builds use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The bucket that holds it.
    pub bucket: String,
    /// The key of the archive.
    pub key: String,
    /// The SHA-256 of the binary, in hexadecimal digits.
    pub digest: String,
    /// Its version.
    pub version: String,
}

/// Says where this pipectl lies in a bucket, or will. `executable` is the path of the running program.
pub async fn would_pin(bucket: &str, executable: &Utf8Path) -> Result<Pin, ToolError> {
    let digest = packing(executable, hash_file).await?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Pin { bucket: bucket.to_owned(), key: key(&digest), digest, version })
}

/// Makes sure that this pipectl lies in a bucket, and says where.
pub async fn pin(aws: &Aws, bucket: &str, executable: &Utf8Path) -> Result<Pin, ToolError> {
    let pin = would_pin(bucket, executable).await?;
    put(aws, &pin, executable).await?;
    Ok(pin)
}

/// Makes sure that this pipectl lies where it should.
pub async fn put(aws: &Aws, pin: &Pin, executable: &Utf8Path) -> Result<(), ToolError> {
    let Pin { bucket, key, .. } = pin;
    let storage = aws.storage();
    let failed = |source| ToolError::Upload { bucket: bucket.clone(), key: key.clone(), source };
    if storage.head(bucket, key).await.map_err(failed)?.is_none() {
        let folder = tempfile::tempdir().map_err(|cause| unreadable(executable, cause))?;
        let archive = Utf8PathBuf::try_from(folder.path().join("pipectl.zip"))
            .map_err(|cause| unreadable(executable, cause.into_io_error()))?;
        let target = archive.clone();
        packing(executable, move |path| pack(path, &target)).await?;
        // The key is a promise about the content, which an upgrade may have changed in the meantime.
        if packing(executable, hash_file).await? != pin.digest {
            return Err(ToolError::Replaced { path: executable.to_owned() });
        }
        let upload = Upload {
            bucket: bucket.clone(),
            key: key.clone(),
            content_type: Some("application/zip".to_owned()),
            encryption: storage.encryption_of_uploads(bucket).await.map_err(failed)?,
        };
        storage.put_file(&upload, &archive).await.map_err(failed)?;
    }
    Ok(())
}

/// The key of the archive that holds the binary of a digest.
pub fn key(digest: &str) -> String {
    format!("pipectl/{digest}.zip")
}

fn pack(executable: &Utf8Path, archive: &Utf8Path) -> Result<(), ArchiveError> {
    let entry = Entry {
        name: FILE.to_owned(),
        path: executable.to_owned(),
        mode: Mode::Executable,
        size: fs::metadata(executable)?.len(),
    };
    pack_entries(&[entry], archive)
}

/// Runs what reads the executable, which blocks, beside what does not.
async fn packing<T: Send + 'static>(
    executable: &Utf8Path,
    work: impl FnOnce(&Utf8Path) -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, ToolError> {
    let path = executable.to_owned();
    blocking(move || work(&path)).await.map_err(|source| ToolError::Pack { path: executable.to_owned(), source })
}

fn unreadable(executable: &Utf8Path, cause: std::io::Error) -> ToolError {
    ToolError::Unreadable { path: executable.to_owned(), cause }
}
