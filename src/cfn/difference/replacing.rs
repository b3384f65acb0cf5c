//! Whether a change replaces a resource, as far as the schema of its type tells.
//!
//! `replacing.txt` names, for each type that CloudFormation itself knows, the properties whose change makes it create another
//! resource. What other types do, such as custom resources and those of third parties, nobody can tell beforehand.

use super::value::has_function;
use super::{Effect, ValueChange};

/// The table: a type, the properties that replace, and after `?` those that may.
const TABLE: &str = include_str!("replacing.txt");

/// What parts the properties that may replace from those that do.
const PERHAPS: &str = "?";

/// What a change of a resource's declaration does to the resource.
pub(super) fn effect_of(resource_type: &str, change: &ValueChange) -> Effect {
    let Some(("Properties", path)) = change.path.split_first().map(|(first, path)| (first.as_str(), path)) else {
        // Another type under one name is refused; nothing else beside the properties reaches the resource itself.
        return if change.path == ["Type"] { Effect::Replaced } else { Effect::Changed };
    };
    let Some(listed) = properties(resource_type) else { return Effect::PerhapsReplaced };
    let is_computed = [&change.before, &change.after].into_iter().flatten().any(has_function);
    let mut is_certain = true;
    let mut effect = Effect::Changed;
    for word in listed.split(' ') {
        if word == PERHAPS {
            is_certain = false;
            continue;
        }
        let reached = match Reach::of(word, path) {
            // A value that is computed may turn out to be what it was.
            Reach::Whole if is_certain && !is_computed => Effect::Replaced,
            Reach::Whole | Reach::Part => Effect::PerhapsReplaced,
            Reach::Nothing => continue,
        };
        effect = effect.max(reached);
    }
    effect
}

/// The properties that replace a resource of a type; none where the type is not known.
fn properties(resource_type: &str) -> Option<&'static str> {
    let line = TABLE.lines().find(|line| line.split(' ').next() == Some(resource_type))?;
    Some(line[resource_type.len()..].trim_start())
}

/// How a listed property lies to a place that changes.
enum Reach {
    /// It is, or holds, the place.
    Whole,
    /// It lies in the place.
    Part,
    /// Neither.
    Nothing,
}

impl Reach {
    fn of(listed: &str, path: &[String]) -> Self {
        let listed: Vec<&str> = listed.split('/').filter(|part| !part.is_empty()).collect();
        let fits = listed.iter().zip(path).all(|(listed, part)| *listed == "*" || listed == part);
        match fits {
            _ if listed.is_empty() => Self::Nothing,
            true if listed.len() <= path.len() => Self::Whole,
            true => Self::Part,
            false => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn effect(resource_type: &str, path: &str, before: Value, after: Value) -> Effect {
        let path = path.split('.').map(str::to_owned).collect();
        effect_of(resource_type, &ValueChange { path, before: Some(before), after: Some(after), follows: Vec::new() })
    }

    #[test]
    fn schemas_tell_what_is_replaced() {
        let told = |resource_type: &str, path: &str| effect(resource_type, path, json!("a"), json!("b"));
        assert_eq!(told("AWS::S3::Bucket", "Properties.BucketName"), Effect::Replaced);
        assert_eq!(told("AWS::S3::Bucket", "Properties.Tags.0.Value"), Effect::Changed);
        assert_eq!(told("AWS::S3::Bucket", "DeletionPolicy"), Effect::Changed);
        assert_eq!(told("AWS::S3::Bucket", "Type"), Effect::Replaced);
        assert_eq!(told("AWS::DynamoDB::Table", "Properties.KeySchema.0.AttributeName"), Effect::PerhapsReplaced);
        assert_eq!(told("Custom::Thing", "Properties.Name"), Effect::PerhapsReplaced);
        // The place holds the property, which may be another one or the same.
        assert_eq!(told("AWS::AppSync::GraphQLApi", "Properties.LambdaAuthorizerConfig"), Effect::PerhapsReplaced);
    }

    #[test]
    fn a_computed_value_may_be_the_same() {
        let computed = json!({ "Fn::Sub": "${AWS::StackName}-files" });
        assert_eq!(effect("AWS::S3::Bucket", "Properties.BucketName", json!("a"), computed), Effect::PerhapsReplaced);
    }

    #[test]
    fn every_line_of_the_table_is_a_type_and_its_properties() {
        let lines: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.len() > 1000);
        for line in lines {
            assert!(line.split(' ').next().is_some_and(|name| name.contains("::")), "{line}");
            assert!(line.split(' ').all(|word| !word.is_empty()), "{line}");
        }
    }
}
