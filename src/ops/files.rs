//! Files that stacks are made of: what is told of those that cannot be read, whichever verb reads them.

use std::io::{Error, ErrorKind};

use camino::Utf8Path;

use crate::definition::AssemblyOrigin;
use crate::diagnostic::Diagnostic;
use crate::disk;

/// What to do about an assembly that is not whole.
pub(super) const SYNTHESISE_AGAIN: &str = "synthesise the app again, as the commands of `[build]` do";

/// The finding that a template is there and cannot be read. `file` is where it is, and `origin` where its stack was found, if
/// the definition does not name it.
pub(super) fn unreadable_template(file: &Utf8Path, error: &Error, origin: Option<&AssemblyOrigin>) -> Diagnostic {
    let help = match (origin, error.kind()) {
        (Some(_), ErrorKind::FileTooLarge) => {
            "divide the stack in the app: CloudFormation takes no larger template".to_owned()
        }
        (Some(_), ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::IsADirectory) => {
            SYNTHESISE_AGAIN.to_owned()
        }
        _ => disk::remedy(file, error),
    };
    Diagnostic::error("unreadable-template", format!("a template cannot be read: {error}")).help(help)
}
