//! How the ARN of a resource is had in a template.

use super::link::Wanted;

/// The types that AWS has, one a line, each with the attribute that is the ARN of a resource. Without one there is none.
const KNOWN: &str = include_str!("arns.txt");
/// Types whose identifier is their ARN.
const IDENTIFIED: [&str; 6] = [
    "AWS::SNS::Topic",
    "AWS::StepFunctions::StateMachine",
    "AWS::SecretsManager::Secret",
    "AWS::Lambda::LayerVersion",
    "AWS::IAM::ManagedPolicy",
    "AWS::CloudFormation::Stack",
];
/// Types of which AWS knows nothing and Amplify does.
const AMPLIFYS: [(&str, &str); 1] = [("Custom::AmplifyDynamoDBTable", "TableArn")];
/// The attribute's usual name, for types that are somebody's own.
const USUAL: &str = "Arn";

/// What is the ARN of a resource of a type; none if a template cannot tell it.
pub(super) fn of_type(resource_type: &str) -> Option<Wanted> {
    if IDENTIFIED.contains(&resource_type) {
        return Some(Wanted::Identifier);
    }
    let attribute = AMPLIFYS.iter().find(|(known, _)| *known == resource_type).map(|(_, attribute)| *attribute);
    let attribute = attribute.map_or_else(|| attribute_of(resource_type), Some);
    attribute.map(|attribute| Wanted::Attribute(attribute.to_owned()))
}

fn attribute_of(resource_type: &str) -> Option<&'static str> {
    let of =
        |line: &'static str| line.strip_prefix(resource_type).filter(|rest| rest.is_empty() || rest.starts_with(' '));
    KNOWN.lines().find_map(of).map_or(Some(USUAL), |rest| rest.strip_prefix(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str) -> Option<Wanted> {
        Some(Wanted::Attribute(name.to_owned()))
    }

    #[test]
    fn an_arn_is_an_attribute_or_the_identifier_or_not_to_be_had() {
        assert_eq!(of_type("AWS::Cognito::UserPool"), attribute("Arn"));
        assert_eq!(of_type("AWS::AppSync::FunctionConfiguration"), attribute("FunctionArn"));
        assert_eq!(of_type("AWS::SNS::Topic"), Some(Wanted::Identifier));
        assert_eq!(of_type("Custom::AmplifyDynamoDBTable"), attribute("TableArn"));
        assert_eq!(of_type("Acme::Tools::Thing"), attribute("Arn"));
        assert_eq!(of_type("AWS::Cognito::IdentityPool"), None);
        assert_eq!(of_type("AWS::SSM::Parameter"), None);
    }
}
