//! `[[stage.stack.override]]`, and of Amplify backends `override`, `grant` and `variables`.

use indexmap::IndexMap;
use serde_json::{Map, Number, Value as Json};
use toml::de::DeValue;

use super::{limits, tags};
use crate::buildspec::is_variable_name;
use crate::definition::grammar;
use crate::definition::read::{Node, Table};
use crate::diagnostic::Diagnostic;
use crate::overrides::{
    Grant, Override, PropertyPath, Reach, RemovalPolicy, Replacement, ResourceReference, Selector, Setting, Variables,
};

/// What a table changes; one of them must be there.
const CHANGES: &str = "`set`, `delete`, `removal-policy`, `tags` or `depends-on`";
/// What a reference to a resource is written like.
const REFERENCE_FORM: &str = "`{ ref = \"RESOURCE\" }` or `{ get-att = [\"RESOURCE\", \"ATTRIBUTE\"] }`";

/// The changes of a table's resources.
pub(super) fn all(table: &Table<'_>) -> Option<Vec<Override>> {
    let tables = table.get("override").map(|node| node.tables(&grammar::OVERRIDE)).unwrap_or_default();
    tables.iter().map(one).collect::<Vec<_>>().into_iter().collect()
}

/// The rights that an Amplify backend's functions get.
pub(super) fn grants(table: &Table<'_>) -> Option<Vec<Grant>> {
    let tables = table.get("grant").map(|node| node.tables(&grammar::GRANT)).unwrap_or_default();
    tables.iter().map(grant).collect::<Vec<_>>().into_iter().collect()
}

/// The variables that an Amplify backend's functions get.
pub(super) fn variables(table: &Table<'_>) -> Option<Vec<Variables>> {
    let tables = table.get("variables").map(|node| node.tables(&grammar::VARIABLES)).unwrap_or_default();
    tables.iter().map(of_function).collect::<Vec<_>>().into_iter().collect()
}

fn one(table: &Table<'_>) -> Option<Override> {
    let reach = match table.get("all").and_then(|node| node.boolean()) {
        Some(true) => Reach::All,
        Some(false) | None => Reach::One,
    };
    let replacement = match table.get("replace").and_then(|node| node.boolean()) {
        Some(true) => Replacement::Replace,
        Some(false) | None => Replacement::Merge,
    };
    let set = table.get("set").map(|node| settings(&node, property)).unwrap_or_default();
    let delete = table.get("delete").map(|node| deletions(&node)).unwrap_or_default();
    let removal_policy = table.get("removal-policy").and_then(|node| node.choice(&RemovalPolicy::WORDS));
    let tags = tags::decode(table).values;
    let depends_on = table.get("depends-on").map(|node| texts(&node)).unwrap_or_default();
    let selector = selector(table, reach);
    let changes = ["set", "delete", "removal-policy", "tags", "depends-on"];
    if changes.iter().all(|key| table.get(key).is_none_or(|node| is_empty(&node))) {
        let message = "an override changes nothing";
        let diagnostic = table.context.error("missing-key", message, table.span.clone(), format!("add {CHANGES}"));
        table.context.report_missing(diagnostic);
        return None;
    }
    let empty = changes.iter().filter_map(|key| Some((key, table.get(key)?))).filter(|(_, node)| is_empty(node));
    empty.for_each(|(key, node)| without_effect(&node, format!("`{key}` is empty")));
    contradictions(table, &set);
    Some(Override { selector: selector?, reach, set, replacement, delete, removal_policy, tags, depends_on })
}

/// What is set is not deleted as well.
fn contradictions(table: &Table<'_>, set: &IndexMap<PropertyPath, Setting>) {
    let deleted = table.get("delete").filter(|node| matches!(node.value, DeValue::Array(_)));
    let deleted = deleted.map(|node| node.elements("an array of strings")).unwrap_or_default();
    for element in deleted {
        let DeValue::String(text) = element.value else { continue };
        if text.parse().is_ok_and(|path: PropertyPath| set.contains_key(&path)) {
            let message = format!("an override sets and deletes `{text}`");
            element.refuse::<()>("conflicting-keys", message, "remove it here or from `set`");
        }
    }
}

/// Warns of something that does nothing.
fn without_effect(node: &Node<'_>, message: String) {
    let warning = Diagnostic::warning("no-effect", message);
    node.context.report(warning.at(node.context.file(), node.span.clone(), "without effect"));
}

fn is_empty(node: &Node<'_>) -> bool {
    matches!(node.value, DeValue::Table(table) if table.is_empty()) || node.is_empty_array()
}

fn selector(table: &Table<'_>, reach: Reach) -> Option<Selector> {
    match (table.get("resource"), table.get("type")) {
        (Some(resource), None) => resource.text().map(Selector::Resource),
        (None, Some(kind)) => {
            let text = kind.text()?;
            if text.contains("::") {
                return Some(Selector::Type(text));
            }
            kind.invalid(format!("`{text}` is not a type of resources"), "such as `AWS::Lambda::Function`")
        }
        (Some(_), Some(kind)) => {
            let message = "an override has both `resource` and `type`".to_owned();
            kind.refuse("conflicting-keys", message, "remove one of them")
        }
        (None, None) => {
            let others = ["set", "delete", "removal-policy", "depends-on"];
            if reach == Reach::All && others.iter().all(|key| table.get(key).is_none()) {
                return Some(Selector::Taggable);
            }
            let message = "an override lacks `resource` or `type`";
            let diagnostic = table.context.error("missing-key", message, table.span.clone(), "one of them is required");
            let help = "with `tags` and `all = true` alone, all resources that can have tags are meant";
            table.context.report_missing(diagnostic.help(help));
            None
        }
    }
}

