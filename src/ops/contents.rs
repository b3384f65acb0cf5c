//! What a stack holds: as it is deployed, and as an assembly wants it.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use crate::assembly::{StackView, partition};
use crate::aws::cloudformation::{Stack, Standing};
use crate::aws::{self, Aws};
use crate::cfn::Template;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::id::{Environment, IdentifierError, StackName};
use crate::pipeline::configuration_file;

/// A stack's template, and the values of its parameters as far as they are known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Content {
    /// The template.
    pub template: Template,
    /// The values.
    pub parameters: BTreeMap<String, String>,
}

/// Why what a stack holds cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// A stack's name in the assembly is none.
    #[error(transparent)]
    Name(#[from] IdentifierError),
    /// A file of the assembly cannot be read.
    #[error("the file `{file}` of the assembly cannot be read")]
    Unreadable {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A template is none.
    #[error("the template of stack `{stack}` cannot be compared")]
    Template {
        /// The stack.
        stack: String,
        /// What is wrong.
        report: Report,
    },
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
}

impl Explain for ContentError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Name(_) | Self::Unreadable { .. } | Self::Template { .. } => FailureKind::Invalid,
            Self::Call(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Unreadable { .. } => vec!["`pipectl synth` writes the assembly anew".to_owned()],
            Self::Call(error) => error.hints(),
            Self::Name(_) | Self::Template { .. } => Vec::new(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Template { report, .. } => Some(report),
            Self::Name(_) | Self::Unreadable { .. } | Self::Call(_) => None,
        }
    }
}

/// Reads a stack as it is deployed; nothing where a name is only reserved.
pub(super) async fn deployed(aws: &Aws, name: &StackName) -> Result<Option<(Stack, Content)>, ContentError> {
    let stack = aws.stack(name.as_str()).await?;
    let Some(stack) = stack.filter(|stack| stack.status.standing() != Standing::Reserved) else { return Ok(None) };
    let template = deployed_template(aws, name.as_str()).await?;
    let parameters = stack.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.value.clone())).collect();
    Ok(Some((stack, Content { template, parameters })))
}

/// Reads the template of a deployed stack, by its name or its ARN.
pub(super) async fn deployed_template(aws: &Aws, stack: &str) -> Result<Template, ContentError> {
    let text = aws.template(stack).await?;
    let parsed = Template::parse_deployed(Utf8Path::new(stack), &text);
    parsed.map_err(|report| ContentError::Template { stack: stack.to_owned(), report })
}

/// Reads a stack as an assembly wants it. `read` gives the text of a file whose path is relative to the assembly.
pub(super) fn wanted(
    view: &StackView<'_>,
    read: &dyn Fn(&Utf8Path) -> io::Result<String>,
) -> Result<Content, ContentError> {
    let file = view.template();
    let template = wanted_template(view.name(), &file, read)?;
    let file = file.with_file_name(configuration_file(view.id));
    let parameters = match read(&file) {
        // The pipeline's own stacks have no configuration, nor have those of an assembly that another tool wrote.
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => view.stack.parameters.clone().into_iter().collect(),
        Err(cause) => return Err(ContentError::Unreadable { file, cause }),
        Ok(text) => {
            let configuration: Configuration = serde_json::from_str(&text)
                .map_err(|error| ContentError::Unreadable { file, cause: io::Error::other(error) })?;
            configuration.parameters
        }
    };
    Ok(Content { template, parameters })
}

/// Reads a template of an assembly.
pub(super) fn wanted_template(
    stack: &str,
    file: &Utf8Path,
    read: &dyn Fn(&Utf8Path) -> io::Result<String>,
) -> Result<Template, ContentError> {
    let text = read(file).map_err(|cause| ContentError::Unreadable { file: file.to_owned(), cause })?;
    Template::parse(file, &text).map_err(|report| ContentError::Template { stack: stack.to_owned(), report })
}

/// What is read of a template configuration: the values that are known before the execution.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    parameters: BTreeMap<String, String>,
}

/// Stands for all stacks.
pub(super) const ALL: &str = "*";

/// A session policy that only reads, and only the stacks of these names ([`ALL`] for all) and those nested in them, whose names
/// begin with theirs. The deploy role may do much more.
pub(super) fn reading(stacks: &str, environment: &Environment) -> String {
    let Environment { account, region } = environment;
    let partition = partition(region);
    let stack = |name: &str| format!("arn:{partition}:cloudformation:{region}:{account}:stack/{name}/*");
    let mut policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": [
                "cloudformation:DescribeStacks",
                "cloudformation:DescribeChangeSet",
                "cloudformation:GetTemplate",
                "cloudformation:ListStackResources",
            ],
            "Resource": [
                stack(stacks),
                stack(&format!("{stacks}-*")),
                format!("arn:{partition}:cloudformation:{region}:{account}:changeSet/pipectl-*/*"),
            ],
        }],
    });
    if stacks == ALL
        && let Some(statements) = policy["Statement"].as_array_mut()
    {
        // A list of all is of no stack.
        statements.push(json!({ "Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": "*" }));
    }
    policy.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn sessions_that_read_stacks_may_do_nothing_else() {
        let environment = "aws://111111111111/eu-west-1".parse().unwrap();
        let policy: Value = serde_json::from_str(&reading("shop-Staging-app", &environment)).unwrap();
        let own = "arn:aws:cloudformation:eu-west-1:111111111111";
        let expected = json!([{
            "Effect": "Allow",
            "Action": [
                "cloudformation:DescribeStacks",
                "cloudformation:DescribeChangeSet",
                "cloudformation:GetTemplate",
                "cloudformation:ListStackResources",
            ],
            "Resource": [
                format!("{own}:stack/shop-Staging-app/*"),
                format!("{own}:stack/shop-Staging-app-*/*"),
                format!("{own}:changeSet/pipectl-*/*"),
            ],
        }]);
        assert_eq!(policy["Statement"], expected);
    }
}
