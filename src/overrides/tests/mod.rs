//! Changes of small trees.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::*;
use crate::cfn::{StackTree, Template};

mod conditions;
mod grants;

fn stack(template: &Value, nested: Vec<(&str, StackTree)>) -> StackTree {
    let template = Template::from_value(template.as_object().unwrap().clone());
    StackTree { template, nested: nested.into_iter().map(|(id, stack)| (id.to_owned(), stack)).collect() }
}

fn nested() -> Value {
    json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": "x" } })
}

/// A pool beside a function whose role has no further rights; a table two levels down.
fn tree() -> StackTree {
    let auth = json!({ "Resources": { "Pool": { "Type": "AWS::Cognito::UserPool", "Properties": { "UserPoolName": { "Ref": "AWS::StackName" } } } } });
    let function = json!({ "Resources": {
        "Role": { "Type": "AWS::IAM::Role", "Properties": {} },
        "Function": { "Type": "AWS::Lambda::Function", "Properties": { "Role": { "Fn::GetAtt": ["Role", "Arn"] } } },
    } });
    let table = json!({ "Resources": { "Table": { "Type": "AWS::DynamoDB::Table", "Properties": { "BillingMode": "PROVISIONED" } } } });
    let data = stack(&json!({ "Resources": { "Todo": nested() } }), vec![("Todo", stack(&table, vec![]))]);
    let root = json!({ "Resources": {
        "auth": nested(), "function": nested(), "data": nested(), "Topic": { "Type": "AWS::SNS::Topic" },
    } });
    stack(&root, vec![("auth", stack(&auth, vec![])), ("function", stack(&function, vec![])), ("data", data)])
}

fn change(selector: Selector) -> Override {
    Override {
        selector,
        reach: Reach::One,
        set: IndexMap::new(),
        replacement: Replacement::Merge,
        delete: Vec::new(),
        removal_policy: None,
        tags: IndexMap::new(),
        depends_on: Vec::new(),
    }
}

fn named(name: &str) -> Override {
    change(Selector::Resource(name.to_owned()))
}

fn setting(name: &str, path: &str, value: Value) -> Override {
    Override { set: [(path.parse().unwrap(), Setting::Literal(value))].into(), ..named(name) }
}

fn grant(to: &str, on: &str) -> Overrides {
    let grant = Grant { to: to.to_owned(), actions: vec!["a:B".to_owned()], on: on.to_owned(), paths: Vec::new() };
    Overrides { grants: vec![grant], ..Overrides::default() }
}

fn of(resources: Vec<Override>) -> Overrides {
    Overrides { resources, ..Overrides::default() }
}

/// The findings, each with its remedies.
fn told(tree: &mut StackTree, overrides: &Overrides) -> Vec<String> {
    let aliases = [Alias { name: "storage".to_owned(), logical_id: "data".to_owned() }];
    let findings = apply(tree, overrides, &aliases).into_iter().map(|finding| finding.diagnostic);
    findings.map(|finding| [vec![finding.message], finding.help].concat().join("; ")).collect()
}

fn changed(overrides: &Overrides) -> StackTree {
    let mut tree = tree();
    assert_eq!(told(&mut tree, overrides), [""; 0]);
    tree
}

fn refused(overrides: &Overrides) -> Vec<String> {
    told(&mut tree(), overrides)
}

fn at<'a>(tree: &'a StackTree, stack: &str, pointer: &str) -> &'a Value {
    let path: Vec<String> = stack.split('/').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let root = tree.below(&path).unwrap().template.root();
    let (section, below) = pointer.split_once('/').unwrap_or((pointer, ""));
    let pointer = if below.is_empty() { String::new() } else { format!("/{below}") };
    root.get(section).and_then(|section| section.pointer(&pointer)).unwrap_or(&Value::Null)
}

