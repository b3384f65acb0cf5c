//! What CloudFormation refuses about a template as such, before it makes anything of it.

mod defaults;
mod mappings;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use serde_json::Value;

use super::functions::misuses;
use super::references::{self, Reference};
use super::template::{Template, depends_on, text_of};
use super::{RESOURCE_LIMIT, locate};
use crate::diagnostic::{Diagnostic, Report};
use crate::text;

/// What a template may hold ("CloudFormation template sections"). Transforms may bring more.
const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// What a resource may hold ("Resource attribute reference"); `Version` is that of a custom resource.
const ATTRIBUTES: [&str; 11] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Description",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Version",
];

/// What CloudFormation knows by itself ("Pseudo parameters").
const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// What may become of a resource that leaves its stack, and of one that is replaced.
const POLICIES: [(&str, &[&str]); 2] = [
    ("DeletionPolicy", &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"]),
    ("UpdateReplacePolicy", &["Delete", "Retain", "Snapshot"]),
];

/// Checks a template. `file` and `text` are what it was read from; the text of one that was changed is empty.
pub(super) fn check(template: &Template, file: &Utf8Path, text: &str, report: &mut Report) {
    let mut check = Check { template, file, text, report };
    // A macro may add and change anything, so only plain templates can be judged.
    let is_plain = !template.has_transform();
    if is_plain {
        check.sections();
    }
    check.resources(is_plain);
    if is_plain && template.resources().next().is_some() {
        check.attributes();
        check.outputs();
        check.parameters();
        check.functions();
        check.references();
        check.mappings();
        check.defaults();
        check.conditions();
        check.cycles();
    }
}

struct Check<'a> {
    template: &'a Template,
    file: &'a Utf8Path,
    text: &'a str,
    report: &'a mut Report,
}

impl<'a> Check<'a> {
    /// Makes an error about a word that stands below some keys.
    fn error(&self, code: &'static str, message: String, keys: &[&str], word: &str, label: &str) -> Diagnostic {
        Diagnostic::error(code, message).at(self.file, locate::below(self.text, keys, word), label)
    }

