//! Files by the patterns of a buildspec.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use walkdir::WalkDir;

use super::timeline::PhaseFailure;
use crate::archive::{Entry, Mode};

/// The files of a folder that match, by their paths relative to it.
pub(super) type Selection = BTreeMap<String, Utf8PathBuf>;

/// A folder to select from, and what its files' names begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) folder: Utf8PathBuf,
    pub(super) prefix: String,
}

/// The folders that a base directory means. Those that match a pattern keep their own names as a prefix.
pub(super) fn bases(source: &Utf8Path, directory: Option<&str>) -> Result<Vec<Base>, PhaseFailure> {
    let directory = trimmed(directory.unwrap_or_default());
    let whole = |folder: Utf8PathBuf| Base { folder, prefix: String::new() };
    if !is_pattern(directory) {
        let folder = source.join(directory);
        return Ok(if folder.is_dir() { vec![whole(folder)] } else { Vec::new() });
    }
    let matching = set(&[directory.to_owned()])?;
    let mut bases = Vec::new();
    let mut walk = WalkDir::new(source).min_depth(1).sort_by_file_name().into_iter();
    while let Some(found) = walk.next() {
        let Some((name, path)) =
            found.ok().filter(|found| found.file_type().is_dir()).and_then(|found| relative(source, found.path()))
        else {
            continue;
        };
        if matching.is_match(&name) {
            bases.push(Base { folder: path, prefix: format!("{name}/") });
            walk.skip_current_dir();
        }
    }
    Ok(bases)
}

/// The files of a folder that match some pattern and none of the excluded ones. Links are followed.
pub(super) fn select(folder: &Utf8Path, patterns: &[String], excluded: &[String]) -> Result<Selection, PhaseFailure> {
    let excluded = set(excluded)?;
    let mut selection = Selection::new();
    let (globs, plain): (Vec<String>, Vec<String>) = patterns.iter().cloned().partition(|pattern| is_pattern(pattern));
    for name in plain {
        let name = trimmed(&name);
        let path = folder.join(name);
        if path.is_file() && !excluded.is_match(name) {
            // A file that is named with its whole path keeps its name only.
            let name = if name.starts_with('/') { path.file_name().unwrap_or(name) } else { name };
            selection.insert(name.to_owned(), path);
        }
    }
    if !globs.is_empty() {
        let matching = set(&globs)?;
        // What cannot be read, such as a link to nowhere, cannot be selected either.
        for found in WalkDir::new(folder).min_depth(1).follow_links(true).into_iter().flatten() {
            let Some((name, path)) = found.file_type().is_file().then(|| relative(folder, found.path())).flatten()
            else {
                continue;
            };
            if matching.is_match(&name) && !excluded.is_match(&name) {
                selection.insert(name, path);
            }
        }
    }
    Ok(selection)
}

/// The selected files as an archive takes them.
pub(super) fn entries(selection: Selection) -> Result<Vec<Entry>, PhaseFailure> {
    use std::os::unix::fs::PermissionsExt;

    let entry = |(name, path): (String, Utf8PathBuf)| {
        let metadata = fs_err::metadata(&path).map_err(|error| PhaseFailure::client(error.to_string()))?;
        Ok(Entry { name, path, mode: Mode::of_bits(metadata.permissions().mode()), size: metadata.len() })
    };
    selection.into_iter().map(entry).collect()
}

fn relative(folder: &Utf8Path, path: &std::path::Path) -> Option<(String, Utf8PathBuf)> {
    let path = Utf8Path::from_path(path)?;
    Some((path.strip_prefix(folder).ok()?.as_str().to_owned(), path.to_owned()))
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// A path without what means nothing: `./` at its beginning and slashes at its end.
fn trimmed(text: &str) -> &str {
    let text = text.trim_start_matches("./");
    let text = if text.len() > 1 { text.trim_end_matches('/') } else { text };
    if text == "." { "" } else { text }
}

fn set(patterns: &[String]) -> Result<GlobSet, PhaseFailure> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(trimmed(pattern)).literal_separator(true).build();
        builder.add(glob.map_err(|error| PhaseFailure::client(format!("`{pattern}` is no pattern: {error}")))?);
    }
    builder.build().map_err(|error| PhaseFailure::client(format!("the patterns cannot be used: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        for file in files {
            std::fs::create_dir_all(path.join(file).parent().unwrap()).unwrap();
            std::fs::write(path.join(file), file).unwrap();
        }
        (folder, path)
    }

    fn names(folder: &Utf8Path, patterns: &[&str], excluded: &[&str]) -> Vec<String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        select(folder, &owned(patterns), &owned(excluded)).unwrap().into_keys().collect()
    }

    #[test]
    fn stars_stay_within_a_folder_and_two_stars_do_not() {
        let (_guard, folder) = folder(&["a.txt", "b/c.txt", "b/d/e.txt", "b/.hidden"]);
        assert_eq!(names(&folder, &["*"], &[]), ["a.txt"]);
        assert_eq!(names(&folder, &["b/*"], &[]), ["b/.hidden", "b/c.txt"]);
        assert_eq!(names(&folder, &["**/*"], &["./**/.hidden"]), ["a.txt", "b/c.txt", "b/d/e.txt"]);
        assert_eq!(names(&folder, &["./a.txt", "missing", "b"], &[]), ["a.txt"]);
    }

    #[test]
    fn links_are_followed_and_circles_are_not_a_trap() {
        let (_guard, folder) = folder(&["a/b.txt"]);
        std::os::unix::fs::symlink("a", folder.join("link")).unwrap();
        std::os::unix::fs::symlink(".", folder.join("a/circle")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.join("broken")).unwrap();
        assert_eq!(names(&folder, &["*/b.txt"], &[]), ["a/b.txt", "link/b.txt"]);
    }

    #[test]
    fn base_directories_may_be_patterns() {
        let (_guard, folder) = folder(&["out-a/x", "out-b/y", "out-file"]);
        let found = bases(&folder, Some("out-*")).unwrap();
        assert_eq!(found.iter().map(|base| base.prefix.as_str()).collect::<Vec<_>>(), ["out-a/", "out-b/"]);
        assert_eq!(bases(&folder, Some("./out-a/")).unwrap()[0].prefix, "");
        assert!(bases(&folder, Some("missing")).unwrap().is_empty());
    }
}
