//! The files that `init` writes.

use camino::{Utf8Path, Utf8PathBuf};

use super::InitError;
use crate::disk;
use crate::id::{PipelineName, Region, Repository};

/// Folders that pipectl makes and Git need not know.
const IGNORED: [&str; 2] = ["pipectl.out/", ".pipectl/"];
/// The most that is read of a `.gitignore`.
const GITIGNORE_LIMIT: u64 = 1024 * 1024;

/// The build and the stage of the smallest definition that does something.
pub(super) const APP: &str = "\
[build]
buildspec = \"buildspecs/build.yml\"

[[stage]]
name = \"Staging\"

[[stage.stack]]
name = \"app\"
template = \"templates/app.yaml\"
parameters = { Greeting = \"Hello\" }

[[stage.after]]
name = \"smoke-test\"
commands = [\"echo \\\"deployed $MESSAGE\\\"\"]
variables = { MESSAGE = { output = \"app.MessageName\" } }
";

/// The definition: what it is called and what it follows, then the given tables.
pub(super) fn definition(
    name: &PipelineName,
    repository: &Repository,
    branch: &str,
    region: Option<&Region>,
    tables: &str,
) -> String {
    let region = region.map(|region| format!("region = \"{region}\"\n")).unwrap_or_default();
    let branch = toml::Value::String(branch.to_owned());
    format!(
        "# A pipeline on AWS that builds, updates itself and deploys on every push. All keys: `pipectl schema`.\n\
         \n\
         [pipeline]\n\
         name = \"{name}\"\n\
         {region}\
         \n\
         [source.github]\n\
         repository = \"{repository}\"\n\
         branch = {branch}\n\
         token-secret = \"github-token\" # a plaintext secret in Secrets Manager\n\
         \n\
         {tables}"
    )
}

/// What stands beside the definition of [`APP`].
pub(super) fn of_app(folder: &Utf8Path) -> Vec<(Utf8PathBuf, String)> {
    vec![
        (folder.join("buildspecs/build.yml"), include_str!("build.yml").to_owned()),
        (folder.join("templates/app.yaml"), include_str!("app.yaml").to_owned()),
    ]
}

/// Adds the lines that `.gitignore` lacks. Returns the file if there were any.
pub(super) fn extend_gitignore(folder: &Utf8Path) -> Result<Option<Utf8PathBuf>, InitError> {
    let file = folder.join(".gitignore");
    let mut text = match disk::read_text(&file, GITIGNORE_LIMIT) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(InitError::File { file, source }),
    };
    let lacks = |line: &&str| !text.lines().any(|known| known.trim().trim_matches('/') == line.trim_matches('/'));
    let lacking: Vec<&str> = IGNORED.into_iter().filter(lacks).collect();
    if lacking.is_empty() {
        return Ok(None);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&format!("{}\n", lacking.join("\n")));
    write(&file, &text)?;
    Ok(Some(file))
}

pub(super) fn write(file: &Utf8Path, text: &str) -> Result<(), InitError> {
    disk::replace(file, text.as_bytes()).map_err(|source| InitError::File { file: file.to_owned(), source })
}
