//! From an asset's source to a file that can be sent.

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sha2::{Digest, Sha256};

use crate::archive::{ArchiveError, Entry, entries, pack_entries};

/// The folder of an assembly where archives lie while they are sent. The CDK's tools use the same.
const CACHE: &str = ".cache";

/// An asset's source after a look at it.
#[derive(Debug)]
pub(super) enum Seen {
    /// A file.
    File { path: Utf8PathBuf, size: u64 },
    /// The files of a folder.
    Folder { entries: Vec<Entry>, archive: Utf8PathBuf },
}

impl Seen {
    /// Looks at a file; `path` is absolute or relative to the assembly's root.
    pub fn file(root: &Utf8Path, path: &Utf8Path) -> Result<Self, ArchiveError> {
        let path = root.join(path);
        let size = fs::metadata(&path)?.len();
        Ok(Self::File { path, size })
    }

    /// Looks at a folder; `path` is relative to the assembly's root.
    pub fn folder(root: &Utf8Path, path: &Utf8Path) -> Result<Self, ArchiveError> {
        let folder = root.join(path);
        if folder.is_file() {
            // Other tools put archives that are ready into assemblies and still say that they be zipped.
            return Self::file(root, path);
        }
        let name = hex::encode(&Sha256::digest(path.as_str())[..16]);
        let archive = root.join(CACHE).join(name).with_extension("zip");
        Ok(Self::Folder { entries: entries(&folder)?, archive })
    }

    /// How much there is to be read.
    pub fn size(&self) -> u64 {
        match self {
            Self::File { size, .. } => *size,
            Self::Folder { entries, .. } => entries.iter().map(|entry| entry.size).sum(),
        }
    }
}

/// A file that can be sent.
#[derive(Debug)]
pub(super) enum Ready {
    /// A file of the assembly.
    Own(Utf8PathBuf),
    /// An archive made for this purpose; it goes when the value does.
    Made(Utf8PathBuf),
}

impl Ready {
    /// Zips the source if need be.
    pub fn make(seen: Seen) -> Result<Self, ArchiveError> {
        match seen {
            Seen::File { path, .. } => Ok(Self::Own(path)),
            Seen::Folder { entries, archive } => {
                pack_entries(&entries, &archive)?;
                Ok(Self::Made(archive))
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &Utf8Path {
        match self {
            Self::Own(path) | Self::Made(path) => path,
        }
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if let Self::Made(path) = self {
            // An archive that stays behind is replaced by the next run.
            let _ = fs::remove_file(path);
        }
    }
}
