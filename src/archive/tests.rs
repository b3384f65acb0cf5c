use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};

use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::*;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn folder() -> (TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    (folder, path)
}

fn write(path: &Utf8Path, text: &str, mode: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn archive_with(entries: &[(&str, &str)], path: &Utf8Path) {
    let mut writer = ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, text) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let (_guard, root) = folder();
    for (name, mode) in [("one", 0o600), ("two", 0o664)] {
        let folder = root.join(name);
        for file in ["b/c.txt", "a.txt", ".dot", "b.txt"] {
            write(&folder.join(file), file, mode);
        }
        write(&folder.join("run"), "#!/bin/sh\n", mode | 0o100);
        std::fs::create_dir(folder.join("empty")).unwrap();
        pack(&folder, &root.join(name).with_extension("zip")).unwrap();
    }
    let read = |name: &str| std::fs::read(root.join(name)).unwrap();
    assert_eq!(read("one.zip"), read("two.zip"));
    assert_eq!(hash_folder(&root.join("one")).unwrap(), hash_folder(&root.join("two")).unwrap());

    unpack(&root.join("one.zip"), &root.join("three"), Bounds::default()).unwrap();
    let names: Vec<_> =
        entries(&root.join("three")).unwrap().into_iter().map(|entry| (entry.name, entry.mode)).collect();
    let plain = |name: &str| (name.to_owned(), Mode::Plain);
    assert_eq!(
        names,
        [plain(".dot"), plain("a.txt"), plain("b.txt"), plain("b/c.txt"), ("run".to_owned(), Mode::Executable)]
    );
    assert_eq!(hash_folder(&root.join("one")).unwrap(), hash_folder(&root.join("three")).unwrap());
}

#[test]
fn the_hash_tells_names_modes_and_contents_apart() {
    let (_guard, root) = folder();
    for (folder, name, text, mode) in [
        ("base", "a", "x", 0o644),
        ("name", "b", "x", 0o644),
        ("text", "a", "y", 0o644),
        ("mode", "a", "x", 0o755),
        ("below", "a/a", "x", 0o644),
    ] {
        write(&root.join(folder).join(name), text, mode);
    }
    let hashes: std::collections::BTreeSet<_> =
        ["base", "name", "text", "mode", "below"].map(|name| hash_folder(&root.join(name)).unwrap()).into();
    assert_eq!(hashes.len(), 5);
    assert_eq!(
        hash_file(&root.join("base/a")).unwrap(),
        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    );
}

#[test]
fn links_are_followed_but_not_out_of_the_folder() {
    let (_guard, root) = folder();
    write(&root.join("in/file"), "x", 0o644);
    symlink("file", root.join("in/link")).unwrap();
    assert_eq!(entries(&root.join("in")).unwrap().len(), 2);

    write(&root.join("outside"), "x", 0o644);
    symlink("../outside", root.join("in/out")).unwrap();
    assert!(matches!(entries(&root.join("in")), Err(ArchiveError::LinkOutside { .. })));
    std::fs::remove_file(root.join("in/out")).unwrap();

    symlink("nowhere", root.join("in/broken")).unwrap();
    assert!(matches!(entries(&root.join("in")), Err(ArchiveError::Walk { .. })));
    std::fs::remove_file(root.join("in/broken")).unwrap();

    symlink(".", root.join("in/circle")).unwrap();
    assert!(matches!(entries(&root.join("in")), Err(ArchiveError::Walk { .. })));
}

#[test]
fn unsafe_entries_are_refused_and_nothing_lands_outside() {
    let (_guard, root) = folder();
    for name in ["../evil", "a/../../evil", "/evil", "a\\..\\evil", "."] {
        archive_with(&[(name, "x")], &root.join("bad.zip"));
        let result = unpack(&root.join("bad.zip"), &root.join("into"), Bounds::default());
        assert!(matches!(result, Err(ArchiveError::Unsafe { .. })), "{name}: {result:?}");
    }
    assert!(!root.join("evil").exists());

    write(&root.join("there/a"), "mine", 0o644);
    archive_with(&[("a", "theirs")], &root.join("again.zip"));
    let result = unpack(&root.join("again.zip"), &root.join("there"), Bounds::default());
    assert!(matches!(result, Err(ArchiveError::Unsafe { .. })), "{result:?}");
    assert_eq!(std::fs::read_to_string(root.join("there/a")).unwrap(), "mine");
}

