//! The client configuration of Gen 1 backends, against what the Amplify CLI writes.

use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use pipectl::diagnostic::Explain;
use pipectl::event::{Event, Events};
use pipectl::ops::outputs::exports::{ExportsError, Known, configuration};
use pipectl::ops::outputs::saved;
use serde_json::{Value, json};

fn fixture(path: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path)
}

fn json_of(file: &Utf8Path) -> Value {
    serde_json::from_str(&fs_err::read_to_string(file).unwrap()).unwrap()
}

/// The texts of the two files, and what was warned of.
async fn told(outputs: &Utf8Path, export: Option<&Utf8Path>) -> Result<([String; 2], Vec<String>), ExportsError> {
    told_by("none.toml".into(), outputs, export).await
}

/// The same with a definition that may change the export.
async fn told_by(
    definition: &Utf8Path,
    outputs: &Utf8Path,
    export: Option<&Utf8Path>,
) -> Result<([String; 2], Vec<String>), ExportsError> {
    let warnings = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&warnings);
    let events = Events::new(move |event| {
        if let Event::Warning { message, .. } = event {
            heard.lock().unwrap().push(message);
        }
    });
    let documents =
        configuration(&saved(outputs).unwrap(), Known { export, region: None, definition }, &events).await?;
    let warnings = warnings.lock().unwrap().clone();
    Ok((documents.map(|document| document.text), warnings))
}

#[tokio::test]
async fn clients_are_told_what_the_amplify_cli_tells_them() {
    for (app, export) in [
        ("backend-only", "amplify-gen1/backend-only/export"),
        ("project-boards", "amplify-gen1/project-boards/export"),
        ("discussions", "aws-exports/discussions/export"),
        ("fitness-tracker", "aws-exports/fitness-tracker/export"),
        ("media-vault", "aws-exports/media-vault/export"),
        ("made", "aws-exports/made/export"),
    ] {
        let folder = fixture("aws-exports").join(app);
        let ([module, text], warnings) = told(&folder.join("outputs.json"), Some(&fixture(export))).await.unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json_of(&folder.join("amplifyconfiguration.json")),
            "{app}"
        );
        assert_eq!(warnings, Vec::<String>::new(), "{app}");
        let object = module.split_once("const awsmobile = ").unwrap().1.split_once(";\n").unwrap().0;
        assert_eq!(object, text.trim_end(), "both files tell the same");
        assert!(module.ends_with("export default awsmobile;\n"));
    }
}

