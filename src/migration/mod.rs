//! From CDK Pipelines to a definition. Pure.
//!
//! [`migrate`] reads what `cdk synth` wrote for an app with `pipelines.CodePipeline`: the template of the pipeline stack and
//! the assembly that it stands in. The app is kept; the definition names its stages (`[[stage.assembly]]`). What a
//! definition cannot say is a [`Remark`], and a comment in the rendered text.

mod approvals;
mod commands;
mod conditions;
mod differences;
mod error;
mod find;
mod hand_over;
mod head;
mod layout;
mod names;
mod old;
mod outputs;
mod project;
mod remark;
mod resolve;
mod rights;
mod source;
mod stages;
mod steps;
mod triggers;
mod waves;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use crate::assembly::{Assembly, MARKER_FILE, inside};
use crate::cfn::Template;
use crate::definition::{
    self, Build, BuildEnvironment, BuildWork, CommentPlace, Definition, Privilege, SkipUnchanged, Target,
    UpdatePipeline,
};
use crate::discovery;
use crate::id::{Name, PipelineName, Region};
use crate::text;

pub use error::MigrationError;
pub use hand_over::{OldStacks, OldSupportStack};
use old::{OldPipeline, Work};
use outputs::Outputs;
use remark::Remarks;
pub use remark::{FILL_IN, Remark, RemarkKind};

/// What to make a definition of.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The assembly.
    pub assembly: &'a Assembly,
    /// The templates of its stacks, by their path in it.
    pub templates: &'a BTreeMap<Utf8PathBuf, Template>,
    /// The stack with the pipeline, if there are several.
    pub stack: Option<&'a str>,
    /// The new pipeline's name, if chosen.
    pub name: Option<&'a PipelineName>,
    /// The new pipeline's region, where the app leaves it open.
    pub region: Option<&'a Region>,
    /// The definition's folder, relative to the top of the repository.
    pub folder: &'a Utf8Path,
}

/// A definition made of an old pipeline.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The definition.
    pub definition: Definition,
    /// What differs, in the order of the definition.
    pub remarks: Vec<Remark>,
    /// What becomes of the old pipeline.
    pub old: OldStacks,
}

impl Migration {
    /// The definition as a text, with the remarks as comments.
    pub fn render(&self) -> String {
        let mut heading = format!("The pipeline of the CDK Pipelines stack `{}`.", self.old.stack);
        if !self.remarks.is_empty() {
            heading.push_str(" What differs from it stands above the table that it is about.");
        }
        definition::render_with(&self.definition, &remark::comments(&heading, &self.remarks))
    }
}

/// Makes a definition of the pipeline in an assembly.
pub fn migrate(input: Input<'_>) -> Result<Migration, MigrationError> {
    let old = find::find(input.assembly, input.templates, input.stack)?;
    let mut remarks = Remarks::default();
    let stacks = hand_over::old_stacks(input.assembly, &old, &mut remarks);
    let name = head::name(input, &stacks, &mut remarks)?;
    head::tell_of_the_rest(&old, &mut remarks);
    let source = source::source(&old, &mut remarks);
    let (build, written) = build(&old, &mut remarks);
    let update = match old.actions().any(|action| action.work == Work::SelfMutate) {
        true => UpdatePipeline::default(),
        false => UpdatePipeline::Off,
    };
    let app = discovery::app_stages(input.assembly);
    let mut maker = stages::Maker {
        old: &old,
        app: &app,
        templates: input.templates,
        assembly: place_of_assembly(input.folder, written)?,
        names: names::Names::default(),
        outputs: Outputs::new(&old),
        remarks: &mut remarks,
        stages: Vec::new(),
    };
    for stage in old.stages.iter().skip(before_the_app(&old, maker.remarks)) {
        maker.add(stage);
    }
    let stages = std::mem::take(&mut maker.stages);
    let environment = old.view.environment();
    let definition = Definition {
        name,
        target: Target { account: environment.account, region: environment.region.or_else(|| input.region.cloned()) },
        qualifier: head::qualifier(&old),
        execution_mode: head::execution_mode(&old, &mut remarks),
        skip_unchanged: SkipUnchanged::default(),
        tags: IndexMap::new(),
        source,
        build,
        update,
        publish: publish(&old, &mut remarks),
        stages,
    };
    let order: Vec<Name> = definition.stages.iter().map(|stage| stage.name.clone()).collect();
    Ok(Migration { definition, remarks: remarks.in_order(&order), old: stacks })
}

