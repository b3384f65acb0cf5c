//! The policy that narrows a deploy role to some stacks for one session.
//!
//! Used where a pipeline deploys: it guards against mistakes of pipectl's own. What a pushed definition may do is decided
//! by the execution role.

use std::fmt::Display;

use serde_json::json;

use crate::assembly::partition;
use crate::id::Environment;

/// How many stacks one session is narrowed to at most; a session policy may have 2,048 characters.
pub const STACKS_OF_A_SESSION: usize = 7;

/// The policy that narrows the deploy role to some stacks, named in full or with `*`.
pub fn session_policy(stacks: &[impl Display], environment: &Environment) -> String {
    let Environment { account, region } = environment;
    let service = format!("arn:{}:cloudformation:{region}", partition(region));
    let place = format!("{service}:{account}");
    let stacks: Vec<String> = stacks.iter().map(|name| format!("{place}:stack/{name}/*")).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Action": "cloudformation:*", "Resource": stacks },
            {
                "Effect": "Allow",
                "Action": ["cloudformation:DescribeChangeSet", "cloudformation:ExecuteChangeSet", "cloudformation:DeleteChangeSet"],
                "Resource": format!("{place}:changeSet/pipectl-*/*"),
            },
            // A change set of a template with macros is one of these as well, AWS's own among them.
            {
                "Effect": "Allow",
                "Action": "cloudformation:CreateChangeSet",
                "Resource": format!("{service}:*:transform/*"),
            },
            // CloudFormation reads with the session's rights what a template includes; the toolkit bucket is encrypted.
            {
                "Effect": "Allow",
                "Action": ["iam:PassRole", "s3:GetObject", "kms:Decrypt", "ssm:GetParameter", "ssm:GetParameters"],
                "Resource": "*",
            },
        ],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_reaches_the_named_stacks_alone() {
        let own = ["app-pipeline", "app-pipeline-support-*"];
        let policy = session_policy(&own, &"aws://111111111111/eu-west-1".parse().unwrap());
        let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
        assert_eq!(
            policy["Statement"][0]["Resource"],
            json!([
                "arn:aws:cloudformation:eu-west-1:111111111111:stack/app-pipeline/*",
                "arn:aws:cloudformation:eu-west-1:111111111111:stack/app-pipeline-support-*/*",
            ])
        );
        // "User … is not authorized to perform: cloudformation:CreateChangeSet on resource:
        // arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31" is what a session without it is told.
        assert_eq!(
            policy["Statement"][2],
            json!({
                "Effect": "Allow",
                "Action": "cloudformation:CreateChangeSet",
                "Resource": "arn:aws:cloudformation:eu-west-1:*:transform/*",
            })
        );
        // An object of a bucket with a key of its own is read only by who may use the key.
        let reading = policy["Statement"][3]["Action"].as_array().unwrap();
        assert!(reading.contains(&json!("s3:GetObject")) && reading.contains(&json!("kms:Decrypt")), "{policy}");
    }

    #[test]
    fn the_longest_session_policy_is_short_enough() {
        let longest = vec!["a".repeat(128); STACKS_OF_A_SESSION];
        let policy = session_policy(&longest, &"aws://111111111111/us-gov-west-1".parse().unwrap());
        assert!(policy.len() <= 2048, "{}", policy.len());
    }
}
