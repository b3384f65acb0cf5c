//! Where the engine writes down what it knows.
//!
//! ```text
//! pipelines/<account>/<region>/<name>.pipeline/pipeline.json          structures, transitions, tags
//!                                             /secrets.json           what must not be shown
//!                                             /executions/<id>.json   one execution each
//! webhooks.json  webhook-secrets.json  connections.json
//! ```
//!
//! Files are replaced as a whole, only when they change, and can be read by their owner only.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::machine::Execution;
use super::record::{PipelineKey, Record, Secrets};
use crate::disk;
use crate::id::{Environment, Secret};

/// The largest file that is read back.
const LARGEST: u64 = 64 << 20;

/// What is appended to a pipeline's name, which alone could be `..`.
const SUFFIX: &str = ".pipeline";

/// The folder of the engine's files.
#[derive(Debug)]
pub struct Store {
    root: Utf8PathBuf,
    written: Mutex<Written>,
}

/// What is known of the files.
#[derive(Debug, Default)]
struct Written {
    /// The digest of each file's content.
    digests: HashMap<Utf8PathBuf, [u8; 32]>,
    /// When the executions that have ended last changed.
    ended: HashMap<Utf8PathBuf, Timestamp>,
}

impl Store {
    /// Makes a store in a folder.
    pub fn new(root: Utf8PathBuf) -> Self {
        Self { root, written: Mutex::default() }
    }

    /// Writes down a pipeline: what changed of it.
    pub fn save(&self, key: &PipelineKey, record: &Record) -> io::Result<()> {
        let folder = self.folder(key);
        self.put(&folder.join("pipeline.json"), record)?;
        self.put_secrets(&folder.join("secrets.json"), &record.secrets)?;
        self.save_executions(&folder.join("executions"), record.machine.executions())
    }

    /// Writes down the executions that changed, and removes those that are remembered no longer.
    fn save_executions(&self, folder: &Utf8Path, executions: &[Execution]) -> io::Result<()> {
        let mut current = HashMap::new();
        for execution in executions {
            let path = folder.join(format!("{}.json", execution.id));
            let seen = (execution.status.is_settled(), execution.updated);
            // Ended executions are many, and serialising them just to see that nothing changed would be slow.
            if !(seen.0 && self.lock().ended.get(&path) == Some(&seen.1)) {
                self.put(&path, execution)?;
            }
            current.insert(path, seen);
        }
        let mut written = self.lock();
        written.ended.retain(|path, _| !path.starts_with(folder));
        let forgotten: Vec<Utf8PathBuf> = written
            .digests
            .keys()
            .filter(|path| path.starts_with(folder) && !current.contains_key(*path))
            .cloned()
            .collect();
        for path in forgotten {
            fs::remove_file(&path)?;
            written.digests.remove(&path);
        }
        let ended = current.into_iter().filter(|(_, (is_settled, _))| *is_settled);
        written.ended.extend(ended.map(|(path, (_, updated))| (path, updated)));
        Ok(())
    }

    /// Forgets a pipeline.
    pub fn remove(&self, key: &PipelineKey) -> io::Result<()> {
        let folder = self.folder(key);
        {
            let mut written = self.lock();
            written.digests.retain(|path, _| !path.starts_with(&folder));
            written.ended.retain(|path, _| !path.starts_with(&folder));
        }
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            answer => answer,
        }
    }

    /// Reads all pipelines back.
    pub fn load(&self) -> io::Result<BTreeMap<PipelineKey, Record>> {
        let mut records = BTreeMap::new();
        for account in folders(&self.root.join("pipelines"))? {
            for region in folders(&account)? {
                for folder in folders(&region)? {
                    let file = folder.join("pipeline.json");
                    if !file.exists() {
                        continue;
                    }
                    let mut record: Record = read(&file)?;
                    let executions: Vec<Execution> =
                        files(&folder.join("executions"))?.iter().map(|path| read(path)).collect::<io::Result<_>>()?;
                    record.machine = record.machine.with_executions(executions);
                    record.secrets = load_secrets(&folder.join("secrets.json"))?;
                    let environment: Environment = record.machine.environment.clone();
                    let name = record.machine.structure().name.clone();
                    records.insert(PipelineKey { environment, name }, record);
                }
            }
        }
        Ok(records)
    }

    /// Writes down a list of small things, such as webhooks.
    pub fn save_list<T: Serialize>(&self, name: &str, list: &T) -> io::Result<()> {
        self.put(&self.root.join(format!("{name}.json")), list)
    }

    /// Reads such a list back; it is empty if there is none.
    pub fn load_list<T: DeserializeOwned + Default>(&self, name: &str) -> io::Result<T> {
        let path = self.root.join(format!("{name}.json"));
        if path.exists() { read(&path) } else { Ok(T::default()) }
    }

    /// Writes down secrets by their names.
    pub fn save_secrets(&self, name: &str, secrets: &Secrets) -> io::Result<()> {
        self.put_secrets(&self.root.join(format!("{name}.json")), secrets)
    }

    /// Reads secrets back; there are none if there is no file.
    pub fn load_secrets(&self, name: &str) -> io::Result<Secrets> {
        load_secrets(&self.root.join(format!("{name}.json")))
    }

    fn folder(&self, key: &PipelineKey) -> Utf8PathBuf {
        let Environment { account, region } = &key.environment;
        self.root.join("pipelines").join(account.as_str()).join(region.as_str()).join(format!("{}{SUFFIX}", key.name))
    }

    fn put_secrets(&self, path: &Utf8Path, secrets: &Secrets) -> io::Result<()> {
        let exposed: BTreeMap<&str, &str> =
            secrets.iter().map(|(name, secret)| (name.as_str(), secret.expose())).collect();
        self.put(path, &exposed)
    }

    fn put<T: Serialize>(&self, path: &Utf8Path, value: &T) -> io::Result<()> {
        let bytes = serde_json::to_vec(value).map_err(io::Error::other)?;
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let mut written = self.lock();
        if written.digests.get(path) == Some(&digest) {
            return Ok(());
        }
        disk::replace_private(path, &bytes)?;
        written.digests.insert(path.to_owned(), digest);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load_secrets(path: &Utf8Path) -> io::Result<Secrets> {
    if !path.exists() {
        return Ok(Secrets::new());
    }
    let exposed: BTreeMap<String, String> = read(path)?;
    Ok(exposed.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
}

fn read<T: DeserializeOwned>(path: &Utf8Path) -> io::Result<T> {
    let text = disk::read_text(path, LARGEST)?;
    serde_json::from_str(&text)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("`{path}` is damaged: {error}")))
}

fn folders(parent: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>> {
    Ok(entries(parent)?.into_iter().filter(|path| path.is_dir()).collect())
}

fn files(parent: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>> {
    Ok(entries(parent)?.into_iter().filter(|path| path.extension() == Some("json")).collect())
}

fn entries(parent: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>> {
    if !parent.exists() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(parent)? {
        paths.push(Utf8PathBuf::try_from(entry?.path()).map_err(io::Error::other)?);
    }
    paths.sort();
    Ok(paths)
}
