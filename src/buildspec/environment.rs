//! The `env` section: variables from the file, from Parameter Store and from Secrets Manager, and the shell.

use indexmap::IndexMap;
use serde::Serialize;

use super::locate::Part;
use super::reader::{Node, Reader};
use super::secret::SecretReference;
use crate::diagnostic::Diagnostic;

/// The shell that runs the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Shell {
    /// The POSIX shell, which Linux images use unless told otherwise.
    #[default]
    #[serde(rename = "/bin/sh")]
    Sh,
    /// GNU Bash.
    #[serde(rename = "bash")]
    Bash,
    /// PowerShell, on Windows only.
    #[serde(rename = "powershell.exe")]
    PowerShell,
    /// The command interpreter of Windows.
    #[serde(rename = "cmd.exe")]
    Cmd,
}

/// The `env` section.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct EnvironmentVariables {
    /// The shell that runs the commands.
    pub shell: Shell,
    /// Variables in plain text.
    pub variables: IndexMap<String, String>,
    /// Variables from Parameter Store, by the parameters' names.
    pub parameter_store: IndexMap<String, String>,
    /// Variables from Secrets Manager.
    pub secrets_manager: IndexMap<String, SecretReference>,
    /// Variables whose values at the end of the build are given to the pipeline.
    pub exported_variables: Vec<String>,
    /// Git uses CodeBuild's credential helper.
    pub git_credential_helper: bool,
}

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> EnvironmentVariables {
    const KEYS: [&str; 6] =
        ["shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"];
    const SHELLS: [(&str, Shell); 4] =
        [("bash", Shell::Bash), ("/bin/sh", Shell::Sh), ("powershell.exe", Shell::PowerShell), ("cmd.exe", Shell::Cmd)];
    let fields = reader.fields(node, &KEYS);
    EnvironmentVariables {
        shell: reader.choice(fields.get("shell"), &SHELLS).unwrap_or_default(),
        variables: read_variables(reader, fields.get("variables")),
        parameter_store: read_variables(reader, fields.get("parameter-store")),
        secrets_manager: fields.get("secrets-manager").map(|node| read_secrets(reader, &node)).unwrap_or_default(),
        exported_variables: fields
            .get("exported-variables")
            .map(|node| read_exported(reader, &node))
            .unwrap_or_default(),
        git_credential_helper: reader.yes_no(fields.get("git-credential-helper")).unwrap_or_default(),
    }
}

/// Reads variables with their values.
pub(super) fn read_variables(reader: &mut Reader<'_>, node: Option<Node<'_>>) -> IndexMap<String, String> {
    let Some(node) = node else { return IndexMap::new() };
    let mut variables = IndexMap::new();
    for entry in reader.entries(&node) {
        check_name(reader, &entry, Part::Key, &entry.name());
        if let Some(value) = reader.text(&entry) {
            variables.insert(entry.name(), value);
        }
    }
    variables
}

fn read_secrets(reader: &mut Reader<'_>, node: &Node<'_>) -> IndexMap<String, SecretReference> {
    let mut secrets = IndexMap::new();
    for entry in reader.entries(node) {
        check_name(reader, &entry, Part::Key, &entry.name());
        let Some(value) = reader.text(&entry) else { continue };
        match value.parse() {
            Ok(reference) => {
                secrets.insert(entry.name(), reference);
            }
            Err(error) => {
                let message = format!("`{}` is no reference to a secret: {error}", entry.name());
                let finding = Diagnostic::error("secret-reference", message)
                    .help("write `id:json-key:version-stage:version-id`; only the id is needed");
                reader.note(&entry, Part::Value, finding);
            }
        }
    }
    secrets
}

fn read_exported(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for item in reader.items(node) {
        let Some(name) = reader.text(&item) else { continue };
        if is_variable_name(&name) && !name.starts_with("AWS_") {
            names.push(name);
            continue;
        }
        let finding = Diagnostic::error("exported-variable", format!("`{name}` cannot be exported"))
            .help("names of exported variables have letters, digits and underscores and do not start with `AWS_`");
        reader.note(&item, Part::Value, finding);
    }
    names
}

/// Notes names that a build cannot use.
fn check_name(reader: &mut Reader<'_>, node: &Node<'_>, part: Part, name: &str) {
    if name.starts_with("CODEBUILD_") {
        let finding = Diagnostic::warning("reserved-variable", format!("`{name}` is set by CodeBuild itself"))
            .help("choose a name that does not start with `CODEBUILD_`");
        reader.note(node, part, finding);
    } else if !is_variable_name(name) {
        let finding = Diagnostic::error("variable-name", format!("`{name}` is no name of an environment variable"))
            .help("use letters, digits and underscores, and no digit first");
        reader.note(node, part, finding);
    }
}

/// Tells whether a shell takes a text for the name of a variable.
pub fn is_variable_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}
