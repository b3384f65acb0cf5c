//! The emulator behind the front: a pinned ministack in a Python environment of its own, with pipectl's plugin inside.
//!
//! [`environment`] installs it, `plugin` writes what runs inside, [`process`] starts and stops it.

pub mod environment;
mod plugin;
pub mod process;

/// The release of ministack that the plugin is made for. The plugin reaches into its internals, so another release
/// needs another look at every patch.
pub const VERSION: &str = "1.5.33";
