//! Small pipelines, written by hand.

use serde_json::{Value, json};

use crate::bed::Bed;
use crate::support::role;

/// The bucket of sources.
pub const SOURCES: &str = "sources";

/// The bucket of artifacts.
pub const ARTIFACTS: &str = "artifacts";

/// A template with a pipeline whose source is an archive, and whose second stage has these actions.
pub fn line(name: &str, actions: &[Value]) -> Value {
    let configuration = json!({ "S3Bucket": SOURCES, "S3ObjectKey": "source.zip", "PollForSourceChanges": false });
    let mut source = action("Source", 1, ("Source", "S3"), configuration);
    source["OutputArtifacts"] = json!([{ "Name": "Source" }]);
    json!({ "Resources": {
        "Role": role("codepipeline.amazonaws.com", &["s3:*", "cloudformation:*", "iam:PassRole"]),
        "DeployRole": role("cloudformation.amazonaws.com", &["*"]),
        "Pipeline": {
            "Type": "AWS::CodePipeline::Pipeline",
            "Properties": {
                "Name": name, "PipelineType": "V2", "RoleArn": { "Fn::GetAtt": ["Role", "Arn"] },
                "ArtifactStore": { "Type": "S3", "Location": ARTIFACTS },
                "Stages": [{ "Name": "Source", "Actions": [source] }, { "Name": "Work", "Actions": actions }],
            },
        },
    } })
}

/// An action of a pipeline.
pub fn action(name: &str, order: u32, (category, provider): (&str, &str), configuration: Value) -> Value {
    json!({
        "Name": name, "RunOrder": order, "Configuration": configuration,
        "ActionTypeId": { "Category": category, "Owner": "AWS", "Provider": provider, "Version": "1" },
    })
}

impl Bed {
    /// Makes what such pipelines read and write, with these files as their source.
    pub async fn prepare_lines(&self, files: &[(&str, String)]) {
        use std::io::Write;

        use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in files {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        for bucket in [SOURCES, ARTIFACTS] {
            self.storage.create_bucket().bucket(bucket).send().await.unwrap();
        }
        let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        self.storage.put_bucket_versioning().bucket(SOURCES).versioning_configuration(versions).send().await.unwrap();
        let body = archive.finish().unwrap().into_inner().into();
        self.storage.put_object().bucket(SOURCES).key("source.zip").body(body).send().await.unwrap();
    }
}
