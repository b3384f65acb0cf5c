//! A pipeline of CDK Pipelines, deployed and changed by the real CDK CLI, runs on the local endpoint as it does on AWS.

use crate::support::command::Said;
use crate::support::project::{PIPELINE, Project, REPOSITORY};
use crate::support::{ACCOUNT, OTHER_ACCOUNT, REGION};

/// Where the second stage goes.
const ELSEWHERE: &str = "eu-west-1";

/// The repository of the pipeline's second source.
const WORDS: &str = "octo-org/words";

/// Puts an assembly of the app, which the pipeline's own synthesis copies, into the repository.
fn synthesise(project: &Project, variant: &str) {
    let _ = std::fs::remove_dir_all(project.path().join("assembly"));
    project.copy_fixture(&format!("cdk/mutating/{variant}"), "assembly");
}

/// Runs a verb on the pipeline, which has no definition.
fn on_pipeline(project: &Project, arguments: &[&str]) -> Said {
    project.pipectl(&[arguments, &["--pipeline", PIPELINE]].concat())
}

/// Follows the pipeline to the end of its newest execution, which must succeed.
fn watch(project: &Project) {
    let _ = on_pipeline(project, &["status", "--watch", "--timeout", "150s"]).code(0);
}

/// What the stack of a stage says, and whether its asset is published.
async fn greeting(project: &Project, account: &str, region: &str, stage: &str) -> (String, bool) {
    let outputs = project.outputs_in(account, region, &format!("{stage}-Greeting")).await.unwrap();
    let config = project.config_in(account, region).await;
    let storage = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let bucket = format!("cdk-hnb659fds-assets-{account}-{region}");
    let asset = aws_sdk_s3::Client::from_conf(storage).head_object().bucket(bucket).key(&outputs["Key"]).send().await;
    (outputs["Said"].clone(), asset.is_ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_of_the_cdk_runs_and_changes_itself() {
    let project = Project::start_with_cdk(REPOSITORY);
    project.write("README.md", "A shop.\n");
    synthesise(&project, "one");
    let _ = project.push("one stage");
    let words = project.pipectl(&["local", "remote", WORDS]).code(0).output;
    let _ = project.git(&["push", "--quiet", words.trim(), "main"]);
    let _ = project.cdk(&["bootstrap", &format!("aws://{ACCOUNT}/{REGION}")]).code(0);
    project.store_token().await;

    // The CDK CLI writes into assemblies.
    project.copy_fixture("cdk/mutating/one", ".home/assembly");
    let deploy = ["--app", ".home/assembly", "deploy", "PipelineStack", "--require-approval", "never"];
    let _ = project.cdk(&deploy).code(0);
    watch(&project);
    let stages = ["Source", "Build", "UpdatePipeline", "Assets", "First"];
    assert_eq!(project.stages().await, stages);
    assert_eq!(project.executions().await, ["Succeeded"], "an update that changes nothing restarts nothing");
    assert_eq!(greeting(&project, ACCOUNT, REGION, "First").await, ("Hello from First".to_owned(), true));
    let log = on_pipeline(&project, &["logs", "Consumer"]).code(0).output;
    assert!(log.contains("Consumed: Hello from First, octocat\n"), "an output and an exported variable: {log}");
    let client = aws_sdk_cloudformation::Client::new(&project.config().await);
    let described = client.describe_stacks().stack_name("First-Greeting").send().await.unwrap();
    let tag = &described.stacks()[0].tags()[0];
    assert_eq!((tag.key(), tag.value()), (Some("team"), Some("greeters")), "of the template's configuration");

    // A push adds a stage elsewhere: the CDK CLI changes the pipeline, which begins anew with an artifact store more.
    let other = format!("aws://{OTHER_ACCOUNT}/{ELSEWHERE}");
    let policy = "--cloudformation-execution-policies=arn:aws:iam::aws:policy/AdministratorAccess";
    let _ = project.pipectl(&["bootstrap", &other, "--trust", ACCOUNT, policy]).code(0);
    synthesise(&project, "two");
    let _ = project.push("two stages");
    let _ = project.under_way("Second", "Promote");
    let said = on_pipeline(&project, &["approve", "Second"]).code(0);
    assert!(said.errors.contains("To the other account?\n"), "{said:?}");
    watch(&project);
    assert_eq!(project.stages().await, [&stages[..], &["Second"]].concat());
    assert_eq!(project.executions().await, ["Succeeded", "Cancelled", "Succeeded"]);
    let second = greeting(&project, OTHER_ACCOUNT, ELSEWHERE, "Second").await;
    assert_eq!(second, ("Hello from Second".to_owned(), true));
    assert_eq!(project.outputs("Second-Greeting").await, None, "it is in the other account only");
}
