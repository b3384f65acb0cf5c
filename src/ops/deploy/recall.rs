//! What the deployed pipeline remembers of assemblies that are not at hand.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::DeployError;
use super::wish::toolkit_role;
use crate::aws::Aws;
use crate::aws::identity::Assumption;
use crate::cfn::Template;
use crate::definition::{Definition, Stack};
use crate::id::{Environment, Name};
use crate::ops::stack::session_policy;
use crate::pipeline::{RoleKind, pipeline_stack_name, remembered};

/// With whose rights the deployed pipeline is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Those of whoever calls pipectl.
    Caller,
    /// Those of the deploy role, since a build's own role may not read stacks.
    DeployRole,
}

/// Reads which stacks each stage with an assembly had when the pipeline was deployed last. Nothing, if it never was.
pub async fn recall(
    aws: &Aws,
    definition: &Definition,
    reader: Reader,
) -> Result<BTreeMap<Name, Vec<Stack>>, DeployError> {
    let region = definition.target.region.clone().or_else(|| aws.region()).ok_or(DeployError::NoRegion)?;
    let mut aws = aws.in_region(&region);
    let name = pipeline_stack_name(&definition.name)?;
    if reader == Reader::DeployRole {
        let environment = Environment { account: aws.identity().await?.account, region };
        let assumption = Assumption {
            role: toolkit_role(RoleKind::Deploy, &definition.qualifier, &environment),
            session: "pipectl-recall".to_owned(),
            policy: Some(session_policy(std::slice::from_ref(&name), &environment)),
            ..Assumption::default()
        };
        aws = aws.assume(&assumption).await?;
    }
    if aws.stack(name.as_str()).await?.is_none() {
        return Ok(BTreeMap::new());
    }
    let text = aws.template(name.as_str()).await?;
    let file = Utf8Path::new(name.as_str());
    let template =
        Template::parse(file, &text).map_err(|report| DeployError::Invalid { file: file.to_owned(), report })?;
    Ok(remembered(template.root()))
}
