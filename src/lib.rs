//! pipectl: a self-mutating CI/CD orchestrator for AWS.
//!
//! The house has floors; a module imports only from floors below, or from earlier in its own row.
//!
//! | floor | modules | holds |
//! |---|---|---|
//! | 0 words | [`id`], [`diagnostic`], [`event`], [`text`], [`cron`] | newtypes, diagnostics, events and schedules as data |
//! | 1 formats, pure | [`cfn`], [`overrides`], [`buildspec`], [`definition`], [`assembly`], [`amplify`], [`imports`] | parse to typed values and render back |
//! | 2 graph, pure | [`discovery`], [`graph`] | stacks of assemblies found; build, order, verify, show |
//! | 3 render, pure | [`pipeline`], [`synth`], [`migration`] | graph to pipeline stack; definition to assembly; CDK Pipelines to definition |
//! | 4 edges | [`disk`], [`process`], [`archive`], [`git`], [`container`], [`aws`], [`github`] | domain types in and out |
//! | 5 verbs | [`ops`], [`local`] | one async function a verb; the local endpoint |
//! | 6 face | [`cli`] | arguments, rendering, exit codes; the only printer |

pub mod amplify;
pub mod archive;
pub mod assembly;
pub mod aws;
pub mod buildspec;
pub mod cfn;
pub mod cli;
pub mod container;
pub mod cron;
pub mod definition;
pub mod diagnostic;
pub mod discovery;
pub mod disk;
pub mod event;
pub mod git;
pub mod github;
pub mod graph;
pub mod id;
pub mod imports;
pub mod local;
pub mod migration;
pub mod ops;
pub mod overrides;
pub mod pipeline;
pub mod process;
pub mod synth;
pub mod text;
