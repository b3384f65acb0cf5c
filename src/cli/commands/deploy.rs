//! `pipectl deploy`: create or change the pipeline.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;
use indexmap::IndexMap;
use serde::Serialize;

use super::executable;
use crate::aws::Aws;
use crate::aws::cloudformation::{ChangeAction, Replacement, ResourceChange};
use crate::cfn::Broadening;
use crate::cli::{Answer, Failure, Format, Global, Outcome, Question, Ui, UsageError};
use crate::discovery::LeftOut;
use crate::disk;
use crate::id::{ExecutionId, PipelineName, StackName};
use crate::ops::deploy;
use crate::ops::deploy::{
    Approval, Change, Changes, Deployed, Mode, Reader, Request, RequireApproval, Restart, Subject,
};
use crate::ops::discover::{Discovered, discover};
use crate::ops::load;
use crate::ops::stack::Decision;
use crate::ops::synth::{self, SynthError};
use crate::text;

/// Create the pipeline, or bring it up to date with the definition
///
/// From then on each `git push` builds, lets the pipeline update itself, and deploys the stages. Before the first write
/// everything that has to be true is checked. When nothing is to change, nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl deploy
  pipectl deploy --profile production --require-approval never -O outputs.json
      without a question, with the pipeline stack's outputs in a file
  pipectl deploy --assembly pipectl.out
      what `pipectl synth` wrote, and not what the definition says now")]
pub struct Args {
    /// Deploy the pipeline of this assembly, and not that of the definition
    #[arg(long, value_name = "DIR")]
    assembly: Option<Utf8PathBuf>,

    /// Which changes to ask about
    #[arg(long, value_name = "WHICH", default_value = "broadening")]
    require_approval: Which,

    /// Ask nothing; the same as `--require-approval never`
    #[arg(short, long, conflicts_with = "require_approval")]
    yes: bool,

    /// Write the outputs of the stacks to this file, as JSON
    #[arg(short = 'O', long, value_name = "FILE")]
    outputs_file: Option<Utf8PathBuf>,

    /// Deploy as the pipeline's own action UpdatePipeline; asks nothing
    #[arg(long, requires = "execution_id")]
    in_pipeline: bool,

    /// The execution that the action runs in
    #[arg(long, value_name = "ID", requires = "in_pipeline")]
    execution_id: Option<ExecutionId>,
}

/// Which changes are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// None
    Never,
    /// Every change
    AnyChange,
    /// Those that permit something new
    Broadening,
}

/// The folder that the assembly is written to, beside the definition.
const ASSEMBLY: &str = "pipectl.out";

/// The codes of what `synth` lacks and a build may make.
const BUILT: [&str; 3] = ["missing-file", "missing-template", "missing-asset"];

/// Deploys and tells the outputs.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let aws = Aws::connect(global.aws.clone()).await;
    let subject = match &args.assembly {
        Some(folder) => Subject::of_assembly(folder)?,
        None => {
            let reader = if args.in_pipeline { Reader::DeployRole } else { Reader::Caller };
            let discovered = discovered(ui, global, &aws, reader).await?;
            if !args.in_pipeline {
                synthesise(ui, &discovered).await?;
            }
            Subject::of_definition(&discovered.loaded)?
        }
    };
    let executable = executable()?;
    let required = match args.require_approval {
        _ if args.yes || args.in_pipeline => RequireApproval::Never,
        Which::Never => RequireApproval::Never,
        Which::AnyChange => RequireApproval::AnyChange,
        Which::Broadening => RequireApproval::Broadening,
    };
    let events = ui.events();
    let initiator = initiator();
    let request = Request {
        aws: &aws,
        subject: &subject,
        mode: match &args.execution_id {
            Some(execution) => Mode::Pipeline { execution, initiator: initiator.as_ref() },
            None => Mode::Laptop { executable: &executable },
        },
        github_api: &global.github_api,
        approval: Approval { required, ask: &|changes: &Changes| ask(ui, changes) },
        pace: global.pace(),
        events: &events,
    };
    let deployed = deploy::deploy(request).await?;
    let name = &subject.definition.name;
    events.done(match deployed.change {
        Change::None => format!("the pipeline `{name}` is up to date; nothing was changed"),
        Change::Created => format!("the pipeline `{name}` is created"),
        Change::Updated => format!("the pipeline `{name}` is changed"),
    });
    if let Some(file) = &args.outputs_file {
        write_outputs(file, &deployed.outputs)?;
    }
    tell(ui, global, &deployed);
    Ok(Outcome::Done)
}

