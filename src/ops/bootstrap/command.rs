//! The commands that prepare an environment, for remedies.

use crate::assembly::partition;
use crate::id::{AccountId, Environment, Qualifier};

/// The command that prepares an environment for a pipeline of the account `pipeline`.
pub fn command(environment: &Environment, pipeline: &AccountId, qualifier: &Qualifier) -> String {
    let mut command = update_command(environment, pipeline, qualifier);
    if environment.account != *pipeline {
        let policies = format!("arn:{}:iam::aws:policy/AdministratorAccess", partition(&environment.region));
        command.push_str(&format!(" --trust {pipeline} --cloudformation-execution-policies {policies}"));
    }
    command
}

/// What to heed before that command, where the environment may have been prepared for others too.
pub fn caution(environment: &Environment, pipeline: &AccountId) -> Option<String> {
    (environment.account != *pipeline).then(|| {
        "`--trust` and `--cloudformation-execution-policies` take the place of what was chosen there before: add what is to stay"
            .to_owned()
    })
}

/// The command that brings an environment, which is prepared and lets that account in, up to date. It names neither accounts
/// nor policies: those that it named would take the place of those that were chosen.
pub fn update_command(environment: &Environment, pipeline: &AccountId, qualifier: &Qualifier) -> String {
    let mut command = format!("pipectl bootstrap {environment}");
    if *qualifier != Qualifier::default() {
        // Two toolkit stacks of one environment need two names.
        command.push_str(&format!(" --qualifier {qualifier} --toolkit-stack-name CDKToolkit-{qualifier}"));
    }
    if environment.account != *pipeline {
        command.push_str(&format!(" --profile PROFILE-OF-{}", environment.account));
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
        assert!(command("aws://222222222222/cn-north-1").ends_with(" arn:aws-cn:iam::aws:policy/AdministratorAccess"));
    }

    #[test]
    fn an_update_leaves_the_choices_of_others_alone() {
        let own: AccountId = "111111111111".parse().unwrap();
        let environment = "aws://222222222222/eu-west-1".parse().unwrap();
        assert_eq!(
            update_command(&environment, &own, &Qualifier::default()),
            "pipectl bootstrap aws://222222222222/eu-west-1 --profile PROFILE-OF-222222222222"
        );
    }
}
