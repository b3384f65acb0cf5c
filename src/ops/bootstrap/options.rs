//! What a user may choose about a toolkit stack, and the parameters that follow.

use indexmap::IndexMap;

use super::BootstrapError;
use super::contract::was_created;
use crate::aws::cloudformation::{Protection, Stack};
use crate::id::{AccountId, Environment, Qualifier, StackName};
use crate::ops::stack::DesiredParameter;

/// What a user may choose about a toolkit stack. What is `None` stays as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The name of the stack.
    pub stack_name: StackName,
    /// Another template than the embedded one.
    pub template: Option<String>,
    /// The part of all names that tells toolkit stacks apart.
    pub qualifier: Option<Qualifier>,
    /// The name of the bucket for file assets.
    pub bucket_name: Option<String>,
    /// The key that encrypts file assets.
    pub key: Option<Key>,
    /// Accounts that may publish and deploy; all of them.
    pub trusted: Option<Vec<AccountId>>,
    /// Accounts that may look values up; all of them.
    pub trusted_for_lookup: Option<Vec<AccountId>>,
    /// Accounts that may no longer do either.
    pub untrusted: Vec<AccountId>,
    /// ARNs of the policies that CloudFormation works with; all of them.
    pub execution_policies: Option<Vec<String>>,
    /// Whether the bucket refuses public access expressly.
    pub public_access_block: Option<Switch>,
    /// The policy that bounds the execution role.
    pub boundary: Option<Boundary>,
    /// Whether the policy bounds all roles.
    pub bound_all_roles: Option<Switch>,
    /// Whether roles refuse to be assumed with an external id.
    pub deny_external_id: Option<Switch>,
    /// Tags of the stack; all of them.
    pub tags: Option<IndexMap<String, String>>,
    /// Whether the stack is protected from deletion.
    pub protection: Option<Protection>,
    /// What happens to a newer stack, or one of another variant.
    pub overwrite: Overwrite,
    /// Whether the change is executed.
    pub execution: Execution,
}

impl Options {
    /// No wishes for the stack of this name.
    pub fn of(stack_name: StackName) -> Self {
        Self {
            stack_name,
            template: None,
            qualifier: None,
            bucket_name: None,
            key: None,
            trusted: None,
            trusted_for_lookup: None,
            untrusted: Vec::new(),
            execution_policies: None,
            public_access_block: None,
            boundary: None,
            bound_all_roles: None,
            deny_external_id: None,
            tags: None,
            protection: None,
            overwrite: Overwrite::Never,
            execution: Execution::Now,
        }
    }
}

/// The key that encrypts file assets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// The key of S3 itself.
    Managed,
    /// A new key, which the stack creates.
    New,
    /// This key, by its id or ARN.
    Existing(String),
}

impl Key {
    fn as_str(&self) -> &str {
        match self {
            Self::Managed => "AWS_MANAGED_KEY",
            Self::New => "",
            Self::Existing(key) => key,
        }
    }
}

/// Something that is switched on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl Switch {
    fn as_str(self) -> &'static str {
        match self {
            Self::On => "true",
            Self::Off => "false",
        }
    }
}

/// The policy that bounds the execution role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Boundary {
    /// An example, which the stack creates.
    Example,
    /// The policy of this name.
    Named(String),
}

/// What happens to a newer stack, or one of another variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays.
    Never,
    /// It is overwritten.
    Always,
}

/// Whether a change is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// It is.
    Now,
    /// The change set is left for someone else to execute.
    Later,
}

/// Parameters of a toolkit stack.
pub type Parameters = IndexMap<String, DesiredParameter>;

impl Options {
    /// The parameters of the stack in an environment, given what is deployed there. There are two sets where a policy
    /// has to exist before the roles that it bounds: the first is deployed before the second.
    pub fn parameters(
        &self,
        environment: &Environment,
        deployed: Option<&Stack>,
    ) -> Result<(Option<Parameters>, Parameters), BootstrapError> {
        let deployed = deployed.filter(|stack| was_created(stack));
        let mut parameters = self.plain_parameters(deployed)?;
        let name = match &self.boundary {
            None => return Ok((None, parameters)),
            Some(Boundary::Named(name)) => name.clone(),
            Some(Boundary::Example) => {
                let qualifier = self.qualifier(deployed);
                let Environment { account, region } = environment;
                give(&mut parameters, "UseExamplePermissionsBoundary", Switch::On.as_str());
                format!("cdk-{qualifier}-permissions-boundary-{account}-{region}")
            }
        };
        let is_policy_deployed = deployed.is_some_and(|stack| value(stack, "UseExamplePermissionsBoundary") == "true");
        let first = (self.boundary == Some(Boundary::Example) && !is_policy_deployed).then(|| parameters.clone());
        give(&mut parameters, "InputPermissionsBoundary", &name);
        Ok((first, parameters))
    }

