use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Explain, FailureKind};

/// Loads an assembly that is kept in memory.
fn load(files: &BTreeMap<&str, String>) -> Result<Assembly, AssemblyError> {
    Assembly::load(&mut |path| {
        files.get(path.as_str()).cloned().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    })
}

fn manifest_with(artifact: &str) -> BTreeMap<&'static str, String> {
    BTreeMap::from([("manifest.json", format!(r#"{{"version":"1.0.0","artifacts":{{"A":{artifact}}}}}"#))])
}

/// Says what is wrong as a user reads it, causes included.
fn message(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

#[test]
fn what_is_wrong_is_named_with_file_and_key() {
    let cases = [
        (
            r#"{"type":"aws:cloudformation:stack","properties":{"templateFile":3}}"#,
            "`manifest.json` has an unusable value at `artifacts.A.properties.templateFile`: invalid type: integer `3`, expected a string",
        ),
        (
            r#"{"type":"aws:cloudformation:stack"}"#,
            "`manifest.json` has an unusable value at `artifacts.A.properties`: invalid type: null, expected struct StackArtifact",
        ),
        (
            r#"{"type":"aws:cloudformation:stack","environment":"eu","properties":{"templateFile":"a"}}"#,
            "`manifest.json` has an unusable value at `artifacts.A.environment`: `eu` is not an environment: aws://ACCOUNT/REGION",
        ),
        (
            r#"{"type":"aws:cloudformation:stack","properties":{"templateFile":"../../a"}}"#,
            "`manifest.json` names a path outside of the assembly at `artifacts.A.properties.templateFile`: `../../a`",
        ),
        (
            r#"{"type":"cdk:cloud-assembly","properties":{"directoryName":"."}}"#,
            "`manifest.json` names a path outside of the assembly at `artifacts.A.properties.directoryName`: `.`",
        ),
        (
            r#"{"type":"cdk:asset-manifest","properties":{"file":"a.json"}}"#,
            "`a.json` of the assembly cannot be read: no such file",
        ),
    ];
    for (artifact, expected) in cases {
        let error = load(&manifest_with(artifact)).unwrap_err();
        assert!(message(&error).starts_with(expected), "{}", message(&error));
        assert_eq!(error.kind(), FailureKind::Invalid);
        assert!(!error.hints().is_empty());
    }
}

#[test]
fn a_truncated_manifest_is_named_with_its_place() {
    let files = BTreeMap::from([("manifest.json", "{\n \"version\": \"55.0.0\",".to_owned())]);
    let error = load(&files).unwrap_err();
    assert!(error.to_string().starts_with("`manifest.json` is not JSON: line 2, column 21"), "{error}");
    assert!(error.hints()[0].contains("too early"));
    for garbage in ["", "\u{0}", "[]", "{} {}", "null", "{\"version\":1}"] {
        let error = load(&BTreeMap::from([("manifest.json", garbage.to_owned())])).unwrap_err();
        assert!(error.to_string().contains("manifest.json"), "{error}");
    }
    for no_object in ["[]", "null", " 3"] {
        let error = load(&BTreeMap::from([("manifest.json", no_object.to_owned())])).unwrap_err();
        assert_eq!(error.to_string(), "`manifest.json` holds no JSON object");
    }
}

#[test]
fn asset_sources_stay_inside_and_are_of_one_kind() {
    let with_source = |source: &str| {
        let mut files = manifest_with(r#"{"type":"cdk:asset-manifest","properties":{"file":"A.assets.json"}}"#);
        files.insert(
            "A.assets.json",
            format!(r#"{{"version":"1.0.0","files":{{"f":{{"source":{source},"destinations":{{}}}}}}}}"#),
        );
        load(&files)
    };
    assert!(with_source(r#"{"path":"asset.1","packaging":"zip"}"#).is_ok());
    assert!(with_source(r#"{"path":"asset.1"}"#).is_ok());
    assert!(with_source(r#"{"executable":["make"]}"#).is_ok());
    for (source, expected) in [
        (r#"{"path":"../x"}"#, "`A.assets.json` names a path outside of the assembly at `files.f.source.path`: `../x`"),
        (r"{}", "`A.assets.json` has an unusable value at `files.f.source`"),
        (r#"{"path":"a","executable":["b"]}"#, "`A.assets.json` has an unusable value at `files.f.source`"),
        (r#"{"executable":[]}"#, "`A.assets.json` has an unusable value at `files.f.source`"),
        (r#"{"path":"a","packaging":"tar"}"#, "`A.assets.json` has an unusable value at `files.f.source.packaging`"),
    ] {
        let error = with_source(source).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn an_assembly_that_contains_itself_ends() {
    let error = Assembly::load(&mut |_| {
        Ok(r#"{"version":"1.0.0","artifacts":{"A":{"type":"cdk:cloud-assembly","properties":{"directoryName":"a"}}}}"#
            .to_owned())
    })
    .unwrap_err();
    assert!(matches!(error, AssemblyError::TooDeep { .. }), "{error}");
}

#[test]
fn unknown_things_are_kept_or_ignored() {
    let files = BTreeMap::from([(
        "manifest.json",
        r#"{"version":"99.0.0","novelty":1,"missing":[{"key":"k","provider":"ssm","props":{}}],
            "artifacts":{"A":{"type":"cdk:novelty","properties":{"x":[1]},"more":true},"Tree":{"type":"cdk:tree"}}}"#
            .to_owned(),
    )]);
    let assembly = load(&files).unwrap();
    assert_eq!(
        assembly.manifest.artifacts["A"].kind,
        ArtifactKind::Other { type_name: "cdk:novelty".to_owned(), properties: Some(serde_json::json!({"x": [1]})) }
    );
    assert!(matches!(assembly.check_complete(), Err(AssemblyError::Incomplete { missing, .. }) if missing.len() == 1));
}

#[test]
fn views_give_names_and_places_of_stacks() {
    let mut files = manifest_with(r#"{"type":"cdk:cloud-assembly","properties":{"directoryName":"assembly-Beta"}}"#);
    files.insert(
        "assembly-Beta/manifest.json",
        r#"{"version":"1.0.0","artifacts":{"S":{"type":"aws:cloudformation:stack","properties":{"templateFile":"s.json"}}}}"#
            .to_owned(),
    );
    let assembly = load(&files).unwrap();
    let stacks: Vec<_> = assembly.stacks().collect();
    assert_eq!(stacks.len(), 1);
    assert_eq!(stacks[0].name(), "S");
    assert_eq!(stacks[0].template(), "assembly-Beta/s.json");
    assert_eq!(stacks[0].environment(), ArtifactEnvironment::default());
}

fn words() -> impl Strategy<Value = String> {
    "[ -~äλ\n\"]{0,12}"
}

fn maps() -> impl Strategy<Value = IndexMap<String, String>> {
    prop::collection::vec((words(), words()), 0..3).prop_map(|pairs| pairs.into_iter().collect())
}

fn stacks() -> impl Strategy<Value = StackArtifact> {
    let texts = prop::collection::vec(words(), 0..3);
    let options = (prop::option::of(words()), prop::option::of(any::<bool>()), prop::option::of(any::<u32>()));
    (maps(), maps(), texts, options).prop_map(|(parameters, tags, texts, (text, flag, number))| StackArtifact {
        template_file: "a.template.json".to_owned(),
        parameters,
        tags,
        notification_arns: texts.clone(),
        stack_name: text.clone(),
        termination_protection: flag,
        assume_role_arn: text.clone(),
        stack_template_asset_object_url: text.clone(),
        lookup_role: text.map(|arn| LookupRole {
            arn,
            requires_bootstrap_stack_version: number,
            ..LookupRole::default()
        }),
        requires_bootstrap_stack_version: number,
        validate_on_synth: flag,
        additional_dependencies: texts,
        ..StackArtifact::default()
    })
}

fn lists() -> impl Strategy<Value = AssetManifest> {
    let sources = prop_oneof![
        "[a-z]{1,8}".prop_map(|path| FileSource::Path { path, packaging: Packaging::Zip }),
        "[a-z]{1,8}".prop_map(|path| FileSource::Path { path, packaging: Packaging::File }),
        prop::collection::vec(words(), 1..3).prop_map(FileSource::Executable),
    ];
    let files = prop::collection::vec((words(), sources, prop::option::of(words())), 0..4);
    files.prop_map(|files| AssetManifest {
        files: files
            .into_iter()
            .map(|(id, source, text)| {
                let destination = FileDestination {
                    bucket_name: id.clone(),
                    object_key: id.clone(),
                    region: text.clone(),
                    ..FileDestination::default()
                };
                let destinations = IndexMap::from([(id.clone(), destination)]);
                (id, FileAsset { display_name: text, source, destinations })
            })
            .collect(),
        ..AssetManifest::default()
    })
}

fn assemblies() -> impl Strategy<Value = Assembly> {
    (stacks(), lists(), stacks(), words()).prop_map(|(stack, list, below, text)| {
        let stack_artifact = |stack: StackArtifact| Artifact {
            environment: Some(ArtifactEnvironment::default()),
            dependencies: vec!["A.assets".to_owned()],
            display_name: Some(text.clone()),
            ..Artifact::new(ArtifactKind::Stack(Box::new(stack)))
        };
        let list_artifact =
            AssetManifestArtifact { file: "A.assets.json".to_owned(), ..AssetManifestArtifact::default() };
        let nested = NestedAssembly { directory_name: "assembly-B".to_owned(), display_name: Some(text.clone()) };
        let other = ArtifactKind::Other { type_name: "cdk:tree".to_owned(), properties: None };
        let mut inner = Assembly { folder: "assembly-B".into(), ..Assembly::default() };
        inner.manifest.artifacts.insert("B".to_owned(), stack_artifact(below));
        let mut assembly = Assembly::default();
        assembly.manifest.artifacts.extend([
            ("A".to_owned(), stack_artifact(stack)),
            ("A.assets".to_owned(), Artifact::new(ArtifactKind::AssetManifest(list_artifact))),
            ("assembly-B".to_owned(), Artifact::new(ArtifactKind::NestedAssembly(nested))),
            (text.clone(), Artifact::new(other)),
        ]);
        assembly.asset_manifests.insert("A.assets".to_owned(), list);
        assembly.nested.insert("assembly-B".to_owned(), inner);
        assembly
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_back(assembly in assemblies()) {
        let files = assembly.render();
        let again = Assembly::load(&mut |path: &Utf8Path| {
            files
                .iter()
                .find(|file| file.path == path)
                .map(|file| file.text.clone())
                .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
        });
        prop_assert_eq!(again.map_err(|error| message(&error)), Ok(assembly.clone()));
        prop_assert_eq!(files, assembly.render());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = Manifest::parse(Utf8Path::new("manifest.json"), &text);
        let _ = AssetManifest::parse(Utf8Path::new("a.assets.json"), &text);
    }
}

#[test]
fn provenance_is_read_back() {
    let provenance = Provenance {
        format: Provenance::FORMAT,
        tool: "0.1.0".to_owned(),
        definition: Utf8PathBuf::from("services/api/pipeline.toml"),
    };
    let again = Provenance::parse(Utf8Path::new(Provenance::FILE), &provenance.render()).unwrap();
    assert_eq!(again, provenance);
}
