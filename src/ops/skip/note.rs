//! What PublishAssets notes of each execution: what its stages are, and which of them it lets be passed by.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aws::s3::{Storage, Upload};
use crate::aws::{self, Error};
use crate::id::ExecutionId;
use crate::pipeline::NOTES;

/// The largest note that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// A note of one execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Note {
    /// The version of this format.
    pub format: u32,
    /// When it was decided which stages are passed by.
    pub decided: Timestamp,
    /// The other executions that were under way then.
    pub under_way: Vec<String>,
    /// The stages by name. One of which it is not known what it is has none.
    pub stages: BTreeMap<String, NotedStage>,
}

/// What is noted of a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct NotedStage {
    /// The digest of what it is.
    pub digest: String,
    /// What was decided.
    pub decision: Decision,
}

/// What was decided for a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Decision {
    /// It is to be deployed.
    Deploy,
    /// It is passed by.
    Skip,
}

impl Note {
    /// The version of the format that this pipectl writes and reads.
    pub const FORMAT: u32 = 1;

    /// Writes the note of an execution.
    pub async fn put(&self, storage: &Storage, bucket: &str, execution: &ExecutionId) -> aws::Result<()> {
        let upload = Upload {
            bucket: bucket.to_owned(),
            key: key(execution),
            content_type: Some("application/json".to_owned()),
            ..Upload::default()
        };
        storage.put_bytes(&upload, serde_json::json!(self).to_string().into()).await
    }

    /// Reads the note of an execution, if there is one that can be read.
    ///
    /// Who may not list a bucket is denied what is not there, so being denied says no more than that.
    pub async fn get(storage: &Storage, bucket: &str, execution: &ExecutionId) -> aws::Result<Option<Self>> {
        let found = match storage.get_bytes(bucket, &key(execution), LARGEST).await {
            Err(error) if Error::is_denied(&error) => None,
            found => found?,
        };
        let note = found.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        Ok(note.filter(|note| note.format == Self::FORMAT))
    }
}

fn key(execution: &ExecutionId) -> String {
    format!("{NOTES}{execution}.json")
}
