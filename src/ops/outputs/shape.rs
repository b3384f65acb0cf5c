//! The shapes in which outputs are written for others.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::StackOutputs;

/// The first name that several stacks with outputs have, in other accounts or regions. Shapes by name would lose all of them
/// but one.
pub fn shared_name<'a>(stacks: &[&'a StackOutputs]) -> Option<&'a str> {
    let mut seen = HashSet::new();
    let named = stacks.iter().filter(|stack| !stack.outputs.is_empty()).map(|stack| stack.stack.as_str());
    named.into_iter().find(|name| !seen.insert(*name))
}

/// The outputs in the shape of `cdk deploy --outputs-file`: `{"<stack>":{"<key>":"<value>"}}`. Stacks without outputs
/// are left out, as the CDK leaves them out.
pub fn as_cdk<'a>(stacks: &[&'a StackOutputs]) -> IndexMap<&'a str, &'a IndexMap<String, String>> {
    stacks
        .iter()
        .filter(|stack| !stack.outputs.is_empty())
        .map(|stack| (stack.stack.as_str(), &stack.outputs))
        .collect()
}

/// How variables are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvNames {
    /// As the outputs are.
    Output,
    /// With the name of the stack before it, since several stacks may have outputs of the same name.
    StackAndOutput,
}

/// The outputs as assignments that a shell and most readers of `.env` files take.
pub fn as_env(stacks: &[&StackOutputs], names: EnvNames) -> String {
    let mut lines = String::new();
    for stack in stacks {
        for (key, value) in &stack.outputs {
            let name = match names {
                EnvNames::Output => variable(key),
                EnvNames::StackAndOutput => variable(&format!("{}_{key}", stack.stack)),
            };
            // No output of a stack has a NUL, which alone cannot be quoted.
            let value = shlex::try_quote(value).unwrap_or_default();
            lines.push_str(&format!("{name}={value}\n"));
        }
    }
    lines
}

/// A name that a shell takes.
fn variable(name: &str) -> String {
    let name = name.replace(|character: char| !character.is_ascii_alphanumeric(), "_");
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::outputs::Presence;

    fn stack(name: &str, outputs: &[(&str, &str)]) -> StackOutputs {
        StackOutputs {
            stack: name.to_owned(),
            stage: None,
            account: None,
            region: None,
            presence: Presence::Deployed,
            outputs: outputs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn stacks_of_one_name_are_found() {
        let (first, second, empty) =
            (stack("shop", &[("Url", "a")]), stack("shop", &[("Url", "b")]), stack("shop", &[]));
        assert_eq!(shared_name(&[&first, &second]), Some("shop"));
        assert_eq!(shared_name(&[&first, &empty, &stack("app", &[("Url", "a")])]), None);
    }

    #[test]
    fn a_shell_reads_values_back() {
        let outputs = [("Url", "https://example.org/?a=1&b=$2"), ("0Plain", "x"), ("Empty", ""), ("Odd", "it's\ntwo")];
        let stack = stack("shop-Staging-app", &outputs);
        assert_eq!(
            as_env(&[&stack], EnvNames::Output),
            "Url='https://example.org/?a=1&b=$2'\n_0Plain=x\nEmpty=''\nOdd=\"it's\ntwo\"\n"
        );
        assert!(as_env(&[&stack], EnvNames::StackAndOutput).starts_with("shop_Staging_app_Url="));
    }
}
