//! What is changed in templates.

use serde_json::Value as Json;
use toml::Value as Toml;

use super::{Page, table, texts};
use crate::overrides::{Override, Overrides, Reach, RemovalPolicy, Replacement, ResourceReference, Selector, Setting};

impl Page<'_> {
    /// Writes overrides of a table, such as `stage.stack`.
    pub(super) fn overrides(&mut self, of: &str, overrides: &Overrides) {
        for change in &overrides.resources {
            self.plain_header(&format!("[[{of}.override]]"));
            self.change(change);
        }
        for grant in &overrides.grants {
            self.plain_header(&format!("[[{of}.grant]]"));
            self.entry("to", grant.to.clone());
            self.list("actions", &grant.actions);
            self.entry("on", grant.on.clone());
            self.list("paths", &grant.paths);
        }
        for variables in &overrides.variables {
            self.plain_header(&format!("[[{of}.variables]]"));
            self.entry("function", variables.function.clone());
            self.settings(variables.set.iter());
        }
    }

    fn change(&mut self, change: &Override) {
        match &change.selector {
            Selector::Resource(name) => self.entry("resource", name.clone()),
            Selector::Type(name) => self.entry("type", name.clone()),
            Selector::Taggable => {}
        }
        if change.reach == Reach::All {
            self.entry("all", true);
        }
        if !change.set.is_empty() {
            self.settings(change.set.iter());
        }
        if change.replacement == Replacement::Replace {
            self.entry("replace", true);
        }
        self.list("delete", &change.delete);
        self.optional("removal-policy", change.removal_policy.map(RemovalPolicy::as_str).as_ref());
        self.tags(&change.tags);
        self.list("depends-on", &change.depends_on);
    }

    fn settings<'s, K: ToString + 's>(&mut self, settings: impl Iterator<Item = (&'s K, &'s Setting)>) {
        let set = settings.map(|(key, setting)| (key.to_string(), value(setting)));
        self.entry("set", Toml::Table(set.collect()));
    }
}

fn value(setting: &Setting) -> Toml {
    match setting {
        Setting::Literal(value) => plain(value),
        Setting::Reference(ResourceReference { resource, attribute: None }) => {
            table([("ref", resource.clone().into())])
        }
        Setting::Reference(ResourceReference { resource, attribute: Some(attribute) }) => {
            table([("get-att", texts(&[resource, attribute]))])
        }
    }
}

/// A value of JSON. TOML has no null, and no value that was read from it is any.
fn plain(value: &Json) -> Toml {
    match value {
        Json::Null => Toml::String(String::new()),
        Json::Bool(flag) => Toml::Boolean(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Toml::Integer(number),
            None => Toml::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Toml::String(text.clone()),
        Json::Array(items) => Toml::Array(items.iter().map(plain).collect()),
        Json::Object(object) => Toml::Table(object.iter().map(|(key, value)| (key.clone(), plain(value))).collect()),
    }
}
