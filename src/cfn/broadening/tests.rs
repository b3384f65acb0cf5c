//! What counts as a broadening, and what does not.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::*;

fn tree(root: &Value) -> StackTree {
    StackTree { template: Template::from_value(root.as_object().unwrap().clone()), nested: IndexMap::new() }
}

/// A stack of a resource `R`.
fn stack(resource_type: &str, properties: &Value) -> StackTree {
    tree(&json!({ "Resources": { "R": { "Type": resource_type, "Properties": properties } } }))
}

/// What is told of a change, where these parameters have other values.
fn told_of(former: Option<&StackTree>, wanted: &StackTree, values: &[&str], unknown: Unknown) -> Vec<String> {
    let found = broadenings(former, wanted, &values.iter().copied().collect(), unknown);
    found.into_iter().map(|found| format!("{}: {}", found.logical_id, found.permits)).collect()
}

fn told(former: &StackTree, wanted: &StackTree) -> Vec<String> {
    told_of(Some(former), wanted, &[], Unknown::PerhapsOther)
}

/// A role with one statement.
fn role(statement: &Value) -> StackTree {
    stack("AWS::IAM::Role", &json!({ "Policies": [{ "PolicyDocument": { "Statement": [statement] } }] }))
}

fn permits(former: &Value, now: &Value) -> Vec<String> {
    told(&role(former), &role(now)).into_iter().map(|text| text.replacen("R: ", "", 1)).collect()
}

#[test]
fn what_was_permitted_before_is_no_broadening() {
    let wide = json!({ "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*" });
    let narrow = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": ["*"] });
    assert_eq!(permits(&wide, &wide), [""; 0]);
    assert_eq!(permits(&wide, &narrow), [""; 0]);
    assert_eq!(permits(&narrow, &wide), ["allows s3:GetObject, s3:PutObject on *"]);
    assert_eq!(told_of(None, &role(&narrow), &[], Unknown::AsBefore).len(), 1);
    // A text is not what it looks like.
    let literal = json!({ "Effect": "Allow", "Action": "a:B", "Resource": "${Target}" });
    let mut reference = literal.clone();
    reference["Resource"] = json!({ "Ref": "Target" });
    assert_eq!(permits(&literal, &reference).len(), 1);
}

