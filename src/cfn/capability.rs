//! Capabilities: what a template must be allowed expressly.

use serde_json::Value;

use super::Template;

/// What a template may do (`Capabilities` of CloudFormation's calls).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Capability {
    /// `CAPABILITY_IAM`: make IAM resources with generated names.
    Iam,
    /// `CAPABILITY_NAMED_IAM`: make IAM resources with chosen names. Includes [`Capability::Iam`].
    NamedIam,
    /// `CAPABILITY_AUTO_EXPAND`: use macros, and nested stacks that use them.
    AutoExpand,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 3] = [Self::Iam, Self::NamedIam, Self::AutoExpand];

    /// The name in CloudFormation's API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iam => "CAPABILITY_IAM",
            Self::NamedIam => "CAPABILITY_NAMED_IAM",
            Self::AutoExpand => "CAPABILITY_AUTO_EXPAND",
        }
    }
}

/// The IAM types that need a capability, with the property that names the resource ("Acknowledging IAM resources in
/// CloudFormation templates").
const IAM_TYPES: [(&str, &str); 8] = [
    ("AWS::IAM::AccessKey", ""),
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Policy", ""),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::User", "UserName"),
    ("AWS::IAM::UserToGroupAddition", ""),
];

impl Template {
    /// The capabilities without which CloudFormation refuses the template. A nested stack may need any of them, since
    /// what is in it is not known here.
    pub fn capabilities(&self) -> Vec<Capability> {
        let mut needed = Vec::new();
        for (_, resource) in self.resources() {
            let resource_type = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
            if resource_type == "AWS::CloudFormation::Stack" {
                needed.extend([Capability::NamedIam, Capability::AutoExpand]);
            }
            if let Some((_, name)) = IAM_TYPES.iter().find(|(iam_type, _)| *iam_type == resource_type) {
                let is_named = resource.get("Properties").is_some_and(|properties| properties.get(name).is_some());
                needed.push(if is_named { Capability::NamedIam } else { Capability::Iam });
            }
        }
        if self.has_transform() {
            // What a macro makes is not known here either; the serverless transform makes named and unnamed roles.
            needed.extend([Capability::NamedIam, Capability::AutoExpand]);
        }
        if needed.contains(&Capability::NamedIam) {
            needed.retain(|capability| *capability != Capability::Iam);
        }
        needed.sort_unstable();
        needed.dedup();
        needed
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    #[test]
    fn needed_capabilities_follow_from_the_resources() {
        let needed = |text| Template::parse(Utf8Path::new("t"), text).unwrap().capabilities();
        assert_eq!(needed("Resources: {R: {Type: AWS::S3::Bucket}}"), []);
        assert_eq!(needed("Resources: {R: {Type: AWS::IAM::Role}}"), [Capability::Iam]);
        assert_eq!(
            needed("Transform: X\nResources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: a}}}"),
            [Capability::NamedIam, Capability::AutoExpand]
        );
    }
}
