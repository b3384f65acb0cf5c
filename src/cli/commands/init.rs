//! `pipectl init`: a working definition.

use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::id::{PipelineName, Repository};
use crate::ops::init::{Initialised, Overwrite, Wishes, init};
use crate::text::list;

/// Write a definition that deploys unchanged, with a buildspec and a first template
///
/// Name, repository and branch come from the Git checkout unless they are given. Nothing is overwritten without
/// `--force`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl init
  pipectl init --name mytodoapp --repository octo-org/mytodoapp --region us-east-1
  pipectl init --file pipelines/web.toml --force")]
pub struct Args {
    /// The pipeline's name [default: made of the repository's]
    #[arg(long, value_name = "NAME")]
    name: Option<PipelineName>,

    /// The repository that the pipeline follows [default: that of the remote `origin`]
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<Repository>,

    /// Overwrite files that are there already
    #[arg(long)]
    force: bool,
}

/// Writes the files and tells what to do next.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let wishes = Wishes {
        name: args.name,
        repository: args.repository,
        region: global.aws.region.clone(),
        overwrite: if args.force { Overwrite::Always } else { Overwrite::Never },
    };
    let initialised = init(&global.definition, wishes).await?;
    match global.format {
        Format::Text => tell(ui, &initialised),
        Format::Json => ui.json(&initialised),
    }
    Ok(Outcome::Done)
}

fn tell(ui: &Ui, initialised: &Initialised) {
    let Initialised { repository, branch, files, .. } = initialised;
    ui.events().done(format!("wrote {} for `{repository}`, branch `{branch}`", list(files)));
    ui.say(
        "\nNext:\n  \
         pipectl validate\n  \
         git add --all && git commit --message 'Add a pipeline' && git push\n  \
         aws secretsmanager create-secret --name github-token --secret-string \"$GITHUB_TOKEN\"\n  \
         pipectl bootstrap\n  \
         pipectl deploy\n\
         Or watch it all on this machine first:\n  \
         pipectl local up --detach\n  \
         eval \"$(pipectl local env)\"\n  \
         git push \"$(pipectl local remote)\" HEAD\n  \
         then the last three of the above with `--local`",
    );
}
