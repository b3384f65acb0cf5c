//! Zip archives with deterministic bytes, and hashes of files and folders.
//!
//! The same files give the same bytes: names are sorted, times are 1980-01-01, modes are 0755 or 0644 as the owner may
//! or may not execute, and nothing else of the file system gets in. Nothing holds a whole file in memory.
//!
//! Everything here blocks; async callers go through `tokio::task::spawn_blocking`.

mod error;
mod hash;
mod pack;
mod tree;
mod unpack;

pub use error::ArchiveError;
pub use hash::{hash_file, hash_folder};
pub use pack::{pack, pack_entries};
pub use tree::{Entry, Mode, entries};
pub use unpack::{Bounds, unpack};

#[cfg(test)]
mod tests;
