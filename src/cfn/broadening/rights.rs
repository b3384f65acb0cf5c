//! The rights that a resource gives, and what it keeps from others or from itself.

use serde_json::{Map, Value};

use super::document::{self, Finder};
use super::entries;
use super::form::{DENYING, FORMS, Form, HOLDERS, MANAGED_BY_AWS, NO_HOLDERS, POLICY, PRINCIPALS, Reading};
use super::guard::{self, Guards};
use super::statement::{Statement, described};
use crate::cfn::changed::Changed;
use crate::cfn::short_text;
use crate::cfn::tree::type_of;

/// A right, or a limit of rights.
#[derive(Debug, Clone)]
struct Right {
    /// For people.
    text: String,
    /// What it is written in, with all that it depends on.
    source: Value,
    /// When it is in force.
    guards: Guards,
    scope: Scope,
}

/// How a right is compared with others.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    /// By what the statement says.
    Statement(Statement),
    /// As it is written, after the words for it.
    Written(String, Value),
}

/// The rights of a resource.
#[derive(Debug, Default)]
pub(super) struct Rights {
    given: Vec<Right>,
    /// What keeps others, and perhaps itself, from something.
    limits: Vec<Right>,
    /// What keeps it alone from something, so that it goes with it.
    own_limits: Vec<Right>,
}

impl Rights {
    /// Finds the rights of a resource.
    pub fn of(resource: &Value) -> Self {
        let mut rights = Self::default();
        let Some(properties) = resource.get("Properties").and_then(Value::as_object) else { return rights };
        let guards = guard::of_resource(resource);
        let resource_type = type_of(resource);
        document::find(&Value::Object(properties.clone()), &guards, &mut rights);
        for form in FORMS.iter().filter(|form| form.is_of(resource_type)) {
            rights.read(form, properties, &guards);
        }
        if resource_type.ends_with(POLICY) && !(rights.given.is_empty() && rights.limits.is_empty()) {
            rights.hold(properties, &guards);
        }
        if PRINCIPALS.contains(&resource_type) {
            let limits = std::mem::take(&mut rights.limits);
            rights.own_limits.extend(limits);
        }
        rights
    }

    fn read(&mut self, form: &Form, properties: &Map<String, Value>, guards: &Guards) {
        let all = Value::Object(properties.clone());
        let property = if form.property.is_empty() { Some(&all) } else { properties.get(form.property) };
        let values = entries(property);
        if form.reading == Reading::Absence {
            if values.is_empty() {
                let why = format!("{}, since it has no {}", form.words, form.property);
                self.given.push(Right::written(&why, None, guards));
            }
            return;
        }
        for value in values {
            let right = Right::written(form.words, Some(value), guards);
            match form.reading {
                Reading::Unless(property, closed) if properties.get(property).is_some_and(|given| given == closed) => {}
                Reading::Grants | Reading::Unless(..) => self.given.push(right),
                Reading::Limits => self.own_limits.push(right),
                Reading::Both => {
                    if may_deny(value) {
                        self.own_limits.push(right.clone());
                    }
                    self.given.push(right);
                }
                Reading::Absence => {}
            }
        }
    }

    /// Whom a policy is for is given its rights, and restrained by what it denies.
    fn hold(&mut self, properties: &Map<String, Value>, guards: &Guards) {
        for (name, value) in properties.iter().filter(|(name, _)| !NO_HOLDERS.contains(&name.as_str())) {
            if document::find(value, guards, &mut Nothing) {
                continue;
            }
            let known = HOLDERS.iter().find(|(property, _)| property == name);
            let kind = known.map_or(name.as_str(), |(_, kind)| kind);
            for holder in entries(Some(value)) {
                self.given.push(Right::written(&format!("the policy's rights for {kind}"), Some(holder), guards));
                if !self.limits.is_empty() {
                    let words = format!("the policy's denials for {kind}");
                    self.own_limits.push(Right::written(&words, Some(holder), guards));
                }
            }
        }
    }

    /// What these rights permit beyond the former ones, for people.
    pub fn beyond(&self, former: &Self, changed: &Changed) -> Vec<String> {
        let mut found = Vec::new();
        for right in &self.given {
            if !former.given.iter().any(|other| other.covers(right)) {
                found.push(right.text.clone());
            }
        }
        let limits = || self.limits.iter().chain(&self.own_limits);
        for limit in former.limits.iter().chain(&former.own_limits) {
            if !limits().any(|other| other.covers(limit)) {
                found.push(format!("no longer {}", limit.text));
            }
        }
        for right in self.given.iter().chain(limits()) {
            if let Some(name) = right.behind(changed).filter(|_| !found.contains(&right.text)) {
                found.push(format!("{}, with {name}", right.text));
            }
        }
        let mut told = Vec::new();
        found.into_iter().for_each(|text| {
            if !told.contains(&text) {
                told.push(text)
            }
        });
        told
    }

    /// What is permitted once the resource is gone, for people.
    pub fn removed(&self) -> Vec<String> {
        self.limits.iter().map(|limit| format!("no longer {}", limit.text)).collect()
    }
}

impl Finder for Rights {
    fn statement(&mut self, statement: &Map<String, Value>, source: &Value, guards: &Guards) {
        let is_denied = statement.get("Effect").is_some_and(|effect| effect == "Deny");
        let (verb, list) = if is_denied { ("denies", &mut self.limits) } else { ("allows", &mut self.given) };
        list.push(Right {
            text: format!("{verb} {}", described(statement)),
            source: source.clone(),
            guards: guards.clone(),
            scope: Scope::Statement(Statement::of(statement)),
        });
    }

    fn unread(&mut self, source: &Value, guards: &Guards) {
        let right = Right::written("what only the deployment can read:", Some(source), guards);
        self.given.push(right.clone());
        self.limits.push(right);
    }
}

/// Asks only whether there is a document.
struct Nothing;

impl Finder for Nothing {
    fn statement(&mut self, _: &Map<String, Value>, _: &Value, _: &Guards) {}

    fn unread(&mut self, _: &Value, _: &Guards) {}
}

impl Right {
    fn written(words: &str, value: Option<&Value>, guards: &Guards) -> Self {
        let text = value.map_or_else(|| words.to_owned(), |value| format!("{words} {}", short_text(value)));
        let source = value.cloned().unwrap_or_default();
        let scope = Scope::Written(words.to_owned(), source.clone());
        Self { text, source, guards: guards.clone(), scope }
    }

    /// Tells whether another one is in force only where this one is, and says nothing beyond it.
    fn covers(&self, other: &Self) -> bool {
        let says = match (&self.scope, &other.scope) {
            (Scope::Statement(ours), Scope::Statement(theirs)) => ours.covers(theirs),
            (ours, theirs) => ours == theirs,
        };
        says && self.guards.is_subset(&other.guards)
    }

    /// Something by whose change it becomes another one.
    fn behind(&self, changed: &Changed) -> Option<String> {
        let guard = || self.guards.iter().find_map(|guard| changed.condition(&guard.condition));
        changed.behind(&self.source).or_else(guard).map(ToString::to_string)
    }
}

/// Whether a managed policy may deny something.
fn may_deny(value: &Value) -> bool {
    let harmless = |arn: &str| arn.contains(MANAGED_BY_AWS) && !DENYING.iter().any(|denying| arn.contains(denying));
    !crate::cfn::plain_text(value).is_some_and(|arn| harmless(&arn))
}
