//! Limits of the services that show in the definition itself.
//!
//! Sources: CloudFormation's, CodeBuild's and CodePipeline's quotas pages and API references. Limits that only the whole pipeline shows
//! are checked where it is built.

use toml::de::DeValue;

use crate::definition::model::Alarms;
use crate::definition::read::Node;
use crate::text;

/// Tags of a stack, less the one that pipectl adds.
pub const STACK_TAGS: usize = 49;
/// Characters of a tag's key.
pub const TAG_KEY: usize = 128;
/// Characters of a tag's value.
pub const TAG_VALUE: usize = 256;
/// Topics that are told of a stack's events.
pub const NOTIFICATION_TARGETS: usize = 5;
/// Parameters of a template.
pub(super) const PARAMETERS: usize = 200;
/// Bytes of a parameter's value.
pub(super) const PARAMETER_VALUE: usize = 4096;
/// Minutes that a build may take.
pub(super) const TIMEOUT_MINUTES: std::ops::RangeInclusive<i64> = 5..=2160;
/// Managed policies of a role.
pub(super) const MANAGED_POLICIES: usize = 10;
/// Subnets of a build.
pub(super) const SUBNETS: usize = 16;
/// Security groups of a build.
pub(super) const SECURITY_GROUPS: usize = 5;

/// Rules of a condition of a stage.
pub(super) const RULES: usize = 5;
/// Characters of an alarm's name, or of an ARN with one.
pub(super) const ALARM_NAME: usize = 1600;
/// Minutes for which alarms are watched.
pub(super) const ALARM_MINUTES: std::ops::RangeInclusive<i64> = 1..=(Alarms::MOST_MINUTES as i64);

/// Reports when there are more of something than allowed.
pub(super) fn at_most(node: &Node<'_>, number: usize, limit: usize, noun: &str) {
    if number > limit {
        let message = format!("{} in `{}`; at most {limit} are allowed", text::count(number, noun), node.name());
        node.refuse::<()>("limit", message, "too many");
    }
}

/// Reports an array that is empty where it must not be.
pub(super) fn at_least_one(node: &Node<'_>, noun: &str) {
    if matches!(node.value, DeValue::Array(elements) if elements.is_empty()) {
        node.refuse::<()>("limit", format!("`{}` must have at least one {noun}", node.name()), "nothing here");
    }
}
