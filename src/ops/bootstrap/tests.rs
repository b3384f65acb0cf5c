//! The rules of updates: what is kept, what is refused.

use indexmap::IndexMap;

use super::*;
use crate::aws::cloudformation::{Parameter, Protection, StackStatus};
use crate::ops::stack::DesiredParameter;

fn options() -> Options {
    Options::of(STACK_NAME.parse().unwrap())
}

fn deployed(parameters: &[(&str, &str)], version: &str) -> Stack {
    let parameter = |value: &str| Parameter { value: value.to_owned(), resolved: None };
    Stack {
        id: "arn:aws:cloudformation:us-east-1:111111111111:stack/CDKToolkit/1".to_owned(),
        name: STACK_NAME.parse().unwrap(),
        status: StackStatus::UpdateComplete,
        reason: None,
        parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), parameter(value))).collect(),
        outputs: IndexMap::from([("BootstrapVersion".to_owned(), version.to_owned())]),
        tags: IndexMap::new(),
        protection: Protection::Off,
        notification_targets: Vec::new(),
        capabilities: Vec::new(),
        role: None,
        created: None,
        updated: None,
    }
}

fn environment() -> Environment {
    "aws://111111111111/us-east-1".parse().unwrap()
}

fn given(value: &str) -> DesiredParameter {
    DesiredParameter::Given(value.to_owned())
}

#[test]
fn the_first_bootstrap_takes_the_key_of_s3_and_the_template_s_defaults() {
    let (first, parameters) = options().parameters(&environment(), None).unwrap();
    assert_eq!(first, None);
    assert_eq!(parameters["FileAssetsBucketKmsKeyId"], given("AWS_MANAGED_KEY"));
    assert_eq!(parameters["Qualifier"], DesiredParameter::Previous);
    assert_eq!(parameters["TrustedAccounts"], given(""));
    assert!(!parameters.contains_key("BootstrapVariant"));
}

#[test]
fn what_is_not_chosen_stays() {
    let stack = deployed(
        &[
            ("TrustedAccounts", "222222222222,333333333333"),
            ("CloudFormationExecutionPolicies", "arn:p"),
            ("FileAssetsBucketKmsKeyId", ""),
            ("Qualifier", "team"),
        ],
        "33",
    );
    let (_, parameters) = options().parameters(&environment(), Some(&stack)).unwrap();
    assert_eq!(parameters["TrustedAccounts"], given("222222222222,333333333333"));
    assert_eq!(parameters["CloudFormationExecutionPolicies"], given("arn:p"));
    assert_eq!(parameters["FileAssetsBucketKmsKeyId"], DesiredParameter::Previous);
    assert_eq!(options().qualifier(Some(&stack)).as_str(), "team");

    let untrusting = Options { untrusted: vec!["222222222222".parse().unwrap()], ..options() };
    let (_, parameters) = untrusting.parameters(&environment(), Some(&stack)).unwrap();
    assert_eq!(parameters["TrustedAccounts"], given("333333333333"));
}

#[test]
fn trust_needs_policies_and_excludes_distrust() {
    let account = || vec!["222222222222".parse().unwrap()];
    let trusting = Options { trusted: Some(account()), ..options() };
    let refused = trusting.parameters(&environment(), None);
    assert!(matches!(refused, Err(BootstrapError::TrustWithoutPolicies { .. })));
    let stored = deployed(&[("CloudFormationExecutionPolicies", "arn:p")], "33");
    assert!(trusting.parameters(&environment(), Some(&stored)).is_ok());
    let both = Options { untrusted: account(), execution_policies: Some(vec!["arn:p".to_owned()]), ..trusting };
    let refused = both.parameters(&environment(), None);
    assert!(matches!(refused, Err(BootstrapError::TrustedAndUntrusted { .. })));
}

#[test]
fn the_example_boundary_exists_before_it_bounds() {
    let bounded = Options { boundary: Some(Boundary::Example), ..options() };
    let name = given("cdk-hnb659fds-permissions-boundary-111111111111-us-east-1");
    let (first, parameters) = bounded.parameters(&environment(), None).unwrap();
    let first = first.unwrap();
    assert_eq!(first["UseExamplePermissionsBoundary"], given("true"));
    assert_eq!(first["InputPermissionsBoundary"], DesiredParameter::Previous);
    assert_eq!(parameters["InputPermissionsBoundary"], name);

    let stack = deployed(&[("UseExamplePermissionsBoundary", "true")], "33");
    let (first, parameters) = bounded.parameters(&environment(), Some(&stack)).unwrap();
    assert_eq!(first, None);
    assert_eq!(parameters["InputPermissionsBoundary"], name);
}

#[test]
fn a_newer_stack_and_one_of_another_variant_stay() {
    let offered = Provenance::of_template(TEMPLATE).unwrap();
    let silent = Events::silent();
    assert!(!is_kept(&deployed(&[], "33"), &offered, &silent));
    assert!(!is_kept(&deployed(&[], "6"), &offered, &silent));
    assert!(is_kept(&deployed(&[], "34"), &offered, &silent));
    assert!(is_kept(&deployed(&[("BootstrapVariant", "Our own")], "33"), &offered, &silent));
}
