//! How builds end: well, badly, too late, or by force; and what they leave.

use std::time::{Duration, Instant};

use camino::Utf8Path;
use indexmap::IndexMap;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::TempDir;

use super::bench::Bench;
use crate::local::codebuild::run::*;

/// A buildspec with these commands in its phase `build`.
fn buildspec(commands: &[&str]) -> String {
    let commands: Vec<String> = commands.iter().map(|command| format!("\n    - {command:?}")).collect();
    format!("version: 0.2\nphases:\n  build:\n    commands:{}\n", commands.concat())
}

fn plain(name: &str, value: &str) -> Variable {
    Variable { name: name.to_owned(), origin: Origin::Plain(value.to_owned()) }
}

/// Whether a process exists and is no zombie.
fn is_alive(id: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Waits until processes that were killed are gone, which the kernel sees to when it finds the time.
async fn are_gone(ids: &[&str]) -> bool {
    let limit = Instant::now() + Duration::from_secs(10);
    while ids.iter().any(|id| is_alive(id)) {
        if Instant::now() > limit {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    true
}

#[tokio::test]
async fn the_log_has_the_form_of_codebuilds() {
    let ran = Bench::default().run(&buildspec(&["echo out; echo err >&2; printf open", "false"])).await;
    let masked: Vec<String> = ran
        .log
        .iter()
        .map(|line| match line.strip_prefix("[Container] ") {
            Some(rest) => format!("[Container] {}", &rest[27..]),
            None => line.clone(),
        })
        .collect();
    insta::assert_snapshot!(masked.join("\n"));
    assert_eq!(ran.outcome.status, Status::Failed);
    let phases = ["DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS"];
    assert_eq!(ran.phases(), phases);
}

#[tokio::test]
async fn the_environment_is_the_builds_own() {
    let bench = Bench {
        secondary: vec!["Extra".to_owned()],
        variables: vec![plain("WINS", "project"), plain("WINS", "start"), plain("AWS_REGION", "mine")],
        ..Bench::default()
    };
    let script = buildspec(&[
        "env | cut -d = -f 1 | LC_ALL=C sort | tr '\\n' ' '",
        "echo",
        "echo T:$WINS $AWS_REGION",
        "echo T:$(basename $CODEBUILD_SRC_DIR) $(ls $CODEBUILD_SRC_DIR_Extra | wc -l | tr -d ' ')",
        "echo T:$(codebuild-hash-files tests/unit.xml | cut -c 1-8) $(codebuild-hash-files '**/*.xml' | cut -c 1-8)",
        "codebuild-hash-files missing || echo T:none",
        "echo T:session-token",
    ]);
    let ran = bench.run(&script).await;
    let names = ran.log.iter().find(|line| line.contains("CODEBUILD_BUILD_ID")).unwrap();
    insta::assert_snapshot!(names.trim());
    let trace = ran.trace();
    assert_eq!(trace[0], "start eu-west-1");
    assert_eq!(trace[1], "source 3");
    let hashes: Vec<&str> = trace[2].split(' ').collect();
    assert_eq!(hashes[0], hashes[1]);
    assert_eq!(trace[3..], ["none", "***"]);
}

#[tokio::test]
async fn what_npm_installs_for_all_is_the_builds_own() {
    let script = buildspec(&[
        "mkdir -p $NPM_CONFIG_PREFIX/bin && printf '#!/bin/sh\necho T:installed\n' > $NPM_CONFIG_PREFIX/bin/own-tool",
        "chmod +x $NPM_CONFIG_PREFIX/bin/own-tool; own-tool",
        "case $NPM_CONFIG_PREFIX,$CDK_HOME in $(dirname $HOME)/*,$HOME/*) echo T:inside;; esac",
    ]);
    assert_eq!(Bench::default().run(&script).await.trace(), ["installed", "inside"]);
}

#[tokio::test]
async fn exported_variables_and_directory_survive_an_exit() {
    let text = "version: 0.2\nenv: {exported-variables: [KEPT, LINES, NEVER_SET]}\nphases:\n  build:\n    on-failure: CONTINUE\n    \
                commands: ['cd site', 'export KEPT=1', \"export LINES='a\n\n            b'\", 'exit 3']\n    \
                finally: ['echo T:$(basename $PWD) $KEPT $CODEBUILD_BUILD_SUCCEEDING']\n  \
                post_build: {commands: ['echo T:$CODEBUILD_BUILD_SUCCEEDING']}\n";
    let ran = Bench::default().run(text).await;
    assert_eq!(ran.trace(), ["site 1 0", "1"]);
    assert_eq!(ran.outcome.status, Status::Succeeded);
    let exported = IndexMap::from([("KEPT".to_owned(), "1".to_owned()), ("LINES".to_owned(), "a\nb".to_owned())]);
    assert_eq!(ran.outcome.exported, exported);
}

#[tokio::test]
async fn artifacts_with_identifiers_need_none_without() {
    let text = "version: 0.2\nphases: {}\nartifacts:\n  secondary-artifacts:\n    Site: {base-directory: site, files: '*.html'}\n";
    let ran = Bench::default().run(text).await;
    assert_eq!(ran.outcome.status, Status::Succeeded, "{:#?}", ran.log);
    assert_eq!(ran.outputs.keys().collect::<Vec<_>>(), [&Some("Site".to_owned())]);
    assert_eq!(ran.outputs[&Some("Site".to_owned())].files, ["index.html"]);
}

#[tokio::test]
async fn programs_find_what_earlier_commands_set() {
    for shell in ["", "env: {shell: bash}\n"] {
        let commands = ["SET=one", "echo T:$(sh -c 'echo $SET') $(env | grep -c -i pipectl_)", "exit 0", "echo T:$SET"];
        let text = buildspec(&commands).replacen("phases", &format!("{shell}phases"), 1);
        let ran = Bench::default().run(&text).await;
        assert_eq!(ran.trace(), ["one 0", "one"], "{shell}");
    }
}

#[tokio::test]
async fn a_shell_that_stops_at_errors_or_has_a_trap_fails_as_any_other() {
    for commands in [
        ["set -e", "false", "echo T:never"],
        ["trap 'echo bye' EXIT", "exit 1", "echo T:never"],
        ["set -u", "echo $UNSET_VARIABLE", "echo T:never"],
        ["true", "if", "echo T:never"],
        ["exec >/dev/null 2>&1", "exit 1", "echo T:never"],
        ["set -x", "kill -9 $$", "echo T:never"],
    ] {
        let ran = Bench::default().run(&buildspec(&commands)).await;
        assert_eq!(ran.trace(), Vec::<&str>::new(), "{commands:?}");
        assert_eq!(ran.outcome.status, Status::Failed, "{commands:?}");
        let (phase, message) = &ran.failures()[0];
        assert_eq!(*phase, PhaseType::Build);
        assert!(message.contains(commands[1]), "{message}");
        assert!(!ran.log.iter().any(|line| holds_mark(line)), "{:#?}", ran.log);
    }
}

/// Whether a line shows the mark by which the end of a command is known: `pipectl-` and hexadecimal digits. Folders of
/// builds are called `pipectl-build-…`, also where the tests themselves run in one.
fn holds_mark(line: &str) -> bool {
    let begins_with_digits = |rest: &str| rest.bytes().take(16).filter(u8::is_ascii_hexdigit).count() == 16;
    line.split("pipectl-").skip(1).any(begins_with_digits)
}

#[tokio::test]
async fn a_phase_is_retried_when_its_failure_is_the_one_that_is_meant() {
    let text = |rule: &str| {
        format!(
            "version: 0.2\nphases:\n  build:\n    on-failure: {rule}\n    commands:\n      - echo T:try\n      - echo x >> tries\n      \
             - test $(wc -l < tries) -ge 3\n"
        )
    };
    let ran = Bench::default().run(&text("RETRY-2-.*status 1")).await;
    assert_eq!((ran.trace().len(), ran.outcome.status), (3, Status::Succeeded));
    let ran = Bench::default().run(&text("RETRY-1")).await;
    assert_eq!((ran.trace().len(), ran.outcome.status), (2, Status::Failed));
    let ran = Bench::default().run(&text("RETRY-status 9")).await;
    assert_eq!((ran.trace().len(), ran.outcome.status), (1, Status::Failed));
}

#[tokio::test]
async fn in_version_0_1_every_command_has_a_shell_of_its_own() {
    let text =
        "version: 0.1\nphases:\n  build:\n    commands: ['cd site; A=1', 'echo T:$(basename $PWD) ${A-unset}']\n";
    assert_eq!(Bench::default().run(text).await.trace(), ["source unset"]);
}

#[tokio::test]
async fn what_cannot_be_fetched_fails_the_build_before_its_commands() {
    for (text, expected) in [
        ("version: 0.2\nenv: {parameter-store: {A: /none}}\nphases: {}\n", "parameter does not exist: /none"),
        ("version: 0.2\nenv: {secrets-manager: {A: none}}\nphases: {}\n", "secret does not exist: none"),
        ("version: 0.2\nphases: {bild: {}}\n", "buildspec:2: `phases` has no key `bild`"),
    ] {
        let ran = Bench::default().run(text).await;
        assert_eq!(ran.failures(), [(PhaseType::DownloadSource, expected.to_owned())]);
        assert_eq!(ran.phases(), ["DOWNLOAD_SOURCE"]);
        assert_eq!(ran.outcome.status, Status::Failed);
    }
}

#[tokio::test]
async fn artifacts_without_files_fail_the_build() {
    let text = "version: 0.2\nphases: {build: {commands: ['true']}}\nartifacts: {files: 'none/*'}\n";
    let ran = Bench::default().run(text).await;
    let message = "no matching artifact paths found for `none/*`".to_owned();
    assert_eq!(ran.failures(), [(PhaseType::UploadArtifacts, message)]);
    assert_eq!(ran.outcome.status, Status::Failed);
}

#[tokio::test]
async fn nothing_that_a_build_starts_outlives_it() {
    let ran = Bench::default()
        .run(&buildspec(&["sleep 300 & echo T:$!", "setsid sh -c 'echo T:$$; exec sleep 300' & sleep 0.2"]))
        .await;
    assert_eq!(ran.outcome.status, Status::Succeeded);
    let ids = ran.trace();
    assert_eq!(ids.len(), 2);
    assert!(are_gone(&ids).await, "{ids:?}");
}

#[tokio::test]
async fn a_build_that_takes_too_long_is_killed_with_all_that_it_started() {
    let bench = Bench { limit: Some(Duration::from_millis(600)), ..Bench::default() };
    let start = Instant::now();
    let ran = bench.run(&buildspec(&["trap '' TERM; echo T:$$; sh -c \"trap '' TERM; echo T:$$; sleep 300\""])).await;
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(ran.outcome.status, Status::TimedOut);
    assert!(are_gone(&ran.trace()).await, "{:?}", ran.trace());
}

#[tokio::test]
async fn a_build_can_be_stopped_while_it_waits() {
    let root = TempDir::new().unwrap();
    let path = |name: &str| Utf8Path::from_path(root.path()).unwrap().join(name);
    let (started, never) = (path("started"), path("never"));
    for fifo in [&started, &never] {
        mkfifo(fifo.as_std_path(), Mode::S_IRWXU).unwrap();
    }
    let bench = Bench::default();
    let commands = buildspec(&[&format!("echo T:$$; echo go > {started}; cat {never}")]);
    let (ran, ()) = tokio::join!(bench.run_in(&commands, &root), async {
        // Opening a FIFO waits for its other end.
        tokio::task::spawn_blocking(move || std::fs::read_to_string(started).unwrap()).await.unwrap();
        bench.stop.cancel();
    });
    assert_eq!(ran.outcome.status, Status::Stopped);
    assert!(are_gone(&ran.trace()).await, "{:?}", ran.trace());
}

#[tokio::test]
async fn a_build_that_prints_without_end_needs_little_memory_and_loses_nothing() {
    let ran = Bench::default()
        .run(&buildspec(&["seq 1 20000", "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo T:end"]))
        .await;
    assert_eq!(ran.log.iter().filter(|line| line.parse::<u32>().is_ok()).count(), 20000);
    assert_eq!(ran.trace(), ["end"]);
    assert!(ran.log.iter().all(|line| line.len() < 70_000));
}

#[tokio::test]
async fn what_this_machine_does_not_do_is_said_or_refused() {
    let text = "version: 0.2\nrun-as: builder\nenv: {git-credential-helper: yes}\nproxy: {logs: yes}\n\
                phases: {install: {runtime-versions: {nodejs: 22}, commands: ['true']}}\n\
                artifacts: {files: site/index.html, enable-symlinks: yes, secondary-artifacts: {unwanted: {files: none}}}\n";
    let ran = Bench::default().run(text).await;
    assert_eq!(ran.outcome.status, Status::Succeeded, "{:?}", ran.failures());
    for said in
        ["run-as builder", "git-credential-helper", "proxy", "nodejs 22", "enable-symlinks", "artifact unwanted"]
    {
        assert!(ran.log.iter().any(|line| line.contains(said)), "{said}: {:#?}", ran.log);
    }
    let windows = "version: 0.2\nenv: {shell: powershell.exe}\nphases: {build: {commands: ['dir']}}\n";
    let ran = Bench::default().run(windows).await;
    assert_eq!(ran.failures()[0].0, PhaseType::DownloadSource);
}
