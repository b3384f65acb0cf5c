//! All builds that the endpoint knows: in memory, and each in a file of its own, which is replaced as a whole.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::Utf8PathBuf;
use fs_err as fs;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::handoff::Handoff;
use super::record::Record;
use super::run::Status;
use crate::id::{AccountId, Region};

/// The largest file that is read back.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Whose builds are meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Home {
    pub(super) account: AccountId,
    pub(super) region: Region,
}

/// All builds.
pub(super) struct Store {
    folder: Utf8PathBuf,
    builds: Mutex<BTreeMap<String, Kept>>,
}

struct Kept {
    record: Record,
    stop: CancellationToken,
}

impl Store {
    /// Reads all builds back. Those that were in progress have ended by now, and are said to.
    ///
    /// Returns those ended ones too, so that what they left can be removed.
    pub(super) fn open(folder: Utf8PathBuf) -> std::io::Result<(Self, Vec<Record>)> {
        fs::create_dir_all(&folder)?;
        let mut builds = BTreeMap::new();
        let mut abandoned = Vec::new();
        for found in folder.read_dir_utf8()? {
            let path = found?.into_path();
            if path.extension() != Some("json") {
                continue;
            }
            let text = crate::disk::read_text(&path, LARGEST)?;
            let mut record: Record = serde_json::from_str(&text)
                .map_err(|error| std::io::Error::other(format!("`{path}` is damaged: {error}")))?;
            if !record.build.build_complete {
                abandoned.push(record.clone());
                record.abandon();
                write(&folder, &record)?;
            }
            builds.insert(record.build.id.clone(), Kept { record, stop: CancellationToken::new() });
        }
        Ok((Self { folder, builds: Mutex::new(builds) }, abandoned))
    }

    /// Adds a build, if `admit` agrees: it sees all builds of the same home. Nobody else adds one meanwhile.
    pub(super) fn add<E: From<std::io::Error>>(
        &self,
        home: &Home,
        admit: impl FnOnce(&[&Record]) -> Result<Admission, E>,
    ) -> Result<Admission, E> {
        let mut builds = self.lock();
        let known: Vec<&Record> = builds.values().map(|kept| &kept.record).filter(|known| is_of(known, home)).collect();
        let admission = admit(&known)?;
        if let Admission::New(record, stop) = &admission {
            write(&self.folder, record)?;
            let kept = Kept { record: (**record).clone(), stop: stop.clone() };
            builds.insert(record.build.id.clone(), kept);
        }
        Ok(admission)
    }

    /// A build by its id or its ARN.
    pub(super) fn get(&self, home: &Home, id: &str) -> Option<Record> {
        let builds = self.lock();
        builds.get(plain_id(id)).map(|kept| &kept.record).filter(|record| is_of(record, home)).cloned()
    }

    /// All builds of a home, the newest first.
    pub(super) fn all(&self, home: &Home) -> Vec<Record> {
        let builds = self.lock();
        let mut records: Vec<Record> =
            builds.values().map(|kept| &kept.record).filter(|record| is_of(record, home)).cloned().collect();
        records.sort_by_key(|record| std::cmp::Reverse((record.build.start_time, record.build.build_number)));
        records
    }

    /// Changes a build and writes it down.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut Record)) -> std::io::Result<()> {
        let mut builds = self.lock();
        let Some(kept) = builds.get_mut(id) else { return Ok(()) };
        change(&mut kept.record);
        write(&self.folder, &kept.record)
    }

    /// Asks a build to stop.
    pub(super) fn stop(&self, id: &str) {
        if let Some(kept) = self.lock().get(plain_id(id)) {
            kept.stop.cancel();
        }
    }

    /// Forgets a build that has ended; tells whether there was one.
    pub(super) fn forget(&self, home: &Home, id: &str) -> std::io::Result<bool> {
        let mut builds = self.lock();
        let id = plain_id(id);
        if !builds.get(id).is_some_and(|kept| is_of(&kept.record, home) && kept.record.build.build_complete) {
            return Ok(false);
        }
        fs::remove_file(self.folder.join(file_of(id)))?;
        builds.remove(id);
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        // A record is whole between any two calls.
        self.builds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of a wish for a build.
pub(super) enum Admission {
    /// It is a new one; the token stops it.
    New(Box<Record>, CancellationToken),
    /// It was started before, by the same call.
    Known(Box<Record>),
}

impl Record {
    /// The token that the call which started the build brought, and the rest of the call.
    pub(super) fn idempotency(&self) -> Option<(&str, Value)> {
        let token = self.request.get("idempotencyToken")?.as_str()?;
        Some((token, comparable(&self.request)))
    }

    /// Whether the build still goes on.
    pub(super) fn is_running(&self) -> bool {
        self.build.build_status == Status::InProgress
    }
}

/// A call without what differs when it is repeated: its idempotency token, and the token of what a pipeline hands over.
pub(super) fn comparable(request: &Value) -> Value {
    let mut request = request.clone();
    if let Some(object) = request.as_object_mut() {
        object.remove("idempotencyToken");
    }
    if let Some(variables) = request.get_mut("environmentVariablesOverride").and_then(Value::as_array_mut) {
        variables.retain(|variable| variable["name"] != Handoff::VARIABLE);
    }
    request
}

fn is_of(record: &Record, home: &Home) -> bool {
    record.account == home.account && record.region == home.region
}

/// The id in an id or an ARN.
fn plain_id(text: &str) -> &str {
    text.split_once(":build/").map_or(text, |(_, id)| id)
}

/// The file of a build. Ids have no characters that a file system would mind, but for the colon.
fn file_of(id: &str) -> String {
    format!("{}.json", id.replace([':', '/'], "_"))
}

fn write(folder: &camino::Utf8Path, record: &Record) -> std::io::Result<()> {
    let text = serde_json::to_vec_pretty(record).map_err(std::io::Error::other)?;
    crate::disk::replace_private(&folder.join(file_of(&record.build.id)), &text)
}
