//! Every fixture against what is expected of it.

use camino::Utf8PathBuf;
use serde_json::Value;
use tempfile::TempDir;

use super::bench::{Bench, Ran, fixtures};
use crate::buildspec::Buildspec;
use crate::local::codebuild::run::*;

fn expected() -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(fixtures().join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// A bench with the parameters and secrets that a fixture expects.
fn bench(expected: &Value) -> Bench {
    let mut bench = Bench::default();
    let entries = |value: &Value| value.as_object().cloned().unwrap_or_default();
    for (name, value) in entries(&expected["given"]["parameter-store"]) {
        bench.parameters.insert(name, value.as_str().unwrap().to_owned());
    }
    for (id, stages) in entries(&expected["given"]["secrets-manager"]) {
        for (stage, value) in entries(&stages) {
            bench.secrets.insert((id.clone(), stage), value.as_str().unwrap().to_owned());
        }
    }
    bench
}

fn compare(file: &str, expected: &Value, ran: &Ran) {
    let failures = ran.failures();
    assert_eq!(ran.trace(), texts(&expected["trace"]), "{file}: {:#?}", ran.log);
    assert_eq!(ran.outcome.status.word(), expected["status"], "{file}: {failures:?}");
    if let Some(phase) = expected["failed_phase"].as_str() {
        let (_, message) = failures.iter().find(|(failed, _)| failed.word() == phase).unwrap();
        let reason = format!(". Reason: exit status {}", expected["exit_status"]);
        assert!(message.starts_with("Error while executing command: ") && message.ends_with(&reason), "{message}");
    }
    if !expected["artifacts"].is_null() {
        assert_eq!(ran.outputs[&None].files, texts(&expected["artifacts"]), "{file}");
    }
    if let Some(name) = expected["artifact_name"].as_str() {
        assert_eq!(ran.outputs[&None].name.as_deref(), Some(name), "{file}");
    }
    for (identifier, files) in expected["secondary"].as_object().into_iter().flatten() {
        assert_eq!(ran.outputs[&Some(identifier.clone())].files, texts(files), "{file}");
    }
    if let Some(exported) = expected["exported"].as_object() {
        assert_eq!(&serde_json::to_value(&ran.outcome.exported).unwrap(), &Value::Object(exported.clone()));
    }
    for (group, report) in expected["reports"].as_object().into_iter().flatten() {
        let found = ran.outcome.reports.iter().find(|found| found.group == *group).unwrap();
        assert_eq!(found.files, texts(&report["files"]), "{file}");
        assert_eq!(found.format, report["format"], "{file}");
    }
    for secret in expected["never_in_log"].as_array().into_iter().flatten() {
        assert!(!ran.log.join("\n").contains(secret.as_str().unwrap()), "{file}: {:#?}", ran.log);
    }
}

#[tokio::test]
async fn every_fixture_does_what_is_expected() {
    for (file, expected) in expected() {
        if expected["trace"].is_null() {
            continue;
        }
        let buildspec = std::fs::read_to_string(fixtures().join("valid").join(&file)).unwrap();
        let cache = TempDir::new().unwrap();
        let mut bench = bench(&expected);
        bench.cache = Some(Utf8PathBuf::from_path_buf(cache.path().to_owned()).unwrap());
        compare(&file, &expected, &bench.run(&buildspec).await);
        if !expected["trace_second_run_with_cache"].is_null() {
            let second = bench.run(&buildspec).await;
            assert_eq!(second.trace(), texts(&expected["trace_second_run_with_cache"]), "{:#?}", second.log);
        }
    }
}

#[tokio::test]
async fn the_builds_of_batches_run_one_by_one() {
    let text = std::fs::read_to_string(fixtures().join("valid/10-batch-graph.yml")).unwrap();
    let batch = Buildspec::parse("batch.yml".into(), &text).unwrap().batch.unwrap();
    for task in batch.levels().into_iter().flatten() {
        let buildspec = match &task.buildspec {
            Some(path) => std::fs::read_to_string(fixtures().join("source").join(path)).unwrap(),
            None => text.clone(),
        };
        let variables = task.environment.variables.into_iter();
        let bench = Bench {
            variables: variables.map(|(name, value)| Variable { name, origin: Origin::Plain(value) }).collect(),
            ..Bench::default()
        };
        let expected = &expected()["10-batch-graph.yml"]["batch"]["traces"][task.identifier.unwrap()];
        assert_eq!(bench.run(&buildspec).await.trace(), texts(expected));
    }
}
