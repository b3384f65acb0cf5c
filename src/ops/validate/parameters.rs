//! The values that a stack gives against the parameters that its template declares.

use std::collections::BTreeMap;

use super::{Check, Subject};
use crate::cfn::{Objection, Parameter};
use crate::definition::Value;
use crate::diagnostic::Diagnostic;
use crate::text;

/// How much of a value a message shows, in characters.
const LONGEST_VALUE: usize = 80;

pub(super) fn check(check: &mut Check<'_>, subject: &Subject<'_>) {
    let declared = subject.template.parameters();
    let template = &subject.stack.template;
    for (name, value) in &subject.stack.parameters {
        let path = format!("{}.{name}", subject.parameters);
        match declared.get(name) {
            None => {
                let message = format!("template `{template}` declares no parameter `{name}`");
                let finding = Diagnostic::error("unknown-parameter", message)
                    .at(check.file, check.places.key(&path), "not declared")
                    .help(suggestion(name, &declared));
                check.report.push(finding);
            }
            Some(parameter) => given(check, name, parameter, value, &path),
        }
    }
    for (position, asset) in subject.stack.assets.iter().enumerate() {
        for (key, name) in [("bucket-parameter", &asset.bucket_parameter), ("key-parameter", &asset.key_parameter)] {
            if !declared.contains_key(name) {
                let message = format!("template `{template}` declares no parameter `{name}`");
                let path = format!("{}.asset.{position}.{key}", subject.path);
                let finding = check.error("unknown-parameter", message, &path, "not declared");
                check.report.push(finding.help(suggestion(name, &declared)));
            }
            if subject.stack.parameters.contains_key(name) {
                let message = format!("parameter `{name}` has two values: one of `parameters`, one of an asset");
                let path = format!("{}.asset.{position}.{key}", subject.path);
                let finding = check.error("conflicting-keys", message, &path, "given by the asset");
                check.report.push(finding.help("remove it from `parameters`"));
            }
        }
    }
    let is_given = |name: &String| {
        subject.stack.parameters.contains_key(name)
            || subject.stack.assets.iter().any(|asset| asset.bucket_parameter == *name || asset.key_parameter == *name)
    };
    for (name, _) in declared.iter().filter(|(name, parameter)| parameter.default.is_none() && !is_given(name)) {
        let message = format!("parameter `{name}` of template `{template}` has neither a value nor a default");
        let path = format!("{}.template", subject.path);
        let finding = check.error("missing-parameter", message, &path, "this template needs it");
        check.report.push(finding.help(format!("add `parameters = {{ {name} = \"…\" }}` to the stack")));
    }
}

/// Whether the template takes a value that is known before the deployment.
fn given(check: &mut Check<'_>, name: &str, parameter: &Parameter, value: &Value, path: &str) {
    let Value::Literal(text) = value else { return };
    if let Some(Objection { problem, help }) = parameter.objection(text) {
        let message = format!("parameter `{name}`: `{}` {problem}", text::shortened(text, LONGEST_VALUE));
        let finding = check.error("invalid-value", message, path, "refused by the template");
        check.report.push(help.into_iter().fold(finding, Diagnostic::help));
    }
}

fn suggestion(name: &str, declared: &BTreeMap<String, Parameter>) -> String {
    let names: Vec<&str> = declared.keys().map(String::as_str).collect();
    match text::nearest(name, names.iter().copied()) {
        Some(near) => format!("a parameter with a similar name is declared: `{near}`"),
        None if names.is_empty() => "the template declares no parameters at all".to_owned(),
        None => format!("declared: {}", text::list(&names)),
    }
}
