//! What is kept of an instance: `.pipectl/local/`.
//!
//! ```text
//! .pipectl/local/
//!   identity.json   seed of its keys, its port: they stay from one start to the next
//!   instance.json   where it runs; only while it runs
//!   lock            held while it runs
//!   emulator/       state, objects, log
//!   state/          what the services of pipectl keep
//!   cdk/            what the CDK CLI remembers about it
//! ```

mod error;
mod files;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

pub use error::Error;
pub use files::{Folder, Lock};

use super::account_key::Seed;
use crate::aws::{Patience, Settings};
use crate::id::{AccountId, Region, Repository, Secret};

/// Where an instance lives below a folder.
pub const PLACE: &str = ".pipectl/local";

/// What an instance keeps from one start to the next.
#[derive(Clone, Serialize, Deserialize)]
pub struct Identity {
    /// What all keys of account roots are made from.
    pub(super) seed: String,
    /// The port, so that remotes and shells that know it stay right.
    pub port: u16,
    /// The account of the last start, which owns what is there.
    pub account: Option<AccountId>,
    /// The region of the last start.
    pub region: Option<Region>,
}

/// Where an instance runs.
#[derive(Clone, Serialize, Deserialize)]
pub struct Instance {
    /// The address of all services.
    pub endpoint: String,
    /// The account of its own credentials.
    pub account: AccountId,
    /// The region that clients use unless they wish another.
    pub region: Region,
    /// The process id of `local up`.
    pub process: u32,
    /// The process id, and process group, of the emulator.
    pub emulator: u32,
    pub(super) seed: String,
    pub(super) token: String,
    #[serde(skip)]
    pub(super) folder: Utf8PathBuf,
}

impl Instance {
    /// Opens the instance that lives in a folder; one that does not run is an error that says how to start it.
    pub fn open(folder: &Utf8Path) -> Result<Self, Error> {
        let folder = Folder::new(folder);
        match (folder.is_in_use()?, folder.read_instance()?) {
            (true, Some(instance)) => Ok(instance),
            (true, None) => Err(Error::Unsettled { folder: folder.path().to_owned() }),
            (false, _) => Err(Error::NotRunning { folder: folder.path().to_owned() }),
        }
    }

    /// Finds the nearest instance's folder upwards from a folder.
    pub fn find(from: &Utf8Path) -> Result<Utf8PathBuf, Error> {
        from.ancestors()
            .map(|folder| folder.join(PLACE))
            .find(|place| Folder::new(place).is_known())
            .ok_or_else(|| Error::NotFound { from: from.to_owned() })
    }

    /// The folder that it lives in.
    pub fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// The settings that make a client speak to it, as the root of an account: its own without a wish.
    pub fn settings(&self, account: Option<&AccountId>, region: Option<&Region>) -> Settings {
        let seed = Seed::new(Secret::new(&self.seed));
        Settings {
            profile: None,
            region: Some(region.unwrap_or(&self.region).clone()),
            endpoint: Some(self.endpoint.clone()),
            credentials: Some(seed.credentials(account.unwrap_or(&self.account))),
            patience: Patience::LOCAL,
        }
    }

    /// The base address of its GitHub API.
    pub fn github_api(&self) -> String {
        format!("{}/github", self.endpoint)
    }

    /// The token that its GitHub accepts.
    pub fn github_token(&self) -> Secret {
        Seed::new(Secret::new(&self.seed)).github_token()
    }

    /// The address of a repository, without the token that it asks for.
    pub fn clone_url(&self, repository: &Repository) -> String {
        format!("{}/git/{repository}.git", self.endpoint)
    }

    /// The address to push a repository to, with the token that it asks for.
    pub fn remote(&self, repository: &Repository) -> String {
        let token = self.github_token();
        let url = self.clone_url(repository);
        match url.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://pipectl:{}@{rest}", token.expose()),
            None => url,
        }
    }

    /// The repositories that were pushed to it.
    pub fn repositories(&self) -> Result<Vec<Repository>, Error> {
        let mut found = Vec::new();
        for owner in entries(&self.folder.join("state/git"))? {
            for name in entries(&owner)? {
                let path =
                    format!("{}/{}", owner.file_name().unwrap_or_default(), name.file_stem().unwrap_or_default());
                found.extend(path.parse());
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The environment variables that make any AWS client, the CDK CLI included, speak to it as an account's root.
    pub fn variables(&self, account: Option<&AccountId>, region: Option<&Region>) -> Vec<(&'static str, String)> {
        let seed = Seed::new(Secret::new(&self.seed));
        let credentials = seed.credentials(account.unwrap_or(&self.account));
        let region = region.unwrap_or(&self.region).to_string();
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            // The CDK CLI asks for this one by name.
            ("AWS_ENDPOINT_URL_S3", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", credentials.access_key),
            ("AWS_SECRET_ACCESS_KEY", credentials.secret_key.expose().to_owned()),
            ("AWS_REGION", region.clone()),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            // The CDK CLI remembers which account a key belongs to, here and not in the user's home.
            ("CDK_HOME", self.folder.join("cdk").into_string()),
            ("GITHUB_API_URL", self.github_api()),
            // What a user stores as the pipeline's token.
            ("GITHUB_TOKEN", self.github_token().expose().to_owned()),
        ]
    }
}

/// What is in a folder; nothing in one that is not there.
fn entries(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Error> {
    match folder.read_dir_utf8() {
        Ok(entries) => Ok(entries.map(|entry| entry.map(camino::Utf8DirEntry::into_path)).collect::<Result<_, _>>()?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Instance").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// The environment variables that would stand in the way of [`Instance::variables`].
pub const CONFLICTING_VARIABLES: [&str; 2] = ["AWS_PROFILE", "AWS_SESSION_TOKEN"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_running_instance_says_how_to_start_one() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        assert!(matches!(Instance::find(root), Err(Error::NotFound { .. })));

        let place = Folder::new(&root.join(PLACE));
        place.prepare().unwrap();
        place.identity(None).unwrap();
        let deep = root.join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(Instance::find(&deep).unwrap(), root.join(PLACE));
        assert!(matches!(Instance::open(place.path()), Err(Error::NotRunning { .. })));
    }

    #[test]
    fn one_lock_at_a_time_and_one_identity_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let place = Folder::new(Utf8Path::from_path(folder.path()).unwrap());
        place.prepare().unwrap();
        let lock = place.lock().unwrap();
        assert!(matches!(place.lock(), Err(Error::AlreadyRunning { .. })));
        assert!(matches!(Instance::open(place.path()), Err(Error::Unsettled { .. })));
        assert!(place.is_in_use().unwrap());
        drop(lock);
        assert!(!place.is_in_use().unwrap());

        let first = place.identity(Some(4000)).unwrap();
        assert_eq!(first.port, 4000);
        let second = place.identity(None).unwrap();
        assert_eq!((second.seed, second.port), (first.seed, 4000));
    }
}
