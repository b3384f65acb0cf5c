//! `pipectl local env`: what a shell needs to speak to the local endpoint.

use serde_json::{Map, Value};

use super::place;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::id::AccountId;
use crate::local::instance::CONFLICTING_VARIABLES;

/// Print the shell commands that make any AWS client speak to the local endpoint
///
/// The credentials are those of an account's root. Every account exists: name another one for cross-account work.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  eval \"$(pipectl local env)\"
  eval \"$(pipectl local env --account 222222222222 --region eu-west-1)\"; npx cdk bootstrap
  pipectl local env --format json
      the variables, for a program")]
pub struct Args {
    /// The account, over that of the endpoint
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountId>,
}

/// Prints the commands, or with `--format json` the variables.
pub fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let instance = place::open(global)?;
    let variables = instance.variables(args.account.as_ref(), global.aws.region.as_ref());
    match global.format {
        Format::Json => {
            let object: Map<String, Value> =
                variables.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
            ui.json(&object);
        }
        Format::Text => {
            let mut lines = vec![format!("unset {}", CONFLICTING_VARIABLES.join(" "))];
            lines.extend(variables.iter().map(|(name, value)| format!("export {name}={}", quoted(value))));
            ui.data(&lines.join("\n"));
        }
    }
    Ok(Outcome::Done)
}

/// A value as a shell reads it back.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn values_survive_the_shell() {
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
