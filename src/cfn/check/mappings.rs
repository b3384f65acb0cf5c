//! What `Fn::FindInMap` looks for is in the template's mappings.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Check;
use crate::text;

/// The mappings and their keys that are looked for, and where each is first: the section and its entry.
type Sought<'a> = BTreeMap<(&'a str, Option<&'a str>), (&'a str, &'a str)>;

impl<'a> Check<'a> {
    /// Mappings that are named, and their keys that are, are declared.
    pub(super) fn mappings(&mut self) {
        let mut sought = Sought::new();
        for section in ["Conditions", "Resources", "Outputs"] {
            for (entry, declared) in self.template.section(section) {
                let reach = if declared.get("Condition").is_some() { Reach::Chosen } else { Reach::Always };
                collect(declared, (section, entry), reach, &mut sought);
            }
        }
        let declared: BTreeMap<&str, &Value> =
            self.template.section("Mappings").map(|(name, mapping)| (name.as_str(), mapping)).collect();
        for ((mapping, key), (section, entry)) in sought {
            let Some(keys) = declared.get(mapping) else {
                if key.is_none() {
                    let known: Vec<&str> = declared.keys().copied().collect();
                    self.not_found("mapping", mapping, &known, (section, entry), "");
                }
                continue;
            };
            let Some((key, keys)) = key.zip(keys.as_object()).filter(|(key, keys)| !keys.contains_key(*key)) else {
                continue;
            };
            let known: Vec<&str> = keys.keys().map(String::as_str).collect();
            self.not_found("key", key, &known, (section, entry), &format!(" in the mapping `{mapping}`"));
        }
    }

    fn not_found(&mut self, noun: &str, name: &str, known: &[&str], (section, entry): (&str, &str), place: &str) {
        let message = format!("{noun} `{name}` is looked for{place}, but the template declares none of this name");
        let finding = self.error("unresolved-reference", message, &[section, entry], name, "looked for here");
        self.report.push(finding.help(text::suggestion(name, known, noun)));
    }
}

/// Whether a value is looked at whatever conditions say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It is.
    Always,
    /// Perhaps never: its keys are not judged.
    Chosen,
}

/// Collects the plain names: each mapping, and each mapping with a key.
fn collect<'a>(value: &'a Value, place: (&'a str, &'a str), reach: Reach, found: &mut Sought<'a>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, place, reach, found)),
        Value::Object(members) => {
            let reach = if members.contains_key("Fn::If") { Reach::Chosen } else { reach };
            if let Some(Value::Array(arguments)) = members.get("Fn::FindInMap").filter(|_| members.len() == 1) {
                let name = |position: usize| arguments.get(position).and_then(Value::as_str);
                if let Some(mapping) = name(0) {
                    found.entry((mapping, None)).or_insert(place);
                    if let Some(key) = name(1).filter(|_| reach == Reach::Always) {
                        found.entry((mapping, Some(key))).or_insert(place);
                    }
                }
            }
            members.values().for_each(|member| collect(member, place, reach, found));
        }
        _ => {}
    }
}
