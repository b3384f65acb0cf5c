//! Rights of functions on resources.

use serde_json::json;

use super::*;

#[test]
fn a_grant_adds_a_policy_and_waits_for_it() {
    let mut overrides = grant("function/Function", "auth/Pool");
    overrides.grants.push(Grant {
        to: "function/Function".to_owned(),
        actions: vec!["sns:Publish".to_owned(), "sns:Subscribe".to_owned()],
        on: "Topic".to_owned(),
        paths: vec![String::new(), "/*".to_owned()],
    });
    let tree = changed(&overrides);
    let statements = json!([
        { "Action": "a:B", "Effect": "Allow", "Resource": { "Ref": "authPoolArn" } },
        {
            "Action": ["sns:Publish", "sns:Subscribe"], "Effect": "Allow",
            "Resource": [{ "Ref": "TopicRef" }, { "Fn::Join": ["", [{ "Ref": "TopicRef" }, "/*"]] }],
        },
    ]);
    assert_eq!(
        at(&tree, "function", "Resources/RoleDefaultPolicy"),
        &json!({ "Type": "AWS::IAM::Policy", "Properties": {
            "PolicyName": "RoleDefaultPolicy", "Roles": [{ "Ref": "Role" }],
            "PolicyDocument": { "Statement": statements, "Version": "2012-10-17" },
        } })
    );
    assert_eq!(at(&tree, "function", "Resources/Function/DependsOn"), &json!(["RoleDefaultPolicy"]));
    let tree = changed(&grant("function/Role", "function/Function"));
    assert_eq!(
        at(&tree, "function", "Resources/RoleDefaultPolicy/Properties/PolicyDocument/Statement/0/Resource"),
        &json!({ "Fn::GetAtt": ["Function", "Arn"] }),
        "a role may have rights on the function that has it"
    );
}

#[test]
fn a_stack_with_one_function_stands_for_it() {
    assert_eq!(changed(&grant("function", "auth/Pool")), changed(&grant("function/Function", "auth/Pool")));
    let mut tree = tree();
    let template = &mut tree.below_mut(&["function".to_owned()]).unwrap().template;
    let another = json!({ "Type": "AWS::Lambda::Function", "Properties": {} });
    template.root_mut()["Resources"].as_object_mut().unwrap().insert("Another".to_owned(), another);
    assert_eq!(
        told(&mut tree, &grant("function", "auth/Pool")),
        [
            "grant to `function`: it is of type `AWS::CloudFormation::Stack` and has no role in its own stack; name a function, or the role itself"
        ]
    );
}

#[test]
fn a_grant_leaves_policies_of_others_alone() {
    let mut tree = tree();
    let template = &mut tree.below_mut(&["function".to_owned()]).unwrap().template;
    let both = json!({ "Type": "AWS::IAM::Policy", "Properties": { "Roles": [{ "Ref": "Role" }, "other"] } });
    template.root_mut()["Resources"].as_object_mut().unwrap().insert("RoleDefaultPolicy".to_owned(), both.clone());
    assert_eq!(told(&mut tree, &grant("function/Function", "auth/Pool")), [""; 0]);
    assert_eq!(at(&tree, "function", "Resources/RoleDefaultPolicy"), &both);
    let own = "Resources/RoleDefaultPolicy2/Properties";
    assert_eq!(at(&tree, "function", &format!("{own}/Roles")), &json!([{ "Ref": "Role" }]));
    assert_eq!(at(&tree, "function", &format!("{own}/PolicyName")), "RoleDefaultPolicy2");
}

#[test]
fn a_grant_on_what_has_no_arn_is_refused() {
    let mut tree = tree();
    let template = &mut tree.below_mut(&["auth".to_owned()]).unwrap().template;
    let identities = json!({ "Type": "AWS::Cognito::IdentityPool", "Properties": {} });
    template.root_mut()["Resources"].as_object_mut().unwrap().insert("Identities".to_owned(), identities);
    assert_eq!(
        told(&mut tree, &grant("function/Function", "auth/Identities")),
        [
            "grant on `auth/Identities`: a template cannot tell the ARN of an `AWS::Cognito::IdentityPool`; a policy of a \
          stack of yours, attached to the role, can build it from the resource's identifier"
        ]
    );
}

#[test]
fn a_grant_that_closes_a_circle_is_refused() {
    assert!(refused(&grant("function/Function", "function/Function"))[0].contains("wait for each other in a circle"));
    let mut tree = tree();
    let function = |resource: &str, attribute: &str| {
        Setting::Reference(ResourceReference { resource: resource.to_owned(), attribute: Some(attribute.to_owned()) })
    };
    let trigger = Override {
        set: [("LambdaConfig.PostConfirmation".parse().unwrap(), function("function/Function", "Arn"))].into(),
        ..named("auth/Pool")
    };
    let overrides = Overrides { resources: vec![trigger], ..grant("function/Function", "auth/Pool") };
    assert_eq!(
        told(&mut tree, &overrides),
        [
            "after the overrides of the stack: resources wait for each other in a circle, among `auth` and `function`; a value \
          that one resource needs of another makes it wait for that one"
        ]
    );
    assert!(refused(&grant("Topic", "auth/Pool"))[0].starts_with("grant to `Topic`: it is of type `AWS::SNS::Topic`"));
}
