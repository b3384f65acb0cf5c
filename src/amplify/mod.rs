//! Amplify backends: what they are made of, and what their clients are told. Pure.

pub mod client;
pub mod gen1;
pub mod gen2;
pub mod overridden;