#[test]
fn resources_are_found_by_logical_ids_types_and_categories() {
    let billing = "Resources/Table/Properties/BillingMode";
    for name in ["data/Todo/Table", "storage/Todo/Table"] {
        let tree = changed(&of(vec![setting(name, "BillingMode", json!("PAY_PER_REQUEST"))]));
        assert_eq!(at(&tree, "data/Todo", billing), "PAY_PER_REQUEST", "{name}");
    }
    let by_type = Override {
        removal_policy: Some(RemovalPolicy::RetainOnUpdateOrDelete),
        ..change(Selector::Type("AWS::Cognito::UserPool".to_owned()))
    };
    let tree = changed(&of(vec![by_type]));
    assert_eq!(at(&tree, "auth", "Resources/Pool/DeletionPolicy"), "RetainExceptOnCreate");
    assert_eq!(at(&tree, "auth", "Resources/Pool/UpdateReplacePolicy"), "Retain");
}

#[test]
fn what_is_not_there_is_refused_with_what_is_near() {
    let set = |name: &str| of(vec![setting(name, "DisplayName", json!("x"))]);
    assert_eq!(
        refused(&set("auth/Pol")),
        [
            "an override names a resource `auth/Pol`, which is not there; a resource with a similar name exists: `auth/Pool`"
        ]
    );
    assert_eq!(
        refused(&set("storage/Todo/Tabl")),
        [
            "an override names a resource `storage/Todo/Tabl`, which is not there; a resource with a similar name exists: `storage/Todo/Table`"
        ]
    );
    assert_eq!(
        refused(&set("api/whatever/Table")),
        [
            "an override names a resource `api/whatever/Table`, which is not there; resources whose names end alike: `data/Todo/Table`"
        ]
    );
    let stacks = |reach| Override {
        reach,
        delete: vec!["TemplateURL".parse().unwrap()],
        ..change(Selector::Type("AWS::CloudFormation::Stack".to_owned()))
    };
    assert_eq!(
        refused(&of(vec![stacks(Reach::One)])),
        [
            "an override names the type `AWS::CloudFormation::Stack`, but 4 resources are meant by it: `auth`, `data`, `function` \
          and `data/Todo`; `all = true` changes all of them"
        ]
    );
    changed(&of(vec![stacks(Reach::All)]));
    let wrong = change(Selector::Type("AWS::Cognito::UserPol".to_owned()));
    assert_eq!(
        refused(&of(vec![wrong])),
        [
            "an override names the type `AWS::Cognito::UserPol`, which no resource has; a type with a similar name exists: \
          `AWS::Cognito::UserPool`"
        ]
    );
}

#[test]
fn what_is_probably_not_meant_is_told() {
    assert_eq!(
        refused(&of(vec![setting("auth/Pool", "UserPoolNam", json!("x"))])),
        [
            "override of `auth/Pool`: `UserPoolNam` is not known to be a property of `AWS::Cognito::UserPool`; a property with \
          a similar name exists: `UserPoolName`"
        ]
    );
    assert_eq!(
        refused(&of(vec![setting("auth/Pool", "UserPoolName", json!("x"))])),
        ["override of `auth/Pool`: `UserPoolName` cannot be changed: `UserPoolName` is an intrinsic function; \
          `replace = true` puts the new value in its place"]
    );
    let replaced = Override { replacement: Replacement::Replace, ..setting("auth/Pool", "UserPoolName", json!("x")) };
    assert_eq!(at(&changed(&of(vec![replaced])), "auth", "Resources/Pool/Properties/UserPoolName"), "x");
    let deleting = Override { delete: vec!["Policies".parse().unwrap()], ..named("auth/Pool") };
    assert_eq!(
        refused(&of(vec![deleting])),
        ["override of `auth/Pool`: there is no `Policies` to delete; remove it from `delete`"]
    );
    assert_eq!(
        refused(&of(vec![setting("Topic", "DisplayName", json!({ "Ref": "Nothing" }))])),
        [
            "after the overrides of the stack: `Nothing` is referred to, but the template declares no such resource or parameter"
        ]
    );
    let mut cognito = grant("function/Function", "auth/Pool");
    cognito.grants[0].actions = vec!["cognito:AdminGetUser".to_owned()];
    assert_eq!(
        refused(&cognito),
        [
            "grant of `cognito:AdminGetUser`: user pools have no actions of this prefix; write `cognito-idp:AdminGetUser`"
        ]
    );
}

