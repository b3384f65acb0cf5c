//! Changes of templates.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::Value as Json;

/// A change of resources: of that called `resource`, of those of a `type`, or, with `all` and `tags` alone, of all that can
/// have tags.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Override {
    /// The resource: the path of its construct below the root stack, or the logical ids that lead to it.
    #[schemars(length(min = 1))]
    pub resource: Option<String>,
    /// The type of the resources, such as `AWS::Lambda::Function`.
    #[schemars(regex(pattern = "::"))]
    pub r#type: Option<String>,
    /// Whether several resources may be meant.
    pub all: Option<bool>,
    /// Values by their paths below the properties; a path that begins with `/` starts at the resource itself. A value is
    /// any, or `{ ref = "RESOURCE" }` or `{ get-att = ["RESOURCE", "ATTRIBUTE"] }`.
    pub set: Option<BTreeMap<String, Json>>,
    /// Whether values take the place of intrinsic functions, and tables that of tables.
    pub replace: Option<bool>,
    /// Paths of what is removed.
    pub delete: Option<Vec<String>>,
    /// What becomes of the resource when it leaves its stack.
    pub removal_policy: Option<RemovalPolicy>,
    /// Tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// Resources that go first.
    pub depends_on: Option<Vec<String>>,
}

/// What becomes of a resource when it leaves its stack.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
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

/// Rights of a function, or of whatever else has a role, on a resource.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grant {
    /// The function or the role.
    #[schemars(length(min = 1))]
    pub to: String,
    /// Actions of IAM.
    #[schemars(length(min = 1))]
    pub actions: Vec<String>,
    /// The resource.
    #[schemars(length(min = 1))]
    pub on: String,
    /// What follows the resource's ARN, such as `/*`; the ARN alone unless given.
    pub paths: Option<Vec<String>>,
}

/// Environment variables of a function.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FunctionVariables {
    /// The function.
    #[schemars(length(min = 1))]
    pub function: String,
    /// Values by name: a text, a number, a boolean, `{ ref = "RESOURCE" }` or `{ get-att = ["RESOURCE", "ATTRIBUTE"] }`.
    pub set: BTreeMap<String, Json>,
}
