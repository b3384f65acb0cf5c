//! Images of a CDK app, published by the real binary with the roles of the toolkit stacks, across accounts and regions.

use crate::support::project::{PIPELINE, Project, REPOSITORY, definition};
use crate::support::{ACCOUNT, OTHER_ACCOUNT, REGION};
use serde_json::{Value, json};

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

/// Puts the program in place of docker into a project, and returns its path.
fn engine(project: &Project) -> String {
    project.write_program("engine", include_str!("../fixtures/engine/engine.sh"));
    project.path().join("engine").to_str().unwrap().to_owned()
}

/// Reads a file that the engine wrote.
fn read(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.path().join(name)).unwrap_or_default()
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
    assert!(refused.errors.contains("`image` below `[publish-assets]`"), "{refused:?}");

    let engine = engine(&project);
    let publish = ["publish", "--assembly", "cdk.out", "--container-engine", &engine, "--format", "json"];
    let published = project.pipectl(&publish).code(0);
    let told = published.json();
    assert_eq!((&told["uploaded"], &told["pushed"], &told["present"]), (&2.into(), &2.into(), &0.into()), "{told}");

    let calls = read(&project, "calls");
    assert_eq!(calls.lines().filter(|call| call.starts_with("build ")).count(), 1, "{calls}");
    for (account, region) in [(ACCOUNT, REGION), (OTHER_ACCOUNT, ELSEWHERE)] {
        let address = format!("/{account}/{region}/cdk-hnb659fds-container-assets-{account}-{region}:i1");
        assert!(calls.lines().any(|call| call.starts_with("push ") && call.ends_with(&address)), "{calls}");
    }
    let passwords = read(&project, "passwords");
    assert_eq!(passwords.lines().count(), 2, "each account has a registry of its own");
    for password in passwords.lines() {
        assert!(
            !calls.contains(password) && !published.errors.contains(password) && !published.output.contains(password)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_builds_the_images_of_a_cdk_app_once() {
    let project = Project::start(REPOSITORY);
    project.copy_fixture("cdk/ordinary-app", "app");
    let list = project.path().join("app/Greeter.assets.json");
    let mut assets: Value = serde_json::from_str(&std::fs::read_to_string(&list).unwrap()).unwrap();
    let toolkit = "${AWS::AccountId}-${AWS::Region}";
    assets["dockerImages"]["i1"] = json!({
        "displayName": "Greeter/Image",
        "source": { "directory": "asset.i1" },
        "destinations": { "current": {
            "repositoryName": format!("cdk-hnb659fds-container-assets-{toolkit}"),
            "imageTag": "i1",
            "assumeRoleArn":
                format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/cdk-hnb659fds-image-publishing-role-{toolkit}"),
        } },
    });
    std::fs::write(&list, assets.to_string()).unwrap();
    project.write("app/asset.i1/Dockerfile", "FROM scratch\n");
    let engine = engine(&project);
    let tables = format!(
        "[build]\ncommands = [\"cp -r app cdk.out\"]\n\n[publish-assets]\nvariables = {{ CDK_DOCKER = \"{engine}\" }}\n\n\
         [[stage]]\nname = \"Production\"\n\n[[stage.assembly]]\npath = \"cdk.out\"\nstacks = [\"*\"]\n"
    );
    project.write("pipeline.toml", &definition("", &tables));
    project.bring_up().await;
    let _ = project.watch().code(0);
    let calls = read(&project, "calls");
    assert_eq!(calls.lines().filter(|call| call.starts_with("build ")).count(), 1, "{calls}");
    let repository = format!("cdk-hnb659fds-container-assets-{ACCOUNT}-{REGION}");
    let address = format!("/{ACCOUNT}/{REGION}/{repository}:i1");
    assert!(calls.lines().any(|call| call.starts_with("push ") && call.ends_with(&address)), "{calls}");

    // The engine of this test pushes nothing, so ECR is told by hand that the image is there.
    let config = project.config().await;
    let put = aws_sdk_ecr::Client::new(&config).put_image().repository_name(repository).image_tag("i1");
    put.image_manifest(r#"{"schemaVersion":2}"#).send().await.unwrap();
    let _ = project.push("the same image");
    let _ = project.watch().code(0);
    assert_eq!(read(&project, "calls"), calls, "an image that is there needs no engine");

    // What the app brings decides whether images may be built at all.
    let builds = aws_sdk_codebuild::Client::new(&config);
    let answer = builds.batch_get_projects().names(format!("{PIPELINE}-PublishAssets")).send().await.unwrap();
    assert_eq!(answer.projects()[0].environment().unwrap().privileged_mode(), Some(true));
}
