//! Publishing images, and assets that programs make: with a program in place of docker, and the local endpoint's ECR.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::Utf8PathBuf;
use pipectl::aws::Aws;
use pipectl::diagnostic::{Explain, FailureKind};
use pipectl::event::{Event, Events};
use pipectl::ops::publish::{Options, PublishError, Published, publish};
use tempfile::TempDir;

use crate::support::{ACCOUNT, Endpoint, REGION};

/// Another region that images go to.
const ELSEWHERE: &str = "eu-west-1";

/// The repository, in both regions.
const REPOSITORY: &str = "images";

/// The bucket of files.
const BUCKET: &str = "assets-of-images";

/// An endpoint, an assembly and an engine.
struct Bench {
    endpoint: Endpoint,
    folder: TempDir,
    aws: Aws,
    events: Arc<Mutex<Vec<Event>>>,
}

/// An image of a folder, for the given regions.
fn image(id: &str, regions: &[&str]) -> String {
    made(id, &format!(r#"{{"directory":"asset.{id}","dockerBuildArgs":{{"MODE":"fast"}}}}"#), regions)
}

/// An image of a source, for the given regions.
fn made(id: &str, source: &str, regions: &[&str]) -> String {
    let destinations: Vec<String> = regions
        .iter()
        .map(|region| {
            format!(r#""{region}":{{"repositoryName":"{REPOSITORY}","imageTag":"{id}","region":"{region}"}}"#)
        })
        .collect();
    format!(r#""{id}":{{"displayName":"Image {id}","source":{source},"destinations":{{{}}}}}"#, destinations.join(","))
}

impl Bench {
    /// An endpoint with repositories and a bucket, and an assembly with these files and images.
    async fn start(files: &str, images: &[String]) -> Self {
        let endpoint = Endpoint::start().await;
        let folder = tempfile::tempdir().unwrap();
        let aws = Aws::connect(endpoint.running.instance().settings(Some(&ACCOUNT.parse().unwrap()), None)).await;
        let bench = Self { endpoint, folder, aws, events: Arc::default() };
        for region in [REGION, ELSEWHERE] {
            bench.ecr(region).await.create_repository().repository_name(REPOSITORY).send().await.unwrap();
        }
        bench.aws.make_bucket(BUCKET, &REGION.parse().unwrap()).await.unwrap();
        bench.write("engine", include_str!("../fixtures/engine/engine.sh"));
        fs::set_permissions(bench.path("engine"), fs::Permissions::from_mode(0o755)).unwrap();
        bench.write(
            "out/manifest.json",
            r#"{"version":"48.0.0","artifacts":{"A.assets":{"type":"cdk:asset-manifest",
                "properties":{"file":"A.assets.json"}}}}"#,
        );
        let list = format!(r#"{{"version":"48.0.0","files":{{{files}}},"dockerImages":{{{}}}}}"#, images.join(","));
        bench.write("out/A.assets.json", &list);
        for id in ["1", "2"] {
            bench.write(&format!("out/asset.{id}/Dockerfile"), "FROM scratch\n");
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// How the engine was called, the looks for it and for images aside.
    fn calls(&self) -> Vec<String> {
        let calls = self.read("calls");
        calls
            .lines()
            .filter(|call| !call.starts_with("version") && !call.starts_with("image "))
            .map(str::to_owned)
            .collect()
    }

    /// The registry, as engines call it.
    fn host(&self) -> &str {
        self.endpoint.running.endpoint().trim_start_matches("http://")
    }

    /// What the first image is called in a region.
    fn address(&self, region: &str) -> String {
        format!("{}/{ACCOUNT}/{region}/{REPOSITORY}:1", self.host())
    }

    async fn ecr(&self, region: &str) -> aws_sdk_ecr::Client {
        let config = self.endpoint.config().await;
        let region = aws_config::Region::new(region.to_owned());
        aws_sdk_ecr::Client::new(&config.to_builder().region(region).build())
    }

    /// Gives a repository an image.
    async fn put(&self, region: &str, tag: &str) {
        let manifest = format!(r#"{{"schemaVersion":2,"of":"{tag}"}}"#);
        let ecr = self.ecr(region).await;
        ecr.put_image().repository_name(REPOSITORY).image_manifest(manifest).image_tag(tag).send().await.unwrap();
    }

    async fn publish(&self) -> Result<Published, PublishError> {
        self.publish_with(self.path("engine").to_str().unwrap()).await
    }

    async fn publish_with(&self, engine: &str) -> Result<Published, PublishError> {
        let root = Utf8PathBuf::from_path_buf(self.path("out")).unwrap();
        let seen = Arc::clone(&self.events);
        let events = Events::new(move |event| seen.lock().unwrap().push(event));
        publish(&self.aws, &root, &Options { engine: Some(engine.to_owned()), ..Options::default() }, &events).await
    }

    fn told(&self) -> String {
        format!("{:?}", self.events.lock().unwrap())
    }
}

/// Waits until a file holds a text.
async fn until(path: &Path, text: &str) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while !fs::read_to_string(path).is_ok_and(|found| found.contains(text)) {
        assert!(tokio::time::Instant::now() < deadline, "{} has no `{text}`", path.display());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_built_once_and_pushed_to_every_repository_that_lacks_it() {
    let images = [image("1", &[REGION, ELSEWHERE]), image("2", &[ELSEWHERE])];
    let bench = Bench::start("", &images).await;
    let published = bench.publish().await.unwrap();
    assert_eq!(published, Published { pushed: 3, ..Published::default() });

    let calls = bench.calls();
    let builds: Vec<&String> = calls.iter().filter(|call| call.starts_with("build ")).collect();
    assert_eq!(builds.len(), 2, "{calls:#?}");
    assert!(builds[0].starts_with("build --build-arg MODE=fast --tag pipectl-asset:"), "{}", builds[0]);
    assert_eq!(bench.read("builds"), "folder: asset.1, attestations: 1\nfolder: asset.2, attestations: 1\n");
    let logins: Vec<&String> = calls.iter().filter(|call| call.starts_with("login ")).collect();
    assert!(logins.iter().all(|login| **login == format!("login --username AWS --password-stdin {}", bench.host())));
    for region in [REGION, ELSEWHERE] {
        let name = bench.address(region);
        let tag = calls.iter().position(|call| call.starts_with("tag pipectl-asset:") && call.ends_with(&name));
        let push = calls.iter().position(|call| *call == format!("push {name}"));
        assert!(tag.unwrap() < push.unwrap(), "{calls:#?}");
    }
    assert_eq!(calls.len(), 2 + logins.len() + 2 * 3, "{calls:#?}");

    // The password goes through the standard input, and nowhere else.
    let passwords = bench.read("passwords");
    assert_eq!(passwords.lines().count(), logins.len());
    for password in passwords.lines() {
        assert_eq!(password.len(), 64, "{password}");
        assert!(!bench.read("calls").contains(password));
        assert!(!bench.told().contains(password));
    }
    assert!(bench.told().contains("step 1 of 1"), "the engine's own words are handed on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_neither_built_nor_is_an_engine_needed() {
    let images = [image("1", &[REGION, ELSEWHERE])];
    let bench = Bench::start("", &images).await;
    bench.put(REGION, "1").await;
    assert_eq!(bench.publish().await.unwrap(), Published { pushed: 1, present: 1, ..Published::default() });
    let pushes: Vec<String> = bench.calls().into_iter().filter(|call| call.starts_with("push")).collect();
    assert_eq!(pushes, [format!("push {}", bench.address(ELSEWHERE))]);

    bench.put(ELSEWHERE, "1").await;
    let again = bench.publish_with("/no/such/engine").await.unwrap();
    assert_eq!(again, Published { present: 2, ..Published::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_engine_or_a_repository_nothing_is_begun() {
    let file = format!(
        r#""f":{{"source":{{"path":"asset.1/Dockerfile"}},"destinations":{{"d":{{"bucketName":"{BUCKET}","objectKey":"f"}}}}}}"#
    );
    let bench = Bench::start(&file, &[image("1", &[REGION, ELSEWHERE]), image("2", &[REGION])]).await;
    let error = bench.publish_with("/no/such/engine").await.unwrap_err();
    assert_eq!(error.to_string(), "images `Image 1` and `Image 2` cannot be built: `/no/such/engine` is not installed");
    assert_eq!(error.kind(), FailureKind::NotReady);
    let hints = error.hints();
    assert!(hints[0].starts_with("install docker, podman or finch"), "{hints:?}");
    assert!(hints[1].contains("`image` below `[publish-assets]`"), "{hints:?}");
    assert!(bench.aws.storage().head(BUCKET, "f").await.unwrap().is_none());

    bench.write("asleep", "#!/bin/sh\necho 'Cannot connect to the daemon' >&2\nexit 1\n");
    fs::set_permissions(bench.path("asleep"), fs::Permissions::from_mode(0o755)).unwrap();
    let error = bench.publish_with(bench.path("asleep").to_str().unwrap()).await.unwrap_err();
    assert!(error.to_string().ends_with("cannot be used: Cannot connect to the daemon"), "{error}");
    assert!(error.hints()[0].starts_with("start the program's daemon"), "{:?}", error.hints());

    bench.ecr(ELSEWHERE).await.delete_repository().repository_name(REPOSITORY).send().await.unwrap();
    let error = bench.publish().await.unwrap_err();
    assert_eq!(error.to_string(), format!("there is no repository `{REPOSITORY}`"));
    assert!(error.hints()[0].starts_with(&format!("`pipectl bootstrap aws://{ACCOUNT}/{ELSEWHERE}`")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_fails_shows_the_last_lines_of_the_engine() {
    let bench = Bench::start("", &[image("1", &[REGION])]).await;
    bench.write("out/asset.1/broken", "");
    let error = bench.publish().await.unwrap_err();
    assert_eq!(error.to_string(), "image `Image 1` could not be built");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("build` ended with exit code 17:\n"), "{cause}");
    assert!(cause.contains("\n  step 30") && cause.contains("\n  ERROR: failed to solve"), "{cause}");
    assert!(!cause.contains("step 5\n"), "only the last lines: {cause}");
    assert_eq!(error.kind(), FailureKind::Failed);
    assert!(!bench.calls().iter().any(|call| call.starts_with("push")), "{:?}", bench.calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_registry_is_tried_again_and_a_refusal_is_told() {
    let bench = Bench::start("", &[image("1", &[REGION])]).await;
    bench.write("busy", "");
    assert_eq!(bench.publish().await.unwrap().pushed, 1);
    assert_eq!(bench.calls().iter().filter(|call| call.starts_with("push")).count(), 2);

    bench.write("denied", "");
    let error = bench.publish().await.unwrap_err();
    assert_eq!(error.to_string(), format!("image `Image 1` could not be pushed to `{}`", bench.address(REGION)));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.ends_with("ended with exit code 1: denied: not authorized"), "{cause}");
    assert_eq!(error.kind(), FailureKind::Refused);
    assert_eq!(bench.calls().iter().filter(|call| call.starts_with("push")).count(), 3, "refusals are final");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_someone_else_gives_meanwhile_is_no_failure() {
    let bench = Bench::start("", &[image("1", &[REGION])]).await;
    bench.write("taken", "");
    let publishing = bench.publish();
    let other = async {
        until(&bench.path("calls"), "\npush ").await;
        bench.put(REGION, "1").await;
        bench.write("given", "");
    };
    let (published, ()) = tokio::join!(publishing, other);
    assert_eq!(published.unwrap().pushed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_while_it_pushed_builds_nothing_again() {
    let bench = Bench::start("", &[image("1", &[REGION])]).await;
    bench.write("hang", "");
    let pid = bench.path("pid");
    tokio::select! {
        ended = bench.publish() => panic!("{ended:?}"),
        () = until(&pid, "\n") => {}
    }
    // The engine ends with whoever started it, long before it would by itself.
    let process = Path::new("/proc").join(bench.read("pid").trim()).join("stat");
    let is_there = || fs::read_to_string(&process).is_ok_and(|state| !state.contains(") Z "));
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while is_there() {
        assert!(tokio::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    fs::remove_file(bench.path("hang")).unwrap();
    assert_eq!(bench.publish().await.unwrap().pushed, 1);
    let calls = bench.calls();
    assert_eq!(calls.iter().filter(|call| call.starts_with("build")).count(), 1, "{calls:#?}");
    assert_eq!(calls.iter().filter(|call| call.starts_with("push")).count(), 2, "{calls:#?}");
    assert!(bench.told().contains("image `Image 1` was built before"));
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_make_files_and_images() {
    let file = |id: &str, program: &str| {
        format!(
            r#""{id}":{{"source":{{"executable":["./{program}","{id}"]}},"destinations":{{
                "d":{{"bucketName":"{BUCKET}","objectKey":"{id}.zip"}}}}}}"#
        )
    };
    let files = format!("{},{}", file("near", "make"), file("far", "make"));
    let images = [made("1", r#"{"executable":["./make","image"]}"#, &[REGION, ELSEWHERE])];
    let bench = Bench::start(&files, &images).await;
    let far = bench.path("far.zip");
    let script = format!(
        "#!/bin/sh\necho run $1 >>../runs\necho working >&2\ncase $1 in\n\
         near) echo near >near.zip; echo near.zip ;;\n\
         far) echo far >'{0}'; echo; echo '  {0}'; echo ;;\n\
         image) echo localhost/made:1 ;;\nesac\n",
        far.display()
    );
    bench.write("out/make", &script);
    fs::set_permissions(bench.path("out/make"), fs::Permissions::from_mode(0o755)).unwrap();

    let published = bench.publish().await.unwrap();
    assert_eq!((published.uploaded, published.pushed), (2, 2));
    for (key, length) in [("near.zip", 5), ("far.zip", 4)] {
        let object = bench.aws.storage().head(BUCKET, key).await.unwrap().unwrap();
        assert_eq!(object.size, length, "{key}");
    }
    let calls = bench.calls();
    assert!(!calls.iter().any(|call| call.starts_with("build")), "{calls:#?}");
    assert!(calls.contains(&format!("tag localhost/made:1 {}", bench.address(ELSEWHERE))), "{calls:#?}");
    let runs = bench.read("runs");
    assert_eq!(runs.lines().count(), 3, "each program runs once: {runs}");

    // What is there is not made again.
    bench.put(REGION, "1").await;
    bench.put(ELSEWHERE, "1").await;
    assert_eq!(bench.publish().await.unwrap().present, 4);
    assert_eq!(bench.read("runs"), runs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_fails_or_says_nothing_is_named() {
    let file = format!(
        r#""f":{{"displayName":"Bundle","source":{{"executable":["./make"]}},"destinations":{{
            "d":{{"bucketName":"{BUCKET}","objectKey":"f"}}}}}}"#
    );
    let bench = Bench::start(&file, &[]).await;
    let program = |script: &str| {
        bench.write("out/make", script);
        fs::set_permissions(bench.path("out/make"), fs::Permissions::from_mode(0o755)).unwrap();
    };
    program("#!/bin/sh\necho 'no compiler' >&2\nexit 3\n");
    let error = bench.publish().await.unwrap_err();
    assert_eq!(error.to_string(), "asset `Bundle` was not made by its program");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "`./make` ended with exit code 3: no compiler");
    program("#!/bin/sh\necho\n");
    let error = bench.publish().await.unwrap_err();
    assert_eq!(error.to_string(), "asset `Bundle`: its program `./make` printed no name of what it made");
    assert_eq!(error.kind(), FailureKind::Failed);
    program("#!/bin/sh\necho nowhere.zip\n");
    let error = bench.publish().await.unwrap_err();
    assert_eq!(error.to_string(), "asset `Bundle` cannot be read: `nowhere.zip`");
}