fn tagged(resources: Value, changes: Vec<Override>) -> Value {
    let mut tree = stack(&json!({ "Resources": resources }), vec![]);
    assert_eq!(told(&mut tree, &of(changes)), [""; 0]);
    tree.template.root()["Resources"].clone()
}

fn tags(selector: Selector) -> Override {
    Override { reach: Reach::All, tags: [("team".to_owned(), "web".to_owned())].into(), ..change(selector) }
}

#[test]
fn tags_are_lists_or_tables_by_type() {
    let resources = json!({
        "Api": { "Type": "AWS::AppSync::GraphQLApi", "Properties": { "Tags": [{ "Key": "a", "Value": "b" }, { "Key": "z", "Value": "y" }] } },
        "Bucket": { "Type": "AWS::S3::Bucket" },
        "Group": { "Type": "AWS::AutoScaling::AutoScalingGroup" },
        "Identities": { "Type": "AWS::Cognito::IdentityPool", "Properties": {} },
        "Odd": { "Type": "Custom::Odd", "Properties": { "MyTags": [{ "Key": "team", "Value": "old" }] } },
        "Parameter": { "Type": "AWS::SSM::Parameter", "Properties": {} },
        "Policy": { "Type": "AWS::IAM::Policy", "Properties": {} },
        "Pool": { "Type": "AWS::Cognito::UserPool", "Properties": {} },
    });
    let done = tagged(resources, vec![tags(Selector::Taggable)]);
    let list = json!([{ "Key": "team", "Value": "web" }]);
    assert_eq!(done["Bucket"]["Properties"]["Tags"], list);
    assert_eq!(done["Identities"]["Properties"]["IdentityPoolTags"], list);
    assert_eq!(done["Odd"]["Properties"]["MyTags"], list, "a tag of the same key is replaced");
    assert_eq!(done["Pool"]["Properties"]["UserPoolTags"], json!({ "team": "web" }));
    assert_eq!(done["Parameter"]["Properties"]["Tags"], json!({ "team": "web" }));
    assert_eq!(done["Policy"]["Properties"], json!({}));
    assert_eq!(done["Api"]["Properties"]["Tags"][1]["Key"], "team", "sorted as the CDK sorts them");
    assert_eq!(done["Group"]["Properties"]["Tags"][0]["PropagateAtLaunch"], true);
    let policy = json!({ "Policy": { "Type": "AWS::IAM::Policy", "Properties": {} } });
    let mut tree = stack(&json!({ "Resources": policy }), vec![]);
    assert_eq!(
        told(&mut tree, &of(vec![tags(Selector::Resource("Policy".to_owned()))])),
        [
            "override of `Policy`: a resource of type `AWS::IAM::Policy` is not known to have tags; set its property by `set`"
        ]
    );
    assert_eq!(told(&mut tree, &of(vec![tags(Selector::Taggable)])).len(), 1);
}

#[test]
fn where_the_cdk_has_given_a_stacks_tags_no_others_are_tagged() {
    let resource = |resource_type: &str, path: &str, tags: Value| json!({ "Type": resource_type, "Metadata": { "aws:cdk:path": path }, "Properties": tags });
    let own = json!({ "Tags": [{ "Key": "by", "Value": "app" }] });
    let done = tagged(
        json!({
            "Topic": resource("AWS::SNS::Topic", "App/Topic/Resource", own.clone()),
            "Queue": resource("AWS::SQS::Queue", "App/Queue/Resource", own),
            "Role": resource("AWS::IAM::Role", "App/Custom::Provider/Role", json!({})),
        }),
        vec![tags(Selector::Taggable)],
    );
    assert_eq!(done["Role"]["Properties"], json!({}));
    assert_eq!(done["Topic"]["Properties"]["Tags"][1]["Key"], "team");
    let alone = json!({ "Tags": [{ "Key": "Name", "Value": "mine" }] });
    let done = tagged(
        json!({
            "Topic": resource("AWS::SNS::Topic", "App/Topic/Resource", alone),
            "Role": resource("AWS::IAM::Role", "App/Role/Resource", json!({})),
        }),
        vec![tags(Selector::Taggable)],
    );
    assert_eq!(done["Role"]["Properties"]["Tags"][0]["Key"], "team", "a tag of one resource is not the stack's");
}