fn property(node: &Node<'_>, text: &str) -> Option<PropertyPath> {
    text.parse().ok().or_else(|| {
        let form = "such as `Policies.PasswordPolicy.MinimumLength`";
        node.invalid(format!("`{text}` is not a path of a property: {form}"), form)
    })
}

fn deletions(node: &Node<'_>) -> Vec<PropertyPath> {
    let elements = node.elements("an array of strings");
    elements.iter().filter_map(|element| property(element, &element.text()?)).collect()
}

fn texts(node: &Node<'_>) -> Vec<String> {
    node.texts().into_iter().map(|text| text.value).collect()
}

/// Values by what they are for.
fn settings<K: std::hash::Hash + Eq>(
    node: &Node<'_>,
    key: impl Fn(&Node<'_>, &str) -> Option<K>,
) -> IndexMap<K, Setting> {
    let mut settings = IndexMap::new();
    for (name, entry) in node.entries() {
        if let (Some(key), Some(setting)) = (key(&entry, name.value), setting(&entry)) {
            settings.insert(key, setting);
        }
    }
    settings
}

/// A value as it is written, or a reference to a resource.
fn setting(node: &Node<'_>) -> Option<Setting> {
    let DeValue::Table(table) = node.value else { return json(node).map(Setting::Literal) };
    if table.len() != 1 || !["ref", "get-att"].iter().any(|key| table.contains_key(*key)) {
        return json(node).map(Setting::Literal);
    }
    let (_, value) = node.entries().into_iter().next()?;
    if table.contains_key("ref") {
        return Some(Setting::Reference(ResourceReference { resource: value.text()?, attribute: None }));
    }
    match texts(&value).as_slice() {
        [resource, attribute] => Some(Setting::Reference(ResourceReference {
            resource: resource.clone(),
            attribute: Some(attribute.clone()),
        })),
        _ => value.invalid(format!("`get-att` names a resource and an attribute: {REFERENCE_FORM}"), REFERENCE_FORM),
    }
}

/// A value as JSON.
fn json(node: &Node<'_>) -> Option<Json> {
    match node.value {
        DeValue::String(text) => Some(Json::String(text.as_ref().to_owned())),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Some(number.into()),
            Err(_) => node.refuse("limit", format!("`{}` is too large a number", node.name()), "too large"),
        },
        DeValue::Float(number) => match number.as_str().parse().ok().and_then(Number::from_f64) {
            Some(number) => Some(Json::Number(number)),
            None => node.invalid(format!("`{}` is not a number that JSON knows", node.name()), "write another"),
        },
        DeValue::Boolean(value) => Some(Json::Bool(*value)),
        DeValue::Datetime(_) => node.wrong_type("a string, a number, a boolean, an array or a table"),
        DeValue::Array(_) => {
            let items: Vec<Option<Json>> = node.elements("an array").iter().map(json).collect();
            items.into_iter().collect::<Option<_>>().map(Json::Array)
        }
        DeValue::Table(_) => {
            let entries: Vec<_> =
                node.entries().into_iter().map(|(key, value)| Some((key.value.to_owned(), json(&value)?))).collect();
            entries.into_iter().collect::<Option<Map<_, _>>>().map(Json::Object)
        }
    }
}

fn grant(table: &Table<'_>) -> Option<Grant> {
    let to = table.require("to").and_then(|node| node.text());
    let on = table.require("on").and_then(|node| node.text());
    let actions = table.require("actions").map(|node| {
        limits::at_least_one(&node, "action");
        node.elements("an array of strings").iter().filter_map(action).collect()
    });
    // A path may be empty: it stands for the resource itself.
    let paths = table.get("paths").map(|node| node.elements("an array of strings")).unwrap_or_default();
    let paths: Vec<Option<String>> = paths.iter().map(path).collect();
    Some(Grant { to: to?, actions: actions?, on: on?, paths: paths.into_iter().collect::<Option<_>>()? })
}

fn action(node: &Node<'_>) -> Option<String> {
    let text = node.text()?;
    let is_action = text.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
    if is_action && !text.contains(char::is_whitespace) {
        return Some(text);
    }
    node.invalid(format!("`{text}` is not an action of IAM"), "such as `cognito-idp:AdminGetUser`")
}

fn path(node: &Node<'_>) -> Option<String> {
    match node.value {
        DeValue::String(text) if text.is_empty() => Some(String::new()),
        _ => node.text(),
    }
}

fn of_function(table: &Table<'_>) -> Option<Variables> {
    let function = table.require("function").and_then(|node| node.text());
    let set = table.require("set").map(|node| {
        if is_empty(&node) {
            without_effect(&node, "`variables` sets nothing".to_owned());
        }
        settings(&node, variable)
    });
    let set: Option<IndexMap<String, Setting>> = set.map(|set| {
        let text = |(name, setting)| match setting {
            Setting::Literal(value @ (Json::Number(_) | Json::Bool(_))) => {
                (name, Setting::Literal(value.to_string().into()))
            }
            other => (name, other),
        };
        set.into_iter().map(text).collect()
    });
    Some(Variables { function: function?, set: set? })
}

/// The name of a variable whose value is a text.
fn variable(node: &Node<'_>, name: &str) -> Option<String> {
    if matches!(node.value, DeValue::Array(_) | DeValue::Datetime(_)) {
        return node.wrong_type(&format!("a string, a number, a boolean, {REFERENCE_FORM}"));
    }
    if is_variable_name(name) {
        return Some(name.to_owned());
    }
    node.invalid(
        format!("`{name}` is not a variable's name: letters, digits and underscores"),
        "another name is wanted",
    )
}
