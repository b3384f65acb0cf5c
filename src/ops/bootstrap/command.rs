//! The command that prepares an environment, for remedies.

use crate::id::{AccountId, Environment, Qualifier};

/// The command that prepares an environment for a pipeline of the account `pipeline`.
pub fn command(environment: &Environment, pipeline: &AccountId, qualifier: &Qualifier) -> String {
    let mut command = format!("pipectl bootstrap {environment}");
    if *qualifier != Qualifier::default() {
        // Two toolkit stacks of one environment need two names.
        command.push_str(&format!(" --qualifier {qualifier} --toolkit-stack-name CDKToolkit-{qualifier}"));
    }
    if environment.account != *pipeline {
        command.push_str(&format!(
            " --profile PROFILE-OF-{} --trust {pipeline} \
             --cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess",
            environment.account
        ));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_account_has_to_trust_the_pipelines() {
        let own: AccountId = "111111111111".parse().unwrap();
        let command = |environment: &str| command(&environment.parse().unwrap(), &own, &Qualifier::default());
        assert_eq!(command("aws://111111111111/eu-west-1"), "pipectl bootstrap aws://111111111111/eu-west-1");
        assert_eq!(
            command("aws://222222222222/eu-west-1"),
            "pipectl bootstrap aws://222222222222/eu-west-1 --profile PROFILE-OF-222222222222 --trust 111111111111 \
             --cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess"
        );
    }
}
