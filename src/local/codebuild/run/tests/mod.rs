//! Builds without AWS: the fixtures, and how builds end.

mod bench;
mod endings;
mod fixtures;
