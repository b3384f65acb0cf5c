//! Amplify backends: reading exports from their folders, and `amplify check`.

mod check;
mod error;
mod read;

pub use check::{Checked, Choices, check};
pub use error::ExportError;
pub(super) use read::export as read_export;
