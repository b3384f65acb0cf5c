//! `pipectl publish`: put the assets of an assembly where its stacks expect them.

use std::num::NonZeroUsize;

use camino::Utf8PathBuf;

use crate::aws::Aws;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::ops::publish::{self, Options};

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
    if global.format == Format::Json {
        ui.json(&published);
    }
    Ok(Outcome::Done)
}
