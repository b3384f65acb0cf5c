//! Programs that make assets.
//!
//! They are the assembly's own, as its templates are, and run as whoever publishes.

use std::time::Duration;

use camino::Utf8PathBuf;

use super::execute::Run;
use super::{Program, PublishError};
use crate::process::{Command, Stream};

/// How long a program may take to make an asset.
const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);

/// Runs a program that makes a file, and returns the file's path: absolute, or relative to the assembly's root.
pub(super) async fn file(run: &Run, asset: &str, program: &Program) -> Result<Utf8PathBuf, PublishError> {
    // A relative path is relative to where the program runs, for it is there that the program sees its file.
    Ok(program.folder.join(name(run, asset, program).await?))
}

/// Runs a program and returns what it names: the last line of its output that is not empty.
pub(super) async fn name(run: &Run, asset: &str, program: &Program) -> Result<String, PublishError> {
    let [first, arguments @ ..] = program.words.as_slice() else {
        return Err(PublishError::NoSource { name: asset.to_owned() });
    };
    run.events.step(format!("running `{first}`, which makes the asset `{asset}`"));
    let mut last = None;
    Command::new(first)
        .arguments(arguments)
        .folder(run.root.join(&program.folder))
        .time_limit(LIMIT)
        .follow(|line| match line.stream {
            Stream::Output if !line.text.trim().is_empty() => last = Some(line.text.trim().to_owned()),
            Stream::Output => {}
            Stream::Errors => run.line(asset, line.text),
        })
        .await
        .map_err(|source| PublishError::Program { name: asset.to_owned(), source: source.into() })?;
    last.ok_or_else(|| PublishError::Silent { name: asset.to_owned(), program: first.clone() })
}