#[tokio::test]
async fn what_a_definition_changes_is_told() {
    const HEAD: &str = r#"
        [pipeline]
        name = "boards"
        [source.github]
        repository = "octo-org/boards"
        [[stage]]
        name = "Backend"
        [[stage.amplify]]
        name = "boards"
        export = "export"
    "#;
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let export = folder.join("export");
    std::os::unix::fs::symlink(fixture("amplify-gen1/project-boards/export"), &export).unwrap();
    let definition = folder.join("pipeline.toml");
    let outputs = fixture("aws-exports/project-boards/outputs.json");
    let told_with = async |tables: &str| {
        fs_err::write(&definition, format!("{HEAD}{tables}")).unwrap();
        let ([_, text], warnings) = told_by(&definition, &outputs, Some(&export)).await.unwrap();
        (serde_json::from_str::<Value>(&text).unwrap(), warnings)
    };
    let as_exported = json_of(&fixture("aws-exports/project-boards/amplifyconfiguration.json"));
    assert_eq!(told_with("").await, (as_exported.clone(), Vec::new()), "nothing is changed");

    let (told, warnings) = told_with(
        r#"
        [[stage.amplify.override]]
        resource = "auth/UserPool"
        set = { "Policies.PasswordPolicy.MinimumLength" = 12, "Policies.PasswordPolicy.RequireNumbers" = true, EnabledMfas = ["SOFTWARE_TOKEN_MFA"], AutoVerifiedAttributes = [] }
        [[stage.amplify.override]]
        resource = "auth/UserPool"
        replace = true
        set = { MfaConfiguration = "OPTIONAL" }
        [[stage.amplify.override]]
        resource = "api/GraphQLAPI"
        set = { AuthenticationType = "AWS_IAM" }
        "#,
    )
    .await;
    let mut expected = as_exported.clone();
    expected["aws_cognito_password_protection_settings"] =
        json!({ "passwordPolicyMinLength": 12, "passwordPolicyCharacters": ["REQUIRES_NUMBERS"] });
    expected["aws_cognito_mfa_configuration"] = json!("OPTIONAL");
    expected["aws_cognito_mfa_types"] = json!(["TOTP"]);
    expected["aws_cognito_verification_mechanisms"] = json!([]);
    expected["aws_appsync_authenticationType"] = json!("AWS_IAM");
    assert_eq!((told, warnings), (expected, Vec::new()));

    // Values of parameters, and what no client can be told.
    let (told, warnings) = told_with(
        r#"
        parameters = { authprojectboards54040ecc = { passwordPolicyMinLength = 9 } }
        [[stage.amplify.override]]
        resource = "auth/UserPool"
        replace = true
        set = { MfaConfiguration = { Ref = "AWS::NoValue" } }
        "#,
    )
    .await;
    assert_eq!(told["aws_cognito_password_protection_settings"]["passwordPolicyMinLength"], 9);
    assert_eq!(told["aws_cognito_mfa_configuration"], "OFF");
    assert_eq!(warnings, ["the definition changes `MfaConfiguration` of the user pool to what clients cannot be told"]);

    // A definition that deploys the export as another stack, and one that cannot be read.
    let override_of = "[[stage.amplify.override]]\nresource = \"auth/UserPool\"\nset = { \"Policies.PasswordPolicy.MinimumLength\" = 12 }\n";
    assert_eq!(told_with(&format!("environment = \"other\"\n{override_of}")).await, (as_exported.clone(), Vec::new()));
    let (told, warnings) = told_with("nonsense").await;
    assert_eq!(told, as_exported);
    assert!(
        warnings[0].contains("what `") && warnings[0].contains("may change of the export is not told"),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn what_is_not_deployed_is_left_out_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = Utf8Path::from_path(folder.path()).unwrap().join("outputs.json");
    // Outputs may also be kept by the logical ids of their stacks.
    let outputs = json!({ "storagefiles": { "BucketName": "files-dev", "Region": "eu-west-1" } });
    fs_err::write(&file, outputs.to_string()).unwrap();
    let ([_, text], warnings) = told(&file, Some(&fixture("amplify-gen1/tiny/export"))).await.unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!({
            "aws_project_region": "eu-west-1",
            "aws_user_files_s3_bucket": "files-dev",
            "aws_user_files_s3_bucket_region": "eu-west-1",
        })
    );
    assert_eq!(warnings, ["there are no outputs of `functiongreeter`, which the export has"]);
}

#[tokio::test]
async fn what_is_lacking_is_named_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let write = |name: &str, outputs: Value| {
        fs_err::write(folder.join(name), outputs.to_string()).unwrap();
        folder.join(name)
    };
    let root =
        write("root.json", json!({ "amplify-tiny-dev-10101": { "Region": "eu-west-1", "UnauthRoleName": "r" } }));
    let others = write("others.json", json!({ "a": { "Url": "u" }, "b": { "Url": "u" } }));
    let nameless = write("nameless.json", json!({ "storagefiles": { "BucketName": "files-dev" } }));
    let tiny = fixture("amplify-gen1/tiny/export");
    let broken = fixture("amplify-gen1/broken/truncated-manifest");
    let none = folder.join("none");
    let mut found = Vec::new();
    for (outputs, export) in [
        (&root, Some(tiny.as_path())),
        (&root, None),
        (&others, None),
        (&nameless, Some(tiny.as_path())),
        (&root, Some(broken.as_path())),
        (&root, Some(none.as_path())),
    ] {
        let error = told(outputs, export).await.unwrap_err();
        let text = error.to_string().replace(broken.as_str(), "BROKEN").replace(none.as_str(), "NONE");
        found.push(format!("{text}; {}", error.hints()[0].split_once('`').unwrap().1.split('`').next().unwrap()));
    }
    assert_eq!(
        found,
        [
            "no stack nested in the backend's root is known, and only they tell what clients may know; --stack NAME",
            "the backend's export is needed: saved outputs do not tell what they are outputs of; --export DIR",
            "no stack here is the root of an Amplify Gen 1 backend; --stage STAGE",
            "no output tells the backend's region; --region REGION",
            "the export `BROKEN` is broken; pipectl amplify check DIR",
            "there is no folder `NONE`; amplify export --out DIR",
        ]
    );
}
