//! A stack with the stacks nested in it, as templates that are still to be changed.

use indexmap::IndexMap;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Template, plain_text};

/// The type of a nested stack.
pub const NESTED_STACK: &str = "AWS::CloudFormation::Stack";

/// The type of a resource.
pub(super) fn type_of(resource: &Value) -> &str {
    resource.get("Type").and_then(Value::as_str).unwrap_or_default()
}

/// Whether a resource is a nested stack.
pub fn is_nested_stack(resource: &Value) -> bool {
    type_of(resource) == NESTED_STACK
}

/// The address of a nested stack's template, where its declaration tells it without values that only the deployment knows.
pub fn nested_address(resource: &Value) -> Option<String> {
    plain_text(resource.pointer("/Properties/TemplateURL")?)
}

/// A template and those of its nested stacks.
#[derive(Debug, Clone, PartialEq)]
pub struct StackTree {
    /// The template.
    pub template: Template,
    /// The nested stacks whose templates are known, by their logical ids.
    pub nested: IndexMap<String, StackTree>,
}

/// The text of a nested stack's template, ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedTemplate {
    /// The logical ids that lead to the stack, such as `apitodo/Todo`.
    pub path: String,
    /// SHA-256 of the text, in hexadecimal.
    pub digest: String,
    /// The template.
    pub text: String,
}

impl StackTree {
    /// Fixes the templates from the leaves to the root: each is named by its digest, and that stands in its parent. `url`
    /// gives the place that a template of some digest will have. The root's own template is left in `self`.
    pub fn seal(&mut self, url: &impl Fn(&str) -> Value) -> Vec<SealedTemplate> {
        let mut sealed = Vec::new();
        self.seal_below("", url, &mut sealed);
        sealed
    }

    fn seal_below(&mut self, path: &str, url: &impl Fn(&str) -> Value, sealed: &mut Vec<SealedTemplate>) {
        for (logical_id, child) in &mut self.nested {
            let path = joined(path, logical_id);
            child.seal_below(&path, url, sealed);
            let text = child.template.to_json();
            let digest = hex::encode(Sha256::digest(&text));
            if let Some(properties) = self.template.properties_mut(logical_id) {
                properties.insert("TemplateURL".to_owned(), url(&digest));
            }
            sealed.push(SealedTemplate { path, digest, text });
        }
    }

    /// The stack that some logical ids lead to.
    pub fn below(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |stack, logical_id| stack.nested.get(logical_id))
    }

    /// The same, to be changed.
    pub fn below_mut(&mut self, path: &[String]) -> Option<&mut Self> {
        path.iter().try_fold(self, |stack, logical_id| stack.nested.get_mut(logical_id))
    }

    /// Every stack of the tree with the logical ids that lead to it; the root's are empty.
    pub fn walk(&self) -> Vec<(String, &Self)> {
        let mut stacks = vec![(String::new(), self)];
        for (logical_id, child) in &self.nested {
            stacks.extend(child.walk().into_iter().map(|(path, stack)| (joined(logical_id, &path), stack)));
        }
        stacks
    }
}

/// Puts two paths of logical ids together.
fn joined(path: &str, below: &str) -> String {
    if path.is_empty() || below.is_empty() { format!("{path}{below}") } else { format!("{path}/{below}") }
}
