//! A template, and what pipectl needs to know of one.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use serde_json::{Map, Value};

use super::constraint::Constraints;
use super::{check, parse};
use crate::diagnostic::{Diagnostic, Report, SourceFile};

/// A parameter that a template declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its type, such as `String` or `AWS::SSM::Parameter::Value<String>`.
    pub parameter_type: String,
    /// Its default; without one a value must be given.
    pub default: Option<Value>,
    /// The only values that it takes; none if it takes any.
    pub allowed: Vec<String>,
    /// What else is demanded of its values.
    pub constraints: Constraints,
    /// What it is for.
    pub description: Option<String>,
}

impl Parameter {
    /// Whether its value is a list.
    pub fn is_list(&self) -> bool {
        self.parameter_type == "CommaDelimitedList" || self.parameter_type.starts_with("List<")
    }

    /// Its default as CloudFormation takes it: a text.
    pub fn default_text(&self) -> Option<String> {
        self.default.as_ref().map(|default| default.as_str().map_or_else(|| default.to_string(), str::to_owned))
    }

    /// Whether its value is the name of what CloudFormation looks up.
    pub fn is_looked_up(&self) -> bool {
        self.parameter_type.starts_with("AWS::SSM::Parameter::Value<")
    }
}

/// A CloudFormation template with every intrinsic function in its long form.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    root: Map<String, Value>,
}

impl Template {
    /// Reads a template, YAML or JSON, and checks what CloudFormation would refuse about it as such: unknown sections and
    /// attributes, a missing or empty `Resources`, more resources than are allowed, names of nothing, cycles.
    pub fn parse(file: &Utf8Path, text: &str) -> Result<Self, Report> {
        let template = Self::parse_deployed(file, text)?;
        let mut report = report_about(file, text);
        check::check(&template, file, text, &mut report);
        if report.has_errors() { Err(report) } else { Ok(template) }
    }

    /// Reads a template that CloudFormation has taken already: it is not ours to refuse anything about it.
    pub fn parse_deployed(file: &Utf8Path, text: &str) -> Result<Self, Report> {
        let problem = match parse::parse(file, text) {
            Ok(Value::Object(root)) => return Ok(Self { root }),
            Ok(_) => {
                let message = format!("template `{file}` is not a mapping with `Resources`");
                Diagnostic::error("template-shape", message).at(file, 0..0, "")
            }
            Err(diagnostic) => diagnostic,
        };
        let mut report = report_about(file, text);
        report.push(problem);
        Err(report)
    }

    /// Takes a template as it is, such as one that CloudFormation itself returned.
    pub fn from_value(root: Map<String, Value>) -> Self {
        Self { root }
    }

    /// The whole template.
    pub fn root(&self) -> &Map<String, Value> {
        &self.root
    }

    /// The template as compact JSON with sorted keys and a line end.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string(&self.root).expect("a template's keys are texts");
        text.push('\n');
        text
    }

    /// The whole template, to be changed. Whoever changes it answers for its shape.
    pub fn root_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.root
    }

    /// A resource's declaration.
    pub fn resource(&self, logical_id: &str) -> Option<&Value> {
        self.root.get("Resources")?.get(logical_id)
    }

    /// What CloudFormation would refuse about the shape of a template that was changed. `name` is what it is called.
    pub fn problems(&self, name: &Utf8Path) -> Report {
        let mut report = Report::default();
        check::check(self, name, "", &mut report);
        report
    }

    /// A resource's declaration, to be changed.
    pub fn resource_mut(&mut self, logical_id: &str) -> Option<&mut Map<String, Value>> {
        self.root.get_mut("Resources")?.get_mut(logical_id)?.as_object_mut()
    }

    /// A resource's properties, to be changed; a resource without any gets an empty object.
    pub fn properties_mut(&mut self, logical_id: &str) -> Option<&mut Map<String, Value>> {
        let resource = self.resource_mut(logical_id)?;
        resource.entry("Properties").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
    }

    /// The parameters by name.
    pub fn parameters(&self) -> BTreeMap<String, Parameter> {
        self.section("Parameters")
            .map(|(name, parameter)| {
                let parameter = Parameter {
                    parameter_type: text_of(parameter, "Type").unwrap_or("String").to_owned(),
                    default: parameter.get("Default").cloned(),
                    allowed: allowed_values(parameter),
                    constraints: Constraints::of(parameter),
                    description: text_of(parameter, "Description").map(str::to_owned),
                };
                (name.clone(), parameter)
            })
            .collect()
    }

    /// Whether a parameter's value is not shown to anybody (`NoEcho`).
    pub fn hides(&self, parameter: &str) -> bool {
        let declared = self.section("Parameters").find(|(name, _)| *name == parameter);
        let no_echo = declared.and_then(|(_, declared)| declared.get("NoEcho"));
        no_echo.is_some_and(|no_echo| *no_echo == true || *no_echo == "true")
    }

    /// The names of the outputs.
    pub fn outputs(&self) -> BTreeSet<String> {
        self.section("Outputs").map(|(name, _)| name.clone()).collect()
    }

    /// The resources: logical id and declaration.
    pub fn resources(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.section("Resources")
    }

    /// Tells whether the template uses a macro or a transform.
    pub fn has_transform(&self) -> bool {
        self.root.contains_key("Transform") || contains_key(&Value::Object(self.root.clone()), "Fn::Transform")
    }

    /// The entries of a top-level section.
    pub(super) fn section(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.root.get(name).and_then(Value::as_object).into_iter().flatten()
    }
}

fn report_about(file: &Utf8Path, text: &str) -> Report {
    Report { sources: vec![SourceFile { path: file.to_owned(), text: text.to_owned() }], ..Report::default() }
}

fn allowed_values(parameter: &Value) -> Vec<String> {
    let values = parameter.get("AllowedValues").and_then(Value::as_array).into_iter().flatten();
    values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
}

/// The logical ids in a resource's `DependsOn`.
pub(super) fn depends_on(resource: &Value) -> Vec<String> {
    match resource.get("DependsOn") {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// A text member of an object.
pub(super) fn text_of<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn contains_key(value: &Value, key: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| contains_key(item, key)),
        Value::Object(object) => object.contains_key(key) || object.values().any(|value| contains_key(value, key)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        match Template::parse(Utf8Path::new("app.yaml"), text) {
            Ok(_) => Vec::new(),
            Err(report) => report.diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect(),
        }
    }

    #[test]
    fn a_sound_template_is_read() {
        let text = "Parameters: {P: {Type: String, Default: x}}\nResources: {R: {Type: T, Properties: {N: !Ref P}}}\n\
                    Outputs: {O: {Value: !GetAtt R.Arn}}";
        let template = Template::parse(Utf8Path::new("app.yaml"), text).unwrap();
        assert_eq!(template.outputs().into_iter().collect::<Vec<_>>(), ["O"]);
        assert_eq!(template.parameters()["P"].default, Some("x".into()));
    }

    #[test]
    fn what_cloudformation_refuses_is_refused() {
        assert_eq!(messages("Resources: {}"), ["template `app.yaml` declares no resources"]);
        assert_eq!(
            messages(
                "Resources: {Queue: {Type: T, DependsOn: Topic, Properties: {P: !Ref Queu}}, \
                 Topic: {Type: T, Properties: {P: !Ref Queue}}}"
            ),
            [
                "`Queu` is referred to, but the template declares no such resource or parameter",
                "resources wait for each other in a circle, among `Queue` and `Topic`"
            ]
        );
    }
}
