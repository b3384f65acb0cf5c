//! The whole parser over the fixtures, and over anything.

use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::*;

use super::batch::Plan;
use super::*;

fn fixtures(kind: &str) -> Vec<(Utf8PathBuf, String)> {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/buildspecs").join(kind);
    let mut files: Vec<Utf8PathBuf> = folder.read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.file_name().unwrap().into(), std::fs::read_to_string(path).unwrap())).collect()
}

fn parse(text: &str) -> Result<Buildspec, Report> {
    Buildspec::parse(Utf8Path::new("buildspec.yml"), text)
}

/// The findings as a person would read them: place, code, message and help.
fn findings(report: &Report) -> String {
    let mut lines = String::new();
    for diagnostic in &report.diagnostics {
        let label = &diagnostic.labels[0];
        let text = report.sources.first().map_or("", |source| source.text.as_str());
        let line = text[..label.span.start].matches('\n').count() + 1;
        let marked = &text[label.span.clone()];
        lines += &format!("{}:{line}: {} [{}] «{marked}»\n", label.file, diagnostic.message, diagnostic.code);
        for help in &diagnostic.help {
            lines += &format!("    {help}\n");
        }
    }
    lines
}

#[test]
fn every_valid_fixture_is_read() {
    for (file, text) in fixtures("valid") {
        let buildspec = Buildspec::parse(&file, &text).unwrap_or_else(|report| panic!("{}", findings(&report)));
        assert_eq!(buildspec.warnings.diagnostics, Vec::new(), "{file}");
        insta::assert_json_snapshot!(file.file_stem().unwrap(), buildspec);
    }
}

#[test]
fn every_invalid_fixture_is_explained() {
    let explained: String = fixtures("invalid")
        .iter()
        .map(|(file, text)| findings(&Buildspec::parse(file, text).expect_err("it is invalid")))
        .collect();
    insta::assert_snapshot!(explained);
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let report = parse(
        "version: 0.3\nenv:\n  shel: bash\n  variables: [A]\n  secrets-manager:\n    A: x:k:s:v\n  exported-variables: [AWS_X]\n\
         phases:\n  build:\n    commands:\n      - {a: b}\n    on-failure: RETRY-200\n\
         cache:\n  action: keep\n  fallback-keys: [a, b, c, d, e, f]\nbatch:\n  build-fanout:\n    parallelism: 1000\n  build-list: []\n\
         reports:\n  unit:\n    file-format: JUNIT\nproxy:\n  logs: perhaps\n",
    )
    .expect_err("it is full of mistakes");
    insta::assert_snapshot!(findings(&report));
}

#[test]
fn the_old_version_is_read_with_a_warning() {
    let buildspec = parse("version: 0.1\nphases:\n  build:\n    commands: [make]\n").unwrap();
    assert_eq!(buildspec.version, Version::V0_1);
    assert_eq!(buildspec.warnings.diagnostics[0].code, "old-version");
}

#[test]
fn a_file_that_is_too_large_is_refused_without_reading_it() {
    let report = parse(&"#".repeat(LARGEST + 1)).expect_err("it is too large");
    assert_eq!(report.diagnostics[0].code, "too-large");
}

#[test]
fn a_matrix_is_expanded_to_every_combination() {
    let (file, text) = fixtures("valid").into_iter().find(|(file, _)| file == "09-batch-matrix.yml").unwrap();
    let batch = Buildspec::parse(&file, &text).unwrap().batch.unwrap();
    let levels = batch.levels();
    assert_eq!(levels.len(), 1);
    assert_eq!(levels[0].len(), 16);
    assert!(levels[0].iter().all(|task| task.environment.privileged_mode == Some(true)));
    let last = &levels[0][15];
    assert_eq!(last.buildspec.as_deref(), Some("ci/pack.yml"));
    assert_eq!(last.environment.variables["LANG"], "tr_TR");
}

#[test]
fn a_graph_is_ordered_in_levels() {
    let (file, text) = fixtures("valid").into_iter().find(|(file, _)| file == "10-batch-graph.yml").unwrap();
    let batch = Buildspec::parse(&file, &text).unwrap().batch.unwrap();
    assert!(matches!(batch.plan, Plan::Graph(_)));
    let names: Vec<Vec<String>> = batch
        .levels()
        .into_iter()
        .map(|level| level.into_iter().filter_map(|task| task.identifier).collect())
        .collect();
    assert_eq!(names, [vec!["unit"], vec!["pack_a", "pack_b"], vec!["publish"]]);
}

#[test]
fn a_fanout_is_as_many_builds_as_it_says() {
    let batch = parse("version: 0.2\nbatch:\n  build-fanout:\n    parallelism: 5\n").unwrap().batch.unwrap();
    assert_eq!(batch.levels(), vec![vec![batch::Task::default(); 5]]);
}

/// Text that is likely to get far into the parser.
fn nearly_a_buildspec() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "version",
        "0.2",
        "phases",
        "build",
        "commands",
        "finally",
        "env",
        "variables",
        "batch",
        "build-graph",
        "identifier",
        "depend-on",
        "artifacts",
        "files",
        "on-failure",
        "RETRY-9-(",
        "<<",
        "*a",
        "&a",
        "yes",
        "~",
        "ü",
        "-",
        ":",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "\n- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "'",
        "\"",
        "|",
        "\t",
        "#",
        "!x",
        "\u{feff}",
        "---\n",
        "\r\n",
        "%",
        "@",
        "\u{0}",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in prop_oneof![any::<String>(), nearly_a_buildspec()]) {
        if let Err(report) = parse(&text) {
            prop_assert!(report.has_errors());
            for label in report.diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
                prop_assert!(report.sources.iter().all(|source| source.text.get(label.span.clone()).is_some()));
            }
        }
    }
}