#[test]
fn a_condition_that_is_gone_and_a_denial_that_is_gone_are_broadenings() {
    let allow = json!({ "Effect": "Allow", "Action": "a:B", "Resource": "*" });
    let mut bounded = allow.clone();
    bounded["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
    assert_eq!(permits(&allow, &bounded), [""; 0]);
    assert_eq!(permits(&bounded, &allow), ["allows a:B on *"]);
    let mut deny = allow.clone();
    deny["Effect"] = json!("Deny");
    let other = json!({ "Effect": "Deny", "Action": "x:Y", "Resource": "*" });
    assert_eq!(permits(&deny, &other), ["no longer denies a:B on *"]);
    // What denies or not by a value that is not seen does both.
    let mut open = allow.clone();
    open["Effect"] = json!({ "Ref": "Effect" });
    assert_eq!(permits(&open, &allow).len(), 2);
    let but = json!({ "Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:x", "Principal": { "AWS": "*" } });
    assert_eq!(permits(&allow, &but), ["allows everything but iam:* on everything but arn:x to AWS *"]);
}

#[test]
fn a_resource_that_denies_is_not_removed_in_silence() {
    let policy = |effect: &str| {
        let statement = json!([{ "Effect": effect, "Action": "s3:*", "Resource": "*", "Principal": "*" }]);
        stack("AWS::S3::BucketPolicy", &json!({ "Bucket": "files", "PolicyDocument": { "Statement": statement } }))
    };
    let nothing = tree(&json!({ "Resources": {} }));
    assert_eq!(told(&policy("Deny"), &nothing), ["R: no longer denies s3:* on * to *"]);
    assert_eq!(told(&policy("Allow"), &nothing), [""; 0]);
    let deny = json!({ "Effect": "Deny", "Action": "a:B", "Resource": "*" });
    assert_eq!(told(&role(&deny), &nothing), [""; 0], "a role goes with what it is denied");
    assert_eq!(told(&policy("Deny"), &role(&deny)), ["R: no longer denies s3:* on * to *"], "of another type");
}

#[test]
fn whom_a_policy_is_for_counts() {
    let policy = |effect: &str, roles: &[&str]| {
        let statement = json!({ "Effect": effect, "Action": "a:B", "Resource": "*" });
        let document = json!({ "Statement": [statement] });
        stack("AWS::IAM::Policy", &json!({ "PolicyName": roles.len(), "Roles": roles, "PolicyDocument": document }))
    };
    assert_eq!(told(&policy("Allow", &["a"]), &policy("Allow", &["a", "b"])), ["R: the policy's rights for role b"]);
    assert_eq!(told(&policy("Allow", &["a", "b"]), &policy("Allow", &["a"])), [""; 0]);
    assert_eq!(
        told(&policy("Deny", &["a", "b"]), &policy("Deny", &["a"])),
        ["R: no longer the policy's denials for role b"]
    );
    let queues = |queues: &[&str]| {
        let statement = json!({ "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Principal": "*" });
        stack("AWS::SQS::QueuePolicy", &json!({ "Queues": queues, "PolicyDocument": { "Statement": statement } }))
    };
    assert_eq!(told(&queues(&["a"]), &queues(&["a", "b"])), ["R: the policy's rights for queue b"]);
    let scaling = |target: &str| stack("AWS::AutoScaling::ScalingPolicy", &json!({ "AutoScalingGroupName": target }));
    assert_eq!(told(&scaling("a"), &scaling("b")), [""; 0]);
}

/// A form of rights: a type, its properties before and after, and what is told of the change.
type Case = (&'static str, Value, Value, &'static [&'static str]);

#[test]
fn every_form_of_rights_counts() {
    const POLICY: &str = r#"{"Statement":{"Effect":"Allow","Action":"a:B","Resource":"*","Principal":"x"}}"#;
    let joined = |action: &str| {
        let text = format!("{{\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"{action}\",\"Resource\":\"");
        json!({ "PolicyDocument": { "Fn::Join": ["", [text, { "Fn::GetAtt": ["Logs", "Arn"] }, "\"}]}"]] } })
    };
    let url = |who: &str| json!({ "AuthType": who, "TargetFunctionArn": "f" });
    let cases: Vec<Case> = vec![
        ("AWS::IAM::Role", json!({}), json!({ "ManagedPolicyArns": ["arn:a"] }), &["the managed policy arn:a"]),
        (
            "AWS::IAM::Role",
            json!({ "ManagedPolicyArns": ["arn:a"] }),
            json!({}),
            &["no longer the managed policy arn:a"],
        ),
        ("AWS::IAM::Role", json!({ "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }), json!({}), &[]),
        (
            "AWS::IAM::Role",
            json!({ "ManagedPolicyArns": [{ "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSDenyAll" }] }),
            json!({}),
            &["no longer the managed policy arn:${AWS::Partition}:iam::aws:policy/AWSDenyAll"],
        ),
        ("AWS::IAM::Role", json!({ "PermissionsBoundary": "arn:b" }), json!({}), &["no longer bounded by arn:b"]),
        ("AWS::IAM::Role", json!({}), json!({ "PermissionsBoundary": "arn:b" }), &[]),
        ("AWS::IAM::User", json!({}), json!({ "Groups": ["admins"] }), &["membership of the group admins"]),
        ("AWS::Lambda::Function", json!({ "Role": "a" }), json!({ "Role": "b" }), &["acts as b"]),
        ("AWS::SSO::PermissionSet", json!({}), json!({ "ManagedPolicies": ["arn:a"] }), &["the managed policy arn:a"]),
        ("AWS::Serverless::Function", json!({}), json!({ "Policies": "Admin" }), &["the policy Admin"]),
        ("AWS::Logs::ResourcePolicy", json!({}), json!({ "PolicyDocument": POLICY }), &["allows a:B on * to x"]),
        (
            "AWS::Logs::ResourcePolicy",
            json!({ "PolicyDocument": POLICY }),
            json!({ "PolicyDocument": { "Fn::Sub": POLICY } }),
            &[],
        ),
        ("AWS::Lambda::Url", url("AWS_IAM"), url("AWS_IAM"), &[]),
        (
            "AWS::Lambda::Url",
            url("AWS_IAM"),
            url("NONE"),
            &[r#"calls of a function by everybody: {"AuthType":"NONE","TargetFunctionArn":"f"}"#],
        ),
        ("AWS::Lambda::Url", url("NONE"), url("AWS_IAM"), &[]),
        ("AWS::Cognito::IdentityPool", json!({}), json!({ "AllowUnauthenticatedIdentities": false }), &[]),
        (
            "AWS::Cognito::IdentityPool",
            json!({ "AllowUnauthenticatedIdentities": false }),
            json!({ "AllowUnauthenticatedIdentities": true }),
            &["identities for everybody: true"],
        ),
        (
            "AWS::EC2::SecurityGroup",
            json!({ "SecurityGroupEgress": [{ "CidrIp": "10.0.0.0/8" }] }),
            json!({}),
            &["traffic to everywhere, since it has no SecurityGroupEgress"],
        ),
        (
            "AWS::EC2::SecurityGroup",
            json!({ "SecurityGroupEgress": [] , "SecurityGroupIngress": [] }),
            json!({ "SecurityGroupEgress": [] , "SecurityGroupIngress": [{ "CidrIp": "0.0.0.0/0" }] }),
            &[r#"traffic (SecurityGroupIngress): {"CidrIp":"0.0.0.0/0"}"#],
        ),
        (
            "AWS::WAFv2::WebACL",
            json!({ "Rules": [{ "Statement": { "GeoMatchStatement": { "CountryCodes": ["a"] } } }] }),
            json!({ "Rules": [{ "Statement": { "GeoMatchStatement": { "CountryCodes": ["b"] } } }] }),
            &[],
        ),
        (
            "My::Own::Thing::MODULE",
            json!({}),
            json!({ "Size": 1 }),
            &[r#"what a module makes of {"Size":1}"#, "no longer what a module makes of {}"],
        ),
    ];
    for (resource_type, before, after, expected) in cases {
        let found = told(&stack(resource_type, &before), &stack(resource_type, &after));
        let expected: Vec<String> = expected.iter().map(|text| format!("R: {text}")).collect();
        assert_eq!(found, expected, "{resource_type}: {before} to {after}");
    }
    let logs = |action: &str| stack("AWS::Logs::ResourcePolicy", &joined(action));
    assert_eq!(told(&logs("a:B"), &logs("a:B")), [""; 0]);
    let found = told(&logs("a:B"), &logs("a:*"));
    assert_eq!(found.len(), 2, "what cannot be read may allow more or deny less: {found:?}");
}

#[test]
fn values_are_followed_to_the_rights_that_depend_on_them() {
    let statement = |effect: &str, more: Value| {
        let mut statement = json!({ "Effect": effect, "Action": "a:B", "Resource": "*" });
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        statement
    };
    let here =
        |statement: &Value, value: &str| {
            let mut tree = role(statement);
            let root = tree.template.root_mut();
            for name in ["Id", "Other"] {
                root.entry("Parameters").or_insert_with(|| json!({}))[name] = json!({ "Type": "String" });
            }
            root.insert("Mappings".to_owned(), json!({ "Ranges": { "all": { "is": value } } }));
            root.insert("Conditions".to_owned(), json!({
            "IsOn": { "Fn::Equals": [{ "Ref": "Id" }, "on"] }, "IsWide": { "Fn::Not": [{ "Condition": "IsOn" }] },
            "Is": { "Fn::Equals": [value, "b"] },
        }));
            tree
        };
    let external = json!({ "Condition": { "StringEquals": { "sts:ExternalId": { "Ref": "Id" } } } });
    let mapped = json!({ "Resource": { "Fn::FindInMap": ["Ranges", "all", "is"] } });
    let chosen = json!({ "Resource": { "Fn::If": ["IsWide", "*", "arn:x"] } });
    let decided = json!({ "Resource": { "Fn::If": ["Is", "*", "arn:x"] } });
    for (statement, reason) in [
        (statement("Allow", external), "Id"),
        (statement("Deny", json!({ "Resource": { "Fn::Sub": "arn:${Id}" } })), "Id"),
        (statement("Allow", json!({ "NotResource": { "Ref": "Id" } })), "Id"),
        (statement("Allow", mapped), "mapping `Ranges`"),
        (statement("Allow", chosen), "condition `IsWide`"),
        (statement("Allow", decided), "condition `Is`"),
        (
            statement("Allow", json!({ "Resource": { "Fn::GetStackOutput": ["other", "Arn"] } })),
            "another stack puts out",
        ),
    ] {
        let (before, after) = (here(&statement, "a"), here(&statement, "b"));
        let found = told_of(Some(&before), &after, &["Id"], Unknown::PerhapsOther);
        assert!(matches!(found.as_slice(), [only] if only.contains(reason)), "{statement}: {found:?}");
        let same = told_of(Some(&before), &before, &["Other"], Unknown::AsBefore);
        assert_eq!(same, [""; 0], "{statement}");
    }
}

#[test]
fn what_is_there_under_a_condition_is_new_without_it() {
    let policy = |condition: Option<&str>, definition: &str| {
        let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        let mut resource = json!({ "Type": "AWS::IAM::ManagedPolicy", "Properties": {
            "PolicyDocument": { "Statement": statement },
        } });
        if let Some(condition) = condition {
            resource["Condition"] = condition.into();
        }
        tree(
            &json!({ "Conditions": { "IsAdmin": { "Fn::Equals": [definition, "yes"] } }, "Resources": { "R": resource } }),
        )
    };
    assert_eq!(told(&policy(Some("IsAdmin"), "no"), &policy(None, "no")), ["R: allows * on *"]);
    assert_eq!(told(&policy(None, "no"), &policy(Some("IsAdmin"), "no")), [""; 0]);
    assert_eq!(
        told(&policy(Some("IsAdmin"), "no"), &policy(Some("IsAdmin"), "yes")),
        ["R: allows * on *, with another outcome of the condition `IsAdmin`"]
    );
    let allow = json!({ "Effect": "Allow", "Action": "a:B", "Resource": "*" });
    let branched = json!({ "Fn::If": ["IsAdmin", allow, { "Ref": "AWS::NoValue" }] });
    assert_eq!(permits(&branched, &branched), [""; 0]);
    assert_eq!(permits(&branched, &allow), ["allows a:B on *"]);
    let mut deny = allow.clone();
    deny["Effect"] = "Deny".into();
    let branched = json!({ "Fn::If": ["IsAdmin", deny, { "Ref": "AWS::NoValue" }] });
    assert_eq!(permits(&deny, &branched), ["no longer denies a:B on *"]);
}

#[test]
fn a_template_with_macros_is_asked_about_whenever_it_changes() {
    let template = |size: u8| {
        tree(&json!({
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": { "F": { "Type": "AWS::Serverless::Function", "Properties": { "MemorySize": size } } },
        }))
    };
    let transform = "Transform: perhaps more: what macros make of the template is known only when it is deployed";
    assert_eq!(told(&template(1), &template(1)), [""; 0]);
    assert_eq!(told(&template(1), &template(2)), [transform]);
    assert_eq!(told_of(Some(&template(1)), &template(1), &["Size"], Unknown::AsBefore), [transform]);
}

/// A stack with a nested one, `Api`, which is given parameters.
fn parent(given: &Value, nested: Option<StackTree>) -> StackTree {
    let mut tree = tree(&json!({
        "Parameters": { "Principal": { "Type": "String" } },
        "Resources": {
            "Api": { "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": "u", "Parameters": given } },
            "R": { "Type": "AWS::Lambda::Permission", "Properties": { "Principal": { "Fn::GetAtt": ["Api", "Outputs.Who"] } } },
        },
    }));
    tree.nested.extend(nested.map(|nested| ("Api".to_owned(), nested)));
    tree
}

/// The nested stack: whose role may be assumed, by default and if it is given.
fn nested(default: &str) -> StackTree {
    let trust = json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": { "Ref": "Who" } } }]);
    tree(&json!({
        "Parameters": { "Who": { "Type": "String", "Default": default }, "Size": { "Type": "String", "Default": "1" } },
        "Resources": { "Role": { "Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": { "Statement": trust },
        } } },
        "Outputs": { "Who": { "Value": { "Ref": "Who" } }, "Size": { "Value": { "Ref": "Size" } } },
    }))
}

#[test]
fn nested_stacks_are_looked_into() {
    let before = parent(&json!({}), Some(nested("a")));
    assert_eq!(told(&before, &before), [""; 0]);
    let role = "Api/Role: allows sts:AssumeRole to AWS ${Who}, with another value of `Who`";
    let permission = r#"R: calls of a function: {"Principal":{"Fn::GetAtt":["Api","Outputs.Who"]}}, with another value of `Api.Outputs.Who`"#;
    assert_eq!(told(&before, &parent(&json!({}), Some(nested("b")))), [permission, role], "another default");
    let given = parent(&json!({ "Who": { "Ref": "Principal" } }), Some(nested("a")));
    assert_eq!(told(&before, &given), [permission, role], "given otherwise");
    assert_eq!(told(&given, &given), [""; 0]);
    let found = told_of(Some(&given), &given, &["Principal"], Unknown::AsBefore);
    assert_eq!(found, [permission, role], "by a value of the parent");
    assert_eq!(told(&before, &parent(&json!({ "Size": "2" }), Some(nested("a")))), [""; 0], "nothing depends on it");

    let mut wider = nested("a");
    wider.template.root_mut()["Resources"]["More"] = json!({ "Type": "AWS::IAM::Role", "Properties": {
        "ManagedPolicyArns": ["arn:admin"],
    } });
    assert_eq!(told(&before, &parent(&json!({}), Some(wider))), ["Api/More: the managed policy arn:admin"]);
    let new = told_of(None, &before, &[], Unknown::PerhapsOther);
    assert!(new.contains(&"Api/Role: allows sts:AssumeRole to AWS ${Who}".to_owned()), "{new:?}");
}

#[test]
fn nested_stacks_of_which_nothing_is_known_are_asked_about() {
    let unknown = parent(&json!({}), None);
    let perhaps = "Api: perhaps more: the template of the nested stack is not among the assets";
    let found = told(&unknown, &unknown);
    assert!(found.contains(&perhaps.to_owned()) && found.len() == 2, "its outputs are not known either: {found:?}");
    assert_eq!(told_of(Some(&unknown), &unknown, &[], Unknown::AsBefore), [""; 0]);
    let changed = parent(&json!({ "Who": "b" }), None);
    assert!(told_of(Some(&unknown), &changed, &[], Unknown::AsBefore).contains(&perhaps.to_owned()));
    let nothing = tree(&json!({ "Resources": {} }));
    assert_eq!(told(&unknown, &nothing), ["Api: perhaps more: what the removed stack denied cannot be read"]);
}

#[test]
fn a_nested_stack_that_goes_takes_its_denials_along() {
    let statement = json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*" });
    let denying = stack("AWS::S3::BucketPolicy", &json!({ "PolicyDocument": { "Statement": statement } }));
    let before = parent(&json!({}), Some(denying.clone()));
    let denial = "Api/R: no longer denies s3:* on * to *".to_owned();
    let nothing = tree(&json!({ "Resources": {} }));
    assert_eq!(told(&before, &nothing), std::slice::from_ref(&denial));
    let mut conditional = before.clone();
    conditional.template.resource_mut("Api").unwrap().insert("Condition".to_owned(), "IsOn".into());
    assert!(told(&before, &conditional).contains(&denial));
}
