//! One async function a verb; they emit events and return values.

pub mod action_access;
pub mod approval;
pub mod bootstrap;
pub mod follow;
pub mod logs;
pub mod parallel;
pub mod stack;
pub mod status;
pub mod subject;
