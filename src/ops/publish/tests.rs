use std::io;

use crate::assembly::Assembly;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::Environment;

use super::*;

fn here() -> Environment {
    "aws://111111111111/eu-west-1".parse().unwrap()
}

/// An assembly with one asset manifest at the root and one in a nested assembly.
fn assembly(root_files: &str, nested_files: &str, images: &str) -> Assembly {
    assembly_of((root_files, images), (nested_files, ""))
}

/// The same, with files and images of both.
fn assembly_of((root_files, root_images): (&str, &str), (nested_files, nested_images): (&str, &str)) -> Assembly {
    let list = |files, images| Ok(format!(r#"{{"version":"1.0.0","files":{{{files}}},"dockerImages":{{{images}}}}}"#));
    let manifest = |more: &str| {
        format!(
            r#"{{"version":"1.0.0","artifacts":{{
                "A.assets":{{"type":"cdk:asset-manifest","properties":{{"file":"A.assets.json"}}}}{more}}}}}"#
        )
    };
    Assembly::load(&mut |path| match path.as_str() {
        "manifest.json" => {
            Ok(manifest(r#","assembly-B":{"type":"cdk:cloud-assembly","properties":{"directoryName":"assembly-B"}}"#))
        }
        "A.assets.json" => list(root_files, root_images),
        "assembly-B/manifest.json" => Ok(manifest("")),
        "assembly-B/A.assets.json" => list(nested_files, nested_images),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    })
    .unwrap()
}

const OPEN: &str = r#"{"bucketName":"b-${AWS::AccountId}-${AWS::Region}","objectKey":"1.zip",
    "assumeRoleArn":"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/r-${AWS::Region}"}"#;

const FIXED: &str = r#"{"bucketName":"b-222222222222-cn-north-1","objectKey":"1.zip","region":"cn-north-1",
    "assumeRoleArn":"arn:${AWS::Partition}:iam::222222222222:role/r","assumeRoleExternalId":"x"}"#;

fn access(region: &str, account: &str, role: &str, external_id: Option<&str>) -> Access {
    Access {
        region: region.parse().unwrap(),
        owner: account.parse().unwrap(),
        role: Some(role.to_owned()),
        external_id: external_id.map(str::to_owned),
        session_tags: Vec::new(),
    }
}

fn target(store: usize, name: &str) -> Target {
    Target { store, name: name.to_owned() }
}

#[test]
fn a_file_is_read_once_and_an_object_is_put_once_per_bucket() {
    let root = format!(
        r#""1":{{"displayName":"Code","source":{{"path":"asset.1","packaging":"zip"}},
            "destinations":{{"a":{OPEN},"b":{FIXED}}}}}"#
    );
    let nested = format!(
        r#""1":{{"source":{{"path":"../asset.1","packaging":"zip"}},"destinations":{{"a":{OPEN},"c":{}}}}},
           "2":{{"source":{{"path":"t.json","packaging":"file"}},"destinations":{{"a":{}}}}}"#,
        OPEN.replace("1.zip", "again.zip"),
        OPEN.replace("1.zip", "2.json")
    );
    let plan = plan(&assembly(&root, &nested, ""), &here()).unwrap();
    let expected = PublishPlan {
        buckets: vec![
            StorePlan {
                name: "b-111111111111-eu-west-1".to_owned(),
                access: access("eu-west-1", "111111111111", "arn:aws:iam::111111111111:role/r-eu-west-1", None),
            },
            StorePlan {
                name: "b-222222222222-cn-north-1".to_owned(),
                access: access("cn-north-1", "222222222222", "arn:aws-cn:iam::222222222222:role/r", Some("x")),
            },
        ],
        files: vec![
            FilePlan {
                name: "Code".to_owned(),
                source: PlannedSource::Folder("asset.1".into()),
                targets: vec![target(0, "1.zip"), target(1, "1.zip"), target(0, "again.zip")],
            },
            FilePlan {
                name: "2".to_owned(),
                source: PlannedSource::File("assembly-B/t.json".into()),
                targets: vec![target(0, "2.json")],
            },
        ],
        ..PublishPlan::default()
    };
    assert_eq!(plan, expected);
    assert_eq!(plan.targets(), 4);
}

