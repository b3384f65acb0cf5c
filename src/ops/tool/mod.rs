//! The pinned binary: pipectl itself, as the generated builds get it.
//!
//! It lies zipped in the toolkit bucket under its SHA-256, so a pin names it for good.

mod binary;
mod error;
mod fit;
mod pin;

pub use binary::{Binary, Libc, Machine, System, inspect};
pub use error::ToolError;
pub use fit::{Unfit, unfit};
pub use pin::{Pin, key, pin, put, would_pin};
