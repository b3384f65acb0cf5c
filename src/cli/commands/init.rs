//! `pipectl init`: a working definition.

use std::fmt::Write;

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;

use crate::cli::global::quoted;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::id::{PipelineName, Region, Repository};
use crate::migration::{OldStacks, RemarkKind};
use crate::ops::init::{CdkWishes, Initialised, Migrated, Overwrite, Template, Wishes, from_cdk, init};
use crate::text::{count, list};

/// Write a definition that deploys unchanged, with a buildspec and a first template
///
/// Name, repository and branch come from the Git checkout unless they are given. Nothing is overwritten without
/// `--force`.
///
/// `--from cdk` makes the definition of a CDK Pipelines app instead: it reads the assembly that `cdk synth` wrote and
/// writes the pipeline that it holds. What could not be carried over stands in the file as comments.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl init
  pipectl init --name mytodoapp --repository octo-org/mytodoapp --region us-east-1
  pipectl init --file pipelines/web.toml --force
  pipectl init --template amplify
  amplify export --out lib && pipectl init --template amplify
  npx cdk synth && pipectl init --from cdk
  pipectl init --from cdk --assembly infra/cdk.out --stack PipelineStack")]
pub struct Args {
    /// The pipeline's name [default: made of the repository's, or of the old pipeline's]
    #[arg(long, value_name = "NAME")]
    name: Option<PipelineName>,

    /// The repository that the pipeline follows [default: that of the remote `origin`]
    #[arg(long, value_name = "OWNER/NAME", conflicts_with = "from")]
    repository: Option<Repository>,

    /// What the pipeline deploys
    #[arg(long, value_name = "WHAT", default_value = "app", conflicts_with = "from")]
    template: Starter,

    /// Make the definition of a pipeline that is there
    #[arg(long, value_name = "WHAT")]
    from: Option<From>,

    /// The folder that `cdk synth` wrote
    #[arg(long, value_name = "DIR", default_value = "cdk.out", requires = "from")]
    assembly: Utf8PathBuf,

    /// The stack with the pipeline, where there are several
    #[arg(long, value_name = "NAME", requires = "from")]
    stack: Option<String>,

    /// Overwrite files that are there already
    #[arg(long)]
    force: bool,
}

/// What a definition can be made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// The assembly of an app with a pipeline of CDK Pipelines
    Cdk,
}

/// What a new pipeline deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Starter {
    /// A stack of a first template
    App,
    /// The Amplify backends of the repository: programs such as `amplify/backend.ts` (Gen 2), else exports (Gen 1)
    Amplify,
    /// The Amplify backends that `amplify export` wrote
    #[value(name = "amplify-gen1")]
    AmplifyGen1,
    /// The Amplify backends that are programs, such as `amplify/backend.ts`
    #[value(name = "amplify-gen2")]
    AmplifyGen2,
}

/// Writes the files and tells what to do next.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let overwrite = if args.force { Overwrite::Always } else { Overwrite::Never };
    let region = global.aws.region.clone();
    match args.from {
        Some(From::Cdk) => {
            let Args { assembly, stack, name, .. } = args;
            let migrated = from_cdk(&global.definition, CdkWishes { assembly, stack, name, region, overwrite }).await?;
            match global.format {
                Format::Text => tell_of_migration(ui, global, &migrated),
                Format::Json => ui.json(&migrated),
            }
        }
        None => {
            let template = match args.template {
                Starter::App => Template::App,
                Starter::Amplify => Template::Amplify,
                Starter::AmplifyGen1 => Template::AmplifyGen1,
                Starter::AmplifyGen2 => Template::AmplifyGen2,
            };
            let wishes = Wishes { name: args.name, repository: args.repository, region, template, overwrite };
            let initialised = init(&global.definition, wishes).await?;
            match global.format {
                Format::Text => tell(ui, &initialised),
                Format::Json => ui.json(&initialised),
            }
        }
    }
    Ok(Outcome::Done)
}

fn tell(ui: &Ui, initialised: &Initialised) {
    let Initialised { repository, foreign_host, branch, exports, programs, passed_over, files, .. } = initialised;
    ui.events().done(format!("wrote {} for `{repository}`, branch `{branch}`", list(files)));
    if let Some(host) = foreign_host {
        ui.warning(
            &format!("the checkout's remote is on `{host}`, and `[source.github]` reads from GitHub"),
            &[
                "`[source.connection]` reads from GitLab and Bitbucket, see docs/definition.md".to_owned(),
                "`pipectl init --repository OWNER/NAME --force` names a repository on GitHub".to_owned(),
            ],
        );
    }
    if !passed_over.is_empty() {
        ui.warning(
            &format!(
                "backends of both generations of Amplify are here: {} is deployed (Gen 2), {} is not (Gen 1)",
                list(programs),
                list(passed_over)
            ),
            &[
                "the program is the backend itself, while an export is what another one was when it was exported"
                    .to_owned(),
                "`pipectl init --template amplify-gen1 --force` deploys the export in its place".to_owned(),
            ],
        );
    }
    let exports = exports.iter().map(|export| backend_first(export));
    let first: String = exports.chain(programs.iter().map(|program| program_first(program))).collect();
    ui.say(&format!(
        "\nNext:\n{first}  \
         pipectl validate\n  \
         git add --all && git commit --message 'Add a pipeline' && git push\n  \
         aws secretsmanager create-secret --name github-token --secret-string \"$GITHUB_TOKEN\"\n  \
         pipectl bootstrap\n  \
         pipectl deploy\n\
         Or watch it all on this machine first:\n  \
         pipectl local up --detach\n  \
         eval \"$(pipectl local env)\"\n  \
         git add --all && git commit --message 'Add a pipeline'\n  \
         git push \"$(pipectl local remote)\" HEAD\n  \
         aws secretsmanager create-secret --name github-token --secret-string \"$GITHUB_TOKEN\"\n  \
         pipectl --local bootstrap\n  \
         pipectl --local deploy",
    ));
}

