//! Which deployed pipeline a verb is about: that of the definition, or one named by `--pipeline`.

use crate::aws::Aws;
use crate::cli::{Failure, Global, UsageError};
use crate::definition::Definition;
use crate::id::PipelineName;
use crate::ops::load;
use crate::ops::subject::{Invocation, Subject};

/// Names a pipeline without its definition.
#[derive(Debug, Default, clap::Args)]
pub struct PipelineArgs {
    /// The pipeline's name, where its definition is not at hand
    #[arg(long, value_name = "NAME")]
    pipeline: Option<PipelineName>,
}

/// A deployed pipeline, and its definition where that was read.
#[derive(Debug)]
pub struct Chosen {
    /// The deployed pipeline.
    pub subject: Subject,
    /// The definition.
    pub definition: Option<Definition>,
}

impl PipelineArgs {
    /// Whether a pipeline is named.
    pub fn is_named(&self) -> bool {
        self.pipeline.is_some()
    }

    /// Finds out which pipeline is meant and connects to its environment. A region that is given goes before that of the
    /// definition.
    pub async fn choose(&self, global: &Global) -> Result<Chosen, Failure> {
        let definition = match &self.pipeline {
            Some(_) => None,
            None => match load::load(&global.definition).await {
                Ok(loaded) => Some(loaded.definition),
                Err(error) => {
                    return Err(
                        Failure::from(error).hint("`--pipeline NAME` chooses a pipeline without its definition")
                    );
                }
            },
        };
        let target = definition.as_ref().map(|definition| definition.target.clone()).unwrap_or_default();
        let mut settings = global.aws.clone();
        settings.region = settings.region.or(target.region);
        let aws = Aws::connect(settings).await;
        if aws.region().is_none() {
            return Err(UsageError::new("no region is known")
                .hint("`--region REGION` names one, and so does a profile that has one")
                .into());
        }
        let (name, named) = match (&self.pipeline, &definition) {
            (Some(name), _) => (name.clone(), Some(name.clone())),
            (None, Some(definition)) => (definition.name.clone(), None),
            (None, None) => return Err(UsageError::new("no pipeline is named").into()),
        };
        let invocation = Invocation { program: global.invocation.clone(), pipeline: named };
        let subject = Subject { aws, name, account: target.account, invocation };
        Ok(Chosen { subject, definition })
    }
}
