//! `publish`: what is there is there as a whole.

use std::os::unix::fs::PermissionsExt;

use crate::bed::{BUCKET, Bed};
use crate::catalogue::{Case, Verb};
use crate::support::command::Said;
use crate::support::{ACCOUNT, REGION};

/// The manifest of assemblies whose assets are in `A.assets.json`.
const MANIFEST: &str = r#"{"version":"48.0.0","artifacts":{"A.assets":{"type":"cdk:asset-manifest",
    "properties":{"file":"A.assets.json"}}}}"#;

fn role(what: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-{what}-role-{ACCOUNT}-{REGION}")
}

/// An asset of a file or a folder.
fn asset(name: &str, id: &str, packaging: &str) -> String {
    let role = role("file-publishing");
    format!(
        r#""{id}":{{"displayName":"Asset {id}","source":{{"path":"asset.{id}","packaging":"{packaging}"}},
        "destinations":{{"here":{{"bucketName":"{BUCKET}","objectKey":"{name}/{id}","assumeRoleArn":"{role}"}}}}}}"#
    )
}

/// Files, a folder and an image.
pub struct Publish;

impl Verb for Publish {
    async fn prepare(&self, bed: &Bed, case: Case) {
        let name = case.name();
        let role = role("image-publishing");
        let image = format!(
            r#""image":{{"displayName":"Image","source":{{"directory":"asset.image"}},
            "destinations":{{"here":{{"repositoryName":"cdk-hnb659fds-container-assets-{ACCOUNT}-{REGION}",
            "imageTag":"{name}","assumeRoleArn":"{role}"}}}}}}"#
        );
        let files = [asset(&name, "small", "file"), asset(&name, "folder", "zip")].join(",");
        let assets = format!(r#"{{"version":"48.0.0","files":{{{files}}},"dockerImages":{{{image}}}}}"#);
        let folder = bed.case_folder(&format!("{name}/pipectl.out"));
        for (file, text) in [
            ("manifest.json", MANIFEST),
            ("A.assets.json", &assets),
            ("asset.small", "small"),
            ("asset.folder/a", "a"),
            ("asset.image/Dockerfile", "FROM scratch"),
            ("../engine", include_str!("../../fixtures/engine/engine.sh")),
        ] {
            let path = folder.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.join("../engine"), executable).unwrap();
    }

    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said {
        bed.pipectl(&case.name(), url, &["publish", "--container-engine", "./engine"]).await
    }

    async fn state(&self, bed: &Bed, case: Case) -> String {
        let name = case.name();
        let objects = bed.objects(BUCKET, &format!("{name}/")).await;
        let engine = std::fs::read_to_string(bed.case_folder(&name).join("calls")).unwrap();
        let is_pushed = engine.lines().any(|call| call.starts_with("push ") && call.ends_with(&name));
        format!("{objects:?}, the image is pushed: {is_pushed}").replace(&name, "NAME")
    }
}
