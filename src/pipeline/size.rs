//! How long a policy is once CloudFormation has filled it in: IAM, S3 and KMS count what they are given, not the template.

use serde_json::{Map, Value};

/// Characters of a generated bucket's name, the longest parameter that a policy names.
const NAME: usize = 63;
/// Characters of an ARN of ours, its last name aside: `arn:aws-us-gov:codebuild:us-gov-west-1:111111111111:project/`.
const ARN: usize = 61;

/// The number of characters of a value as JSON without white space. Where a name is generated, the longest is assumed.
pub(super) fn resolved(value: &Value, resources: &Map<String, Value>) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string().len(),
        Value::Array(elements) => {
            let separators = elements.len() + 1;
            separators.max(2) + elements.iter().map(|element| resolved(element, resources)).sum::<usize>()
        }
        Value::Object(members) => intrinsic(members, resources).map_or_else(
            || {
                let separators = members.len() + 1;
                // A key stands in quotes, and before a colon.
                let members = members.iter().map(|(key, value)| key.len() + 3 + resolved(value, resources));
                separators.max(2) + members.sum::<usize>()
            },
            |length| length + 2,
        ),
    }
}

/// The length of what an intrinsic function gives.
fn intrinsic(members: &Map<String, Value>, resources: &Map<String, Value>) -> Option<usize> {
    let (function, argument) = members.iter().next().filter(|_| members.len() == 1)?;
    match function.as_str() {
        "Ref" => Some(placeholder(argument.as_str()?, resources)),
        "Fn::GetAtt" => Some(arn(argument.get(0)?.as_str()?, resources)),
        "Fn::Sub" => {
            let mut parts = argument.as_str()?.split("${");
            let first = parts.next().map_or(0, str::len);
            Some(first + parts.map(|part| substituted(part, resources)).sum::<usize>())
        }
        _ => None,
    }
}

/// A placeholder and the text up to the next.
fn substituted(part: &str, resources: &Map<String, Value>) -> usize {
    part.split_once('}').map_or(part.len(), |(name, rest)| placeholder(name, resources) + rest.len())
}

fn placeholder(name: &str, resources: &Map<String, Value>) -> usize {
    match name {
        "AWS::Partition" => "aws-us-gov".len(),
        "AWS::AccountId" => "111111111111".len(),
        "AWS::Region" => "ap-southeast-1".len(),
        "AWS::URLSuffix" => "amazonaws.com.cn".len(),
        _ => name.split_once('.').map_or(NAME, |(resource, _)| arn(resource, resources)),
    }
}

fn arn(resource: &str, resources: &Map<String, Value>) -> usize {
    let name = resources.get(resource).and_then(|resource| resource["Properties"]["Name"].as_str());
    ARN + name.map_or(NAME, str::len)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_filled_in_is_counted() {
        let resources = json!({ "Build": { "Properties": { "Name": "shop-Build" } } });
        let resources = resources.as_object().expect("an object");
        let length = |value: Value| resolved(&value, resources);
        assert_eq!(length(json!({ "a": ["b", 1], "c": {} })), r#"{"a":["b",1],"c":{}}"#.len());
        assert_eq!(length(json!({ "Fn::Sub": "a${AWS::AccountId}b" })), r#""a111111111111b""#.len());
        assert_eq!(length(json!({ "Fn::GetAtt": ["Build", "Arn"] })), ARN + "shop-Build".len() + 2);
        assert_eq!(length(json!({ "Ref": "ToolBucket" })), NAME + 2);
    }
}
