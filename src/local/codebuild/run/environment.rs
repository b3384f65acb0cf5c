//! The variables of a build: where their values come from, and which of them win.

use indexmap::IndexMap;

use super::log::Log;
use super::timeline::PhaseFailure;
use super::world::World;
use crate::buildspec::{EnvironmentVariables, SecretReference};

/// Where the value of a variable comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is given.
    Plain(String),
    /// From Parameter Store.
    Parameter(String),
    /// From Secrets Manager.
    Secret(String),
}

/// A variable of a project or of the start of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// Where the value comes from.
    pub origin: Origin,
}

/// What became of the variables.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// All values.
    pub(super) values: IndexMap<String, String>,
    /// The names of those that are secret.
    pub(super) secret_names: Vec<String>,
}

/// Resolves the variables of a build. Those of the buildspec are the weakest; of `given` the later win.
pub(super) async fn resolve(
    buildspec: &EnvironmentVariables,
    given: &[Variable],
    world: &dyn World,
    log: &mut Log,
) -> Result<Resolved, PhaseFailure> {
    let mut wanted: IndexMap<&str, Wanted> = IndexMap::new();
    for (name, value) in &buildspec.variables {
        wanted.insert(name, Wanted::Plain(value));
    }
    for (name, parameter) in &buildspec.parameter_store {
        wanted.insert(name, Wanted::Parameter(parameter));
    }
    for (name, reference) in &buildspec.secrets_manager {
        wanted.insert(name, Wanted::Secret(reference.clone()));
    }
    for variable in given {
        let value =
            match &variable.origin {
                Origin::Plain(value) => Wanted::Plain(value),
                Origin::Parameter(name) => Wanted::Parameter(name),
                Origin::Secret(text) => Wanted::Secret(text.parse().map_err(|error| {
                    secrets_error(format!("`{}` is no reference to a secret: {error}", variable.name))
                })?),
            };
        wanted.insert(&variable.name, value);
    }
    let mut resolved = Resolved::default();
    for (name, wanted) in wanted {
        let value = match wanted {
            Wanted::Plain(value) => value.to_owned(),
            Wanted::Parameter(parameter) => {
                let missing = || {
                    let message = format!("parameter does not exist: {parameter}");
                    PhaseFailure::new("Decrypted Variables Error", message)
                };
                let value = world.parameter(parameter).await?.ok_or_else(missing)?;
                resolved.keep_secret(name, &value, log);
                value
            }
            Wanted::Secret(reference) => {
                let missing = || secrets_error(format!("secret does not exist: {}", reference.id));
                let whole = world.secret(&reference).await?.ok_or_else(missing)?;
                // What is not asked for is secret all the same.
                log.hide(&whole);
                let value = part_of_secret(&reference, whole)?;
                resolved.keep_secret(name, &value, log);
                value
            }
        };
        resolved.values.insert(name.to_owned(), value);
    }
    Ok(resolved)
}

impl Resolved {
    fn keep_secret(&mut self, name: &str, value: &str, log: &mut Log) {
        log.hide(value);
        self.secret_names.push(name.to_owned());
    }
}

enum Wanted<'a> {
    Plain(&'a str),
    Parameter(&'a str),
    Secret(SecretReference),
}

/// The value of a key of a secret that is a JSON object; without a key, the whole secret.
fn part_of_secret(reference: &SecretReference, whole: String) -> Result<String, PhaseFailure> {
    let Some(key) = &reference.json_key else { return Ok(whole) };
    let object: serde_json::Value = serde_json::from_str(&whole)
        .map_err(|_| secrets_error(format!("secret is not a JSON object: {}", reference.id)))?;
    match object.get(key) {
        Some(serde_json::Value::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
        None => Err(secrets_error(format!("secret `{}` has no key `{key}`", reference.id))),
    }
}

fn secrets_error(message: String) -> PhaseFailure {
    PhaseFailure::new("Secrets Manager Error Message", message)
}