    fn plain_parameters(&self, deployed: Option<&Stack>) -> Result<Parameters, BootstrapError> {
        let chosen = |accounts: &Option<Vec<AccountId>>| accounts.clone().unwrap_or_default();
        let twofold: Vec<String> = [chosen(&self.trusted), chosen(&self.trusted_for_lookup)]
            .concat()
            .into_iter()
            .filter(|account| self.untrusted.contains(account))
            .map(|account| account.to_string())
            .collect();
        if !twofold.is_empty() {
            return Err(BootstrapError::TrustedAndUntrusted { accounts: twofold });
        }
        let trusted = self.accounts(&self.trusted, deployed, "TrustedAccounts");
        let trusted_for_lookup = self.accounts(&self.trusted_for_lookup, deployed, "TrustedAccountsForLookup");
        let policies = match (&self.execution_policies, deployed) {
            (Some(policies), _) => policies.join(","),
            (None, Some(stack)) => value(stack, "CloudFormationExecutionPolicies").to_owned(),
            (None, None) => String::new(),
        };
        if policies.is_empty() && !trusted.is_empty() {
            return Err(BootstrapError::TrustWithoutPolicies { accounts: trusted });
        }

        let mut parameters: Parameters =
            PARAMETERS.iter().map(|name| ((*name).to_owned(), DesiredParameter::Previous)).collect();
        give(&mut parameters, "TrustedAccounts", &trusted.join(","));
        give(&mut parameters, "TrustedAccountsForLookup", &trusted_for_lookup.join(","));
        give(&mut parameters, "CloudFormationExecutionPolicies", &policies);
        let key = self.key.as_ref().or(deployed.is_none().then_some(&Key::Managed));
        let given = [
            ("Qualifier", self.qualifier.as_ref().map(Qualifier::as_str)),
            ("FileAssetsBucketName", self.bucket_name.as_deref()),
            ("FileAssetsBucketKmsKeyId", key.map(Key::as_str)),
            ("PublicAccessBlockConfiguration", self.public_access_block.map(Switch::as_str)),
            ("ApplyPermissionsBoundaryToAllRoles", self.bound_all_roles.map(Switch::as_str)),
            ("DenyExternalId", self.deny_external_id.map(Switch::as_str)),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                give(&mut parameters, name, value);
            }
        }
        Ok(parameters)
    }

    /// The accounts that are trusted in the end.
    fn accounts(&self, chosen: &Option<Vec<AccountId>>, deployed: Option<&Stack>, parameter: &str) -> Vec<String> {
        let accounts: Vec<String> = match (chosen, deployed) {
            (Some(accounts), _) => accounts.iter().map(ToString::to_string).collect(),
            (None, Some(stack)) => value(stack, parameter)
                .split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .collect(),
            (None, None) => Vec::new(),
        };
        accounts.into_iter().filter(|account| self.untrusted.iter().all(|other| other.as_str() != account)).collect()
    }

    /// The qualifier in the end.
    pub fn qualifier(&self, deployed: Option<&Stack>) -> Qualifier {
        let deployed =
            deployed.filter(|stack| was_created(stack)).and_then(|stack| value(stack, "Qualifier").parse().ok());
        self.qualifier.clone().or(deployed).unwrap_or_default()
    }
}

/// The parameters that keep their values unless others are chosen. The variant is not among them: it is the template's.
const PARAMETERS: [&str; 12] = [
    "TrustedAccounts",
    "TrustedAccountsForLookup",
    "CloudFormationExecutionPolicies",
    "FileAssetsBucketName",
    "FileAssetsBucketKmsKeyId",
    "ContainerAssetsRepositoryName",
    "Qualifier",
    "PublicAccessBlockConfiguration",
    "InputPermissionsBoundary",
    "UseExamplePermissionsBoundary",
    "ApplyPermissionsBoundaryToAllRoles",
    "DenyExternalId",
];

fn give(parameters: &mut Parameters, name: &str, value: &str) {
    parameters.insert(name.to_owned(), DesiredParameter::Given(value.to_owned()));
}

fn value<'a>(stack: &'a Stack, parameter: &str) -> &'a str {
    stack.parameters.get(parameter).map_or("", |parameter| parameter.value.as_str())
}
