//! Remedies of verbs that were called with `--local`: what is typed next has to reach the local endpoint as well, not AWS.

use crate::github;

/// How a command of pipectl begins in a remedy.
const PIPECTL: &str = "`pipectl ";

/// How a command of the AWS CLI begins in a remedy.
const AWS: &str = "`aws ";

/// How a push to the definition's repository begins in a remedy.
const PUSH: &str = "`git push origin ";

/// The profile of another account, in a remedy. The local endpoint has credentials for each account.
const PROFILE: &str = " --profile PROFILE-OF-";

/// A remedy as it is typed for the local endpoint, which `flag` chooses.
pub(super) fn remedy(text: &str, flag: &str) -> String {
    let remote = match flag {
        "--local" => "pipectl local remote".to_owned(),
        named => format!("pipectl {named} local remote"),
    };
    if let Some(repository) = github::named_repository(text) {
        return format!("`git push \"$({remote} {repository})\" HEAD` makes it, if the name is right");
    }
    let chosen = format!("{PIPECTL}{flag} ");
    let addressed = without_profiles(text)
        .replace(&chosen, PIPECTL)
        .replace(PIPECTL, &chosen)
        // The verbs of the endpoint itself find the nearest one without being told.
        .replace(&format!("{PIPECTL}--local local "), &format!("{PIPECTL}local "));
    let environment = match flag {
        "--local" => "pipectl local env".to_owned(),
        named => format!("pipectl {named} local env"),
    };
    let addressed = addressed.replace(PUSH, &format!("`git push \"$({remote})\" "));
    addressed.replace(AWS, &format!("`eval \"$({environment})\"; aws "))
}

fn without_profiles(text: &str) -> String {
    let mut parts = text.split(PROFILE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + part.trim_start_matches(|character: char| character.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::remedy;
    use crate::diagnostic::Explain;
    use crate::github;

    #[test]
    fn the_first_push_goes_to_the_local_endpoint() {
        let repository: crate::id::Repository = "octo-org/many".parse().expect("a repository");
        let missing = github::Error::NotVisible { repository: repository.clone() };
        let named =
            |remote: &str| format!("`git push \"$({remote} octo-org/many)\" HEAD` makes it, if the name is right");
        assert_eq!(remedy(&missing.hints()[0], "--local"), named("pipectl local remote"));
        assert_eq!(remedy(&missing.hints()[0], "--local=a"), named("pipectl --local=a local remote"));
        let branch = github::Error::NoBranch { repository, branch: "main".to_owned() };
        let told = remedy(&branch.hints()[0], "--local");
        assert!(told.starts_with("`git push \"$(pipectl local remote)\" HEAD:main` makes it"), "{told}");
    }

    #[test]
    fn commands_go_to_the_local_endpoint() {
        assert_eq!(remedy("`pipectl deploy` creates it", "--local"), "`pipectl --local deploy` creates it");
        assert_eq!(remedy("`pipectl --local retry Staging`", "--local"), "`pipectl --local retry Staging`");
        assert_eq!(remedy("`pipectl local up` starts it", "--local"), "`pipectl local up` starts it");
        assert_eq!(remedy("`pipectl local up` starts it", "--local=a"), "`pipectl --local=a local up` starts it");
        assert_eq!(remedy("push a repair", "--local"), "push a repair");
    }

    #[test]
    fn the_aws_cli_is_sent_there_too() {
        assert_eq!(
            remedy("`aws secretsmanager list-secrets` shows them", "--local"),
            "`eval \"$(pipectl local env)\"; aws secretsmanager list-secrets` shows them"
        );
    }

    #[test]
    fn no_profile_is_asked_for() {
        assert_eq!(
            remedy("`pipectl bootstrap aws://2/r --profile PROFILE-OF-222222222222 --trust 1`", "--local"),
            "`pipectl --local bootstrap aws://2/r --trust 1`"
        );
    }
}
