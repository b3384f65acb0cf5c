//! What CloudFormation reads from elsewhere whenever it deploys a template.

use serde_json::Value;

use super::Template;

/// Macros whose result follows from the template alone.
const CONSTANT_MACROS: [&str; 3] =
    ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen"];

/// What the CDK puts into the description of a parameter that changes nothing: the version of the toolkit stack.
const CONSTANT_PARAMETER: &str = "[cdk:skip]";

impl Template {
    /// Something that CloudFormation reads anew whenever it deploys the template, so that the same template may do
    /// something else each time. Its name is for people.
    ///
    /// Dynamic references are not among it: a resource is not changed for them as long as its declaration is the same.
    pub fn read_when_deployed(&self) -> Option<String> {
        let from_store = self.parameters().into_iter().find(|(_, parameter)| {
            let is_constant = parameter.description.as_ref().is_some_and(|text| text.contains(CONSTANT_PARAMETER));
            parameter.parameter_type.starts_with("AWS::SSM::Parameter::") && !is_constant
        });
        if let Some((name, _)) = from_store {
            return Some(format!("the parameter `{name}` from the Parameter Store"));
        }
        let root = Value::Object(self.root().clone());
        let mut macros = Vec::new();
        macros_of(root.get("Transform"), &mut macros);
        called_macros(&root, &mut macros);
        if calls(&root, "Fn::GetStackOutput") {
            return Some("an output of another stack (`Fn::GetStackOutput`)".to_owned());
        }
        let varying = macros.into_iter().find(|name| !CONSTANT_MACROS.contains(&name.as_str()));
        varying.map(|name| format!("what the macro `{name}` makes"))
    }
}

/// The macros of a `Transform`: a name, a call, or several of them.
fn macros_of(transform: Option<&Value>, found: &mut Vec<String>) {
    match transform {
        Some(Value::String(name)) => found.push(name.clone()),
        Some(Value::Object(call)) => found.extend(call.get("Name").and_then(Value::as_str).map(str::to_owned)),
        Some(Value::Array(several)) => several.iter().for_each(|one| macros_of(Some(one), found)),
        _ => {}
    }
}

/// Whether a function is called anywhere in a template.
fn calls(value: &Value, function: &str) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, member)| name == function || calls(member, function)),
        Value::Array(items) => items.iter().any(|item| calls(item, function)),
        _ => false,
    }
}

/// The macros that are called within a template.
fn called_macros(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            macros_of(members.get("Fn::Transform"), found);
            members.values().for_each(|member| called_macros(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| called_macros(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    fn read(head: &str) -> Option<String> {
        let text = format!("{head}\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n");
        Template::parse(Utf8Path::new("t.yaml"), &text).expect("a template").read_when_deployed()
    }

    #[test]
    fn what_may_be_another_at_each_deployment_is_found() {
        assert_eq!(read("Parameters: {Name: {Type: String}}"), None);
        let ssm = "Type: AWS::SSM::Parameter::Value<String>";
        let skipped = format!("Parameters: {{Version: {{{ssm}, Description: \"Version. [cdk:skip]\"}}}}");
        assert_eq!(read(&skipped), None);
        let found = read(&format!("Parameters: {{Ami: {{{ssm}}}}}"));
        assert_eq!(found.as_deref(), Some("the parameter `Ami` from the Parameter Store"));
        assert_eq!(read("Transform: AWS::Serverless-2016-10-31"), None);
        let several = "Transform: [AWS::LanguageExtensions, {Name: \"AWS::Include\", Parameters: {Location: s3}}]";
        assert_eq!(read(several).as_deref(), Some("what the macro `AWS::Include` makes"));
        let output = "Outputs: {Url: {Value: !GetStackOutput {StackName: other, OutputName: Url}}}";
        assert_eq!(read(output).as_deref(), Some("an output of another stack (`Fn::GetStackOutput`)"));
        let within = "Mappings: {M: {Fn::Transform: {Name: Mine}}}";
        assert_eq!(read(within).as_deref(), Some("what the macro `Mine` makes"));
    }
}
