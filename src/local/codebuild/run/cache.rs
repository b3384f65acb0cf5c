//! The `cache` section, kept in a folder of this machine: one archive for each key.

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sha2::{Digest, Sha256};

use super::log::Log;
use super::select::{Selection, entries, select};
use super::shell::{Course, Shell};
use super::timeline::PhaseFailure;
use crate::archive::{Bounds, pack_entries, unpack};
use crate::buildspec::{Cache, CacheAction};

/// The keys of a cache, expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    key: String,
    fallback: Vec<String>,
}

/// Expands the keys; a cache without a key has one slot only.
pub(super) async fn keys(cache: &Cache, shell: &mut Shell, log: &Log) -> Result<Keys, PhaseFailure> {
    let course = Course::Succeeding;
    let key = shell.expand(cache.key.as_deref().unwrap_or_default(), course, log).await?;
    let mut fallback = Vec::new();
    for text in &cache.fallback_keys {
        fallback.push(shell.expand(text, course, log).await?);
    }
    Ok(Keys { key, fallback })
}

/// Puts cached files in their places. Nothing cached is no failure.
pub(super) async fn restore(cache: &Cache, keys: &Keys, store: &Utf8Path, work: &Utf8Path, log: &Log) {
    if cache.action == CacheAction::Save {
        return;
    }
    let (store, work, keys) = (store.to_owned(), work.to_owned(), keys.clone());
    let restored = tokio::task::spawn_blocking(move || {
        let Some((key, archive)) = find(&store, &keys) else { return Ok(None) };
        let aside = work.join("restored");
        unpack(&archive, &aside, Bounds::default()).map_err(|error| error.to_string())?;
        let files = crate::archive::entries(&aside).map_err(|error| error.to_string())?;
        for file in &files {
            put(&file.path, &work.join(&file.name)).map_err(|error| error.to_string())?;
        }
        fs::remove_dir_all(&aside).map_err(|error| error.to_string())?;
        Ok(Some((key, files.len())))
    });
    match restored.await.unwrap_or_else(|error| Err(error.to_string())) {
        Ok(Some((key, count))) => {
            log.note(format!("Restored {} of cache `{key}`", crate::text::count(count, "file"))).await;
        }
        Ok(None) => log.note("There is no cache to restore").await,
        Err(error) => log.note(format!("The cache could not be restored: {error}")).await,
    }
}

/// Puts files away for later builds.
pub(super) async fn save(cache: &Cache, keys: &Keys, store: &Utf8Path, folders: (&Utf8Path, &Utf8Path), log: &Log) {
    if cache.action == CacheAction::Restore {
        return;
    }
    let (source, work) = (folders.0.to_owned(), folders.1.to_owned());
    let (patterns, keys, store) = (cache.paths.clone(), keys.clone(), store.to_owned());
    let saved = tokio::task::spawn_blocking(move || {
        let files = matching(&patterns, &source, &work).map_err(|failure| failure.message)?;
        let count = files.len();
        if count > 0 {
            let files = entries(files).map_err(|failure| failure.message)?;
            let archive = archive_of(&store, &keys.key);
            pack_entries(&files, &archive).map_err(|error| error.to_string())?;
            crate::disk::replace(&archive.with_extension("key"), keys.key.as_bytes())
                .map_err(|error| error.to_string())?;
        }
        Ok::<_, String>(count)
    });
    match saved.await.unwrap_or_else(|error| Err(error.to_string())) {
        Ok(count) => log.note(format!("Cached {}", crate::text::count(count, "file"))).await,
        Err(error) => log.note(format!("The cache could not be saved: {error}")).await,
    }
}

/// The files to cache, by their paths in the build's folder. What lies elsewhere on this machine is not the build's.
fn matching(patterns: &[String], source: &Utf8Path, work: &Utf8Path) -> Result<Selection, PhaseFailure> {
    let mut all = Selection::new();
    for pattern in patterns {
        let (folder, pattern) = match Utf8Path::new(pattern).strip_prefix(work) {
            Ok(inside) => (work, inside.as_str()),
            Err(_) if pattern.starts_with('/') => continue,
            Err(_) => (source, pattern.as_str()),
        };
        // A folder stands for all that is in it.
        let patterns = [pattern.to_owned(), format!("{}/**/*", pattern.trim_end_matches('/'))];
        for (_, path) in select(folder, &patterns, &[])? {
            if let Ok(name) = path.strip_prefix(work) {
                all.insert(name.as_str().to_owned(), path.clone());
            }
        }
    }
    Ok(all)
}

/// The archive for the key, or else the newest for the first fallback key that has any.
fn find(store: &Utf8Path, keys: &Keys) -> Option<(String, Utf8PathBuf)> {
    let exact = archive_of(store, &keys.key);
    if exact.is_file() {
        return Some((keys.key.clone(), exact));
    }
    let mut known: Vec<(std::time::SystemTime, String, Utf8PathBuf)> = store
        .read_dir_utf8()
        .ok()?
        .flatten()
        .filter(|found| found.path().extension() == Some("key"))
        .filter_map(|found| {
            let key = fs::read_to_string(found.path()).ok()?;
            Some((found.metadata().ok()?.modified().ok()?, key, found.path().with_extension("zip")))
        })
        .collect();
    known.sort_by(|left, right| right.cmp(left));
    keys.fallback.iter().find_map(|start| {
        let (_, key, archive) = known.iter().find(|(_, key, _)| key.starts_with(start.as_str()))?;
        Some((key.clone(), archive.clone()))
    })
}

/// Keys are free text, so the file is named by the key's hash.
fn archive_of(store: &Utf8Path, key: &str) -> Utf8PathBuf {
    store.join(format!("{}.zip", hex::encode(Sha256::digest(key.as_bytes()))))
}

fn put(from: &Utf8Path, to: &Utf8Path) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::rename(from, to)
}
