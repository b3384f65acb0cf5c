//! Values of resources that are there under a condition.

use serde_json::{Value, json};

use super::*;

/// A table under a condition in `data`, and a function in `function`, of a root that passes both the same environment.
fn conditional(function: &Value, conditions: &Value) -> StackTree {
    let passed = json!({ "Parameters": { "env": { "Ref": "stage" } } });
    let below = |condition: &Value| {
        let mut nested = json!({ "Type": "AWS::CloudFormation::Stack", "Properties": passed.clone() });
        if condition.is_string() {
            nested["Condition"] = condition.clone();
        }
        nested
    };
    let data = json!({
        "Parameters": { "env": { "Type": "String" } },
        "Conditions": { "Has": { "Fn::Equals": [{ "Ref": "env" }, "prod"] } },
        "Resources": { "Table": { "Type": "AWS::DynamoDB::Table", "Condition": "Has", "Properties": {} } },
    });
    let code = json!({ "Resources": {
        "Role": { "Type": "AWS::IAM::Role", "Properties": {} },
        "Function": { "Type": "AWS::Lambda::Function", "Properties": { "Role": { "Fn::GetAtt": ["Role", "Arn"] } } },
    } });
    let root = json!({
        "Parameters": { "stage": { "Type": "String" } },
        "Conditions": conditions,
        "Resources": { "data": below(&Value::Null), "function": below(function) },
    });
    stack(&root, vec![("data", stack(&data, vec![])), ("function", stack(&code, vec![]))])
}

#[test]
fn a_value_of_a_conditional_resource_takes_its_condition_along() {
    let live = json!({ "Live": { "Fn::Equals": [{ "Ref": "stage" }, "prod"] } });
    let mut tree = conditional(&json!("Live"), &live);
    assert_eq!(told(&mut tree, &grant("function/Function", "data/Table")), [""; 0]);
    let arn = json!({ "Fn::GetAtt": ["Table", "Arn"] });
    assert_eq!(at(&tree, "data", "Outputs"), &json!({ "TableArn": { "Value": arn, "Condition": "Has" } }));
    assert_eq!(
        at(&tree, "", "Resources/function/Properties/Parameters/dataTableArn"),
        &json!({ "Fn::GetAtt": ["data", "Outputs.TableArn"] }),
        "the stack that takes it is there only while the table is"
    );
}

#[test]
fn who_is_there_without_what_it_uses_is_refused_by_name() {
    let live = json!({ "Live": { "Fn::Equals": [{ "Ref": "stage" }, "prod"] } });
    let other = json!({ "Live": { "Fn::Equals": [{ "Ref": "stage" }, "test"] } });
    let wanted = "`data/Table` is there only under the condition `Has` of stack `data`, but `function`, which would use it, is \
                  there without it; an override of `function` with `set = { \"/Condition\" = \"…\" }` gives it a condition \
                  that means the same";
    for (condition, conditions) in [(Value::Null, &live), (json!("Live"), &other)] {
        let mut tree = conditional(&condition, conditions);
        assert_eq!(told(&mut tree, &grant("function/Function", "data/Table")), [wanted]);
    }
    // The override that the remedy names is made before the grant.
    let mut tree = conditional(&Value::Null, &live);
    let remedied = Overrides {
        resources: vec![setting("function", "/Condition", json!("Live"))],
        ..grant("function/Function", "data/Table")
    };
    assert_eq!(told(&mut tree, &remedied), [""; 0]);
}

#[test]
fn a_stack_between_passes_a_condition_on_or_is_refused() {
    let inner = json!({
        "Conditions": { "Has": { "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] } },
        "Resources": { "Table": { "Type": "AWS::DynamoDB::Table", "Condition": "Has", "Properties": {} } },
    });
    let of = |conditions: Value| {
        let middle = json!({ "Conditions": conditions, "Resources": { "Todo": nested() } });
        let middle = stack(&middle, vec![("Todo", stack(&inner, vec![]))]);
        let role = json!({ "Type": "AWS::IAM::Role", "Condition": "Here", "Properties": {} });
        let here = json!({ "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] });
        let root = json!({ "Conditions": { "Here": here }, "Resources": { "data": nested(), "Role": role } });
        stack(&root, vec![("data", middle)])
    };
    let mut tree = of(json!({ "Near": { "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] } }));
    assert_eq!(told(&mut tree, &grant("Role", "data/Todo/Table")), [""; 0]);
    assert_eq!(at(&tree, "data", "Outputs/TodoTableArn/Condition"), "Near");
    assert_eq!(at(&tree, "", "Resources/RoleDefaultPolicy/Condition"), "Here");
    assert_eq!(
        told(&mut of(json!({})), &grant("Role", "data/Todo/Table")),
        [
            "`data/Todo/Table` is there only under the condition `Has` of stack `data/Todo`, and no condition of stack `data`, \
          which would pass it on, means the same; declare a condition that means the same in the template of stack `data`"
        ]
    );
}

#[test]
fn within_a_stack_a_condition_is_shared_too() {
    let of = |policy: Value| {
        let mut resources = json!({
            "Table": { "Type": "AWS::DynamoDB::Table", "Condition": "Has", "Properties": {} },
            "Role": { "Type": "AWS::IAM::Role", "Properties": {} },
        });
        if policy.is_object() {
            resources["RoleDefaultPolicy"] = policy;
        }
        let has = json!({ "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] });
        stack(&json!({ "Conditions": { "Has": has }, "Resources": resources }), vec![])
    };
    let refused = told(&mut of(Value::Null), &grant("Role", "Table"));
    assert!(
        refused[0].starts_with("`Table` is there only under the condition `Has` of the stack, but `Role`"),
        "{refused:?}"
    );
    let policy = json!({ "Type": "AWS::IAM::Policy", "Condition": "Has", "Properties": {
        "PolicyName": "RoleDefaultPolicy", "Roles": [{ "Ref": "Role" }], "PolicyDocument": { "Statement": [] },
    } });
    assert_eq!(
        told(&mut of(policy), &grant("Role", "Table")),
        [""; 0],
        "the policy alone has to be there with the table"
    );
}
