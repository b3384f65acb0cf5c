//! What can go wrong with archives and the folders they are made of.

use std::io;

use camino::Utf8PathBuf;

use crate::diagnostic::{Explain, FailureKind};

/// Why a folder cannot be packed or hashed, or an archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file cannot be read or written; the cause names it.
    #[error("a file cannot be read or written")]
    File(#[from] io::Error),
    /// The folder cannot be walked: a broken link, a circle of links, or no permission.
    #[error("`{folder}` cannot be walked")]
    Walk {
        /// The folder.
        folder: Utf8PathBuf,
        /// Why.
        #[source]
        cause: walkdir::Error,
    },
    /// A link leads out of the folder.
    #[error("`{path}` is a link that leads out of its folder, to `{target}`")]
    LinkOutside {
        /// The link.
        path: Utf8PathBuf,
        /// What it leads to.
        target: String,
    },
    /// A name is not UTF-8.
    #[error("the name `{name}` in `{folder}` is not UTF-8")]
    NotText {
        /// The folder.
        folder: Utf8PathBuf,
        /// The name, as far as it can be shown.
        name: String,
    },
    /// Something is neither a file nor a folder.
    #[error("`{path}` is neither a file nor a folder")]
    Special {
        /// The thing: a socket, a pipe or a device.
        path: Utf8PathBuf,
    },
    /// The archive is damaged, or not one at all.
    #[error("`{archive}` is not a usable zip archive")]
    Damaged {
        /// The archive.
        archive: Utf8PathBuf,
        /// Why.
        #[source]
        cause: zip::result::ZipError,
    },
    /// An entry of the archive would be written outside of the folder, twice, or is no file.
    #[error("`{archive}` holds an entry that cannot be unpacked safely: `{name}`: {reason}")]
    Unsafe {
        /// The archive.
        archive: Utf8PathBuf,
        /// The entry.
        name: String,
        /// Why, as a fragment.
        reason: &'static str,
    },
    /// The archive holds more than it may.
    #[error("`{archive}` holds more than {limit} {unit}")]
    TooLarge {
        /// The archive.
        archive: Utf8PathBuf,
        /// How much it may hold.
        limit: u64,
        /// What is counted: `bytes` or `entries`.
        unit: &'static str,
    },
}

impl Explain for ArchiveError {
    fn kind(&self) -> FailureKind {
        FailureKind::Invalid
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::LinkOutside { .. } => "copy what the link leads to into the folder",
            Self::Walk { .. } => "remove or repair the link or the permissions that the cause names",
            Self::NotText { .. } => "rename the file",
            Self::Special { .. } => "remove it, or name a file or folder instead",
            Self::File(_) => {
                "check that the file is there, that you may read and write it, and that the disk has space"
            }
            Self::Damaged { .. } | Self::Unsafe { .. } => "make the archive anew",
            Self::TooLarge { .. } => "leave out what is not needed",
        };
        vec![hint.to_owned()]
    }
}
