//! What is left as it is when a roll-back is continued.

use std::str::FromStr;

/// A resource that is not rolled back any more, written as `STACK/RESOURCE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedResource {
    /// The stack of the stage.
    pub stack: String,
    /// The resource, as CloudFormation names it among those to skip: `LogicalId`, or `NestedStack.LogicalId`.
    pub resource: String,
}

/// A text that names no resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stack's name, `/` and a resource's logical id are expected, such as shop-Staging-app/Table")]
pub struct NotAResource;

impl FromStr for SkippedResource {
    type Err = NotAResource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (stack, resource) = text.split_once('/').ok_or(NotAResource)?;
        if stack.is_empty() || resource.is_empty() {
            return Err(NotAResource);
        }
        Ok(Self { stack: stack.to_owned(), resource: resource.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_named_with_its_stack() {
        let skipped: SkippedResource = "shop-app/shop-nested.Table".parse().unwrap();
        assert_eq!((skipped.stack.as_str(), skipped.resource.as_str()), ("shop-app", "shop-nested.Table"));
        assert_eq!("Table".parse::<SkippedResource>(), Err(NotAResource));
        assert_eq!("shop-app/".parse::<SkippedResource>(), Err(NotAResource));
    }
}
