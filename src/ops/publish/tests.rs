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
        "A.assets.json" => Ok(format!(r#"{{"version":"1.0.0","files":{{{root_files}}},"dockerImages":{{{images}}}}}"#)),
        "assembly-B/manifest.json" => Ok(manifest("")),
        "assembly-B/A.assets.json" => Ok(format!(r#"{{"version":"1.0.0","files":{{{nested_files}}}}}"#)),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    })
    .unwrap()
}

const OPEN: &str = r#"{"bucketName":"b-${AWS::AccountId}-${AWS::Region}","objectKey":"1.zip",
    "assumeRoleArn":"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/r-${AWS::Region}"}"#;

const FIXED: &str = r#"{"bucketName":"b-222222222222-cn-north-1","objectKey":"1.zip","region":"cn-north-1",
    "assumeRoleArn":"arn:${AWS::Partition}:iam::222222222222:role/r","assumeRoleExternalId":"x"}"#;

#[test]
fn an_object_is_put_once_per_bucket() {
    let root = format!(
        r#""1":{{"displayName":"Code","source":{{"path":"asset.1","packaging":"zip"}},
            "destinations":{{"a":{OPEN},"b":{FIXED}}}}}"#
    );
    let nested = format!(
        r#""1":{{"source":{{"path":"../asset.1","packaging":"zip"}},"destinations":{{"a":{OPEN}}}}},
           "2":{{"source":{{"path":"t.json","packaging":"file"}},"destinations":{{"a":{}}}}}"#,
        OPEN.replace("1.zip", "2.json")
    );
    let plan = plan(&assembly(&root, &nested, ""), &here()).unwrap();
    let code = ObjectPlan {
        key: "1.zip".to_owned(),
        name: "Code".to_owned(),
        source: PlannedSource::Folder("asset.1".into()),
    };
    let template = ObjectPlan {
        key: "2.json".to_owned(),
        name: "2".to_owned(),
        source: PlannedSource::File("assembly-B/t.json".into()),
    };
    let expected = PublishPlan {
        buckets: vec![
            BucketPlan {
                bucket: "b-111111111111-eu-west-1".to_owned(),
                access: Access {
                    region: "eu-west-1".parse().unwrap(),
                    owner: "111111111111".parse().unwrap(),
                    role: Some("arn:aws:iam::111111111111:role/r-eu-west-1".to_owned()),
                    external_id: None,
                },
                objects: vec![code.clone(), template],
            },
            BucketPlan {
                bucket: "b-222222222222-cn-north-1".to_owned(),
                access: Access {
                    region: "cn-north-1".parse().unwrap(),
                    owner: "222222222222".parse().unwrap(),
                    role: Some("arn:aws-cn:iam::222222222222:role/r".to_owned()),
                    external_id: Some("x".to_owned()),
                },
                objects: vec![code],
            },
        ],
    };
    assert_eq!(plan, expected);
    assert_eq!(plan.objects(), 3);
}

#[test]
fn what_cannot_be_published_is_named() {
    let image = r#""i":{"displayName":"App/Image","source":{"directory":"."},"destinations":{}}"#;
    let error = plan(&assembly("", "", image), &here()).unwrap_err();
    assert!(error.to_string().contains("`App/Image` is a container image"), "{error}");
    assert_eq!(error.kind(), FailureKind::Invalid);

    let program = format!(r#""1":{{"source":{{"executable":["make"]}},"destinations":{{"a":{OPEN}}}}}"#);
    let error = plan(&assembly(&program, "", ""), &here()).unwrap_err();
    assert!(error.to_string().contains("`1` is made by a program"), "{error}");

    let nowhere = format!(
        r#""1":{{"source":{{"path":"a"}},"destinations":{{"a":{}}}}}"#,
        FIXED.replace("\"cn-north-1\"", "\"nowhere\"")
    );
    let error = plan(&assembly(&nowhere, "", ""), &here()).unwrap_err();
    assert!(error.to_string().contains("region that is none"), "{error}");
}
