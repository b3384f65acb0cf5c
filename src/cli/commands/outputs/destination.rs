//! Where outputs go: the standard output, a file, or a folder, in which each format has its own name.

use camino::Utf8PathBuf;

use crate::cli::{Ui, UsageError};
use crate::disk;

/// Where outputs go.
#[derive(Debug, clap::Args)]
pub struct Destination {
    /// Write them to a file, in the CDK's shape unless a format is named; or to a folder, by the name that the format has
    #[arg(short = 'O', long = "out", visible_alias = "outputs-file", value_name = "FILE|DIR")]
    out: Option<Utf8PathBuf>,
}

/// What is written.
#[derive(Debug)]
pub struct Written {
    /// How its file is called, where nobody says otherwise.
    pub file_name: String,
    /// Its text.
    pub text: String,
}

impl Destination {
    /// Whether it is a file, named or not.
    pub fn is_a_file(&self) -> bool {
        self.out.is_some()
    }

    /// How the named file ends.
    pub fn extension(&self) -> Option<&str> {
        self.out.as_deref().filter(|out| !out.is_dir())?.extension()
    }

    /// Writes it, as a whole or not at all.
    pub fn write(&self, ui: &Ui, written: Written) -> Result<(), UsageError> {
        let Some(out) = &self.out else {
            ui.data(&written.text);
            return Ok(());
        };
        let is_folder = out.as_str().ends_with('/') || out.is_dir();
        let file = if is_folder { out.join(&written.file_name) } else { out.clone() };
        disk::replace(&file, written.text.as_bytes())
            .map_err(|error| UsageError::new(format!("`{file}` cannot be written: {error}")))?;
        ui.events().done(format!("wrote `{file}`"));
        Ok(())
    }
}