#[test]
fn order_between_stacks_is_that_of_the_nested_stacks() {
    let after = |name: &str, first: &str| of(vec![Override { depends_on: vec![first.to_owned()], ..named(name) }]);
    let tree = changed(&after("function/Function", "data/Todo/Table"));
    assert_eq!(at(&tree, "", "Resources/function/DependsOn"), &json!(["data"]));
    let tree = changed(&after("function/Function", "Topic"));
    assert_eq!(at(&tree, "", "Resources/function/DependsOn"), &json!(["Topic"]));
    let tree = changed(&after("function/Role", "function/Function").clone().reversed());
    assert_eq!(at(&tree, "function", "Resources/Function/DependsOn"), &json!(["Role"]));
    assert_eq!(
        refused(&after("function/Role", "function/Function")),
        [
            "after the overrides of stack `function`: resources wait for each other in a circle, among `Function` and `Role`; a \
          value that one resource needs of another makes it wait for that one"
        ]
    );
}

impl Overrides {
    /// The first change with what it names and what goes first exchanged.
    fn reversed(mut self) -> Self {
        let change = &mut self.resources[0];
        if let Selector::Resource(name) = &mut change.selector {
            std::mem::swap(name, &mut change.depends_on[0]);
        }
        self
    }
}

#[test]
fn values_travel_by_outputs_and_parameters() {
    let reference = Setting::Reference(ResourceReference { resource: "data/Todo/Table".to_owned(), attribute: None });
    let set: IndexMap<_, _> =
        [("TABLE".to_owned(), reference), ("LEVEL".to_owned(), Setting::Literal("3".into()))].into();
    let variables = |function: &str| Variables { function: function.to_owned(), set: set.clone() };
    let overrides = Overrides { variables: vec![variables("function/Function"); 2], ..Overrides::default() };
    let tree = changed(&overrides);
    assert_eq!(at(&tree, "data/Todo", "Outputs"), &json!({ "TableRef": { "Value": { "Ref": "Table" } } }));
    let from_todo = json!({ "Fn::GetAtt": ["Todo", "Outputs.TableRef"] });
    assert_eq!(at(&tree, "data", "Outputs"), &json!({ "TodoTableRef": { "Value": from_todo } }));
    let from_data = json!({ "Fn::GetAtt": ["data", "Outputs.TodoTableRef"] });
    assert_eq!(
        at(&tree, "", "Resources/function/Properties/Parameters"),
        &json!({ "dataTodoTableRef": from_data }),
        "one parameter for both"
    );
    assert_eq!(at(&tree, "function", "Parameters"), &json!({ "dataTodoTableRef": { "Type": "String" } }));
    assert_eq!(
        at(&tree, "function", "Resources/Function/Properties/Environment/Variables"),
        &json!({ "LEVEL": "3", "TABLE": { "Ref": "dataTodoTableRef" } })
    );
    let down = Override {
        set: [(
            "BillingMode".parse().unwrap(),
            Setting::Reference(ResourceReference {
                resource: "Topic".to_owned(),
                attribute: Some("TopicName".to_owned()),
            }),
        )]
        .into(),
        ..named("data/Todo/Table")
    };
    let tree = changed(&of(vec![down]));
    assert_eq!(
        at(&tree, "data", "Resources/Todo/Properties/Parameters"),
        &json!({ "TopicTopicName": { "Ref": "TopicTopicName" } }),
        "from the root two levels down"
    );
    let overrides = Overrides { variables: vec![variables("auth/Pool")], ..Overrides::default() };
    assert!(
        refused(&overrides)[0].starts_with("variables of `auth/Pool`: it is of type `AWS::Cognito::UserPool` and no")
    );
}
