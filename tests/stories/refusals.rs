//! What a push cannot do: lock the next push out, rename the pipeline, take rights that its builds do not have, or see secrets.

use std::io::Read;
use std::path::Path;

use crate::support::project::{Project, REPOSITORY, definition, stage, template};

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_would_lock_the_next_one_out_is_refused() {
    let tables = stage("Staging", "app.yaml");
    let project = Project::simple(&tables, "Value: one");
    let sound = definition("", &tables);
    project.bring_up().await;
    let _ = project.watch().code(0);

    let source = format!("repository = \"{REPOSITORY}\"");
    let refused = [
        ("another branch", sound.replace(&source, &format!("{source}\nbranch = \"mian\"")), "mian"),
        (
            "another secret",
            sound.replace(&source, &format!("{source}\ntoken-secret = \"nothing\"")),
            "`pipectl deploy`",
        ),
        ("another name", sound.replace("name = \"shop\"", "name = \"store\""), "the name from `shop` to `store`"),
    ];
    for (number, (message, text, told)) in refused.into_iter().enumerate() {
        assert_ne!(text, sound);
        project.write("pipeline.toml", &text);
        let _ = project.push(message);
        let failed = project.pipectl(&["status", "--watch", "--timeout", "150s", "--pipeline", "shop"]).code(1);
        assert!(failed.output.contains("UpdatePipeline / UpdatePipeline failed"), "{message}: {failed:?}");
        assert!(failed.output.contains(told), "{message}: {failed:?}");

        project.write("pipeline.toml", &sound);
        project.write("app.yaml", &template(&format!("Value: {number}")));
        let _ = project.push("repair");
        let _ = project.watch().code(0);
        assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], number.to_string());
    }
    assert!(project.executions().await.iter().all(|status| status == "Succeeded" || status == "Failed"));
    assert_eq!(project.executions().await.len(), 7, "no execution but the pushes'");
}

/// Tries what a build must not do, and fails unless each attempt is denied. Publishing assumes a role, and updating the
/// pipeline begins with a look at its executions.
const ATTEMPTS: &str = r#"
denied() {
  wanted=$1
  shift
  if "$@" 2> denied.txt; then
    echo "permitted: $*"
    exit 1
  fi
  cat denied.txt
  grep -q "$wanted" denied.txt
}
set -e
denied 'not authorized to perform: cloudformation:DescribeStacks' pipectl bootstrap
denied 'not authorized to perform: ssm:GetParameter' pipectl deploy --require-approval never
denied 'not authorized to perform: codepipeline:ListPipelineExecutions' pipectl deploy --in-pipeline --execution-id 00000000-0000-4000-8000-000000000000
denied 'not authorized to perform: codepipeline:' pipectl approve
pipectl synth --out attempt.out
denied 'not authorized to perform: sts:AssumeRole' pipectl publish --assembly attempt.out
"#;

const WITH_ASSET: &str = r#"
Parameters: {Bucket: {Type: String}, Key: {Type: String}}
Resources: {Thing: {Type: Pipectl::Test::Resource, Properties: {Value: !Ref Key}}}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn builds_have_their_own_rights_only() {
    let project = Project::start(REPOSITORY);
    let asset = "\n[[stage.stack.asset]]\nname = \"attempts\"\npath = \"attempts.sh\"\nbucket-parameter = \"Bucket\"\n\
                 key-parameter = \"Key\"\n";
    let build = "[build]\ncommands = [\"sh attempts.sh\"]\n";
    project.write("attempts.sh", ATTEMPTS);
    project.write("pipeline.toml", &definition("", &format!("{build}{}{asset}", stage("Staging", "app.yaml"))));
    project.write("app.yaml", WITH_ASSET);
    project.bring_up().await;
    let ended = project.watch();
    assert_eq!(ended.code, 0, "{}\n{}", ended.output, project.pipectl(&["logs", "Build"]).output);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_nowhere_but_in_its_secret() {
    let project = Project::simple(&stage("Staging", "app.yaml"), "Value: one");
    project.bring_up().await;
    let _ = project.watch().code(0);
    let log = project.pipectl(&["logs", "-v"]).code(0);
    let token = project.token();
    assert!(!log.output.contains(&token) && !log.errors.contains(&token));

    let client = aws_sdk_cloudformation::Client::new(&project.config().await);
    let template = client.get_template().stack_name("shop-pipeline").send().await.unwrap();
    assert!(!template.template_body().unwrap().contains(&token));

    // The emulator writes its state when it ends.
    project.down();
    let mut found = Vec::new();
    for place in [".pipectl/local", "pipectl.out"] {
        search(&project.path().join(place), token.as_bytes(), &mut found);
    }
    let folder = std::fs::metadata(project.path().join(".pipectl/local")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&folder) & 0o077, 0, "others cannot look into it");
    let elsewhere: Vec<_> = found.into_iter().filter(|path| !may_hold_the_token(path)).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

/// The places whose purpose it is to keep the token, all of them readable by their owner only: the instance's identity, and
/// what the services that stand in for AWS keep to themselves: Secrets Manager the secret, CloudFormation and CodePipeline
/// the properties that they were given it in.
fn may_hold_the_token(path: &str) -> bool {
    const PLACES: [&str; 5] = [
        "/identity.json",
        "/instance.json",
        "/state/secretsmanager.json",
        "/state/cloudformation.json",
        "/secrets.json",
    ];
    PLACES.iter().any(|place| path.ends_with(place))
}

/// Searches files, and what archives hold, for bytes.
fn search(folder: &Path, wanted: &[u8], found: &mut Vec<String>) {
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if !entry.file_type().is_file() {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        let mut archived = Vec::new();
        if let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(&bytes)) {
            for number in 0..archive.len() {
                archive.by_index(number).unwrap().read_to_end(&mut archived).unwrap();
            }
        }
        let holds = |bytes: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
        if holds(&bytes) || holds(&archived) {
            found.push(entry.path().display().to_string());
        }
    }
}
