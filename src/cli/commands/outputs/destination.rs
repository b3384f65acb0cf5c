//! Where outputs go: the standard output, a file, or a folder, in which each format has its own name.

use camino::{Utf8Path, Utf8PathBuf};

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

    /// Writes it, as a whole or not at all. Of several files a folder gets all; elsewhere the one goes that ends like the
    /// named file, else the first.
    pub fn write(&self, ui: &Ui, written: &[Written]) -> Result<(), UsageError> {
        let Some(out) = &self.out else {
            written.iter().take(1).for_each(|first| ui.data(&first.text));
            return Ok(());
        };
        if out.as_str().ends_with('/') || out.is_dir() {
            return written.iter().try_for_each(|each| replace(ui, &out.join(&each.file_name), each));
        }
        let ends_alike = |each: &&Written| Utf8Path::new(&each.file_name).extension() == out.extension();
        let one = written.iter().find(ends_alike).or(written.first());
        one.map_or(Ok(()), |one| replace(ui, out, one))
    }
}

fn replace(ui: &Ui, file: &Utf8Path, written: &Written) -> Result<(), UsageError> {
    disk::replace(file, written.text.as_bytes())
        .map_err(|error| UsageError::new(format!("`{file}` cannot be written: {error}")))?;
    ui.events().done(format!("wrote `{file}`"));
    Ok(())
}
