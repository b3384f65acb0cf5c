//! Amplify Gen 1 backends: their exports read, checked and rendered as nested CloudFormation templates. Pure.
//!
//! ```text
//! files ──read──▶ Export ──render──▶ Backend
//!                 manifest,           root template; objects of the toolkit bucket (templates of
//!                 categories, tags,   nested stacks, archives, resolvers), named by their content;
//!                 templates           the stack's name and tags
//! ```
//!
//! `render` does what the construct `AmplifyExportedBackend` does within a CDK app: it writes the parameters of the manifest
//! into the templates (`parameters`), renames the environment (`draft`) and uploads what the templates refer to
//! (`deployment`), but without a resource of its own in the stack. What the construct finds out when it is too late, or not
//! at all, is a finding here (`findings`).

mod api_files;
mod backend;
mod deployment;
mod draft;
mod environment;
mod export;
mod files;
mod findings;
mod manifest;
mod object;
mod options;
mod outputs;
mod parameters;
mod summary;

pub use backend::Backend;
pub use export::{Export, ExportedStack, ExportedTemplate};
pub use files::{ExportFiles, FileContent};
pub use manifest::{CategoryResource, MANIFEST};
pub use object::{BackendObject, ObjectSource};
pub use options::{Options, ParameterValue, SuppliedTemplate};
pub use summary::StackSummary;
