//! Reading an assembly from its folder.

use camino::Utf8Path;

use crate::assembly::{Assembly, AssemblyError};
use crate::disk;

/// The largest manifest that is read. Those of large CDK apps have some megabytes, most of it metadata.
const LARGEST_MANIFEST: u64 = 64 << 20;

/// Reads the assembly of a folder, the assemblies in it included.
pub fn open(root: &Utf8Path) -> Result<Assembly, AssemblyError> {
    Assembly::load(&mut |path| disk::read_text(&root.join(path), LARGEST_MANIFEST))
}
