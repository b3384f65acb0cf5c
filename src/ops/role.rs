//! Roles of toolkit stacks that cannot be assumed, and the command that mends that.

use super::bootstrap;
use crate::aws;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{AccountId, Environment, Qualifier};

/// A role cannot be assumed: it is not there, or does not trust whoever wants it.
#[derive(Debug, thiserror::Error)]
#[error("the role `{role}` cannot be assumed")]
pub struct NoRole {
    /// The role's ARN.
    role: String,
    /// The command that makes it, and lets the pipeline's account have it.
    command: String,
    /// What to heed before.
    caution: Option<String>,
    /// Why.
    source: Box<aws::Error>,
}

impl NoRole {
    /// Tells of a role of the toolkit stack of an environment, which a pipeline of the account `pipeline` cannot have.
    pub fn new(role: String, environment: &Environment, pipeline: &AccountId, source: aws::Error) -> Self {
        let command = bootstrap::command(environment, pipeline, &qualifier_of(&role).unwrap_or_default());
        let caution = bootstrap::caution(environment, pipeline);
        Self { role, command, caution, source: Box::new(source) }
    }
}

impl Explain for NoRole {
    fn kind(&self) -> FailureKind {
        if self.source.is_verdict() { FailureKind::NotReady } else { self.source.kind() }
    }

    fn hints(&self) -> Vec<String> {
        if !self.source.is_verdict() {
            return self.source.hints();
        }
        let made = format!("`{}` makes the role, or lets this account in again", self.command);
        std::iter::once(made).chain(self.caution.clone()).chain(self.source.hints()).collect()
    }
}

/// The qualifier in the name of a toolkit stack's role: `cdk-QUALIFIER-deploy-role-ACCOUNT-REGION`.
fn qualifier_of(role: &str) -> Option<Qualifier> {
    let (_, name) = role.rsplit_once('/')?;
    name.strip_prefix("cdk-")?.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(role: &str, environment: &str, code: &str) -> Vec<String> {
        let source =
            aws::Error::Refused { operation: "sts:AssumeRole", code: code.to_owned(), message: "no".to_owned() };
        let pipeline = "111111111111".parse().unwrap();
        NoRole::new(role.to_owned(), &environment.parse().unwrap(), &pipeline, source).hints()
    }

    #[test]
    fn the_command_that_helps_is_told_in_full() {
        let role = "arn:aws:iam::222222222222:role/cdk-team1-deploy-role-222222222222-eu-west-1";
        let hints = hints(role, "aws://222222222222/eu-west-1", "AccessDenied");
        let command = "`pipectl bootstrap aws://222222222222/eu-west-1 --qualifier team1 --toolkit-stack-name \
                       CDKToolkit-team1 --profile PROFILE-OF-222222222222 --trust 111111111111 \
                       --cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess` makes the role";
        assert!(hints[0].starts_with(command), "{hints:?}");
        assert!(hints[1].starts_with("`--trust` and"), "{hints:?}");
        assert!(hints[2].contains("get-caller-identity"), "{hints:?}");
    }

    #[test]
    fn nothing_is_made_anew_because_of_a_fault() {
        let role = "arn:aws:iam::111111111111:role/deployer";
        assert!(
            hints(role, "aws://111111111111/eu-west-1", "AccessDenied")[0].starts_with("`pipectl bootstrap aws://")
        );
        assert!(!hints(role, "aws://111111111111/eu-west-1", "SlowDown")[0].contains("bootstrap"));
    }
}
