//! Tags of resources, which are a list or a table by the type of the resource.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::names;
use super::path::Obstacle;
use crate::cfn::StackTree;
use crate::cfn::intrinsic::is_function;

/// The types that can have tags, one service a line. A `*` marks those whose tags are a table and not a list, `=` those
/// whose property is not `Tags`.
const KNOWN: &str = include_str!("taggable.txt");
/// What the property is commonly called.
const TAGS: &str = "Tags";
/// The type whose tags say more than others.
const GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";

/// What tags are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    List,
    Table,
}

/// Where the tags of a resource are.
struct Tagging {
    property: String,
    form: Form,
}

/// Which resources are meant by "all that can have tags".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Custom {
    /// By their types.
    ByType,
    /// Those that have some: the CDK gives the tags of a stack to whatever can have them, so that nothing else is meant.
    OfCdk,
}

impl Custom {
    /// What is customary in a tree. Tags that all resources of the CDK share are those of their stack.
    pub fn of(tree: &StackTree) -> Self {
        let resources = tree.walk().into_iter().flat_map(|(_, stack)| stack.template.resources());
        let constructs = resources.map(|(_, resource)| resource).filter(|found| names::construct(found).is_some());
        let mut tagged = constructs.map(own).filter(|tags| !tags.is_empty());
        let (Some(first), Some(second)) = (tagged.next(), tagged.next()) else { return Self::ByType };
        let shared = std::iter::once(second).chain(tagged).fold(first, |shared, tags| &shared & &tags);
        if shared.is_empty() { Self::ByType } else { Self::OfCdk }
    }

    /// Whether a resource is one of those that can have tags.
    pub fn allows(self, resource: &Value) -> bool {
        match self {
            Self::ByType => tagging(resource).is_some(),
            Self::OfCdk => present(resource).is_some(),
        }
    }
}

/// A resource's tags, but for those that the CDK makes for itself.
fn own(resource: &Value) -> BTreeSet<String> {
    let tags = present(resource).and_then(|tagging| resource.get("Properties")?.get(&tagging.property));
    let texts: Vec<String> = match tags {
        Some(Value::Array(tags)) => tags.iter().map(|tag| format!("{}={}", tag["Key"], tag["Value"])).collect(),
        Some(Value::Object(tags)) => tags.iter().map(|(key, value)| format!("\"{key}\"={value}")).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().filter(|tag| !tag.starts_with("\"aws-cdk:")).collect()
}

/// Where the tags are that a resource has.
fn present(resource: &Value) -> Option<Tagging> {
    let properties = resource.get("Properties")?.as_object()?;
    let known = by_type(resource.get("Type")?.as_str()?).filter(|known| properties.contains_key(&known.property));
    let is_tag = |tag: &Value| tag.get("Key").is_some() && tag.get("Value").is_some();
    known.or_else(|| {
        let list = properties.iter().find(|(name, value)| {
            name.ends_with(TAGS) && value.as_array().is_some_and(|tags| !tags.is_empty() && tags.iter().all(is_tag))
        });
        list.map(|(name, _)| Tagging { property: name.clone(), form: Form::List })
    })
}

fn tagging(resource: &Value) -> Option<Tagging> {
    present(resource).or_else(|| by_type(resource.get("Type")?.as_str()?))
}

fn by_type(resource_type: &str) -> Option<Tagging> {
    let (service, name) = resource_type.strip_prefix("AWS::")?.split_once("::")?;
    let types = KNOWN.lines().find_map(|line| line.strip_prefix(service)?.strip_prefix(": "))?;
    types.split(' ').find_map(|known| {
        let (known, property) = known.split_once('=').unwrap_or((known, TAGS));
        let (known, form) = match known.strip_suffix('*') {
            Some(known) => (known, Form::Table),
            None => (known, Form::List),
        };
        (known == name).then(|| Tagging { property: property.to_owned(), form })
    })
}

/// Whether tags could be added.
pub(super) enum Added {
    Done,
    /// The resource's type is not known to have tags.
    Untaggable,
    /// They are what an intrinsic function makes of them.
    Obstacle(Obstacle),
}

/// Adds tags to a resource, or changes them.
pub(super) fn add(resource: &mut Map<String, Value>, tags: &IndexMap<String, String>) -> Added {
    let Some(Tagging { property, form }) = tagging(&Value::Object(resource.clone())) else { return Added::Untaggable };
    let is_group = resource.get("Type").is_some_and(|own| own == GROUP);
    let properties = resource.entry("Properties").or_insert_with(|| Value::Object(Map::new()));
    let Some(properties) = properties.as_object_mut() else { return Added::Untaggable };
    let empty = match form {
        Form::List => Value::Array(Vec::new()),
        Form::Table => Value::Object(Map::new()),
    };
    let own = properties.entry(property.clone()).or_insert(empty);
    if is_function(own) {
        return Added::Obstacle(Obstacle::Function(property));
    }
    match own {
        Value::Object(own) => own.extend(tags.iter().map(|(key, value)| (key.clone(), value.clone().into()))),
        Value::Array(own) => tags.iter().for_each(|(key, value)| {
            let mut tag = json!({ "Key": key, "Value": value });
            if is_group {
                tag["PropagateAtLaunch"] = true.into();
            }
            put(own, key, tag);
        }),
        _ => return Added::Obstacle(Obstacle::Plain(property)),
    }
    Added::Done
}

/// Puts a tag in the place of the one of its key; a new one where it belongs by its key, as the CDK sorts them.
fn put(tags: &mut Vec<Value>, key: &str, tag: Value) {
    let key_of = |tag: &Value| tag.get("Key").and_then(Value::as_str).map(str::to_owned);
    match tags.iter_mut().find(|own| key_of(own).as_deref() == Some(key)) {
        Some(own) => *own = tag,
        None => {
            let after = tags.iter().position(|own| key_of(own).is_some_and(|own| own.as_str() > key));
            tags.insert(after.unwrap_or(tags.len()), tag);
        }
    }
}
