//! The build that publishes assets.

use schemars::JsonSchema;

use super::BuildEnvironment;

/// Where assets are published.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PublishAssets {
    /// What every build may be given.
    #[schemars(flatten)]
    pub environment: BuildEnvironment,
}
