//! Staged assets that the words of a program name.
//!
//! The CDK puts what it stages at the top of an assembly, as `asset.` and the hash of the content. It names it so even
//! for programs of stages, which run in the stage's folder, from where the bare name leads nowhere.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// A staged asset's name, and the way to it from where the program runs.
static STAGED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\.\.?/)*\b(asset\.[0-9a-f]{64}(?:\.[A-Za-z0-9]+)*)").expect("the pattern is a constant")
});

/// The names of the staged assets that a program's words name.
pub fn staged(words: &[String]) -> BTreeSet<&str> {
    words
        .iter()
        .flat_map(|word| STAGED.captures_iter(word).filter_map(|found| found.get(1)).map(|name| name.as_str()))
        .collect()
}

/// The words of a program that runs so many folders below the top of the assembly.
pub fn with_staged(words: &[String], depth: usize) -> Vec<String> {
    let way = format!("{}${{1}}", "../".repeat(depth));
    words.iter().map(|word| STAGED.replace_all(word, way.as_str()).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staged_assets_are_found_wherever_they_are_named() {
        let name = format!("asset.{}.tar", "0a".repeat(32));
        let words =
            ["sh".to_owned(), format!("docker load -i {name} | tail -n 1"), format!("../{name}"), "x".to_owned()];
        assert_eq!(staged(&words), BTreeSet::from([name.as_str()]));
        let below = with_staged(&words, 1);
        assert_eq!(below, ["sh", &format!("docker load -i ../{name} | tail -n 1"), &format!("../{name}"), "x"]);
        assert_eq!(with_staged(&below, 0)[2], name);
        assert_eq!(with_staged(&["asset.short".to_owned()], 1), ["asset.short"]);
    }
}
