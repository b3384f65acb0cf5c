//! CloudFormation templates: read, look through, write. Pure.
//!
//! A [`Template`] is read from YAML or JSON with every intrinsic function in its long form, which is what the service
//! makes of the short forms itself.

mod broadening;
mod capability;
mod changed;
mod check;
mod constraint;
mod difference;
mod functions;
pub mod intrinsic;
mod locate;
mod outside;
mod parse;
mod references;
mod self_mutating;
mod substitute;
mod template;
mod tree;

pub use broadening::{Broadening, broadenings};
pub use capability::Capability;
pub use changed::Unknown;
pub use constraint::{Constraints, Objection};
pub use difference::{
    Absent, Difference, Effect, ResourceDifference, ResourceEffect, Rigour, ValueChange, Values, effects_within,
};
pub use intrinsic::{plain_text, short_text};
pub(crate) use locate::place_of;
pub(crate) use parse::place;
pub use references::{Reference, references};
pub use substitute::substitute;
pub use template::{Parameter, Template};
pub use tree::{NESTED_STACK, SealedTemplate, StackTree, is_nested_stack, nested_address};

/// The largest template that CloudFormation takes, in bytes (from S3; "CloudFormation quotas").
pub const TEMPLATE_LIMIT: usize = 1_048_576;

/// The largest template that CloudFormation takes in a request itself, in bytes.
pub const TEMPLATE_BODY_LIMIT: usize = 51_200;

/// How many resources a template may declare ("CloudFormation quotas").
pub const RESOURCE_LIMIT: usize = 500;