    fn names(&self, section: &str) -> BTreeSet<&'a str> {
        self.template.section(section).map(|(name, _)| name.as_str()).collect()
    }

    fn sections(&mut self) {
        for key in self.template.root().keys().filter(|key| !SECTIONS.contains(&key.as_str())) {
            let message = format!("template `{}` has a section `{key}`, which CloudFormation does not know", self.file);
            let finding = self.error("template-shape", message, &[], key, "not a section of a template");
            self.report.push(finding.help(text::suggestion(key, &SECTIONS, "section")));
        }
    }

    fn resources(&mut self, is_plain: bool) {
        let resources = self.template.resources().count();
        if resources == 0 && is_plain {
            let message = format!("template `{}` declares no resources", self.file);
            let finding = self.error("template-shape", message, &[], "Resources", "");
            self.report.push(finding.help("add a `Resources` section with at least one resource"));
        }
        if resources > RESOURCE_LIMIT {
            let message = format!(
                "template `{}` declares {resources} resources; CloudFormation allows {RESOURCE_LIMIT}",
                self.file
            );
            let finding = Diagnostic::error("too-many-resources", message).at(self.file, 0..0, "");
            self.report.push(finding.help("split the template into several stacks"));
        }
        for (name, resource) in self.template.resources() {
            // `Fn::ForEach::…` and `Fn::Transform` stand for resources.
            if text_of(resource, "Type").is_none() && !name.starts_with("Fn::") {
                let message = format!("resource `{name}` has no `Type`");
                self.report.push(self.error("template-shape", message, &["Resources"], name, ""));
            }
        }
    }

    /// The attributes of resources: known ones, with policies that there are, waiting for resources that there are.
    fn attributes(&mut self) {
        let resources = self.names("Resources");
        for (name, resource) in self.template.resources() {
            let keys = ["Resources", name];
            for key in resource.as_object().into_iter().flat_map(serde_json::Map::keys) {
                if !ATTRIBUTES.contains(&key.as_str()) {
                    let message =
                        format!("resource `{name}` has an attribute `{key}`, which CloudFormation does not know");
                    let finding = self.error("template-shape", message, &keys, key, "not an attribute of a resource");
                    self.report.push(finding.help(attribute_help(key)));
                }
            }
            for (attribute, policies) in POLICIES {
                let Some(policy) = text_of(resource, attribute).filter(|policy| !policies.contains(policy)) else {
                    continue;
                };
                let message = format!("resource `{name}`: `{policy}` is not a value of `{attribute}`");
                let label = format!("one of {}", text::list(policies));
                let below = ["Resources", name, attribute];
                let finding = self.error("unknown-value", message, &below, policy, &label);
                self.report.push(match text::nearest(policy, policies.iter().copied()) {
                    Some(near) => finding.help(format!("a similar value exists: `{near}`")),
                    None => finding,
                });
            }
            if !resource.get("DependsOn").is_none_or(names_resources) {
                let message = format!("resource `{name}` depends on what is not a name");
                let finding = self.error("template-shape", message, &keys, "DependsOn", "not the name of a resource");
                self.report.push(finding.help("write the logical id of a resource, or a list of them"));
            }
            for wanted in depends_on(resource).iter().filter(|wanted| !resources.contains(wanted.as_str())) {
                let message = format!("`{name}` depends on `{wanted}`, but the template declares no such resource");
                let below = ["Resources", name, "DependsOn"];
                let finding = self.error("unresolved-reference", message, &below, wanted, "no such resource");
                let known: Vec<&str> = resources.iter().copied().collect();
                self.report.push(finding.help(text::suggestion(wanted, &known, "resource")));
            }
        }
    }

    fn parameters(&mut self) {
        for (name, declared) in self.template.section("Parameters") {
            if text_of(declared, "Type").is_none() {
                let message = format!("parameter `{name}` has no `Type`");
                let finding = self.error("template-shape", message, &["Parameters"], name, "");
                self.report.push(finding.help("`Type: String` takes any text"));
            }
        }
    }

    /// Functions are called as they are declared.
    fn functions(&mut self) {
        for section in ["Conditions", "Resources", "Outputs"] {
            for (entry, declared) in self.template.section(section) {
                let mut found = Vec::new();
                misuses(declared, &mut found);
                for misuse in found {
                    let message = format!("`{entry}` {}", misuse.problem);
                    let finding = self.error("template-shape", message, &[section, entry], misuse.word, "");
                    self.report.push(finding.help(misuse.help));
                }
            }
        }
    }

    fn outputs(&mut self) {
        for (name, output) in self.template.section("Outputs") {
            if output.get("Value").is_none() {
                let message = format!("output `{name}` has no `Value`");
                self.report.push(self.error("template-shape", message, &["Outputs"], name, ""));
            }
        }
    }

    /// References name parameters, resources or what CloudFormation knows by itself; conditions name no resources.
    fn references(&mut self) {
        let (parameters, resources) = (self.names("Parameters"), self.names("Resources"));
        let mut missing: BTreeMap<Reference, (&str, &str)> = BTreeMap::new();
        for section in ["Conditions", "Resources", "Outputs"] {
            let resources = if section == "Conditions" { BTreeSet::new() } else { resources.clone() };
            for (entry, declared) in self.template.section(section) {
                for reference in references::references(declared) {
                    let is_there = match &reference {
                        Reference::Name(name) => {
                            let name = name.as_str();
                            PSEUDO_PARAMETERS.contains(&name) || parameters.contains(name) || resources.contains(name)
                        }
                        Reference::Attribute { resource, .. } => resources.contains(resource.as_str()),
                    };
                    if !is_there {
                        missing.entry(reference).or_insert((section, entry));
                    }
                }
            }
        }
        for (reference, (section, entry)) in missing {
            let target = reference.target();
            let message = match resources.contains(target) {
                true => format!("condition `{entry}` refers to the resource `{target}`, which is not there yet"),
                false => format!("`{target}` is referred to, but the template declares no such resource or parameter"),
            };
            let finding = self.error("unresolved-reference", message, &[section, entry], target, "referred to here");
            let known = parameters.iter().chain(&resources).copied().chain(PSEUDO_PARAMETERS);
            self.report.push(match text::nearest(target, known).filter(|near| *near != target) {
                Some(near) => finding.help(format!("a similar name is declared: `{near}`")),
                None => finding,
            });
        }
    }

    /// Conditions that are named are declared.
    fn conditions(&mut self) {
        let known = self.names("Conditions");
        let mut missing: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        for section in ["Conditions", "Resources", "Outputs"] {
            for (entry, declared) in self.template.section(section) {
                let mut named = Vec::new();
                match section {
                    "Conditions" => conditions_of_conditions(declared, &mut named),
                    _ => {
                        named.extend(text_of(declared, "Condition"));
                        conditions_of_values(declared, &mut named);
                    }
                }
                for name in named.into_iter().filter(|name| !known.contains(name)) {
                    missing.entry(name).or_insert((section, entry));
                }
            }
        }
        let known: Vec<&str> = known.iter().copied().collect();
        for (name, (section, entry)) in missing {
            let message = format!("condition `{name}` is named, but the template declares none of this name");
            let finding = self.error("unresolved-reference", message, &[section, entry], name, "named here");
            self.report.push(finding.help(text::suggestion(name, &known, "condition")));
        }
    }

    fn cycles(&mut self) {
        let resources: BTreeMap<&str, &Value> =
            self.template.resources().map(|(name, value)| (name.as_str(), value)).collect();
        let mut waiting: BTreeMap<&str, BTreeSet<String>> = resources
            .iter()
            .map(|(name, resource)| {
                let found = references::references(resource);
                let needs = found.iter().map(|reference| reference.target().to_owned());
                let needs = needs.chain(depends_on(resource)).filter(|need| resources.contains_key(need.as_str()));
                (*name, needs.collect())
            })
            .collect();
        loop {
            let ready: Vec<&str> = waiting
                .iter()
                .filter(|(_, needs)| needs.iter().all(|need| !waiting.contains_key(need.as_str())))
                .map(|(name, _)| *name)
                .collect();
            if ready.is_empty() {
                break;
            }
            for name in ready {
                waiting.remove(name);
            }
        }
        // What only waits for the circle is not in it.
        loop {
            let needed: BTreeSet<String> = waiting.values().flatten().cloned().collect();
            let number = waiting.len();
            waiting.retain(|name, _| needed.contains(*name));
            if waiting.len() == number {
                break;
            }
        }
        if let Some(first) = waiting.keys().next() {
            let names: Vec<&str> = waiting.keys().copied().take(10).collect();
            let message = format!("resources wait for each other in a circle, among {}", text::list(&names));
            self.report.push(self.error("circular-dependency", message, &["Resources"], first, ""));
        }
    }
}

/// Whether a value is what `DependsOn` may be: a text, or texts.
fn names_resources(value: &Value) -> bool {
    value.is_string() || value.as_array().is_some_and(|names| names.iter().all(Value::is_string))
}

/// What to say of an attribute that is not known: a similar one, or that it may be a property.
fn attribute_help(key: &str) -> String {
    match text::nearest(key, ATTRIBUTES) {
        Some(near) => format!("an attribute with a similar name exists: `{near}`"),
        None => "a property of the resource belongs below `Properties`".to_owned(),
    }
}

/// The conditions that a condition is made of.
fn conditions_of_conditions<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| conditions_of_conditions(item, found)),
        Value::Object(members) => {
            found.extend(members.get("Condition").filter(|_| members.len() == 1).and_then(Value::as_str));
            members.values().for_each(|member| conditions_of_conditions(member, found));
        }
        _ => {}
    }
}

/// The conditions that values are chosen by (`Fn::If`).
fn conditions_of_values<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| conditions_of_values(item, found)),
        Value::Object(members) => {
            if let Some(choice) = members.get("Fn::If").filter(|_| members.len() == 1) {
                found.extend(choice.get(0).and_then(Value::as_str));
            }
            members.values().for_each(|member| conditions_of_values(member, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
