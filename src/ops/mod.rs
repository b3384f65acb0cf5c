//! One async function a verb; they emit events and return values.

pub mod bootstrap;
pub mod stack;
