//! Publishing to an S3 endpoint that remembers, counts and fails on demand.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use pipectl::archive::{Bounds, Entry, Mode, entries, unpack};
use pipectl::aws::{Aws, Credentials, Patience, Settings};
use pipectl::diagnostic::{Explain, FailureKind};
use pipectl::event::{Event, Events};
use pipectl::id::Secret;
use pipectl::ops::publish::{Options, PublishError, Published, publish};
use pipectl::ops::tool::{ToolError, pin, put, would_pin};
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const BUCKET: &str = "toolkit";

/// What the endpoint holds and was asked for.
#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Vec<u8>>,
    calls: Vec<String>,
    /// How often a call on a key is still answered with 503.
    busy: HashMap<String, u32>,
    /// Keys that nobody may write.
    denied: Vec<String>,
    /// Nobody may ask how the bucket encrypts.
    is_secretive: bool,
    /// The sizes of the parts of an object that is not complete, by their numbers.
    parts: BTreeMap<String, usize>,
}

/// As much of S3 and STS as publishing needs. It answers in pages of five keys.
#[derive(Debug, Clone, Default)]
struct Storage(Arc<Mutex<State>>);

impl Storage {
    fn calls(&self, what: &str) -> usize {
        self.0.lock().unwrap().calls.iter().filter(|call| call.starts_with(what)).count()
    }
}

impl Respond for Storage {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        let query: HashMap<_, _> = request.url.query_pairs().into_owned().collect();
        let key = request.url.path().strip_prefix(&format!("/{BUCKET}/")).unwrap_or_default().to_owned();
        let call = match request.method.as_str() {
            "POST" if query.contains_key("uploads") => "Begin",
            "POST" if query.contains_key("uploadId") => "Complete",
            "POST" => "AssumeRole",
            "GET" if query.contains_key("location") => "Location",
            "GET" if query.contains_key("encryption") => "Encryption",
            "GET" => "List",
            "HEAD" => "Head",
            "PUT" if query.contains_key("partNumber") => "Part",
            "DELETE" => "Abort",
            _ => "Put",
        };
        state.calls.push(format!("{call} {key}"));
        if let Some(left) = state.busy.get_mut(&key).filter(|left| **left > 0) {
            *left -= 1;
            return fault(503, "SlowDown");
        }
        match call {
            "AssumeRole" if String::from_utf8_lossy(&request.body).contains("GetCallerIdentity") => {
                xml("<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111111111111:user/u</Arn>\
                 <Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")
            }
            "AssumeRole" => xml("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>\
                 <SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>\
                 <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"),
            "Location" if request.url.path().trim_end_matches('/') != format!("/{BUCKET}") => {
                fault(404, "NoSuchBucket")
            }
            "Location" => xml("<LocationConstraint>eu-west-1</LocationConstraint>"),
            "Encryption" if state.is_secretive => fault(403, "AccessDenied"),
            "Encryption" => xml("<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
                 <SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
                 </ServerSideEncryptionConfiguration>"),
            "List" => list(&state.objects, query.get("start-after")),
            "Head" => state.objects.get(&key).map_or(ResponseTemplate::new(404), |object| {
                ResponseTemplate::new(200).insert_header("content-length", object.len().to_string())
            }),
            "Begin" => xml("<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"),
            "Part" => {
                assert!(request.headers.contains_key("x-amz-checksum-crc32"));
                state.parts.insert(query["partNumber"].clone(), request.body.len());
                ResponseTemplate::new(200).insert_header("etag", "\"1\"")
            }
            "Complete" if state.parts.is_empty() => fault(404, "NoSuchUpload"),
            "Complete" => {
                let size = std::mem::take(&mut state.parts).into_values().sum();
                state.objects.insert(key, vec![0; size]);
                // The work is done, and the answer does not say so.
                fault(503, "SlowDown")
            }
            "Abort" => ResponseTemplate::new(204),
            _ if state.denied.contains(&key) => fault(403, "AccessDenied"),
            _ => {
                let encryption = request.headers.get("x-amz-server-side-encryption");
                assert_eq!(encryption.is_none(), state.is_secretive);
                assert!(encryption.is_none_or(|algorithm| algorithm == "aws:kms"));
                if let Some(owner) = request.headers.get("x-amz-expected-bucket-owner") {
                    assert_eq!(owner, "111111111111");
                }
                assert!(request.headers.contains_key("x-amz-checksum-crc32"));
                state.objects.insert(key, request.body.clone());
                ResponseTemplate::new(200)
            }
        }
    }
}

fn list(objects: &BTreeMap<String, Vec<u8>>, after: Option<&String>) -> ResponseTemplate {
    let rest: Vec<_> = objects.keys().filter(|key| after.is_none_or(|after| *key > after)).collect();
    let contents: String = rest.iter().take(5).map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
    let is_truncated = rest.len() > 5;
    xml(&format!("<ListBucketResult><IsTruncated>{is_truncated}</IsTruncated>{contents}</ListBucketResult>"))
}

fn xml(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/xml")
}

