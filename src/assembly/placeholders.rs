//! Placeholders in names, ARNs and URLs of manifests, and the partitions they need.

use super::ArtifactEnvironment;
use crate::id::{Environment, Region};

/// Replaces `${AWS::Partition}`, `${AWS::AccountId}` and `${AWS::Region}` by what they are in an environment.
pub fn resolve(text: &str, environment: &Environment) -> String {
    text.replace("${AWS::Partition}", partition(&environment.region))
        .replace("${AWS::AccountId}", environment.account.as_str())
        .replace("${AWS::Region}", environment.region.as_str())
}

/// Replaces those of the placeholders whose values are known.
pub(super) fn resolve_known(text: &str, environment: &ArtifactEnvironment) -> String {
    let mut text = text.to_owned();
    if let Some(account) = &environment.account {
        text = text.replace("${AWS::AccountId}", account.as_str());
    }
    if let Some(region) = &environment.region {
        text = text.replace("${AWS::Region}", region.as_str()).replace("${AWS::Partition}", partition(region));
    }
    text
}

/// Returns the partition of a region, the second part of every ARN there.
pub fn partition(region: &Region) -> &'static str {
    const BY_PREFIX: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    BY_PREFIX.iter().find(|(prefix, _)| region.as_str().starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_what_they_stand_for() {
        let environment: Environment = "aws://111111111111/cn-north-1".parse().expect("an environment");
        assert_eq!(
            resolve(
                "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/r-${AWS::Region}-${AWS::StackName}",
                &environment
            ),
            "arn:aws-cn:iam::111111111111:role/r-cn-north-1-${AWS::StackName}"
        );
    }

    #[test]
    fn partitions_follow_from_regions() {
        for (region, expected) in [
            ("eu-west-1", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
        ] {
            assert_eq!(partition(&region.parse().expect("a region")), expected);
        }
    }
}
