use camino::Utf8Path;
use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn tree(root: &Value, nested: Vec<(&str, StackTree)>) -> StackTree {
    let nested = nested.into_iter().map(|(logical_id, tree)| (logical_id.to_owned(), tree)).collect();
    StackTree { template: Template::from_value(root.as_object().unwrap().clone()), nested }
}

fn leaf(root: &Value) -> StackTree {
    tree(root, Vec::new())
}

fn between(before: &Value, after: &Value) -> Difference {
    Difference::between(Some(&leaf(before)), &leaf(after), Values::default(), Rigour::Lenient)
}

fn given(before: &[(&str, &str)], after: &[(&str, &str)], template: &Value) -> Values {
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
    };
    Values::of(&leaf(template).template, &map(before), &map(after), Absent::Kept)
}

/// Each resource that differs: effect, name, and the places that differ.
fn told(difference: &Difference) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in &difference.resources {
        lines.push(format!("{:?} {}{}", resource.effect, resource.logical_id, places(&resource.changes)));
        lines.extend(resource.nested.iter().flat_map(|nested| told(nested)).map(|line| format!("  {line}")));
    }
    lines
}

fn places(changes: &[ValueChange]) -> String {
    let shown = |value: &Option<Value>| value.as_ref().map_or("none".to_owned(), crate::cfn::short_text);
    let place = |change: &ValueChange| {
        let follows =
            if change.follows.is_empty() { String::new() } else { format!(" by {}", change.follows.join(",")) };
        format!(" {}: {} > {}{follows}", change.path.join("."), shown(&change.before), shown(&change.after))
    };
    changes.iter().map(place).collect()
}

fn bucket(properties: &Value) -> Value {
    json!({ "Type": "AWS::S3::Bucket", "Properties": properties })
}

