//! Whom policies of resources name. IAM keeps the unique id of a role that a policy names by its ARN, so that one made anew
//! under the same name is somebody else. Roles of other accounts come and go without the pipeline's doing.

use camino::Utf8Path;
use serde_json::{Map, Value, json};

use super::tests::{GUARDED, RICH, rendered};
use crate::cfn::Template;

/// The statements of all policies of a template's resources that say whom they are about.
fn statements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(object) if object.contains_key("Principal") => vec![value],
        Value::Object(object) => object.values().flat_map(statements).collect(),
        Value::Array(items) => items.iter().flat_map(statements).collect(),
        _ => Vec::new(),
    }
}

/// The principals of a statement that belong to AWS accounts, as texts.
fn principals(statement: &Value) -> Vec<String> {
    let principals = match &statement["Principal"] {
        Value::Object(principal) => principal.get("AWS").cloned().unwrap_or_default(),
        everybody => everybody.clone(),
    };
    match principals {
        Value::Null => Vec::new(),
        Value::Array(principals) => principals.iter().map(crate::cfn::short_text).collect(),
        single => vec![crate::cfn::short_text(&single)],
    }
}

fn templates() -> Vec<Map<String, Value>> {
    [RICH, GUARDED]
        .into_iter()
        .map(rendered)
        .flat_map(|stacks| [stacks.pipeline].into_iter().chain(stacks.support.into_iter().map(|stack| stack.template)))
        .collect()
}

#[test]
fn roles_of_other_accounts_are_admitted_by_account_and_condition() {
    let mut admitted = 0;
    for template in templates() {
        let resources = &template["Resources"];
        for statement in statements(resources) {
            for principal in principals(statement) {
                let is_own = principal.contains("${AWS::AccountId}") || principal.contains("::111111111111:");
                if is_own || principal == "*" {
                    continue;
                }
                assert_eq!(principal, "arn:${AWS::Partition}:iam::222222222222:root", "{statement:#}");
                let roles = &statement["Condition"]["ArnLike"]["aws:PrincipalArn"];
                let roles: Vec<&str> =
                    roles.as_array().unwrap().iter().filter_map(|role| role["Fn::Sub"].as_str()).collect();
                assert!(!roles.is_empty());
                assert!(roles.iter().all(|role| role.contains(":iam::222222222222:role/cdk-")), "{roles:?}");
                admitted += 1;
            }
        }
    }
    // The bucket and its key: in the pipeline stacks, and in each support stack.
    assert_eq!(admitted % 2, 0);
    assert!(admitted >= 6, "{admitted}");
}

#[test]
fn the_toolkit_stack_names_accounts_and_its_own_roles() {
    let path = Utf8Path::new("bootstrap/template.yaml");
    let template = Template::parse(path, include_str!("../../bootstrap/template.yaml")).unwrap();
    let resources = json!(template.root()["Resources"]);
    let mut named: Vec<String> = statements(&resources).into_iter().flat_map(principals).collect();
    named.sort();
    named.dedup();
    let expected =
        ["*", "${AWS::AccountId}", "${FilePublishingRole.Arn}", "${TrustedAccountsForLookup}", "${TrustedAccounts}"];
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(named, expected);
}
