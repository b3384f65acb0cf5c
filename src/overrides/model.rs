//! What is to be changed.

use indexmap::IndexMap;
use serde_json::Value;

use super::PropertyPath;

/// Everything that is to be changed in the templates of a stack and of those nested in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Changes of resources, in the order in which they are made.
    pub resources: Vec<Override>,
    /// Rights of functions, given after that.
    pub grants: Vec<Grant>,
    /// Variables of functions, set after that.
    pub variables: Vec<Variables>,
}

impl Overrides {
    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.grants.is_empty() && self.variables.is_empty()
    }
}

/// A change of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Which resources.
    pub selector: Selector,
    /// How many there may be.
    pub reach: Reach,
    /// What is set.
    pub set: IndexMap<PropertyPath, Setting>,
    /// What happens to a value that is no plain one.
    pub replacement: Replacement,
    /// What is removed.
    pub delete: Vec<PropertyPath>,
    /// What becomes of the resource when it leaves its stack.
    pub removal_policy: Option<RemovalPolicy>,
    /// Tags.
    pub tags: IndexMap<String, String>,
    /// Resources that go first.
    pub depends_on: Vec<String>,
}

/// Which resources are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Those of a name: the path of a construct, or logical ids.
    Resource(String),
    /// Those of a type, such as `AWS::Lambda::Function`.
    Type(String),
    /// Every resource that can have tags.
    Taggable,
}

/// How many resources a change may be made to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// Exactly one.
    #[default]
    One,
    /// All that are selected, at least one.
    All,
}

/// What happens to an intrinsic function, or to a value without parts, where another value is to be set at or below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Replacement {
    /// That is refused; tables are merged.
    #[default]
    Merge,
    /// The new value stands in its place.
    Replace,
}

/// A value that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// The value itself.
    Literal(Value),
    /// What is known of a resource when it is there.
    Reference(ResourceReference),
}

/// What is known of a resource when it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceReference {
    /// Its name.
    pub resource: String,
    /// One of its attributes; its main identifier (`Ref`) if absent.
    pub attribute: Option<String>,
}

/// What becomes of a resource when it leaves its stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalPolicy {
    /// It is deleted.
    Destroy,
    /// It stays.
    Retain,
    /// It stays, unless the stack's creation fails.
    RetainOnUpdateOrDelete,
    /// A snapshot of it is made.
    Snapshot,
}

impl RemovalPolicy {
    /// Every policy with its word in the definition, which is the CDK's.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("destroy", Self::Destroy),
        ("retain", Self::Retain),
        ("retain-on-update-or-delete", Self::RetainOnUpdateOrDelete),
        ("snapshot", Self::Snapshot),
    ];

    /// The word in the definition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Destroy => "destroy",
            Self::Retain => "retain",
            Self::RetainOnUpdateOrDelete => "retain-on-update-or-delete",
            Self::Snapshot => "snapshot",
        }
    }

    /// The values of `DeletionPolicy` and `UpdateReplacePolicy`, as the CDK's `applyRemovalPolicy` chooses them.
    pub(super) fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::Destroy => ("Delete", "Delete"),
            Self::Retain => ("Retain", "Retain"),
            Self::RetainOnUpdateOrDelete => ("RetainExceptOnCreate", "Retain"),
            Self::Snapshot => ("Snapshot", "Snapshot"),
        }
    }
}

/// Rights that a function, or whatever else has a role, gets on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who gets them: the name of a function or of a role.
    pub to: String,
    /// Actions of IAM, such as `cognito-idp:AdminGetUser`.
    pub actions: Vec<String>,
    /// The name of the resource.
    pub on: String,
    /// What follows the resource's ARN, such as `/*`; the ARN alone if there is none.
    pub paths: Vec<String>,
}

/// Environment variables of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variables {
    /// The function's name.
    pub function: String,
    /// Values by name.
    pub set: IndexMap<String, Setting>,
}