/// A destination of an image in an account, a region and under a tag.
fn repository(account: &str, region: &str, tag: &str) -> String {
    format!(
        r#"{{"repositoryName":"images-{account}-${{AWS::Region}}","imageTag":"{tag}","region":"{region}",
            "assumeRoleArn":"arn:${{AWS::Partition}}:iam::{account}:role/push",
            "assumeRoleAdditionalOptions":{{"Tags":[{{"Key":"team","Value":"web"}}]}}}}"#
    )
}

#[test]
fn an_image_is_built_once_wherever_it_goes() {
    let [first, second] = [repository("111111111111", "eu-west-1", "1"), repository("222222222222", "us-east-1", "1")];
    let source =
        |directory: &str, more: &str| format!(r#"{{"directory":"{directory}","platform":"linux/arm64"{more}}}"#);
    let root = format!(
        r#""1":{{"displayName":"Web","source":{},"destinations":{{"a":{first}}}}},
           "2":{{"source":{},"destinations":{{"a":{}}}}},
           "3":{{"source":{{"executable":["make","image"]}},"destinations":{{"a":{}}}}}"#,
        source("asset.1", ""),
        source("asset.1", r#","dockerBuildTarget":"other""#),
        repository("111111111111", "eu-west-1", "2"),
        repository("111111111111", "eu-west-1", "3"),
    );
    // The stage in the folder below has the first image, too, in the same repository and in another one.
    let nested =
        format!(r#""1":{{"source":{},"destinations":{{"a":{first},"b":{second}}}}}"#, source("../asset.1", ""));
    let plan = plan(&assembly_of(("", &root), ("", &nested)), &here()).unwrap();
    let stores: Vec<&str> = plan.repositories.iter().map(|store| store.name.as_str()).collect();
    assert_eq!(stores, ["images-111111111111-eu-west-1", "images-222222222222-us-east-1"]);
    assert_eq!(plan.repositories[0].access.session_tags, [("team".to_owned(), "web".to_owned())]);
    let images: Vec<_> = plan.images.iter().map(|image| (image.name.as_str(), image.targets.as_slice())).collect();
    assert_eq!(
        images,
        [
            ("Web", [target(0, "1"), target(1, "1")].as_slice()),
            ("2", [target(0, "2")].as_slice()),
            ("3", [target(0, "3")].as_slice()),
        ]
    );
    assert!(matches!(&plan.images[0].source, PlannedImage::Folder { folder, .. } if folder == "asset.1"));
    assert_eq!(
        plan.images[2].source,
        PlannedImage::Program(Program { words: vec!["make".to_owned(), "image".to_owned()], folder: "".into() })
    );
    let names: std::collections::HashSet<&str> = plan.images.iter().map(|image| image.local_name.as_str()).collect();
    assert_eq!(names.len(), 3, "what is built otherwise or goes by another tag is another image: {names:?}");
    assert_eq!(plan.targets(), 4);
}

#[test]
fn what_cannot_be_published_is_named() {
    let image =
        r#""i":{"displayName":"App/Image","source":{},"destinations":{"a":{"repositoryName":"r","imageTag":"t"}}}"#;
    let error = plan(&assembly("", "", image), &here()).unwrap_err();
    assert!(error.to_string().contains("`App/Image` does not say what it is made of"), "{error}");
    assert_eq!(error.kind(), FailureKind::Invalid);

    let nowhere = format!(
        r#""1":{{"source":{{"path":"a"}},"destinations":{{"a":{}}}}}"#,
        FIXED.replace("\"cn-north-1\"", "\"nowhere\"")
    );
    let error = plan(&assembly(&nowhere, "", ""), &here()).unwrap_err();
    assert!(error.to_string().contains("region that is none"), "{error}");
}

#[test]
fn a_program_runs_where_its_manifest_lies() {
    let staged = format!("asset.{}.tar", "0a".repeat(32));
    let program = format!(r#""1":{{"source":{{"executable":["./pack","{staged}"]}},"destinations":{{"a":{OPEN}}}}}"#);
    let plan = plan(&assembly("", &program, ""), &here()).unwrap();
    // What the CDK staged lies at the top, although the CDK does not say so.
    let expected = Program { words: vec!["./pack".to_owned(), format!("../{staged}")], folder: "assembly-B".into() };
    assert_eq!(plan.files[0].source, PlannedSource::Program(expected));
}
