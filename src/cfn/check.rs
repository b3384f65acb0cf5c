//! What CloudFormation refuses about a template as such, before it makes anything of it.

mod defaults;
mod mappings;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use serde_json::Value;

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
            for wanted in depends_on(resource).iter().filter(|wanted| !resources.contains(wanted.as_str())) {
                let message = format!("`{name}` depends on `{wanted}`, but the template declares no such resource");
                let below = ["Resources", name, "DependsOn"];
                let finding = self.error("unresolved-reference", message, &below, wanted, "no such resource");
                let known: Vec<&str> = resources.iter().copied().collect();
                self.report.push(finding.help(text::suggestion(wanted, &known, "resource")));
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
mod tests {
    use super::*;

    /// What is said of a template, each with the text at its place.
    fn told(text: &str) -> Vec<String> {
        let Err(report) = Template::parse(Utf8Path::new("app.yaml"), text) else { return Vec::new() };
        let told = |finding: Diagnostic| {
            let place = &text[finding.labels[0].span.clone()];
            let help = finding.help.first().map(|help| format!(" ({help})")).unwrap_or_default();
            let line = text[..finding.labels[0].span.start].matches('\n').count() + 1;
            format!("{line} {place}: {}{help}", finding.message)
        };
        report.diagnostics.into_iter().map(told).collect()
    }

    const DANGLING: &str = "\
Description: Topic, Toppic and IsProd of the shop
Parameters: {Stage: {Type: String}}
Conditions:
  IsProd: !Equals [!Ref Stag, prod]
  IsBoth: !And [Condition: IsPord, !Not [!Equals [!Ref 'AWS::Regon', x]]]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    DeletionPolicy: Retian
    DependsOn: [Queu]
    Condition: IsProd
    Propertys: {}
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsDev
    Properties:
      QueueName: !If [IsProdd, !GetAtt Toppic.TopicName, !Sub 'x-${Topik.Name}-${!Kept}']
Output:
  Url: {Value: x}
";

    const FINDINGS: [&str; 11] = [
        "18 Output: template `app.yaml` has a section `Output`, which CloudFormation does not know (a section with a similar name exists: `Outputs`)",
        "12 Propertys: resource `Topic` has an attribute `Propertys`, which CloudFormation does not know (an attribute with a similar name exists: `Properties`)",
        "9 Retian: resource `Topic`: `Retian` is not a value of `DeletionPolicy` (a similar value exists: `Retain`)",
        "10 Queu: `Topic` depends on `Queu`, but the template declares no such resource (a resource with a similar name exists: `Queue`)",
        "5 AWS::Regon: `AWS::Regon` is referred to, but the template declares no such resource or parameter (a similar name is declared: `AWS::Region`)",
        "4 Stag: `Stag` is referred to, but the template declares no such resource or parameter (a similar name is declared: `Stage`)",
        "17 Topik: `Topik` is referred to, but the template declares no such resource or parameter (a similar name is declared: `Topic`)",
        "17 Toppic: `Toppic` is referred to, but the template declares no such resource or parameter (a similar name is declared: `Topic`)",
        "15 IsDev: condition `IsDev` is named, but the template declares none of this name (a condition with a similar name exists: `IsProd`)",
        "5 IsPord: condition `IsPord` is named, but the template declares none of this name (a condition with a similar name exists: `IsProd`)",
        "17 IsProdd: condition `IsProdd` is named, but the template declares none of this name (a condition with a similar name exists: `IsProd`)",
    ];

    #[test]
    fn names_of_nothing_are_told_where_they_stand() {
        let mut told = told(DANGLING);
        told.sort();
        let mut expected =
            FINDINGS.map(|finding| finding.replace(" (a condition with a similar name exists: `IsProd`)", ""));
        expected.sort();
        let without_help = |told: &String| told.replace(" (a condition with a similar name exists: `IsProd`)", "");
        let without_list = |told: String| told.replace(" (known: `IsBoth` and `IsProd`)", "");
        assert_eq!(told.iter().map(without_help).map(without_list).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_mappings_and_defaults_cannot_be_is_told() {
        let text = "\
Parameters:
  Size: {Type: String, AllowedValues: [small, large], Default: smal}
  Key: {Type: String, NoEcho: true, MinLength: 8, Default: short}
Mappings:
  Sizes: {small: {Memory: 1}}
Conditions:
  IsLarge: !Equals [!FindInMap [Size, !Ref Size, Memory], '1']
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !FindInMap [Sizes, smal, Memory]
      DisplayName: !If [IsLarge, !FindInMap [Sizes, large, Memory], x]
  Sometimes: {Type: AWS::SNS::Topic, Condition: IsLarge, Properties: {DisplayName: !FindInMap [Sizes, huge, Memory]}}
";
        assert_eq!(
            told(text),
            [
                "7 Size: mapping `Size` is looked for, but the template declares none of this name (a mapping with a similar name exists: `Sizes`)",
                "12 smal: key `smal` is looked for in the mapping `Sizes`, but the template declares none of this name (a key with a similar name exists: `small`)",
                "3 Default: parameter `Key`: its default has 5 characters, but it must have at least 8",
                "2 Default: parameter `Size`: its default `smal` is not one of its allowed values (a similar value is: `small`)",
            ]
        );
    }

    #[test]
    fn what_a_macro_makes_is_not_judged() {
        for text in [
            "Transform: AWS::Serverless-2016-10-31\nGlobals: {}\nResources: {F: {Type: AWS::Serverless::Function, DependsOn: FRole}}",
            "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - [A, B]\n    - Topic${Name}: {Type: AWS::SNS::Topic}",
            "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}",
            "Resources: {R: {Type: T, DeletionPolicy: !Ref P, 'Fn::Transform': {Name: M}}}",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_cloudformation_takes_is_taken() {
        for text in [
            "Conditions: {C: !Equals [!Ref 'AWS::Region', x]}\nResources:\n  R:\n    Type: AWS::IAM::Policy\n    Properties:\n      \
             PolicyDocument: {Statement: [{Condition: {Bool: {x: true}}, Resource: '{{resolve:ssm:/a}}'}]}\n      \
             N: !If [C, !Ref 'AWS::NoValue', !Sub '${AWS::StackName}-${!Literal}']",
            "Resources: {R: {Type: Custom::X, Version: '1.0', Description: d, UpdateReplacePolicy: Snapshot}}",
            "Hooks: {}\nRules: {R: {Assertions: []}}\nMappings: {}\nResources: {R: {Type: T, DependsOn: []}}",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }
}
