//! The shapes in which outputs are written for others.

use indexmap::IndexMap;

use super::StackOutputs;

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

    #[test]
    fn a_shell_reads_values_back() {
        let stack = StackOutputs {
            stack: "shop-Staging-app".to_owned(),
            stage: None,
            region: None,
            presence: Presence::Deployed,
            outputs: [("Url", "https://example.org/?a=1&b=$2"), ("0Plain", "x"), ("Empty", ""), ("Odd", "it's\ntwo")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
        };
        assert_eq!(
            as_env(&[&stack], EnvNames::Output),
            "Url='https://example.org/?a=1&b=$2'\n_0Plain=x\nEmpty=''\nOdd=\"it's\ntwo\"\n"
        );
        assert!(as_env(&[&stack], EnvNames::StackAndOutput).starts_with("shop_Staging_app_Url="));
    }
}
