//! Files that stacks are made of: what is told of those that cannot be read, whichever verb reads them.

use std::io::{self, Error, ErrorKind};

use camino::Utf8Path;

use crate::cfn::TEMPLATE_LIMIT;
use crate::definition::AssemblyOrigin;
use crate::diagnostic::Diagnostic;
use crate::disk;

/// What to do about an assembly that is not whole.
pub(super) const SYNTHESISE_AGAIN: &str = "synthesise the app again, as the commands of `[build]` do";

/// Reads a template, relative to the definition's folder. One that the definition names itself lies in that folder.
pub(super) fn read_template(
    folder: &Utf8Path,
    template: &Utf8Path,
    origin: Option<&AssemblyOrigin>,
) -> io::Result<String> {
    let text = disk::read_text(&folder.join(template), TEMPLATE_LIMIT as u64)?;
    match origin {
        Some(_) => Ok(text),
        None => stay_inside(folder, template, "the definition's folder").map(|()| text),
    }
}

/// Refuses a link that leads out of a folder: what lies there is not under the control of whoever made it.
pub(super) fn stay_inside(folder: &Utf8Path, path: &Utf8Path, called: &str) -> io::Result<()> {
    let folder = if folder.as_str().is_empty() { Utf8Path::new(".") } else { folder };
    let (root, file) = (fs_err::canonicalize(folder)?, fs_err::canonicalize(folder.join(path))?);
    let refused = || Error::other(format!("it is a link that leads out of {called}, to `{}`", file.display()));
    if file.starts_with(root) { Ok(()) } else { Err(refused()) }
}

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
