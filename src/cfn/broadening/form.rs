//! The forms of rights, and of their limits, beside policy documents: one row each.

/// A property that gives rights or limits them.
#[derive(Debug)]
pub(super) struct Form {
    /// The types of resources that have it; all, if none is named. A `*` stands for any beginning.
    pub types: &'static [&'static str],
    /// The property; all properties together, if it is empty.
    pub property: &'static str,
    /// How it is read.
    pub reading: Reading,
    /// What stands before a value of it, for people.
    pub words: &'static str,
}

/// How a property is read. Each of its values counts for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// It gives something.
    Grants,
    /// It keeps something from the resource.
    Limits,
    /// It names what is not seen here, which may give something and may deny something.
    Both,
    /// It gives something where it is left out.
    Absence,
    /// It gives something unless another property is literally this.
    Unless(&'static str, &'static str),
}

use Reading::{Absence, Both, Grants, Limits, Unless};

const fn row(types: &'static [&'static str], property: &'static str, reading: Reading, words: &'static str) -> Form {
    Form { types, property, reading, words }
}

/// What stands for everything that a resource is given.
const ALL: &str = "";

/// The forms.
pub(super) const FORMS: &[Form] = &[
    row(&[], "ManagedPolicyArns", Both, "the managed policy"),
    row(&["AWS::SSO::PermissionSet"], "ManagedPolicies", Both, "the managed policy"),
    row(&["AWS::SSO::PermissionSet"], "CustomerManagedPolicyReferences", Both, "the managed policy"),
    row(&["AWS::Serverless::Function", "AWS::Serverless::StateMachine"], "Policies", Both, "the policy"),
    row(&[], "PermissionsBoundary", Limits, "bounded by"),
    // Who becomes whom.
    row(&[], "Role", Grants, "acts as"),
    row(&[], "RoleArn", Grants, "acts as"),
    row(&[], "RoleARN", Grants, "acts as"),
    row(&[], "ServiceRole", Grants, "acts as"),
    row(&[], "TaskRoleArn", Grants, "acts as"),
    row(&[], "ExecutionRoleArn", Grants, "acts as"),
    row(&[], "IamInstanceProfile", Grants, "acts as"),
    row(&["AWS::IAM::InstanceProfile"], "Roles", Grants, "machines act as"),
    row(&["AWS::IAM::User"], "Groups", Both, "membership of the group"),
    row(&["AWS::IAM::UserToGroupAddition"], ALL, Both, "membership of a group:"),
    row(&["AWS::IAM::OIDCProvider", "AWS::IAM::SAMLProvider"], ALL, Grants, "trust in a provider of identities:"),
    row(&["AWS::RolesAnywhere::TrustAnchor"], ALL, Grants, "trust in an authority:"),
    row(&["AWS::RolesAnywhere::Profile"], "RoleArns", Grants, "sessions as"),
    row(&["AWS::SSO::Assignment"], ALL, Grants, "rights in an account:"),
    row(&["AWS::Organizations::Policy"], "TargetIds", Both, "the policy for"),
    row(&["AWS::Cognito::IdentityPoolRoleAttachment"], ALL, Grants, "roles for identities:"),
    row(&["AWS::Cognito::IdentityPool"], "AllowUnauthenticatedIdentities", Grants, "identities for everybody:"),
    row(&["AWS::EKS::AccessEntry"], ALL, Grants, "rights in a cluster:"),
    row(&["AWS::LakeFormation::Permissions"], ALL, Grants, "rights to data:"),
    row(&["AWS::LakeFormation::PrincipalPermissions"], ALL, Grants, "rights to data:"),
    // Who may call or use what.
    row(&["AWS::Lambda::Permission"], ALL, Grants, "calls of a function:"),
    row(&["AWS::Lambda::Url"], ALL, Unless("AuthType", "AWS_IAM"), "calls of a function by everybody:"),
    row(&["AWS::Lambda::LayerVersionPermission"], ALL, Grants, "use of a layer:"),
    row(&["AWS::Events::EventBusPolicy"], ALL, Grants, "events for a bus:"),
    row(&["AWS::RAM::ResourceShare"], ALL, Grants, "a share of resources:"),
    row(&["AWS::S3::Bucket"], "AccessControl", Grants, "access by the list"),
    row(&["AWS::S3::Bucket"], "PublicAccessBlockConfiguration", Limits, "kept from the public by"),
    // Networks.
    row(&["AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"], ALL, Grants, "traffic:"),
    row(&["AWS::EC2::SecurityGroup"], "SecurityGroupIngress", Grants, "traffic (SecurityGroupIngress):"),
    row(&["AWS::EC2::SecurityGroup"], "SecurityGroupEgress", Grants, "traffic (SecurityGroupEgress):"),
    row(&["AWS::EC2::SecurityGroup"], "SecurityGroupEgress", Absence, "traffic to everywhere"),
    row(&["AWS::EC2::PrefixList"], "Entries", Grants, "addresses of a list:"),
    row(&["AWS::EC2::NetworkAclEntry"], ALL, Both, "traffic:"),
    row(&["AWS::EC2::VPCEndpoint"], "PolicyDocument", Absence, "everything through the endpoint"),
    row(&["AWS::EC2::VPCEndpointServicePermissions"], "AllowedPrincipals", Grants, "use of a service by"),
    // What is made by others of what is given here.
    row(&["*::MODULE"], ALL, Both, "what a module makes of"),
    row(&["AWS::CloudFormation::StackSet"], ALL, Both, "what stacks elsewhere make of"),
    row(&["AWS::Serverless::Application"], ALL, Both, "what an application makes of"),
    row(&["AWS::ServiceCatalog::CloudFormationProvisionedProduct"], ALL, Both, "what a product makes of"),
];

/// The words for those whom a policy is for, by the property that names them; other properties stand for themselves.
pub(super) const HOLDERS: [(&str, &str); 9] = [
    ("Roles", "role"),
    ("RoleName", "role"),
    ("Users", "user"),
    ("UserName", "user"),
    ("Groups", "group"),
    ("GroupName", "group"),
    ("Bucket", "bucket"),
    ("Queues", "queue"),
    ("Topics", "topic"),
];

/// The properties of policies that name nobody.
pub(super) const NO_HOLDERS: [&str; 6] =
    ["PolicyName", "ManagedPolicyName", "Description", "Path", "Tags", "BlockPublicPolicy"];

/// The end of the types that are a policy for something else.
pub(super) const POLICY: &str = "Policy";

/// Resources whose policies restrain nobody else, so that nothing is permitted by their removal.
pub(super) const PRINCIPALS: [&str; 2] = ["AWS::IAM::Role", "AWS::IAM::User"];

/// In the ARNs of the policies that AWS manages.
pub(super) const MANAGED_BY_AWS: &str = ":aws:policy/";

/// In the names of those of them that deny.
pub(super) const DENYING: [&str; 2] = ["Deny", "Quarantine"];

impl Form {
    /// Whether resources of a type have it.
    pub fn is_of(&self, resource_type: &str) -> bool {
        let is_meant = |known: &str| match known.strip_prefix('*') {
            Some(end) => resource_type.ends_with(end),
            None => known == resource_type,
        };
        self.types.is_empty() || self.types.iter().any(|known| is_meant(known))
    }
}
