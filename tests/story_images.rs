//! Images of a CDK app, published by the real binary with the roles of the toolkit stacks, across accounts and regions.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::os::unix::fs::PermissionsExt;

use support::project::Project;
use support::{ACCOUNT, OTHER_ACCOUNT, REGION};

const ELSEWHERE: &str = "eu-west-1";

/// An asset manifest as the CDK writes one for a stage: one image, and one file.
fn assets(account: &str, region: &str) -> String {
    let role = |kind: &str| {
        format!("arn:${{AWS::Partition}}:iam::{account}:role/cdk-hnb659fds-{kind}-publishing-role-{account}-{region}")
    };
    format!(
        r#"{{"version": "48.0.0",
            "files": {{"f1": {{"source": {{"path": "../asset.1", "packaging": "zip"}}, "destinations": {{"{account}": {{
                "bucketName": "cdk-hnb659fds-assets-{account}-{region}", "objectKey": "f1.zip", "region": "{region}",
                "assumeRoleArn": "{}"}}}}}}}},
            "dockerImages": {{"i1": {{"source": {{"directory": "../asset.1"}}, "destinations": {{"{account}": {{
                "repositoryName": "cdk-hnb659fds-container-assets-{account}-{region}", "imageTag": "i1",
                "region": "{region}", "assumeRoleArn": "{}"}}}}}}}}}}"#,
        role("file"),
        role("image"),
    )
}

#[test]
fn one_build_serves_every_account_with_the_roles_of_its_toolkit_stack() {
    let project = Project::start("octo-org/images");
    let own = format!("aws://{ACCOUNT}/{REGION}");
    let other = format!("aws://{OTHER_ACCOUNT}/{ELSEWHERE}");
    let _ = project.pipectl(&["bootstrap", &own]).code(0);
    let policy = "--cloudformation-execution-policies=arn:aws:iam::aws:policy/AdministratorAccess";
    let _ = project.pipectl(&["bootstrap", &other, "--trust", ACCOUNT, policy]).code(0);

    let folder = |stage: &str| {
        format!(
            r#""assembly-{stage}": {{"type": "cdk:cloud-assembly", "properties": {{"directoryName": "assembly-{stage}"}}}}"#
        )
    };
    let list = r#""A.assets": {"type": "cdk:asset-manifest", "properties": {"file": "A.assets.json"}}"#;
    let manifest = |artifacts: &str| format!(r#"{{"version": "48.0.0", "artifacts": {{{artifacts}}}}}"#);
    project.write("cdk.out/manifest.json", &manifest(&format!("{}, {}", folder("Beta"), folder("Prod"))));
    project.write("cdk.out/asset.1/Dockerfile", "FROM scratch\n");
    for (stage, account, region) in [("Beta", ACCOUNT, REGION), ("Prod", OTHER_ACCOUNT, ELSEWHERE)] {
        project.write(&format!("cdk.out/assembly-{stage}/manifest.json"), &manifest(list));
        project.write(&format!("cdk.out/assembly-{stage}/A.assets.json"), &assets(account, region));
    }

    let missing = ["publish", "--assembly", "cdk.out", "--container-engine", "/no/such/engine"];
    let refused = project.pipectl(&missing).code(4);
    assert!(refused.errors.contains("image `i1` cannot be built: `/no/such/engine` is not installed"), "{refused:?}");
    assert!(refused.errors.contains("`privileged = true` below `[publish-assets]`"), "{refused:?}");

    project.write("engine", include_str!("fixtures/engine/engine.sh"));
    let engine = project.path().join("engine");
    std::fs::set_permissions(&engine, std::fs::Permissions::from_mode(0o755)).unwrap();
    let engine = engine.to_str().unwrap();
    let publish = ["publish", "--assembly", "cdk.out", "--container-engine", engine, "--format", "json"];
    let published = project.pipectl(&publish).code(0);
    let told = published.json();
    assert_eq!((&told["uploaded"], &told["pushed"], &told["present"]), (&2.into(), &2.into(), &0.into()), "{told}");

    let read = |name: &str| std::fs::read_to_string(project.path().join(name)).unwrap();
    let calls = read("calls");
    assert_eq!(calls.lines().filter(|call| call.starts_with("build ")).count(), 1, "{calls}");
    for (account, region) in [(ACCOUNT, REGION), (OTHER_ACCOUNT, ELSEWHERE)] {
        let address = format!("/{account}/{region}/cdk-hnb659fds-container-assets-{account}-{region}:i1");
        assert!(calls.lines().any(|call| call.starts_with("push ") && call.ends_with(&address)), "{calls}");
    }
    let passwords = read("passwords");
    assert_eq!(passwords.lines().count(), 2, "each account has a registry of its own");
    for password in passwords.lines() {
        assert!(
            !calls.contains(password) && !published.errors.contains(password) && !published.output.contains(password)
        );
    }
}
