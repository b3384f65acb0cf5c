//! The client configuration of an Amplify Gen 2 backend, from what is deployed or saved.
//!
//! Two calls tell all but the models: `cloudformation:DescribeStacks` and `cloudformation:GetTemplate` of the root stack.
//! The models are told by an asset, which the assembly has; where that is not at hand, `s3:GetObject` reads it.

mod error;
mod objects;
mod template;

use camino::Utf8Path;
use serde_json::Value;

use super::{Found, Generation, root};
use crate::amplify::client::{self, Backend, ClientFormat, Document, INTROSPECTION_FILE, OutputsVersion};
use crate::event::Events;

pub use error::ConfigurationError;
use objects::Objects;
use template::RootTemplate;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The version of the configuration.
    pub version: OutputsVersion,
    /// Its format.
    pub format: ClientFormat,
    /// The template of the root stack, which lies in its assembly, or the template's metadata. That of the deployed stack,
    /// where none is given.
    pub template: Option<&'a Utf8Path>,
    /// Where the introspection of the models comes from.
    pub introspection: Introspection<'a>,
}

/// Where the introspection of the models comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Introspection<'a> {
    /// From the assembly, else from the toolkit's bucket.
    Backend,
    /// From a file.
    File(&'a Utf8Path),
    /// It is left out.
    None,
}

/// Makes the client configuration of the one backend among some stacks.
pub async fn configuration(
    stacks: &[Found],
    wanted: Wanted<'_>,
    events: &Events,
) -> Result<Document, ConfigurationError> {
    wanted.format.check(wanted.version)?;
    let root = root::choose(stacks, Generation::Two)?;
    let template = match (wanted.template, &root.deployed) {
        (Some(file), _) => RootTemplate::of_file(file)?,
        (None, Some(deployed)) => RootTemplate::of_stack(deployed).await?,
        (None, None) => return Err(ConfigurationError::NoTemplate),
    };
    let backend = Backend::read(template.metadata(), &root.outputs.outputs)?;
    let introspection = match wanted.introspection {
        Introspection::None => None,
        Introspection::File(file) => Some(template::json_of(file)?),
        Introspection::Backend if backend.has_models() => {
            let objects = match wanted.template {
                Some(file) => Objects::beside(file)?,
                None => None,
            };
            let objects = objects.or_else(|| root.deployed.as_ref().and_then(Objects::of_toolkit));
            introspection(&template, objects, events).await?
        }
        Introspection::Backend => None,
    };
    let configuration = client::configuration(&backend, introspection.as_ref(), wanted.version)?;
    Ok(client::document(&configuration, wanted.version, wanted.format)?)
}

/// Finds the introspection of the models by way of the stack that has the data API.
async fn introspection(
    template: &RootTemplate,
    objects: Option<Objects>,
    events: &Events,
) -> Result<Option<Value>, ConfigurationError> {
    let Some((objects, name)) = objects.zip(client::data_template(template.whole())) else {
        events.warning(
            "the models are left out: neither the assembly nor the deployed stack is at hand",
            vec![
                "`--template FILE` names the root template in its assembly; `--introspection FILE` the models"
                    .to_owned(),
            ],
        );
        return Ok(None);
    };
    let Some(archive) = client::archive(&objects.template(&name).await?) else {
        events.warning(
            "the models are left out: this version of Amplify's data construct does not deploy them",
            vec!["`--introspection FILE` names them, as Amplify's code generator writes them".to_owned()],
        );
        return Ok(None);
    };
    objects.file_in_archive(&archive, INTROSPECTION_FILE).await.map(Some)
}
