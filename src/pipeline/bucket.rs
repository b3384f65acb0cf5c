//! The bucket of the pipeline's artifacts, in the pipeline's region and in others, and its key across accounts.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::environment::{Place, deploy_roles, other_accounts};
use super::policy::{Statement, document};
use crate::cfn::intrinsic::{attribute, substitute};
use crate::definition::Definition;

/// How long artifacts are kept, in days: longer than a roll-back to an earlier execution reaches back.
const ARTIFACT_DAYS: u32 = 180;

/// Logical ids.
pub(super) const BUCKET: &str = "ArtifactBucket";
pub(super) const KEY: &str = "ArtifactKey";

/// Whether artifacts need a key of their own: other accounts cannot use the one that AWS manages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// By the key that AWS manages.
    Managed,
    /// By the pipeline's own key.
    Own,
}

pub(super) fn encryption(definition: &Definition) -> Encryption {
    if other_accounts(definition).is_empty() { Encryption::Managed } else { Encryption::Own }
}

/// Where the bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BucketPlace<'a> {
    /// In the pipeline stack.
    Pipeline,
    /// In a support stack, where it has a name that the pipeline stack can know.
    Support {
        /// The bucket's name.
        name: &'a str,
        /// The name of the key's alias, with `alias/`.
        alias: &'a str,
    },
}

/// What becomes of a resource whose stack is deleted. Written as CloudFormation spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum DeletionPolicy {
    Retain,
    Delete,
}

impl BucketPlace<'_> {
    fn deletion_policy(self) -> DeletionPolicy {
        match self {
            // What is kept when the stack goes is said by `destroy`: artifacts are the only record of what was deployed.
            Self::Pipeline => DeletionPolicy::Retain,
            // Copies of artifacts. A bucket that stayed would keep its name, which the next support stack needs.
            Self::Support { .. } => DeletionPolicy::Delete,
        }
    }
}

/// The bucket with its policy, and its key where it needs one.
pub(super) fn resources(definition: &Definition, readers: &[Value], bucket: BucketPlace<'_>) -> Map<String, Value> {
    let mut resources = Map::new();
    let deletion_policy = bucket.deletion_policy();
    let algorithm = match encryption(definition) {
        Encryption::Managed => json!({ "SSEAlgorithm": "aws:kms" }),
        Encryption::Own => {
            resources.insert(KEY.to_owned(), key(definition, deletion_policy));
            json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": attribute(KEY, "Arn") })
        }
    };
    let mut properties = json!({
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{ "BucketKeyEnabled": true, "ServerSideEncryptionByDefault": algorithm }],
        },
        "LifecycleConfiguration": { "Rules": [{
            "Id": "expire-artifacts",
            "Status": "Enabled",
            "ExpirationInDays": ARTIFACT_DAYS,
            "NoncurrentVersionExpiration": { "NoncurrentDays": 1 },
            "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 1 },
        }] },
        "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true,
            "BlockPublicPolicy": true,
            "IgnorePublicAcls": true,
            "RestrictPublicBuckets": true,
        },
    });
    if let BucketPlace::Support { name, alias } = bucket {
        properties["BucketName"] = substitute(name);
        if encryption(definition) == Encryption::Own {
            resources.insert(
                "ArtifactKeyAlias".to_owned(),
                json!({
                    "Type": "AWS::KMS::Alias",
                    "Properties": { "AliasName": alias, "TargetKeyId": attribute(KEY, "Arn") },
                }),
            );
        }
    }
    resources.insert(
        BUCKET.to_owned(),
        json!({
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": deletion_policy,
            "UpdateReplacePolicy": deletion_policy,
            "Properties": properties,
        }),
    );
    resources.insert(
        "ArtifactBucketPolicy".to_owned(),
        json!({
            "Type": "AWS::S3::BucketPolicy",
            "Properties": { "Bucket": { "Ref": BUCKET }, "PolicyDocument": document(&policy(definition, readers)) },
        }),
    );
    resources
}

/// The bucket's ARN and that of everything in it.
pub(super) fn arns() -> [Value; 2] {
    [attribute(BUCKET, "Arn"), substitute(format!("${{{BUCKET}.Arn}}/*"))]
}

/// Who may read templates from the bucket.
///
/// The deploy role of the same account is named by its ARN: its own policy leaves out buckets of its own account. Roles
/// of other accounts are admitted by account and condition, so that a role that is made anew keeps its access.
fn policy(definition: &Definition, readers: &[Value]) -> Vec<Statement> {
    let mut statements =
        vec![Statement::deny_all(&["s3:*"], arns()).when(json!({ "Bool": { "aws:SecureTransport": "false" } }))];
    let read = ["s3:GetObject*", "s3:GetBucket*", "s3:List*"];
    if !readers.is_empty() {
        let principal = json!({ "AWS": readers });
        statements.push(Statement::allow(&read, arns()).for_principal(principal));
    }
    let principals = other_account_principals(definition);
    if !principals.is_empty() {
        statements.push(
            Statement::allow(&read, arns())
                .for_principal(json!({ "AWS": principals }))
                .when(json!({ "ArnLike": { "aws:PrincipalArn": other_deploy_roles(definition) } })),
        );
    }
    statements
}

/// The deploy roles in the pipeline's own account.
pub(super) fn own_deploy_roles(definition: &Definition) -> Vec<Value> {
    let own = Place::own(definition);
    let here: BTreeSet<String> = deploy_roles(definition)
        .into_iter()
        .filter(|(place, _)| place.account == own.account)
        .map(|(_, role)| role)
        .collect();
    here.into_iter().map(substitute).collect()
}

fn other_account_principals(definition: &Definition) -> Vec<Value> {
    other_accounts(definition)
        .iter()
        .map(|account| substitute(format!("arn:${{AWS::Partition}}:iam::{account}:root")))
        .collect()
}

fn other_deploy_roles(definition: &Definition) -> Vec<Value> {
    let own = Place::own(definition);
    let elsewhere: BTreeSet<String> = deploy_roles(definition)
        .into_iter()
        .filter(|(place, _)| place.account != own.account)
        .map(|(_, role)| role)
        .collect();
    elsewhere.into_iter().map(substitute).collect()
}

fn key(definition: &Definition, deletion_policy: DeletionPolicy) -> Value {
    let administration = Statement::allow(&["kms:*"], [json!("*")])
        .for_principal(json!({ "AWS": substitute("arn:${AWS::Partition}:iam::${AWS::AccountId}:root") }));
    let reading = Statement::allow(&["kms:Decrypt", "kms:DescribeKey"], [json!("*")])
        .for_principal(json!({ "AWS": other_account_principals(definition) }))
        .when(json!({ "ArnLike": { "aws:PrincipalArn": other_deploy_roles(definition) } }));
    json!({
        "Type": "AWS::KMS::Key",
        "DeletionPolicy": deletion_policy,
        "UpdateReplacePolicy": deletion_policy,
        "Properties": {
            "Description": format!("Artifacts of the pipeline {}", definition.name),
            "EnableKeyRotation": true,
            "KeyPolicy": document(&[administration, reading]),
        },
    })
}
