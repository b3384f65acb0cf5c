//! `pipectl publish`: put the assets of an assembly where its stacks expect them.

use std::num::NonZeroUsize;

use camino::{Utf8Path, Utf8PathBuf};

use crate::aws::Aws;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::id::{ExecutionId, PipelineName};
use crate::ops::publish::{self, Options};
use crate::ops::skip::{self, Run, StageChoice, Verdict, Wish};
use crate::pipeline::variable;

/// The variable by which the CDK's tools choose the program that builds images.
const CDK_ENGINE: &str = "CDK_DOCKER";

/// Publish the assets of an assembly: files to the toolkit buckets, images to the toolkit repositories
///
/// Assets are named by their content: what is there already is skipped, and the command may be repeated at any time.
/// Assemblies of the CDK are published as well. Images are built by docker, podman or finch; a program that an assembly
/// names as the source of an asset is run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl publish
      the assembly that `pipectl synth` wrote
  pipectl publish --assembly cdk.out --profile production
      the assembly of a CDK app
  pipectl publish --container-engine podman --image-builds 2
      images, two at a time
  pipectl publish --format json
      how many assets and bytes were put, for a program")]
pub struct Args {
    /// The assembly's folder
    #[arg(long, value_name = "DIR", default_value = "pipectl.out")]
    assembly: Utf8PathBuf,

    /// The program that builds and pushes images; else that of CDK_DOCKER, or the first of docker, podman and finch
    /// that works
    #[arg(long, value_name = "PROGRAM", env = "PIPECTL_CONTAINER_ENGINE")]
    container_engine: Option<String>,

    /// How many images are built at once
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    image_builds: NonZeroUsize,

    #[command(flatten)]
    choice: ChoiceArgs,
}

/// What the pipeline's own action PublishAssets asks besides: which stages have something to deploy.
#[derive(Debug, clap::Args)]
struct ChoiceArgs {
    /// Print them as a shell variable
    #[arg(long, hide = true)]
    choose_stages: bool,

    /// The pipeline; without it, all stages are to be deployed
    #[arg(long, hide = true, env = "PIPECTL_PIPELINE", requires_all = ["execution", "artifacts", "layout"])]
    pipeline: Option<PipelineName>,

    /// The execution
    #[arg(long, hide = true, env = "PIPECTL_EXECUTION")]
    execution: Option<ExecutionId>,

    /// The bucket of the pipeline's artifacts
    #[arg(long, hide = true, env = "PIPECTL_ARTIFACTS")]
    artifacts: Option<String>,

    /// The digest of the stages as they are deployed
    #[arg(long, hide = true, env = "PIPECTL_LAYOUT")]
    layout: Option<String>,

    /// Whether unchanged stages are passed by: `no`, or anything else
    #[arg(long, hide = true, env = "PIPECTL_SKIP")]
    skip: Option<String>,
}

impl ChoiceArgs {
    fn run(&self) -> Option<Run> {
        let wish = if self.skip.as_deref() == Some(variable::SKIP_NONE) { Wish::All } else { Wish::Changed };
        Some(Run {
            pipeline: self.pipeline.clone()?,
            execution: self.execution.clone()?,
            artifacts: self.artifacts.clone()?,
            layout: self.layout.clone()?,
            wish,
        })
    }

    /// Chooses the stages, and prints them for the shell.
    async fn choose(&self, ui: &Ui, aws: &Aws, assembly: &Utf8Path) -> Result<(), Failure> {
        let events = ui.events();
        let choice = match self.run() {
            Some(run) => skip::choose(aws, assembly, &run, &events).await?,
            None => skip::none(assembly)?,
        };
        for StageChoice { stage, verdict } in &choice.stages {
            match verdict {
                Verdict::Skip { since } => events.done(format!("stage `{stage}` is unchanged since execution {since}")),
                Verdict::Deploy(reason) => events.step(format!("stage `{stage}` is deployed: {reason}")),
            }
        }
        // Names of stages need no quotes.
        ui.data(&format!("export {}={}", variable::STAGES, choice.listed()));
        Ok(())
    }
}

impl Args {
    fn options(&self) -> Options {
        let named = |engine: &String| !engine.is_empty();
        let engine = self.container_engine.clone().filter(named);
        Options {
            engine: engine.or_else(|| std::env::var(CDK_ENGINE).ok().filter(named)),
            builds_at_once: self.image_builds,
        }
    }
}

/// Publishes.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let aws = Aws::connect(global.aws.clone()).await;
    let published = publish::publish(&aws, &args.assembly, &args.options(), &ui.events()).await?;
    if args.choice.choose_stages {
        args.choice.choose(ui, &aws, &args.assembly).await?;
    } else if global.format == Format::Json {
        ui.json(&published);
    }
    Ok(Outcome::Done)
}