fn archive_with_links(links: &[(&str, &str)], path: &Utf8Path) {
    let mut writer = ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, target) in links {
        writer.add_symlink(*name, *target, SimpleFileOptions::default()).unwrap();
    }
    writer.start_file("folder/file", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"x").unwrap();
    writer.finish().unwrap();
}

#[test]
fn links_of_an_archive_stay_links_where_they_stay_inside() {
    let (_guard, root) = folder();
    let archive = root.join("links.zip");
    let links = [("near", "folder/file"), ("folder/up", "../near"), ("whole", "./folder"), ("broken", "nowhere")];
    archive_with_links(&links, &archive);
    unpack(&archive, &root.join("into"), Bounds::default()).unwrap();
    for name in ["near", "folder/up", "whole/file"] {
        assert_eq!(std::fs::read_to_string(root.join("into").join(name)).unwrap(), "x", "{name}");
    }
    assert_eq!(std::fs::read_link(root.join("into/broken")).unwrap().to_str(), Some("nowhere"));

    let outside: [&[(&str, &str)]; 7] = [
        &[("link", "/etc/passwd")],
        &[("link", "../outside")],
        &[("folder/link", "../../outside")],
        &[("link", "")],
        &[("link", "a\\..\\b")],
        // Through a link, `..` is not what its name says.
        &[("here", "."), ("link", "here/../outside")],
        // Below a link nothing is put.
        &[("link", "folder"), ("link/other", "file")],
    ];
    for (number, links) in outside.iter().enumerate() {
        archive_with_links(links, &archive);
        let result = unpack(&archive, &root.join(format!("bad{number}")), Bounds::default());
        assert!(matches!(result, Err(ArchiveError::Unsafe { .. })), "{links:?}: {result:?}");
    }
}

#[test]
fn an_archive_that_is_too_large_or_damaged_is_refused() {
    let (_guard, root) = folder();
    let archive = root.join("large.zip");
    archive_with(&[("a", &"0".repeat(100_000)), ("b", "1")], &archive);
    let bounded = |bytes, entries, into: &str| unpack(&archive, &root.join(into), Bounds { bytes, entries });
    assert!(matches!(bounded(1_000, 10, "few-bytes"), Err(ArchiveError::TooLarge { unit: "bytes", .. })));
    assert!(matches!(bounded(1 << 20, 1, "few-entries"), Err(ArchiveError::TooLarge { unit: "entries", .. })));
    assert!(bounded(100_001, 2, "enough").is_ok());

    let bytes = std::fs::read(&archive).unwrap();
    std::fs::write(&archive, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(bounded(1 << 20, 10, "half"), Err(ArchiveError::Damaged { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_packed_comes_out_again(files in prop::collection::btree_map("[a-z.]{1,8}\\.t", any::<Vec<u8>>(), 0..8)) {
        let (_guard, root) = folder();
        std::fs::create_dir(root.join("in")).unwrap();
        for (name, bytes) in &files {
            std::fs::write(root.join("in").join(name), bytes).unwrap();
        }
        pack(&root.join("in"), &root.join("a.zip")).unwrap();
        unpack(&root.join("a.zip"), &root.join("out"), Bounds::default()).unwrap();
        prop_assert_eq!(hash_folder(&root.join("in")).unwrap(), hash_folder(&root.join("out")).unwrap());
    }
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let (_guard, root) = folder();
    nix::unistd::mkfifo(root.join("pipe").as_std_path(), nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert!(matches!(hash_file(&root.join("pipe")), Err(ArchiveError::Special { .. })));
    assert!(matches!(hash_folder(&root), Err(ArchiveError::Special { .. })));
}
