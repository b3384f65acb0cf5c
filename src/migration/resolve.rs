//! Intrinsic functions as texts, as far as their values are known before anything is deployed.

use serde_json::Value;

use super::remark::FILL_IN;
use crate::assembly::{ArtifactEnvironment, partition};
use crate::cfn::Template;

/// A value as a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    /// The text. What is not known stands in it as `FILL-IN-…`.
    pub(super) text: String,
    /// What is not known, for people: `Bucket` with its type.
    pub(super) unknown: Vec<String>,
}

impl Resolved {
    /// What is not known of those parts that stand in a text.
    pub(super) fn unknown_in(&self, text: &str) -> Vec<&str> {
        let name = |unknown: &'_ str| unknown.split('`').nth(1).map(mark).unwrap_or_default();
        self.unknown.iter().map(String::as_str).filter(|unknown| text.contains(&name(unknown))).collect()
    }

    /// The text, if all of it is known.
    pub(super) fn known(self) -> Option<String> {
        self.unknown.is_empty().then_some(self.text)
    }
}

/// Knows a stack's template and its environment.
#[derive(Debug, Clone)]
pub(super) struct Resolver<'a> {
    pub(super) template: &'a Template,
    pub(super) environment: ArtifactEnvironment,
    pub(super) stack_name: &'a str,
}

impl Resolver<'_> {
    /// The text that a value becomes.
    pub(super) fn text(&self, value: &Value) -> Resolved {
        let mut resolved = Resolved::default();
        self.append(value, &mut resolved);
        resolved.unknown.sort();
        resolved.unknown.dedup();
        resolved
    }

    /// The text of a member of an object; empty if there is none.
    pub(super) fn member(&self, object: &Value, key: &str) -> Resolved {
        object.get(key).map(|value| self.text(value)).unwrap_or_default()
    }

    fn append(&self, value: &Value, resolved: &mut Resolved) {
        match value {
            Value::Null => {}
            Value::String(text) => resolved.text.push_str(text),
            Value::Bool(_) | Value::Number(_) => resolved.text.push_str(&value.to_string()),
            Value::Array(items) => self.join(",", items, resolved),
            Value::Object(object) => match object.iter().next() {
                Some((function, argument)) if object.len() == 1 => self.function(function, argument, resolved),
                _ => self.unknown("a value", "", resolved),
            },
        }
    }

    fn join(&self, delimiter: &str, items: &[Value], resolved: &mut Resolved) {
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                resolved.text.push_str(delimiter);
            }
            self.append(item, resolved);
        }
    }

    fn function(&self, name: &str, argument: &Value, resolved: &mut Resolved) {
        match (name, argument) {
            ("Ref", Value::String(target)) => self.named(target, "", resolved),
            ("Fn::GetAtt", Value::Array(parts)) => {
                let part = |position: usize| parts.get(position).and_then(Value::as_str).unwrap_or_default();
                self.named(part(0), part(1), resolved);
            }
            ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(delimiter), Value::Array(items)] => self.join(delimiter, items, resolved),
                _ => self.unknown(name, "", resolved),
            },
            ("Fn::Sub", Value::String(text)) => self.substitute(text, &Value::Null, resolved),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text), variables] => self.substitute(text, variables, resolved),
                _ => self.unknown(name, "", resolved),
            },
            _ => self.unknown(name, "", resolved),
        }
    }

    fn substitute(&self, text: &str, variables: &Value, resolved: &mut Resolved) {
        let mut parts = text.split("${");
        resolved.text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let Some((name, rest)) = part.split_once('}') else {
                resolved.text.push_str(&format!("${{{part}"));
                continue;
            };
            match (name.strip_prefix('!'), variables.get(name), name.split_once('.')) {
                (Some(literal), _, _) => resolved.text.push_str(&format!("${{{literal}}}")),
                (None, Some(value), _) => self.append(value, resolved),
                (None, None, Some((target, attribute))) => self.named(target, attribute, resolved),
                (None, None, None) => self.named(name, "", resolved),
            }
            resolved.text.push_str(rest);
        }
    }

    /// A pseudo parameter, or what only the deployed stack knows.
    fn named(&self, target: &str, attribute: &str, resolved: &mut Resolved) {
        let region = self.environment.region.as_ref();
        let partition = region.map_or("aws", partition);
        let known = match target {
            "AWS::AccountId" => self.environment.account.as_ref().map(ToString::to_string),
            "AWS::Region" => region.map(ToString::to_string),
            "AWS::Partition" => Some(partition.to_owned()),
            "AWS::URLSuffix" if partition == "aws-cn" => Some("amazonaws.com.cn".to_owned()),
            "AWS::URLSuffix" => Some("amazonaws.com".to_owned()),
            "AWS::StackName" => Some(self.stack_name.to_owned()),
            "AWS::NoValue" => Some(String::new()),
            _ => None,
        };
        match known {
            Some(text) => resolved.text.push_str(&text),
            None => self.unknown(target, attribute, resolved),
        }
    }

    fn unknown(&self, target: &str, attribute: &str, resolved: &mut Resolved) {
        let name = if attribute.is_empty() { target.to_owned() } else { format!("{target}.{attribute}") };
        resolved.text.push_str(&mark(&name));
        let resource = self.template.resources().find(|(id, _)| *id == target);
        let of_type = resource.and_then(|(_, resource)| resource.get("Type")).and_then(Value::as_str);
        resolved.unknown.push(match of_type {
            Some(of_type) => format!("`{name}` ({of_type})"),
            None => format!("`{name}`"),
        });
    }
}

/// What stands in a text for what is not known.
fn mark(name: &str) -> String {
    let letters = name.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '-' });
    format!("{FILL_IN}-{}", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_texts_as_far_as_they_are_known() {
        let Value::Object(root) = json!({ "Resources": { "Bucket": { "Type": "AWS::S3::Bucket" } } }) else {
            unreachable!("an object was written");
        };
        let environment = "aws://111111111111/cn-north-1".parse().expect("an environment");
        let template = Template::from_value(root);
        let resolver = Resolver { template: &template, environment, stack_name: "S" };
        let text = |value: Value| resolver.text(&value);
        let join =
            json!({ "Fn::Join": ["", ["arn:", { "Ref": "AWS::Partition" }, ":x:", { "Ref": "AWS::AccountId" }]] });
        assert_eq!(text(join).known().as_deref(), Some("arn:aws-cn:x:111111111111"));
        let sub = json!({ "Fn::Sub": ["${AWS::Region}/${!x}/${y}", { "y": 1 }] });
        assert_eq!(text(sub).known().as_deref(), Some("cn-north-1/${x}/1"));
        let unknown = text(json!({ "Fn::Sub": "s3://${Bucket}/${Bucket.Arn}" }));
        assert_eq!(unknown.text, "s3://FILL-IN-Bucket/FILL-IN-Bucket-Arn");
        assert_eq!(unknown.unknown, ["`Bucket.Arn` (AWS::S3::Bucket)", "`Bucket` (AWS::S3::Bucket)"]);
        assert_eq!(text(json!({ "Fn::If": [] })).unknown, ["`Fn::If`"]);
    }
}
