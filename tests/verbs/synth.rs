//! `pipectl synth` and `pipectl graph` with the real binary: snapshots of layouts and folders, and the same bytes everywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/definitions").join(name)
}

fn pipectl() -> Command {
    let mut command = Command::cargo_bin("pipectl").unwrap();
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            found.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    found
}

fn synthesised(definition: &Path) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let (project, out) = (folder.path().join("project"), folder.path().join("pipectl.out"));
    copy(definition, &project);
    pipectl().current_dir(project).args(["synth", "--out"]).arg(&out).assert().success();
    files(&out)
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let target = to.join(name);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
}

fn graph(name: &str) -> String {
    let output = pipectl().current_dir(fixture(name)).arg("graph").assert().success();
    String::from_utf8(output.get_output().stdout.clone()).unwrap()
}

#[test]
fn the_graph_of_the_minimal_definition() {
    insta::assert_snapshot!(graph("minimal"));
}

#[test]
fn the_graph_of_the_rich_definition() {
    insta::assert_snapshot!(graph("rich"));
}

#[test]
fn the_graph_of_the_guarded_definition() {
    insta::assert_snapshot!(graph("guarded"));
}

#[test]
fn the_graph_of_pipectls_own_definition() {
    let output = pipectl().current_dir(env!("CARGO_MANIFEST_DIR")).arg("graph").assert().success();
    insta::assert_snapshot!(String::from_utf8(output.get_output().stdout.clone()).unwrap());
}

#[test]
fn the_pipeline_stacks_template() {
    for name in ["minimal", "rich"] {
        let files = synthesised(&fixture(name));
        let template: serde_json::Value =
            serde_json::from_slice(&files[&format!("{name}-pipeline.template.json")]).unwrap();
        insta::assert_json_snapshot!(format!("{name}-pipeline"), template);
    }
}

#[test]
fn the_assembly_holds_what_it_should() {
    let names: Vec<String> = synthesised(&fixture("rich")).into_keys().collect();
    insta::assert_snapshot!(names.join("\n"));
}

#[test]
fn a_users_template_goes_in_byte_for_byte() {
    let files = synthesised(&fixture("rich"));
    let template = std::fs::read(fixture("rich/templates/network.yaml")).unwrap();
    assert_eq!(files["assembly-Beta/network.template.yaml"], template);
    let template = std::fs::read(fixture("rich/templates/app.json")).unwrap();
    assert_eq!(files["assembly-Beta/app.template.json"], template);
}

#[test]
fn the_same_bytes_in_another_folder_locale_and_time_zone() {
    let here = synthesised(&fixture("rich"));
    let elsewhere = tempfile::tempdir().unwrap();
    let project = elsewhere.path().join("a place with spaces/ü");
    copy(&fixture("rich"), &project);
    let out = elsewhere.path().join("out");
    pipectl()
        .current_dir(&project)
        .envs([("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Pacific/Chatham"), ("HOME", "/nowhere")])
        .args(["synth", "--out"])
        .arg(&out)
        .assert()
        .success();
    assert!(files(&out) == here, "the bytes differ");
}

#[test]
fn a_second_synthesis_replaces_the_first_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pipectl.out");
    pipectl().current_dir(fixture("rich")).args(["synth", "--out"]).arg(&out).assert().success();
    pipectl().current_dir(fixture("minimal")).args(["synth", "--out"]).arg(&out).assert().success();
    let names: Vec<String> = files(&out).into_keys().collect();
    let wanted: Vec<String> = synthesised(&fixture("minimal")).into_keys().collect();
    assert_eq!(names, wanted);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left aside: {left:?}");
}

#[test]
fn a_folder_that_is_no_assembly_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let assert = pipectl().current_dir(fixture("minimal")).args(["synth", "--out"]).arg(folder.path()).assert().code(2);
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(said.contains("is no assembly"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.path().join("thesis.txt")).unwrap(), "years of work");
}

#[test]
fn a_template_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture("minimal"), folder.path());
    std::fs::remove_file(folder.path().join("templates/app.yaml")).unwrap();
    let assert = pipectl().current_dir(folder.path()).arg("synth").assert().code(3);
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(said.contains("`templates/app.yaml`"), "{said}");
    assert!(!folder.path().join("pipectl.out").exists());
}

#[test]
fn the_builds_commands_share_one_shell_and_failures_name_the_command() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture("minimal"), folder.path());
    let definition = std::fs::read_to_string(folder.path().join("pipeline.toml")).unwrap();
    let with = |commands: &str| {
        let text = format!("{definition}\n[build]\ncommands = [{commands}]\n");
        std::fs::write(folder.path().join("pipeline.toml"), text).unwrap();
    };
    with(r#""mkdir made", "cd made", "WORD=kept", "echo $WORD > note""#);
    pipectl().current_dir(folder.path()).arg("build").assert().success();
    assert_eq!(std::fs::read_to_string(folder.path().join("made/note")).unwrap(), "kept\n");
    assert!(folder.path().join("pipectl.out/manifest.json").exists());

    with(r#""true", "sh -c 'exit 7'", "touch never""#);
    let assert = pipectl().current_dir(folder.path()).arg("build").assert().code(1);
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(said.contains("`sh -c 'exit 7'` failed with exit status 7"), "{said}");
    assert!(!folder.path().join("never").exists());
}