#[test]
fn resources_are_told_with_the_places_that_differ() {
    let before = json!({ "Resources": {
        "Same": bucket(&json!({ "BucketName": "x" })),
        "Renamed": bucket(&json!({ "BucketName": "a" })),
        "Tagged": bucket(&json!({ "Tags": [{ "Key": "a", "Value": "1" }, { "Key": "z", "Value": "9" }] })),
        "Gone": bucket(&json!({})),
    } });
    let after = json!({ "Resources": {
        "Same": bucket(&json!({ "BucketName": "x" })),
        "Renamed": bucket(&json!({ "BucketName": "b" })),
        "Tagged": bucket(&json!({ "Tags": [
            { "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }, { "Key": "z", "Value": "9" },
        ] })),
        "New": bucket(&json!({})),
    } });
    assert_eq!(
        told(&between(&before, &after)),
        [
            "Added New",
            "Replaced Renamed Properties.BucketName: a > b",
            r#"Changed Tagged Properties.Tags.1: none > {"Key":"b","Value":"2"}"#,
            "Removed Gone",
        ]
    );
}

#[test]
fn who_refers_to_a_replaced_resource_follows_it() {
    let template = |name: &str| {
        json!({ "Resources": {
            "Files": bucket(&json!({ "BucketName": name })),
            "Policy": { "Type": "AWS::S3::BucketPolicy", "Properties": { "Bucket": { "Ref": "Files" } } },
            "Code": { "Type": "AWS::Lambda::Function", "Properties": {
                "Environment": { "Variables": { "ARN": { "Fn::GetAtt": ["Files", "Arn"] } } },
            } },
            "Other": bucket(&json!({})),
        } })
    };
    assert_eq!(
        told(&between(&template("a"), &template("b"))),
        [
            "Changed Code Properties.Environment.Variables.ARN: ${Files.Arn} > ${Files.Arn} by Files",
            "Replaced Files Properties.BucketName: a > b",
            "PerhapsReplaced Policy Properties.Bucket: ${Files} > ${Files} by Files",
        ]
    );
}

#[test]
fn what_says_the_same_is_no_difference() {
    let before = json!({ "Resources": {
        "A": { "Type": "T::A::A", "Properties": { "Size": 3, "IsOpen": "true" }, "DependsOn": "B" },
        "B": { "Type": "T::A::A" },
    } });
    let after = json!({ "Conditions": {}, "Resources": {
        "A": { "Type": "T::A::A", "Properties": { "Size": "3", "IsOpen": true }, "DependsOn": ["B"] },
        "B": { "Type": "T::A::A", "Properties": {} },
    } });
    assert_eq!(between(&before, &after), Difference::default());
}

#[test]
fn intrinsic_functions_are_told_as_a_whole() {
    let template = |name: &str| json!({ "Resources": { "A": bucket(&json!({ "X": { "Ref": name } })) } });
    assert_eq!(told(&between(&template("P"), &template("Q"))), ["Changed A Properties.X: ${P} > ${Q}"]);
}

#[test]
fn a_value_reaches_the_resources_that_use_it() {
    let template = json!({
        "Parameters": { "Name": { "Type": "String" }, "Secret": { "Type": "String", "NoEcho": true } },
        "Resources": {
            "Used": bucket(&json!({ "BucketName": { "Ref": "Name" }, "X": [{ "Fn::Sub": "${Name}-x" }] })),
            "Other": bucket(&json!({ "BucketName": "x" })),
        },
    });
    let values =
        given(&[("Name", "a"), ("Secret", "****"), ("Kept", "k")], &[("Name", "b"), ("Secret", "s")], &template);
    assert_eq!(values.hidden, ["Secret"]);
    let difference = Difference::between(Some(&leaf(&template)), &leaf(&template), values, Rigour::Lenient);
    assert_eq!(places(&difference.values), " Name: a > b");
    assert_eq!(
        told(&difference),
        [
            "PerhapsReplaced Used Properties.BucketName: ${Name} > ${Name} by Name Properties.X.0: ${Name}-x > ${Name}-x by Name"
        ]
    );
    assert!(given(&[("Name", "a")], &[("Name", "a")], &template) == Values::default());
}

#[test]
fn a_value_that_is_given_no_more_is_the_default() {
    let template = leaf(&json!({
        "Parameters": {
            "Size": { "Type": "Number", "Default": 1 },
            "Same": { "Type": "String", "Default": "a" },
            "Url": { "Type": "String", "Default": "" },
            "Secret": { "Type": "String", "Default": "s", "NoEcho": true },
            "New": { "Type": "String", "Default": "n" },
        },
        "Resources": { "Files": bucket(&json!({ "Size": { "Ref": "Size" } })) },
    }));
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let deployed = map(&[("Size", "3"), ("Same", "a"), ("Url", "https://x"), ("Secret", "****"), ("Gone", "g")]);
    let later = BTreeSet::from(["Url".to_owned()]);
    let of = |absent| Values::of(&template.template, &deployed, &BTreeMap::new(), absent);
    let values = of(Absent::Default { later: &later });
    assert_eq!(places(&values.changes), " Size: 3 > 1");
    assert_eq!(
        (values.defaults.as_slice(), values.hidden.as_slice()),
        (&["Size".to_owned()][..], &["Secret".to_owned()][..])
    );
    assert_eq!(of(Absent::Kept), Values::default());

    let difference = Difference::between(Some(&template), &template, values, Rigour::Lenient);
    assert_eq!(told(&difference), ["Changed Files Properties.Size: ${Size} > ${Size} by Size"]);
    assert_eq!(difference.defaults, ["Size"]);
}

#[test]
fn other_sections_are_told_and_secrets_are_not() {
    let parameter = |default: &str| json!({ "Type": "String", "NoEcho": "true", "Default": default });
    let template = |default: &str, output: &str| {
        json!({
            "Parameters": { "Token": parameter(default) },
            "Resources": {},
            "Outputs": { "Url": { "Value": output } },
        })
    };
    let mut after = template("two", "there");
    after["Parameters"]["More"] = parameter("three");
    let difference = between(&template("one", "here"), &after);
    assert_eq!(
        places(&difference.sections),
        concat!(
            " Outputs.Url.Value: here > there",
            r#" Parameters.More: none > {"Default":"****","NoEcho":"true","Type":"String"}"#,
            " Parameters.Token.Default: **** > ****",
        )
    );
}

fn stack(url: &str, parameters: &Value) -> Value {
    json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": url, "Parameters": parameters } })
}

#[test]
fn nested_stacks_are_followed_down() {
    let key = |expires: u32| {
        leaf(&json!({ "Resources": {
            "Key": { "Type": "AWS::AppSync::ApiKey", "Properties": { "ApiId": "x", "Expires": expires } },
        } }))
    };
    let root = |hash: &str, more: &[&str]| {
        let mut resources = json!({ "data": stack(hash, &json!({})) });
        for name in more {
            resources[*name] = stack(name, &json!({}));
        }
        json!({ "Resources": resources })
    };
    let compare = |before: &StackTree, after: &StackTree, rigour| {
        told(&Difference::between(Some(before), after, Values::default(), rigour))
    };
    // Another address of the same template is none, nor is the end of a key that is counted from the synthesis.
    let before = tree(&root("1", &[]), vec![("data", key(1))]);
    let after = tree(&root("2", &[]), vec![("data", key(2))]);
    assert_eq!(compare(&before, &after, Rigour::Lenient), [""; 0]);
    assert_eq!(compare(&before, &after, Rigour::Strict), ["Changed data", "  Changed Key Properties.Expires: 1 > 2"]);
    // A stack that is added is told with what it holds; where a template is not known, its address counts.
    let added = tree(&root("2", &["auth"]), vec![("data", key(2)), ("auth", key(3))]);
    assert_eq!(compare(&before, &added, Rigour::Lenient), ["Added auth", "  Added Key"]);
    let unknown = leaf(&root("2", &[]));
    assert_eq!(compare(&before, &unknown, Rigour::Lenient), ["Changed data Properties.TemplateURL: 1 > 2"]);
}

#[test]
fn what_a_parent_gives_reaches_the_nested_stack() {
    let child = leaf(&json!({
        "Parameters": { "Key": { "Type": "String" }, "Secret": { "Type": "String", "NoEcho": true } },
        "Resources": { "Code": { "Type": "AWS::Lambda::Function", "Properties": { "Code": { "S3Key": { "Ref": "Key" } } } } },
    }));
    let root = |key: &str, secret: &str| {
        tree(
            &json!({ "Resources": { "function": stack("1", &json!({ "Key": key, "Secret": secret })) } }),
            vec![("function", child.clone())],
        )
    };
    let difference = Difference::between(Some(&root("a", "s")), &root("b", "t"), Values::default(), Rigour::Lenient);
    assert_eq!(
        told(&difference),
        [
            "Changed function Properties.Parameters.Key: a > b Properties.Parameters.Secret: **** > ****",
            "  Changed Code Properties.Code.S3Key: ${Key} > ${Key} by Key",
        ]
    );
}

#[test]
fn records_of_the_cdk_are_told_only_strictly() {
    let template = |analytics: &str| {
        json!({
            "Rules": { "CheckBootstrapVersion": { "Assertions": [analytics] } },
            "Resources": { "CDKMetadata": { "Type": "AWS::CDK::Metadata", "Properties": { "Analytics": analytics } } },
        })
    };
    let (before, after) = (leaf(&template("a")), leaf(&template("b")));
    let between = |rigour| Difference::between(Some(&before), &after, Values::default(), rigour);
    assert!(between(Rigour::Lenient).is_empty());
    assert_eq!(between(Rigour::Strict).resources.len(), 1);
    assert_eq!(between(Rigour::Strict).sections.len(), 1);
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
        Just(json!({ "Ref": "P" })),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[A-D]", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn templates() -> impl Strategy<Value = Value> {
    let resource =
        values().prop_map(|properties| json!({ "Type": "AWS::S3::Bucket", "Properties": { "X": properties } }));
    (prop::collection::btree_map("[A-D]", resource, 1..4), values())
        .prop_map(|(resources, output)| json!({ "Resources": resources, "Outputs": { "O": { "Value": output } } }))
}

/// The same as JSON with the keys of every object in the opposite order.
fn backwards(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let members: Vec<String> =
                object.iter().rev().map(|(key, value)| format!("{}:{}", json!(key), backwards(value))).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(backwards).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn nothing_differs_from_itself_in_whatever_order(template in templates()) {
        let file = Utf8Path::new("t.json");
        // References are not what this is about.
        let text = backwards(&template).replace("\"Ref\"", "\"Fn::GetAZs\"");
        let turned = Template::parse(file, &text).unwrap();
        let straight = Template::parse(file, &template.to_string().replace("\"Ref\"", "\"Fn::GetAZs\"")).unwrap();
        let tree = |template| StackTree { template, nested: IndexMap::new() };
        let difference =
            Difference::between(Some(&tree(straight)), &tree(turned), Values::default(), Rigour::Strict);
        prop_assert!(difference.is_empty());
    }

    #[test]
    fn what_differs_is_told_in_both_directions(one in templates(), other in templates()) {
        let (there, back) = (between(&one, &other), between(&other, &one));
        prop_assert_eq!(there.is_empty(), back.is_empty());
        prop_assert_eq!(there.resources.len(), back.resources.len());
        prop_assert_eq!(there.sections.len(), back.sections.len());
    }
}

#[test]
fn what_an_unknown_nested_stack_is_given_is_not_shown() {
    let root =
        |password: &str| json!({ "Resources": { "Auth": stack("https://x/a", &json!({ "Password": password })) } });
    assert_eq!(
        told(&between(&root("old"), &root("new"))),
        ["Changed Auth Properties.Parameters.Password: **** > ****"]
    );
}

#[test]
fn what_has_names_is_compared_by_them() {
    let line = |stages: &[(&str, &str)]| {
        let stages: Vec<Value> = stages
            .iter()
            .map(|(name, value)| {
                let variables = json!([{ "name": "A", "value": value }, { "name": "B", "value": "same" }]).to_string();
                json!({ "Name": name, "Actions": [{ "Name": "Run", "Configuration": { "Variables": variables } }] })
            })
            .collect();
        json!({ "Resources": { "L": { "Type": "AWS::CodePipeline::Pipeline", "Properties": { "Stages": stages } } } })
    };
    let places =
        |before: &[(&str, &str)], after: &[(&str, &str)]| told(&between(&line(before), &line(after))).join("\n");
    let inserted = places(&[("Build", "1"), ("Staging", "1")], &[("Build", "1"), ("Beta", "1"), ("Staging", "2")]);
    assert!(inserted.starts_with("Changed L Properties.Stages.Beta: none > "), "{inserted}");
    let changed = " Properties.Stages.Staging.Actions.Run.Configuration.Variables.A.value: 1 > 2";
    assert!(inserted.ends_with(changed), "{inserted}");
    assert_eq!(
        places(&[("Build", "1"), ("Staging", "1")], &[("Staging", "1"), ("Build", "1")]),
        r#"Changed L Properties.Stages.(order): ["Build","Staging"] > ["Staging","Build"]"#
    );
}

#[test]
fn json_that_is_only_written_otherwise_is_told_as_it_is_written() {
    let template = |text: &str| json!({ "Resources": { "A": bucket(&json!({ "X": text })) } });
    let found = told(&between(&template(r#"{"a":1}"#), &template(r#"{ "a": 1 }"#)));
    assert_eq!(found, [r#"Changed A Properties.X: {"a":1} > { "a": 1 }"#]);
}