fn fault(status: u16, code: &str) -> ResponseTemplate {
    let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
    ResponseTemplate::new(status).set_body_raw(body, "application/xml")
}

/// An assembly of so many files, one folder of two files, and one file that is larger than what is held in memory.
fn assembly(files: usize) -> (TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    let asset = |id: &str, packaging: &str| {
        format!(
            r#""{id}":{{"displayName":"Asset {id}","source":{{"path":"asset.{id}","packaging":"{packaging}"}},
                "destinations":{{"d":{{"bucketName":"{BUCKET}","objectKey":"{id}","region":"eu-west-1",
                "assumeRoleArn":"arn:aws:iam::111111111111:role/publish"}}}}}}"#
        )
    };
    let mut assets = vec![asset("folder", "zip"), asset("large", "file")];
    for number in 0..files {
        std::fs::write(root.join(format!("asset.{number:03}")), format!("content {number}")).unwrap();
        assets.push(asset(&format!("{number:03}"), "file"));
    }
    std::fs::create_dir_all(root.join("asset.folder/below")).unwrap();
    std::fs::write(root.join("asset.folder/a"), "a").unwrap();
    std::fs::write(root.join("asset.folder/below/b"), "b").unwrap();
    std::fs::write(root.join("asset.large"), vec![7; 1 << 20]).unwrap();
    let artifact = r#"{"type":"cdk:asset-manifest","properties":{"file":"A.assets.json"}}"#;
    let manifest = format!(r#"{{"version":"48.0.0","artifacts":{{"A.assets":{artifact}}}}}"#);
    std::fs::write(root.join("manifest.json"), manifest).unwrap();
    write_assets(&root, &assets);
    (folder, root)
}

