//! Every file of `tests/ui/` as the user sees its findings.

use camino::Utf8Path;
use fs_err as fs;

use super::{Colors, diagnostics};
use crate::definition;

#[test]
fn mistakes_read_as_intended() {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    assert!(!names.is_empty());
    for name in names {
        let text = fs::read_to_string(folder.join(&name)).unwrap();
        let examined = definition::examine(Utf8Path::new(&name), &text);
        insta::with_settings!({ snapshot_path => folder.join("snapshots"), prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name.trim_end_matches(".toml"), diagnostics(&examined.report, Colors::Plain));
        });
        let is_accepted = definition::decode(Utf8Path::new(&name), &text).is_ok();
        assert_ne!(is_accepted, examined.report.has_errors(), "{name}");
    }
}
