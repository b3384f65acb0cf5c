//! The house rules that a compiler does not check: floors, single places, pure floors, small files.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The most lines that a source file may have.
const LONGEST_FILE: usize = 500;

/// What is named in one place only: a pattern, and the paths below `src/` where it may stand.
const SINGLE_PLACES: [(&str, &[&str]); 7] = [
    (r"\b(aws_sdk_\w+|aws_config|aws_credential_types|aws_smithy_\w+)::", &["aws/"]),
    (r"\boctocrab::", &["github/"]),
    (r"\be?print(ln)?!", &["cli/", "main.rs"]),
    (r"\bprocess::exit\b", &["main.rs"]),
    (r#""(docker|podman|finch)""#, &["container/"]),
    (r"\btokio::process\b|\bstd::process::(Command|Stdio)\b", &["process/"]),
    (r"\bhome_dir\b|\benv::(var|vars|var_os)\b", &["cli/", "main.rs"]),
];

/// What the pure floors do not touch: files, clocks, the environment, the network, programs.
const IMPURE: &str = r"\b(std::fs|fs_err|std::env|tokio|hyper|std::net|tempfile|getrandom)\b|\b(SystemTime|Timestamp|Instant|Zoned)::now\b";

/// The highest floor that is pure.
const HIGHEST_PURE_FLOOR: usize = 3;

/// A source file, without its comments and tests.
struct Source {
    /// Relative to `src/`.
    path: String,
    /// The top-level module.
    module: String,
    lines: usize,
    production: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found.iter().map(|path| source(&root, path)).collect()
}

fn source(root: &Path, file: &Path) -> Source {
    let path = file.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(file).unwrap();
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
    let production = if is_test { String::new() } else { production(&text) };
    let module = path.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
    Source { module, lines: text.lines().count(), production, path }
}

/// A file without its comments and without what is there for tests alone: items behind `#[cfg(test)]`, which end, formatted,
/// with their first line or with a brace that stands as far in as they do.
fn production(text: &str) -> String {
    let mut kept = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let end = line.replace("#[cfg(test)]", "}");
            let first = lines.by_ref().find(|line| !line.trim_start().starts_with("#["));
            if first.is_some_and(|line| !line.ends_with(';') && !line.ends_with('}')) {
                lines.by_ref().find(|line| line.trim_end_matches(';') == end);
            }
        } else if !line.trim_start().starts_with("//") {
            kept.push(line);
        }
    }
    kept.join("\n")
}

#[test]
fn what_is_there_for_tests_alone_is_left_out() {
    let text = "\
use crate::a;
#[cfg(test)]
mod tests;
// a comment
use crate::b;
impl B {
    #[cfg(test)]
    #[allow(x)]
    fn only() {
        use crate::c;
    }
    fn both() {}
}
#[cfg(test)]
mod more {
    use crate::d;
}";
    assert_eq!(production(text), "use crate::a;\nuse crate::b;\nimpl B {\n    fn both() {}\n}");
}

/// Reads the table of floors in the documentation of the crate: the floor and place in the row of each module.
fn floors() -> BTreeMap<String, (usize, usize)> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let row = Regex::new(r"^//! \| (\d+) [^|]*\|([^|]*)\|").unwrap();
    let name = Regex::new(r"\[`(\w+)`\]").unwrap();
    let mut floors = BTreeMap::new();
    for captures in text.lines().filter_map(|line| row.captures(line)) {
        let floor = captures[1].parse().unwrap();
        for (place, module) in name.captures_iter(&captures[2]).enumerate() {
            floors.insert(module[1].to_owned(), (floor, place));
        }
    }
    floors
}

/// The top-level modules that a text names after `crate::`, also in braces.
fn imports(text: &str) -> Vec<String> {
    let single = Regex::new(r"\bcrate::(\w+)").unwrap();
    let braces = Regex::new(r"(?s)\bcrate::\{(.*?)\};").unwrap();
    let nested = Regex::new(r"(?s)\{[^{}]*\}").unwrap();
    let mut names: Vec<String> = single.captures_iter(text).map(|captures| captures[1].to_owned()).collect();
    for captures in braces.captures_iter(text) {
        let mut list = captures[1].to_owned();
        while nested.is_match(&list) {
            list = nested.replace_all(&list, "").into_owned();
        }
        names.extend(list.split(',').filter_map(|path| Some(path.trim().split("::").next()?.to_owned())));
    }
    names.retain(|name| !name.is_empty());
    names
}

fn assert_none(rule: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{rule}:\n  {}", violations.join("\n  "));
}

#[test]
fn modules_import_only_from_floors_below_or_earlier_in_their_row() {
    let floors = floors();
    assert!(floors.len() > 15, "the table of floors in src/lib.rs was not understood: {floors:?}");
    let mut violations = Vec::new();
    for source in sources().iter().filter(|source| !matches!(source.path.as_str(), "lib.rs" | "main.rs")) {
        let Some(own) = floors.get(&source.module) else {
            violations.push(format!("{} is on no floor", source.path));
            continue;
        };
        for name in imports(&source.production) {
            match floors.get(&name) {
                Some(other) if name == source.module || other < own => {}
                Some(_) => violations.push(format!("{} imports `{name}` from above", source.path)),
                None => violations.push(format!("{} imports `{name}`, which is on no floor", source.path)),
            }
        }
    }
    assert_none("a module imports only from floors below, or from earlier in its own row", &violations);
}

#[test]
fn some_things_have_a_single_place() {
    let mut violations = Vec::new();
    for (pattern, places) in SINGLE_PLACES {
        let pattern = Regex::new(pattern).unwrap();
        for source in sources() {
            if !places.iter().any(|place| source.path.starts_with(place)) {
                violations.extend(
                    pattern
                        .find_iter(&source.production)
                        .map(|found| format!("{} names `{}`", source.path, found.as_str())),
                );
            }
        }
    }
    assert_none("each of these has one place only", &violations);
}

#[test]
fn the_lower_floors_are_pure() {
    let floors = floors();
    let impure = Regex::new(IMPURE).unwrap();
    let mut violations = Vec::new();
    for source in sources() {
        if floors.get(&source.module).is_some_and(|(floor, _)| *floor <= HIGHEST_PURE_FLOOR) {
            violations.extend(
                impure.find_iter(&source.production).map(|found| format!("{} names `{}`", source.path, found.as_str())),
            );
        }
    }
    assert_none("the pure floors know no files, clocks, environment, network or programs", &violations);
}

#[test]
fn files_are_small() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| source.lines > LONGEST_FILE)
        .map(|source| format!("{} has {} lines", source.path, source.lines))
        .collect();
    assert_none(&format!("a file has at most {LONGEST_FILE} lines"), &long);
}

#[test]
fn imports_are_found_in_every_form() {
    let text = "use crate::id::Name;\nuse crate::{aws::{self, Error}, text};\nlet x = crate::disk::read();";
    assert_eq!(imports(text), ["id", "disk", "aws", "text"]);
}