fn write_assets(root: &Utf8Path, assets: &[String]) {
    let text = format!(r#"{{"version":"48.0.0","files":{{{}}}}}"#, assets.join(","));
    std::fs::write(root.join("A.assets.json"), text).unwrap();
}

async fn start(storage: &Storage) -> (MockServer, Aws) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(storage.clone()).mount(&server).await;
    let aws = Aws::connect(Settings {
        region: Some("eu-west-1".parse().unwrap()),
        endpoint: Some(server.uri()),
        credentials: Some(Credentials {
            access_key: "A".to_owned(),
            secret_key: Secret::new("S"),
            session_token: None,
        }),
        patience: Patience::LOCAL,
        ..Settings::default()
    })
    .await;
    (server, aws)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_skipped_in_few_calls() {
    let storage = Storage::default();
    let (_server, aws) = start(&storage).await;
    let (_folder, root) = assembly(20);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let events = {
        let seen = Arc::clone(&seen);
        Events::new(move |event| seen.lock().unwrap().push(event))
    };

    let published = publish(&aws, &root, &Options::default(), &events).await.unwrap();
    assert_eq!((published.uploaded, published.present), (22, 0));
    assert_eq!(storage.calls("Put"), 22);
    assert_eq!(storage.calls("AssumeRole"), 2, "one look at who one is, and one role");
    assert_eq!(storage.calls("Head"), 0, "an empty bucket is seen in one listing");
    let is_complete = |event: &Event| matches!(event, Event::Progress { done: 22, total: 22, .. });
    assert!(seen.lock().unwrap().iter().any(is_complete));
    {
        let state = storage.0.lock().unwrap();
        assert_eq!(state.objects["007"], b"content 7");
        assert_eq!(state.objects["large"], vec![7; 1 << 20]);
        assert_eq!(state.objects["folder"][..2], *b"PK");
    }

    let before = storage.0.lock().unwrap().calls.len();
    let again = publish(&aws, &root, &Options::default(), &Events::silent()).await.unwrap();
    assert_eq!(again, Published { present: 22, ..Published::default() });
    // One page of five keys is listed, for so few objects; the other 17 are asked one by one.
    assert_eq!(storage.0.lock().unwrap().calls.len() - before, 2 + 1 + 1 + 17);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_where_another_one_ended() {
    let storage = Storage::default();
    let (_server, aws) = start(&storage).await;
    let (_folder, root) = assembly(10);
    storage.0.lock().unwrap().denied.push("003".to_owned());

    let error = publish(&aws, &root, &Options::default(), &Events::silent()).await.unwrap_err();
    assert!(matches!(&error, PublishError::Upload { name, path, bucket, .. }
        if name == "Asset 003" && path == "asset.003" && bucket == BUCKET));
    assert_eq!(error.to_string(), "asset `Asset 003` (`asset.003`) could not be put into bucket `toolkit` as `003`");
    assert_eq!(error.kind(), FailureKind::Refused);
    assert!(error.hints()[0].contains("run the same command again"));

    let there = storage.0.lock().unwrap().objects.len() as u64;
    storage.0.lock().unwrap().denied.clear();
    let published = publish(&aws, &root, &Options::default(), &Events::silent()).await.unwrap();
    assert_eq!((published.uploaded, published.present), (12 - there, there));
    assert_eq!(storage.0.lock().unwrap().objects.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_service_is_asked_again() {
    let storage = Storage::default();
    let (_server, aws) = start(&storage).await;
    let (_folder, root) = assembly(1);
    for key in ["000", "large"] {
        storage.0.lock().unwrap().busy.insert(key.to_owned(), 2);
    }
    let published = publish(&aws, &root, &Options::default(), &Events::silent()).await.unwrap();
    assert_eq!(published.uploaded, 3);
    assert_eq!(storage.0.lock().unwrap().objects["large"].len(), 1 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_there_though_the_answer_was_lost() {
    const LARGE: usize = 129 << 20;
    let storage = Storage::default();
    let (_server, aws) = start(&storage).await;
    let (_folder, root) = assembly(0);
    std::fs::File::create(root.join("asset.large")).unwrap().set_len(LARGE as u64).unwrap();

    let published = publish(&aws, &root, &Options::default(), &Events::silent()).await.unwrap();
    assert_eq!(published.uploaded, 2);
    assert_eq!(storage.0.lock().unwrap().objects["large"].len(), LARGE);
    assert_eq!([storage.calls("Part"), storage.calls("Complete"), storage.calls("Abort")], [3, 2, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_or_bucket_is_named() {
    let storage = Storage::default();
    let (_server, aws) = start(&storage).await;
    let (_folder, root) = assembly(1);
    std::fs::remove_file(root.join("asset.000")).unwrap();
    let error = publish(&aws, &root, &Options::default(), &Events::silent()).await.unwrap_err();
    assert_eq!(error.to_string(), "asset `Asset 000` cannot be read: `asset.000`");
    assert_eq!(error.kind(), FailureKind::Invalid);

    let text = std::fs::read_to_string(root.join("A.assets.json")).unwrap();
    std::fs::write(root.join("A.assets.json"), text.replace("\"toolkit\"", "\"elsewhere\"")).unwrap();
    let error = publish(&aws, &root, &Options::default(), &Events::silent()).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no bucket `elsewhere`");
    assert!(error.hints()[0].starts_with("`pipectl bootstrap aws://111111111111/eu-west-1`"));
    assert_eq!(error.kind(), FailureKind::NotReady);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_zip_becomes_many_objects() {
    let storage = Storage::default();
    let (_server, aws) = start(&storage).await;
    let (_folder, root) = assembly(0);
    let text = std::fs::read_to_string(root.join("A.assets.json")).unwrap();
    let again = |key: &str| format!(r#""{key}":{{"bucketName":"{BUCKET}","objectKey":"{key}"}},"d":{{"bucketName""#);
    let more =
        (0..8).fold(text, |text, number| text.replacen(r#""d":{"bucketName""#, &again(&format!("more{number}")), 1));
    std::fs::write(root.join("A.assets.json"), more).unwrap();
    // Roles of old toolkit stacks may not ask how the bucket encrypts; then it does as it likes.
    storage.0.lock().unwrap().is_secretive = true;
    let published = publish(&aws, &root, &Options::default(), &Events::silent()).await.unwrap();
    assert_eq!(published.uploaded, 10);
    let state = storage.0.lock().unwrap();
    assert!((0..8).all(|number| state.objects[&format!("more{number}")] == state.objects["folder"]));
    assert!(!root.join(".cache").read_dir_utf8().unwrap().any(|entry| entry.is_ok()), "the zip is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_binary_is_pinned_once() {
    let storage = Storage::default();
    let (_server, aws) = start(&storage).await;
    let (_folder, root) = assembly(0);
    let pinned = pin(&aws, BUCKET, &root.join("asset.large")).await.unwrap();
    assert_eq!(pinned.bucket, BUCKET);
    assert_eq!(pinned.key, format!("pipectl/{}.zip", pinned.digest));
    assert_eq!(pinned.digest, pipectl::archive::hash_file(&root.join("asset.large")).unwrap());
    assert_eq!(pinned.version, env!("CARGO_PKG_VERSION"));

    let archive = root.join("tool.zip");
    std::fs::write(&archive, &storage.0.lock().unwrap().objects[&pinned.key]).unwrap();
    unpack(&archive, &root.join("tool"), Bounds::default()).unwrap();
    let entry =
        Entry { name: "pipectl".to_owned(), path: root.join("tool/pipectl"), mode: Mode::Executable, size: 1 << 20 };
    assert_eq!(entries(&root.join("tool")).unwrap(), [entry]);

    assert_eq!(pin(&aws, BUCKET, &root.join("asset.large")).await.unwrap(), pinned);
    assert_eq!(storage.calls("Put"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_that_is_replaced_meanwhile_is_not_pinned() {
    let storage = Storage::default();
    let (_server, aws) = start(&storage).await;
    let (_folder, root) = assembly(0);
    let binary = root.join("asset.large");
    let pinned = would_pin(BUCKET, &binary).await.unwrap();
    std::fs::write(&binary, "an upgrade").unwrap();
    let error = put(&aws, &pinned, &binary).await.unwrap_err();
    assert!(matches!(error, ToolError::Replaced { .. }), "{error}");
    assert_eq!(storage.calls("Put"), 0);
}
