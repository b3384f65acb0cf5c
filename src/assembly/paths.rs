//! Paths in manifests, which must stay inside of the assembly.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// Returns `path`, which is relative to `folder`, relative to the assembly's root; `None` if it leads out of it.
///
/// Both are taken as text: nothing is looked up, and symbolic links are not this function's concern.
pub fn inside(folder: &Utf8Path, path: &str) -> Option<Utf8PathBuf> {
    let mut names: Vec<&str> = Vec::new();
    for component in folder.components().chain(Utf8Path::new(path).components()) {
        match component {
            Utf8Component::Normal(name) => names.push(name),
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                names.pop()?;
            }
            Utf8Component::RootDir | Utf8Component::Prefix(_) => return None,
        }
    }
    (!path.is_empty() && !path.contains(['\0', '\\'])).then(|| names.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        let inside = |folder: &str, path: &str| inside(Utf8Path::new(folder), path).map(Utf8PathBuf::into_string);
        assert_eq!(inside("", "a.json").as_deref(), Some("a.json"));
        assert_eq!(inside("assembly-Beta", "../asset.1").as_deref(), Some("asset.1"));
        assert_eq!(inside("assembly-Beta", "./x/../y").as_deref(), Some("assembly-Beta/y"));
        for (folder, path) in
            [("", "../a"), ("b", "../../a"), ("", "/etc/passwd"), ("", ""), ("", "a\0b"), ("", "..\\a")]
        {
            assert_eq!(inside(folder, path), None, "{folder} {path:?}");
        }
    }
}
