//! The providers of actions that the local endpoint executes, and what each asks of an action.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{ActionType, Category, Owner};

/// Who executes an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// A branch of a GitHub repository, read with an OAuth token.
    GitHub,
    /// A branch of a repository behind a connection.
    Connection,
    /// An object of a versioned bucket.
    S3Source,
    /// A build.
    CodeBuild,
    /// A stack or a change set.
    CloudFormation,
    /// Somebody's decision.
    Approval,
    /// An artifact copied to a bucket.
    S3Deploy,
}

/// A key of an action's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The key's name.
    pub name: &'static str,
    /// Whether an action without it is refused.
    pub need: Need,
}

/// Whether a key must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// It may.
    Optional,
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

const fn required(name: &'static str) -> Key {
    Key { name, need: Need::Required }
}

const fn optional(name: &'static str) -> Key {
    Key { name, need: Need::Optional }
}

impl Provider {
    /// The provider of an action type, if the local endpoint has it.
    pub fn of(action_type: &ActionType) -> Option<Self> {
        let ActionType { category, owner, provider, version } = action_type;
        if version != "1" {
            return None;
        }
        match (category, owner, provider.as_str()) {
            (Category::Source, Owner::ThirdParty, "GitHub") => Some(Self::GitHub),
            (Category::Source, Owner::Aws, "CodeStarSourceConnection") => Some(Self::Connection),
            (Category::Source, Owner::Aws, "S3") => Some(Self::S3Source),
            (Category::Build | Category::Test, Owner::Aws, "CodeBuild") => Some(Self::CodeBuild),
            (Category::Deploy, Owner::Aws, "CloudFormation") => Some(Self::CloudFormation),
            (Category::Approval, Owner::Aws, "Manual") => Some(Self::Approval),
            (Category::Deploy, Owner::Aws, "S3") => Some(Self::S3Deploy),
            _ => None,
        }
    }

    /// The configuration keys that the provider knows.
    pub fn keys(self) -> &'static [Key] {
        match self {
            Self::GitHub => {
                const {
                    &[
                        required("Owner"),
                        required("Repo"),
                        required("Branch"),
                        required("OAuthToken"),
                        optional("PollForSourceChanges"),
                    ]
                }
            }
            Self::Connection => {
                const {
                    &[
                        required("ConnectionArn"),
                        required("FullRepositoryId"),
                        required("BranchName"),
                        optional("OutputArtifactFormat"),
                        optional("DetectChanges"),
                    ]
                }
            }
            Self::S3Source => {
                const {
                    &[
                        required("S3Bucket"),
                        required("S3ObjectKey"),
                        optional("PollForSourceChanges"),
                        optional("AllowOverrideForS3ObjectKey"),
                    ]
                }
            }
            Self::CodeBuild => {
                const {
                    &[
                        required("ProjectName"),
                        optional("PrimarySource"),
                        optional("EnvironmentVariables"),
                        optional("BatchEnabled"),
                        optional("CombineArtifacts"),
                    ]
                }
            }
            Self::CloudFormation => {
                const {
                    &[
                        required("ActionMode"),
                        required("StackName"),
                        optional("ChangeSetName"),
                        optional("TemplatePath"),
                        optional("TemplateConfiguration"),
                        optional("ParameterOverrides"),
                        optional("Capabilities"),
                        optional("RoleArn"),
                        optional("OutputFileName"),
                    ]
                }
            }
            Self::Approval => {
                const { &[optional("CustomData"), optional("NotificationArn"), optional("ExternalEntityLink")] }
            }
            Self::S3Deploy => const { &[required("BucketName"), required("Extract"), optional("ObjectKey")] },
        }
    }

    /// How many artifacts an action takes.
    pub fn inputs(self) -> RangeInclusive<usize> {
        match self {
            Self::GitHub | Self::Connection | Self::S3Source | Self::Approval => 0..=0,
            Self::CodeBuild => 1..=5,
            Self::CloudFormation => 0..=10,
            Self::S3Deploy => 1..=1,
        }
    }

    /// How many artifacts an action makes.
    pub fn outputs(self) -> RangeInclusive<usize> {
        match self {
            Self::GitHub | Self::Connection | Self::S3Source => 1..=1,
            Self::Approval | Self::S3Deploy => 0..=0,
            Self::CodeBuild => 0..=5,
            Self::CloudFormation => 0..=1,
        }
    }

    /// How long an action may take when it names no time of its own.
    pub fn time_limit(self) -> Duration {
        match self {
            Self::GitHub | Self::Connection | Self::S3Source => HOUR,
            Self::CodeBuild => HOUR * 8,
            Self::CloudFormation => DAY * 3,
            Self::Approval => DAY * 7,
            Self::S3Deploy => Duration::from_secs(90 * 60),
        }
    }

    /// The key whose value is a secret: it is shown as `****` and kept apart.
    pub fn secret_key(self) -> Option<&'static str> {
        match self {
            Self::GitHub => Some("OAuthToken"),
            Self::Connection
            | Self::S3Source
            | Self::CodeBuild
            | Self::CloudFormation
            | Self::Approval
            | Self::S3Deploy => None,
        }
    }

    /// The keys whose values are JSON, in which substituted text must be escaped.
    pub fn has_json(self, key: &str) -> bool {
        matches!((self, key), (Self::CodeBuild, "EnvironmentVariables") | (Self::CloudFormation, "ParameterOverrides"))
    }
}
