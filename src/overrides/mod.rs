//! Changes of templates that are described and not programmed: properties set and deleted, retention, tags, order, rights
//! and variables of functions. Pure.
//!
//! ```text
//! tree of templates ─┐
//! Overrides ─────────┼──apply──▶ the tree changed, and findings
//! aliases of stacks ─┘
//! ```
//!
//! `names` finds what is meant, by the path of a construct or by logical ids; `path` changes one resource; `link` makes a
//! value of one stack known in another, by outputs and parameters, with the names that the CDK would give them (`ids`);
//! `condition` tells under what conditions such a value is there.
//! What cannot be deployed afterwards, such as stacks that wait for each other, is refused.
//!
//! `.ci/resource-schemas` writes `properties.txt`, `taggable.txt` and `arns.txt` from the resource schemas that AWS publishes.

mod apply;
mod arns;
mod condition;
mod findings;
mod grant;
mod ids;
mod link;
mod model;
mod names;
mod order;
mod path;
mod properties;
mod tags;
#[cfg(test)]
mod tests;

pub use apply::{apply, apply_to_template};
pub use findings::{Finding, report};
pub use model::{
    Grant, Override, Overrides, Reach, RemovalPolicy, Replacement, ResourceReference, Selector, Setting, Variables,
};
pub use names::{Alias, construct_in};
pub use path::PropertyPath;
