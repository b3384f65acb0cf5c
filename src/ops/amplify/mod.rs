//! Amplify backends: reading exports from their folders, `amplify check`, and `amplify synth`.

mod check;
mod error;
mod read;
mod synth;

pub use check::{Checked, Choices, check};
pub use error::{ExportError, SynthesisError};
pub(super) use read::export as read_export;
pub use synth::{SynthesisedBackend, synthesise};
