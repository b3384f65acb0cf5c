//! What is known about toolkit stacks: the template, and what a template or a deployed stack says of itself.

use camino::Utf8Path;
use serde_json::Value;

use crate::aws::cloudformation::{Stack, Standing};
use crate::cfn::Template;
use crate::diagnostic::Report;

/// The toolkit stack's template, as it is embedded.
pub const TEMPLATE: &str = include_str!("../../../bootstrap/template.yaml");

/// The name of the toolkit stack, unless another is chosen.
pub const STACK_NAME: &str = "CDKToolkit";

/// The variant of a toolkit stack that names none.
const USUAL_VARIANT: &str = "AWS CDK: Default Resources";

/// What a toolkit template or a deployed toolkit stack says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The version of the contract; 0 where none is named.
    pub version: u32,
    /// Whose version of the stack it is.
    pub variant: String,
}

impl Provenance {
    /// Reads what a template says of itself.
    pub fn of_template(text: &str) -> Result<Self, Report> {
        let template = Template::parse(Utf8Path::new("template"), text)?;
        let root = Value::Object(template.root().clone());
        let version = root.pointer("/Resources/CdkBootstrapVersion/Properties/Value");
        let variant = root.pointer("/Parameters/BootstrapVariant/Default").and_then(Value::as_str);
        Ok(Self {
            version: match version {
                Some(Value::String(version)) => version.parse().unwrap_or(0),
                Some(Value::Number(version)) => {
                    version.as_u64().and_then(|version| version.try_into().ok()).unwrap_or(0)
                }
                _ => 0,
            },
            variant: variant.unwrap_or(USUAL_VARIANT).to_owned(),
        })
    }

    /// Reads what a deployed stack says of itself.
    pub fn of_stack(stack: &Stack) -> Self {
        let version = stack.outputs.get("BootstrapVersion").and_then(|version| version.parse().ok());
        let variant = stack.parameters.get("BootstrapVariant").map(|parameter| parameter.value.as_str());
        Self { version: version.unwrap_or(0), variant: variant.unwrap_or(USUAL_VARIANT).to_owned() }
    }
}

/// Tells whether a stack was ever created, so that its parameters are what someone chose.
pub(super) fn was_created(stack: &Stack) -> bool {
    !matches!(stack.status.standing(), Standing::Gone | Standing::Reserved | Standing::NeverCreated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_template_keeps_version_33_of_the_usual_variant() {
        let provenance = Provenance::of_template(TEMPLATE).unwrap();
        assert_eq!(provenance, Provenance { version: 33, variant: "AWS CDK: Default Resources".to_owned() });
        let root = Value::Object(Template::parse(Utf8Path::new("template"), TEMPLATE).unwrap().root().clone());
        // A parameter's value can be read only some time after its creation, so the output repeats it.
        assert_eq!(root.pointer("/Outputs/BootstrapVersion/Value"), Some(&Value::String("33".to_owned())));
    }
}
