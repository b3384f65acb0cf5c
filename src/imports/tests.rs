use camino::Utf8Path;

use super::*;
use crate::definition::{ImportKind, decode};

const HEAD: &str = "[pipeline]\nname = \"app\"\naccount = \"111111111111\"\nregion = \"eu-west-1\"\n\
                    [source.github]\nrepository = \"a/b\"\n[[stage]]\nname = \"Beta\"\n";

/// What is found wrong with a value that is used in eu-west-1 of account 111111111111.
fn wrong(kind: ImportKind, value: &str, region: Option<&str>) -> Option<&'static str> {
    let place = Target { account: "111111111111".parse().ok(), region: "eu-west-1".parse().ok() };
    let imported = Imported { value: value.to_owned(), region: region.map(str::to_owned) };
    let source = ImportSource::Parameter("/app/id".to_owned());
    let import = Import { name: "Id".to_owned(), kind, source };
    check(&import, &imported, &place).map(|diagnostic| diagnostic.code)
}

#[test]
fn ids_have_their_forms_and_tell_their_places() {
    use ImportKind::{Arn, Bucket, GraphqlApi, GraphqlEndpoint, IdentityPool, Table, Text, UserPool, UserPoolClient};
    let uuid = "11111111-2222-3333-4444-555555555555";
    let endpoint = |region: &str| format!("https://abc123.appsync-api.{region}.amazonaws.com/graphql");
    let right = [
        (UserPool, "eu-west-1_AbCdEf123".to_owned()),
        (UserPoolClient, "1h57kf5cpq17m0eml12example".to_owned()),
        (IdentityPool, format!("eu-west-1:{uuid}")),
        (GraphqlApi, "abcdefghijklmnopqrstuvwxyz".to_owned()),
        (GraphqlEndpoint, endpoint("eu-west-1")),
        (GraphqlEndpoint, "https://api.example.com/graphql".to_owned()),
        (Bucket, "my-bucket.example".to_owned()),
        (Table, "Todo-abc-NONE".to_owned()),
        (Arn, "arn:aws:s3:::bucket".to_owned()),
        (Arn, "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()),
        (Arn, "arn:aws:sqs:eu-west-1:111111111111:queue".to_owned()),
        (Text, "us-east-1_AbCdEf123".to_owned()),
    ];
    for (kind, value) in right {
        assert_eq!(wrong(kind, &value, None), None, "{value}");
    }
    let malformed = [
        (UserPool, "eu-west-1:AbCdEf123".to_owned()),
        (UserPool, "eu-west-1_".to_owned()),
        (UserPool, "AbCdEf123".to_owned()),
        (UserPoolClient, "with space".to_owned()),
        (IdentityPool, "eu-west-1:1111".to_owned()),
        (GraphqlApi, "https://x".to_owned()),
        (GraphqlEndpoint, "http://api.example.com/graphql".to_owned()),
        (Bucket, "My-Bucket".to_owned()),
        (Bucket, "s3://bucket".to_owned()),
        (Table, "a".to_owned()),
        (Arn, "arn:aws:sqs:eu-west-1:1:queue".to_owned()),
        (Arn, "bucket".to_owned()),
        (Text, String::new()),
        (Text, "two\nlines".to_owned()),
        (Text, "x".repeat(4097)),
    ];
    for (kind, value) in malformed {
        assert_eq!(wrong(kind, &value, None), Some("invalid-import"), "{value}");
    }
    let elsewhere = [
        (UserPool, "us-east-1_AbCdEf123".to_owned()),
        (IdentityPool, format!("us-east-1:{uuid}")),
        (GraphqlEndpoint, endpoint("us-east-1")),
        (Arn, "arn:aws:sqs:us-east-1:111111111111:queue".to_owned()),
    ];
    for (kind, value) in elsewhere {
        assert_eq!(wrong(kind, &value, None), Some("import-region"), "{value}");
    }
    assert_eq!(wrong(Arn, "arn:aws:sqs:eu-west-1:222222222222:queue", None), Some("import-account"));
    assert_eq!(wrong(Bucket, "my-bucket", Some("us-east-1")), Some("import-region"), "the file tells its region");
}

#[test]
fn scripts_have_the_shape_that_amplify_writes() {
    let written = "/* eslint-disable */\n// WARNING: DO NOT EDIT. It will be overwritten.\n\n\
                   const awsmobile = {\n    \"aws_user_pools_id\": \"eu-west-1_A\"\n};\n\n\nexport default awsmobile;\n";
    let object = script::object(written).unwrap();
    assert_eq!(object["aws_user_pools_id"], "eu-west-1_A");
    let of = |text: &str| script::object(text).unwrap_err();
    assert_eq!(of("module.exports = {}"), "it does not begin with `const NAME = {`");
    assert_eq!(of("const a"), "it does not begin with `const NAME = {`");
    assert!(of("const a = { b: 1 };").starts_with("what follows `const a =` is no JSON: "));
    assert_eq!(of("const a = [];"), "what follows `const a =` is no object");
    assert_eq!(of("const a = {};\nexport const b = a;"), "`export default a;` does not follow the object");
    assert_eq!(of("const a = {};\nexport default b;"), "`export default a;` does not follow the object");
    assert_eq!(of("const a = {};\na.x = 1;\nexport default a;"), "`export default a;` does not follow the object");
    assert_eq!(of("const a = {};\nexport default a;\na.x = 1;"), "something follows `export default a`");
    assert_eq!(of("const a = {};\nexport default ab;"), "something follows `export default a`");
    assert_eq!(of("/* const a = {};"), "it does not begin with `const NAME = {`");
}

/// What becomes of the parameter `Pool`, or what is found wrong, where the import has some keys and the file some text.
fn resolved(keys: &str, file: &str, text: &str) -> Result<String, String> {
    let tables = format!(
        "[stage.imports.Id]\nfile = \"{file}\"\n{keys}\n\
         [[stage.stack]]\nname = \"app\"\ntemplate = \"app.yaml\"\nparameters = {{ Pool = {{ import = \"Id\" }} }}\n"
    );
    let (mut definition, _) = decode(Utf8Path::new("pipeline.toml"), &format!("{HEAD}{tables}")).unwrap();
    let texts = BTreeMap::from([(Utf8PathBuf::from(file), text.to_owned())]);
    match resolve(&mut definition, &texts).as_slice() {
        [] => Ok(definition.stages[0].stacks[0].parameters["Pool"].literal().unwrap().to_owned()),
        [finding, ..] => Err(format!("{}: {}", finding.key, finding.diagnostic.message)),
    }
}

#[test]
fn files_are_read_at_the_place_of_a_kind_or_at_a_key() {
    let outputs = r#"{"version": "1.5", "auth": {"user_pool_id": "eu-west-1_A", "aws_region": "eu-west-1"},
        "storage": {"bucket_name": "files", "aws_region": "us-east-1"},
        "custom": {"tables": [{"name": "Todo-x-NONE", "region": "eu-west-1"}], "empty": null}}"#;
    let of = |keys: &str| resolved(keys, "amplify_outputs.json", outputs);
    assert_eq!(of("kind = \"user-pool\""), Ok("eu-west-1_A".to_owned()));
    assert_eq!(of("kind = \"table\"\nkey = \"custom.tables.0.name\""), Ok("Todo-x-NONE".to_owned()));
    assert_eq!(of("kind = \"text\"\nkey = \"version\""), Ok("1.5".to_owned()));
    let refused = |keys: &str| of(keys).unwrap_err();
    assert_eq!(
        refused("kind = \"bucket\""),
        "file: import `Id`: `files` is of region `us-east-1`, but it is used in `eu-west-1`"
    );
    assert_eq!(
        refused("kind = \"identity-pool\""),
        "file: `amplify_outputs.json` does not tell the id of an identity pool: \
         it has no `auth.identity_pool_id` and no `aws_cognito_identity_pool_id`"
    );
    assert_eq!(
        refused("kind = \"text\"\nkey = \"auth.user_pool\""),
        "key: `amplify_outputs.json` has no `auth.user_pool`: there is no `user_pool`"
    );
    assert_eq!(
        refused("kind = \"text\"\nkey = \"custom.tables\""),
        "key: `custom.tables` of `amplify_outputs.json` is a list, not a single value"
    );
    assert_eq!(
        refused("kind = \"user-pool\"\nkey = \"version\""),
        "key: import `Id`: `1.5` is not the id of a user pool"
    );

    let exports = "const awsmobile = {\"aws_user_pools_id\": \"eu-west-1_B\", \"aws_cognito_region\": \"eu-west-1\"};\n\
                   export default awsmobile;\n";
    assert_eq!(resolved("kind = \"user-pool\"", "src/aws-exports.js", exports), Ok("eu-west-1_B".to_owned()));
    let refused = resolved("kind = \"user-pool\"", "src/aws-exports.js", "{}").unwrap_err();
    assert!(refused.starts_with("file: `src/aws-exports.js` is not in the shape that Amplify writes: "), "{refused}");
    let refused = resolved("kind = \"user-pool\"", "amplify_outputs.json", "const").unwrap_err();
    assert!(refused.starts_with("file: `amplify_outputs.json` is no JSON: "), "{refused}");
}
