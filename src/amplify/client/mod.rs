//! The client configuration of an Amplify backend: what an app has to know to speak with it.
//!
//! A Gen 2 backend tells in the metadata of its root template which of its outputs belong to what; a [`Backend`] is read
//! from both. [`configuration`] turns it into `amplify_outputs.json` of any version, and [`document`] into a file of any
//! format. The result is what `ampx generate outputs` writes for the same stack, key for key.
//!
//! What a Gen 1 backend tells is a [`Project`]; [`aws_exports`] makes of it what the Amplify CLI writes, key for key.

mod auth;
mod backend;
mod data;
mod document;
mod error;
mod exports;
mod introspection;
mod json;
mod legacy;
mod merge;
mod storage;
mod unified;
mod version;

pub use backend::Backend;
pub use document::{ClientFormat, Document, document};
pub use error::ClientError;
pub use exports::{Project, Resource, aws_exports, export_documents, follow, logical_id, recognise, sign_in};
pub use introspection::{INTROSPECTION_FILE, ObjectName, archive, data_template};
pub use unified::configuration;
pub use version::OutputsVersion;
