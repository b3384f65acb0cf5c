//! The client configuration of Gen 2 backends, against what Amplify's own tool writes.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use pipectl::amplify::client::{Backend, ClientError, ClientFormat, OutputsVersion, configuration, document};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn fixture(path: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/amplify-outputs").join(path)
}

fn json_of(path: &str) -> Value {
    serde_json::from_str(&fs_err::read_to_string(fixture(path)).unwrap()).unwrap()
}

/// The inputs of a backend: metadata and outputs.
#[derive(Debug, Clone)]
struct Input {
    metadata: Map<String, Value>,
    outputs: IndexMap<String, String>,
}

impl Input {
    fn of(folder: &str) -> Self {
        let outputs = match json_of(&format!("{folder}/stack-outputs.json")) {
            Value::Array(list) => list
                .iter()
                .map(|output| {
                    (output["OutputKey"].as_str().unwrap().into(), output["OutputValue"].as_str().unwrap().into())
                })
                .collect(),
            object => serde_json::from_value(object).unwrap(),
        };
        Self { metadata: json_of(&format!("{folder}/metadata.json")).as_object().unwrap().clone(), outputs }
    }

    fn write(
        &self,
        introspection: Option<&Value>,
        version: OutputsVersion,
        format: ClientFormat,
    ) -> Result<(String, String), ClientError> {
        let backend = Backend::read(&self.metadata, &self.outputs)?;
        let written = document(&configuration(&backend, introspection, version)?, version, format)?;
        Ok((written.file_name, written.text))
    }
}

/// The JSON in a text, and what is around it.
fn taken_apart(text: &str) -> (&str, Value, &str) {
    let (start, end) = (text.find('{').unwrap(), text.rfind('}').unwrap() + 1);
    (&text[..start], serde_json::from_str(&text[start..end]).unwrap(), &text[end..])
}

#[track_caller]
fn assert_same(written: &str, expected: &str) {
    assert_eq!(taken_apart(written), taken_apart(expected));
}

fn version(name: &str) -> OutputsVersion {
    name.parse().unwrap()
}

fn format(name: &str) -> ClientFormat {
    ClientFormat::ALL.into_iter().find(|format| format.as_str() == name).unwrap()
}

#[test]
fn the_demo_is_written_as_amplify_writes_it() {
    let input = Input::of("demo/input");
    for folder in fixture("demo").read_dir_utf8().unwrap().map(|entry| entry.unwrap().path().to_owned()) {
        let Some((format_name, version_name)) = folder.file_name().unwrap().split_once("-v") else { continue };
        let introspection = match (format_name, version_name) {
            ("json-mobile", _) => None,
            ("json", version) if version != "0" => Some(json_of("demo/input/modelIntrospectionSchema.json")),
            _ => Some(json_of("demo/input/modelIntrospectionSchema.small.json")),
        };
        let (name, text) = input.write(introspection.as_ref(), version(version_name), format(format_name)).unwrap();
        assert_same(&text, &fs_err::read_to_string(folder.join(name)).unwrap());
    }
}

#[test]
fn deployed_backends_are_told_as_amplify_tells_them() {
    for app in ["backend-only", "fitness-tracker", "media-vault", "project-boards"] {
        let folder = format!("deployed/{app}");
        let (name, text) = Input::of(&folder).write(None, OutputsVersion::V1_5, ClientFormat::Json).unwrap();
        assert_same(&text, &fs_err::read_to_string(fixture(&folder).join(name)).unwrap());
        for format in [ClientFormat::Json, ClientFormat::JsonMobile] {
            let expected = fixture(&folder).join(format!("legacy/{format}.json"));
            if expected.exists() {
                let (_, text) = Input::of(&folder).write(None, OutputsVersion::Legacy, format).unwrap();
                assert_same(&text, &fs_err::read_to_string(expected).unwrap());
            }
        }
    }
}

#[test]
fn every_member_is_written_as_amplify_writes_it() {
    let input = Input::of("made/everything");
    let introspection = json_of("made/everything/modelIntrospectionSchema.json");
    for expected in fixture("made/everything/expected").read_dir_utf8().unwrap() {
        let expected = expected.unwrap().path().to_owned();
        let (version_name, format_name) = expected.file_name().unwrap().rsplit_once('.').unwrap();
        let (_, text) = input.write(Some(&introspection), version(version_name), format(format_name)).unwrap();
        assert_same(&text, &fs_err::read_to_string(&expected).unwrap());
    }
}

#[test]
fn files_have_the_names_that_clients_look_for() {
    let input = Input::of("demo/input");
    let names = |version: OutputsVersion| -> Vec<String> {
        let written = ClientFormat::ALL.into_iter().map(|format| input.write(None, version, format));
        written.map(|written| written.map_or_else(|error| error.to_string(), |(name, _)| name)).collect()
    };
    assert_eq!(
        names(OutputsVersion::Legacy),
        [
            "amplifyconfiguration.json",
            "amplifyconfiguration.json",
            "amplifyconfiguration.mjs",
            "amplifyconfiguration.ts",
            "amplifyconfiguration.dart"
        ]
    );
    assert_eq!(
        names(OutputsVersion::V1_4),
        [
            "amplify_outputs.json",
            "`json-mobile` is no client format of version 1.4",
            "`mjs` is no client format of version 1.4",
            "`ts` is no client format of version 1.4",
            "amplify_outputs.dart"
        ]
    );
}

