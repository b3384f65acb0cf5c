//! Where an action works: its connections to AWS, its folder, and the artifacts that it takes and makes.

use camino::{Utf8Path, Utf8PathBuf};

use super::Task;
use super::failure::{failed, misconfigured};
use super::role;
use crate::archive::{Bounds, pack, unpack};
use crate::aws::Aws;
use crate::aws::s3::{Encryption, Upload};
use crate::local::engine::machine::{Failure, Handover, Location, Order, Output};

/// An action's place of work.
pub(super) struct Bench<'a> {
    /// The action.
    pub task: &'a Task,
    /// AWS with the action's role, in the action's region.
    pub aws: Aws,
    folder: tempfile::TempDir,
}

impl<'a> Bench<'a> {
    /// Takes on the roles, and brings the artifacts into the action's region.
    pub async fn open(task: &'a Task) -> Result<Self, Failure> {
        let order = &task.order;
        let role = order.action.role_arn.as_deref();
        let (home, aws) = role::take(&task.engine, &task.key, &order.pipeline_role, role, order.id.as_str()).await?;
        let aws = aws.in_region(&order.environment.region);
        let bench = Self { task, aws, folder: tempfile::tempdir()? };
        for input in order.inputs.iter().filter(|input| input.made != input.taken) {
            bench.bring(&home, input).await?;
        }
        Ok(bench)
    }

    /// The order.
    pub fn order(&self) -> &'a Order {
        &self.task.order
    }

    /// A setting that the check of structures made sure of.
    pub fn needed(&self, key: &str) -> Result<&'a str, Failure> {
        self.order().setting(key).ok_or_else(|| misconfigured(format!("the action's configuration has no {key}")))
    }

    /// A path in the action's own folder, which goes with the action.
    pub fn path(&self, name: &str) -> Result<Utf8PathBuf, Failure> {
        let folder =
            Utf8Path::from_path(self.folder.path()).ok_or_else(|| failed("the temporary folder has no UTF-8 name"))?;
        Ok(folder.join(name))
    }

    /// Copies an artifact from the region where it was made.
    async fn bring(&self, home: &Aws, input: &Handover) -> Result<(), Failure> {
        let there = home.in_region(&self.order().environment.region).storage();
        if there.head(&input.taken.bucket, &input.taken.key).await?.is_some() {
            return Ok(());
        }
        let path = self.path(&format!("{}.zip", input.name))?;
        home.storage().get_file(&input.made.bucket, &input.made.key, None, &path).await?;
        let upload = Upload {
            bucket: input.taken.bucket.clone(),
            key: input.taken.key.clone(),
            content_type: Some("application/zip".to_owned()),
            encryption: Encryption::Unset,
        };
        there.put_file(&upload, &path).await?;
        Ok(())
    }

    /// Gets an artifact and unpacks it; gives the folder.
    pub async fn unpacked(&self, artifact: &str) -> Result<Utf8PathBuf, Failure> {
        let folder = self.path(&format!("{artifact}.folder"))?;
        if folder.exists() {
            return Ok(folder);
        }
        let archive = self.packed(artifact).await?;
        let target = folder.clone();
        tokio::task::spawn_blocking(move || unpack(&archive, &target, Bounds::default())).await??;
        Ok(folder)
    }

    /// Gets an artifact as it is; gives the file.
    pub async fn packed(&self, artifact: &str) -> Result<Utf8PathBuf, Failure> {
        let input = self.input(artifact)?;
        let path = self.path(&format!("{artifact}.taken.zip"))?;
        self.aws.storage().get_file(&input.taken.bucket, &input.taken.key, None, &path).await?;
        Ok(path)
    }

    /// An artifact that the action takes.
    pub fn input(&self, artifact: &str) -> Result<&'a Handover, Failure> {
        self.order()
            .inputs
            .iter()
            .find(|input| input.name == artifact)
            .ok_or_else(|| misconfigured(format!("the action has no input artifact `{artifact}`")))
    }

    /// The first artifact that the action makes, if it makes any.
    pub fn output(&self) -> Option<&'a Output> {
        self.order().outputs.first()
    }

    /// Puts a file as an artifact; gives its place under its name.
    pub async fn put(&self, output: &Output, path: &Utf8Path) -> Result<(String, Location), Failure> {
        let upload = Upload {
            bucket: output.location.bucket.clone(),
            key: output.location.key.clone(),
            content_type: Some("application/zip".to_owned()),
            encryption: match &output.encryption_key {
                Some(key) => Encryption::Kms { key: Some(key.clone()) },
                None => Encryption::Unset,
            },
        };
        self.aws.storage().put_file(&upload, path).await?;
        Ok((output.name.clone(), output.location.clone()))
    }

    /// Packs a folder and puts it as an artifact.
    pub async fn put_folder(&self, output: &Output, folder: Utf8PathBuf) -> Result<(String, Location), Failure> {
        let archive = self.path(&format!("{}.made.zip", output.name))?;
        let target = archive.clone();
        tokio::task::spawn_blocking(move || pack(&folder, &target)).await??;
        self.put(output, &archive).await
    }
}
