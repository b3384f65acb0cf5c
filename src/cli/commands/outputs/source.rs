//! Where outputs come from: a pipeline, one stack, or a file.

use camino::Utf8PathBuf;

use crate::aws::Aws;
use crate::cli::pipeline::PipelineArgs;
use crate::cli::{Failure, Global, UsageError};
use crate::ops::outputs::{Found, OutputsError, nested, of_pipeline, of_stack, saved};

/// Where outputs come from.
#[derive(Debug, clap::Args)]
pub struct SourceArgs {
    #[command(flatten)]
    pipeline: PipelineArgs,

    /// Only the stacks of this stage
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,

    /// Only this stack; without `--stage` and `--pipeline`, any stack of the account and region
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,

    /// And the stacks nested in them, one level deep
    #[arg(long, conflicts_with = "from")]
    nested: bool,

    /// Read saved outputs: what `--format json` or `cdk` wrote, or `aws cloudformation describe-stacks`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pipeline", "stage"])]
    from: Option<Utf8PathBuf>,
}

/// Whether one stack was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackNamed {
    /// One was.
    Yes,
    /// There may be several.
    No,
}

impl SourceArgs {
    /// Whether they are saved ones.
    pub fn are_saved(&self) -> bool {
        self.from.is_some()
    }

    /// Whether one stack was named. A file with the outputs of one stack is as good as its name.
    pub fn stack_named(&self, found: &[Found]) -> StackNamed {
        let is_one_file = self.are_saved() && found.len() == 1;
        if (self.stack.is_some() && !self.nested) || is_one_file { StackNamed::Yes } else { StackNamed::No }
    }

    /// Reads them.
    pub async fn read(&self, global: &Global) -> Result<Vec<Found>, Failure> {
        let found = self.chosen(global).await?;
        if self.nested { Ok(nested(found).await?) } else { Ok(found) }
    }

    async fn chosen(&self, global: &Global) -> Result<Vec<Found>, Failure> {
        let all = match (&self.from, &self.stack) {
            (Some(file), _) => saved(file)?,
            (None, Some(stack)) if self.stage.is_none() && !self.pipeline.is_named() => {
                let aws = Aws::connect(global.aws.clone()).await;
                if aws.region().is_none() {
                    return Err(UsageError::new("no region is known")
                        .hint("`--region REGION` names one, and so does a profile that has one")
                        .into());
                }
                return Ok(vec![of_stack(aws, stack).await?]);
            }
            (None, _) => of_pipeline(&self.pipeline.choose(global).await?.subject, self.stage.as_deref()).await?,
        };
        let Some(wanted) = &self.stack else { return Ok(all) };
        let known = all.iter().map(|found| found.name().to_owned()).collect();
        let found: Vec<Found> = all.into_iter().filter(|found| found.name() == wanted).collect();
        if found.is_empty() {
            return Err(OutputsError::NoSuchStack { wanted: wanted.clone(), known }.into());
        }
        Ok(found)
    }
}