#[test]
fn what_cannot_be_told_is_named() {
    let refused = |change: fn(&mut Input)| {
        let mut input = Input::of("demo/input");
        change(&mut input);
        input.write(None, OutputsVersion::V1_5, ClientFormat::Json).unwrap_err().to_string()
    };
    let told = [
        refused(|input| input.metadata = Map::from_iter([("Team".to_owned(), json!("web"))])),
        refused(|input| input.metadata["AWS::Amplify::Auth"]["version"] = json!("2")),
        refused(|input| input.metadata["AWS::Amplify::Auth"]["stackOutputs"] = json!("all")),
        refused(|input| drop(input.outputs.insert("userPoolId".to_owned(), String::new()))),
        refused(|input| drop(input.outputs.insert("groups".to_owned(), "[Admin".to_owned()))),
        refused(|input| drop(input.outputs.insert("passwordPolicyMinLength".to_owned(), "many".to_owned()))),
        refused(|input| drop(input.outputs.insert("buckets".to_owned(), "[{}]".to_owned()))),
        refused(|input| drop(input.outputs.insert("customOutputs".to_owned(), r#"{"data":{"url":"x"}}"#.to_owned()))),
        refused(|input| drop(input.outputs.insert("customOutputs".to_owned(), r#"{"version":"2"}"#.to_owned()))),
    ];
    assert_eq!(
        told,
        [
            "the template's metadata tells of no Amplify backend: none of its keys is `AWS::Amplify::…`",
            "the template's metadata `AWS::Amplify::Auth` is of version `2`; pipectl knows version `1`",
            "the template's metadata `AWS::Amplify::Auth` is not `{ version, stackOutputs }`",
            "the stack has no output `userPoolId`, which the template's metadata `AWS::Amplify::Auth` is incomplete without",
            "the stack's output `groups` is not JSON: `[Admin`",
            "the stack's output `passwordPolicyMinLength` is not a number: `many`",
            "the stack's output `buckets` is not a JSON list of JSON texts: `[{}]`",
            "the custom outputs of the backend give `url` a second value",
            "the custom outputs of the backend are of version `2`, and the rest is of version `1.5`",
        ]
    );
}

/// All paths of members, without those in lists.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}/{key}");
        paths(value, &path, found);
        found.push(path);
    }
}

fn backends() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["demo/input", "made/everything", "deployed/fitness-tracker", "deployed/media-vault"])
}

/// A backend some of whose optional outputs are missing.
fn inputs() -> impl Strategy<Value = Input> {
    const OPTIONAL: [&str; 12] = [
        "identityPoolId",
        "groups",
        "mfaTypes",
        "mfaConfiguration",
        "passwordPolicyMinLength",
        "passwordPolicyRequirements",
        "oauthRedirectSignIn",
        "oauthCognitoDomain",
        "passwordlessOptions",
        "awsAppsyncApiKey",
        "awsAppsyncAdditionalAuthenticationTypes",
        "buckets",
    ];
    (backends(), prop::sample::subsequence(OPTIONAL.to_vec(), 0..=OPTIONAL.len())).prop_map(|(folder, missing)| {
        let mut input = Input::of(folder);
        input.outputs.retain(|name, _| !missing.contains(&name.as_str()));
        input
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_strange_metadata_counts(input in inputs(), seed in any::<u64>()) {
        let mut other = input.clone();
        let mut shuffled: Vec<_> = other.outputs.drain(..).collect();
        let turn = usize::try_from(seed % shuffled.len() as u64).unwrap();
        shuffled.rotate_left(turn);
        shuffled.reverse();
        other.outputs = shuffled.into_iter().collect();
        other.outputs.insert("Unrelated".to_owned(), "value".to_owned());
        other.metadata.insert("AWS::CDK::Notes".to_owned(), json!({ "version": 7 }));
        other.metadata.insert("AWS::Amplify::Later".to_owned(), json!({ "version": "9", "stackOutputs": ["x"] }));
        for version in OutputsVersion::all() {
            let written = |input: &Input| input.write(None, version, ClientFormat::Json).unwrap();
            prop_assert_eq!(written(&input), written(&other));
        }
    }

    #[test]
    fn a_later_version_has_every_member_of_an_earlier_one(input in inputs()) {
        let backend = Backend::read(&input.metadata, &input.outputs).unwrap();
        let mut known = Vec::new();
        for version in OutputsVersion::all().skip(1) {
            let mut found = Vec::new();
            paths(&configuration(&backend, None, version).unwrap(), "", &mut found);
            prop_assert!(known.iter().all(|path| found.contains(path)));
            known = found;
        }
    }
}