/// The build, and the folder that it writes the assembly to.
fn build(old: &OldPipeline<'_>, remarks: &mut Remarks) -> (Build, Utf8PathBuf) {
    let place = CommentPlace::Build;
    let Some(synth) = old.synth() else {
        let build = Build { work: BuildWork::Commands(Vec::new()), environment: BuildEnvironment::default() };
        return (build, Utf8PathBuf::from(MARKER_FILE));
    };
    let nothing = Outputs::new(old);
    let (work, environment) = project::build(old, synth, project::Owner::Pipeline, &nothing, &place, remarks);
    for input in synth.inputs.iter().filter(|input| Some(input.as_str()) != synth.main_input()) {
        steps::tell_of_foreign_input(old, synth, input, &place, remarks);
    }
    let written = work.gives.unwrap_or_else(|| Utf8PathBuf::from(MARKER_FILE));
    (Build { work: BuildWork::Commands(work.commands), environment }, written)
}

/// Where the definition finds the assembly: relative to its own folder.
fn place_of_assembly(folder: &Utf8Path, written: Utf8PathBuf) -> Result<Utf8PathBuf, MigrationError> {
    let outside = || MigrationError::Outside { assembly: written.clone(), folder: folder.to_owned() };
    let written = inside(Utf8Path::new(""), written.as_str()).ok_or_else(outside)?;
    let path = written.strip_prefix(folder).map_err(|_| outside())?;
    if path.as_str().is_empty() { Err(outside()) } else { Ok(path.to_owned()) }
}

/// How many stages come before those of the app; tells of what they do besides.
fn before_the_app(old: &OldPipeline<'_>, remarks: &mut Remarks) -> usize {
    let built = old.stages.iter().position(|stage| stage.actions.iter().any(|action| action.work == Work::Synth));
    let own = built.map_or(0, |built| built + 1);
    for action in old.stages.iter().take(own).flat_map(|stage| &stage.actions) {
        let message = match action.work {
            Work::Build => {
                let work = commands::work(old, action, &CommentPlace::Build, &mut Remarks::default());
                let commands = text::shortened(&work.commands.join(" && "), 300);
                format!("the step `{}`, which ran before or beside the synthesis: `{commands}`", action.name)
            }
            Work::Approval | Work::Other => {
                format!("the action `{}` ({} {})", action.name, action.category, action.provider)
            }
            _ => continue,
        };
        remarks.lost(&CommentPlace::Build, message, "put what it does in front of `commands`");
    }
    for stage in old.stages.iter().take(own) {
        conditions::tell_lost(stage, remarks);
    }
    own
}

/// The machine that publishes assets. Where there are images it becomes privileged by itself.
fn publish(old: &OldPipeline<'_>, remarks: &mut Remarks) -> BuildEnvironment {
    let place = CommentPlace::PublishAssets;
    let publishers = || old.actions().filter(|action| action.work == Work::Assets);
    let is_privileged = |action: &&old::OldAction<'_>| {
        old.project(action).is_some_and(|project| project["Environment"]["PrivilegedMode"] == true)
    };
    let Some(action) = publishers().find(is_privileged).or_else(|| publishers().next()) else {
        return BuildEnvironment::default();
    };
    let has_credentials = |action: &old::OldAction<'_>| {
        old.buildspec(action).is_some_and(|buildspec| buildspec.text.contains("cdk-docker-creds.json"))
    };
    if publishers().any(has_credentials) {
        let remedy = "use base images that need no login, or grant what `docker` needs by `statements`";
        remarks.lost(&place, "the credentials of container registries (`dockerCredentials`)", remedy);
    }
    BuildEnvironment { privilege: Privilege::default(), ..project::machine(old, action, &place, remarks) }
}