/// The pipeline that started the build that this runs in, as CodeBuild tells: `codepipeline/NAME`.
fn initiator() -> Option<PipelineName> {
    std::env::var("CODEBUILD_INITIATOR").ok()?.strip_prefix("codepipeline/")?.parse().ok()
}

/// Finds the stacks of the stages; those whose assembly is not here are what the deployed pipeline remembers.
async fn discovered(ui: &Ui, global: &Global, aws: &Aws, reader: Reader) -> Result<Discovered, Failure> {
    let loaded = load::load(&global.definition).await?;
    let mut discovered = discover(loaded.clone(), BTreeMap::new()).await?;
    if !discovered.left_out.is_empty() {
        let remembered = deploy::recall(aws, &loaded.definition, reader).await?;
        discovered = discover(loaded, remembered).await?;
    }
    ui.report(&discovered.loaded.warnings);
    for stage in &discovered.recalled {
        ui.say(&format!("stage `{stage}` keeps the stacks that it is deployed with: its assembly is not built here"));
    }
    for LeftOut { stage, .. } in &discovered.left_out {
        ui.say(&format!("stage `{stage}` is added by the pipeline's first run: only a build can find its stacks"));
    }
    Ok(discovered)
}

/// Writes the assembly, so that mistakes in templates are told now and not by the first run. Templates that only a build
/// makes may be missing.
async fn synthesise(ui: &Ui, discovered: &Discovered) -> Result<(), Failure> {
    match synth::synth(discovered, &discovered.loaded.folder.join(ASSEMBLY)).await {
        Ok(_) => Ok(()),
        Err(SynthError::Invalid { report, .. })
            if report.omitted == 0 && report.diagnostics.iter().all(|finding| BUILT.contains(&finding.code)) =>
        {
            let number = text::count(report.diagnostics.len(), "file");
            ui.say(&format!("{number} will be made by the pipeline's own build"));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Shows a change and asks whether to go on.
fn ask(ui: &Ui, changes: &Changes) -> Decision {
    let mut about = vec![format!("stack `{}`:", changes.stack)];
    let resources = changes.resources.iter();
    about.extend(resources.map(|change| format!("  {} {}  {}", mark(change), change.resource_type, change.logical_id)));
    about.extend((!changes.broadenings.is_empty()).then(|| "newly permitted:".to_owned()));
    about.extend(changes.broadenings.iter().map(|Broadening { logical_id, resource_type, permits }| {
        format!("  {logical_id} ({resource_type}): {permits}")
    }));
    let answer = ui.ask(&Question {
        about,
        text: "Deploy this?",
        unasked: "this change needs an approval",
        otherwise: "`--require-approval never` deploys without asking",
    });
    match answer {
        Answer::Yes => Decision::Proceed,
        Answer::No => Decision::Decline,
    }
}

fn mark(change: &ResourceChange) -> &'static str {
    match (change.action, change.replacement) {
        (ChangeAction::Add, _) => "add      ",
        (ChangeAction::Import, _) => "import   ",
        (ChangeAction::Remove, _) => "remove   ",
        (_, Replacement::Certain) => "replace  ",
        (_, Replacement::Possible) => "replace? ",
        (_, Replacement::Never) => "change   ",
    }
}

/// Writes the outputs in the shape of `cdk deploy --outputs-file`: stack, output, value.
fn write_outputs(file: &Utf8Path, outputs: &IndexMap<StackName, IndexMap<String, String>>) -> Result<(), Failure> {
    let failed = |cause: &dyn std::fmt::Display| UsageError::new(format!("`{file}` cannot be written: {cause}"));
    let with_outputs: IndexMap<_, _> = outputs.iter().filter(|(_, outputs)| !outputs.is_empty()).collect();
    let mut text = serde_json::to_string_pretty(&with_outputs).map_err(|error| failed(&error))?;
    text.push('\n');
    disk::replace(file, text.as_bytes()).map_err(|error| failed(&error))?;
    Ok(())
}

fn tell(ui: &Ui, global: &Global, deployed: &Deployed) {
    match global.format {
        Format::Text => {
            for (stack, outputs) in &deployed.outputs {
                for (name, value) in outputs {
                    ui.data(&format!("{stack}.{name} = {value}"));
                }
            }
        }
        Format::Json => ui.json(&Told {
            change: match deployed.change {
                Change::None => "none",
                Change::Created => "created",
                Change::Updated => "updated",
            },
            outputs: &deployed.outputs,
            replaced_by: match &deployed.restart {
                Restart::NotNeeded => None,
                Restart::ReplacedBy(execution) => Some(execution),
            },
        }),
    }
}

/// What `--format json` tells.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Told<'a> {
    change: &'static str,
    outputs: &'a IndexMap<StackName, IndexMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<&'a ExecutionId>,
}