/// What comes before anything else with a backend's export: it is written if it is not there yet, and checked.
fn backend_first(export: &Utf8Path) -> String {
    let check = format!("  pipectl amplify check {}\n", quoted(export.as_str()));
    let folder = export.parent().map(Utf8Path::as_str).filter(|folder| !folder.is_empty()).unwrap_or(".");
    if export.is_dir() { check } else { format!("  amplify export --out {}\n{check}", quoted(folder)) }
}

/// What comes before anything else with a backend's program: it is written if it is not there yet.
fn program_first(program: &Utf8Path) -> String {
    if program.is_file() { String::new() } else { "  npm create amplify@latest\n".to_owned() }
}

fn tell_of_migration(ui: &Ui, global: &Global, migrated: &Migrated) {
    let Migrated { name, stages, files, remarks, old } = migrated;
    let stages = count(*stages, "stage");
    ui.events().done(format!("wrote {} for the pipeline `{name}`, as `{}` makes it: {stages}", list(files), old.stack));
    for remark in remarks {
        let message = format!("{}: {}", remark.place, remark.message);
        let hints: Vec<String> = remark.remedy.iter().cloned().collect();
        match remark.kind {
            RemarkKind::FillIn => ui.warning(&format!("to be filled in: {message}"), &hints),
            RemarkKind::Lost => ui.warning(&format!("not carried over: {message}"), &hints),
            RemarkKind::Changed => ui.say(&format!("changed: {message}")),
        }
    }
    if !remarks.is_empty() {
        ui.say(&format!("\nAll of this stands as comments in `{}`.", global.definition));
    }
    ui.say(&next(&global.invocation, name, files, old));
}

/// What to do next, up to the end of the old pipeline.
fn next(invocation: &str, name: &PipelineName, files: &[Utf8PathBuf], old: &OldStacks) -> String {
    let mut text = format!("\nNext:\n  {invocation} validate\n");
    let add: Vec<String> = files.iter().map(|file| quoted(file.as_str())).collect();
    let region = at(old.region.as_ref());
    // The pipeline's name is CloudFormation's choice where the template gives none.
    let pipeline = old.pipeline.as_deref().map(quoted).unwrap_or_else(|| {
        format!(
            "\"$(aws cloudformation describe-stack-resources{region} --stack-name {} --output text \\\n    \
             --query \"StackResources[?ResourceType=='AWS::CodePipeline::Pipeline'].PhysicalResourceId\")\"",
            quoted(&old.stack)
        )
    });
    // Writing to a string cannot fail.
    if let Some(stage) = &old.second_stage {
        let _ = writeln!(
            text,
            "  aws codepipeline disable-stage-transition{region} --pipeline-name {pipeline} \\\n    \
             --stage-name {} --transition-type Inbound --reason 'pipectl takes over'",
            quoted(stage)
        );
    }
    let _ = write!(
        text,
        "  git add {} && git commit --message 'Describe the pipeline' && git push\n  {invocation} bootstrap\n",
        add.join(" ")
    );
    let deletion = |stack: &str, region: Option<&Region>| {
        format!("  aws cloudformation delete-stack{} --stack-name {}\n", at(region), quoted(stack))
    };
    let of_pipeline = deletion(&old.stack, old.region.as_ref());
    let of_support: String =
        old.support.iter().map(|support| deletion(&support.stack, support.region.as_ref())).collect();
    let (before, after) = match old.pipeline.as_deref() == Some(name.as_str()) {
        // Two pipelines cannot have one name.
        true => {
            let stack = quoted(&old.stack);
            let wait = format!("  aws cloudformation wait stack-delete-complete{region} --stack-name {stack}\n");
            (of_pipeline + &wait, of_support)
        }
        false => (String::new(), of_pipeline + &of_support),
    };
    let then = match after.is_empty() {
        true => "Then".to_owned(),
        false => format!("Once the new pipeline has run to its end:\n{after}and"),
    };
    let _ = write!(
        text,
        "{before}  {invocation} deploy && {invocation} status --watch\n\
         The stacks keep their names, so they are updated in place. {then} remove the `CodePipeline` from the app. Stages that \
         were made in its stack belong to the app then: `stage` is their new path.",
    );
    text
}

fn at(region: Option<&Region>) -> String {
    region.map(|region| format!(" --region {region}")).unwrap_or_default()
}
