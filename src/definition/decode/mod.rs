//! A TOML tree to the model. Each part of the file has a file here.

mod amplify;
mod assembly;
mod build;
mod conditions;
mod environment;
mod imports;
mod limits;
mod overrides;
mod pipeline;
mod program;
mod publish;
mod reference;
mod region;
mod source;
mod stack;
mod stage;
mod step;
mod tags;
mod triggers;
mod update;
mod value;

pub use environment::RESERVED_VARIABLES;
pub(super) use environment::{COMPUTES, standard as standard_environment};
pub use limits::{NOTIFICATION_TARGETS, STACK_TAGS, TAG_KEY, TAG_VALUE};
pub(super) use program::AMPX_SETUP;
pub use source::{BRANCH, TOKEN_SECRET};
pub(super) use stack::standard_name as standard_stack_name;
pub use tags::RESERVED as RESERVED_TAGS;

use toml::Spanned;
use toml::de::DeTable;

use super::check::{self, Outline};
use super::grammar;
use super::model::Definition;
use super::read::{Context, Table};

/// What a pipeline is called whose name could not be read.
const NAMELESS: &str = "pipeline";

/// Decodes the whole file and checks how its parts fit together. Parts that cannot be read are left out, or others stand in
/// for them: then the report has errors.
pub(super) fn definition<'a>(context: &'a Context<'a>, tree: &'a Spanned<DeTable<'a>>) -> Option<Definition> {
    let root = Table::open(context, tree.get_ref(), 0..0, String::new(), &grammar::ROOT);
    let pipeline = root.require("pipeline").and_then(|node| node.table(&grammar::PIPELINE)).map(pipeline::decode);
    let source = root.require("source").and_then(|node| source::decode(&node)).unwrap_or_else(source::unknown);
    let build = match root.get("build") {
        Some(node) => node.table(&grammar::BUILD).map_or_else(build::unknown, |table| build::decode(&table)),
        None => build::standard(),
    };
    let update = match root.get("update-pipeline") {
        Some(node) => node.table(&grammar::UPDATE).and_then(|table| update::decode(&table)).unwrap_or_default(),
        None => super::UpdatePipeline::default(),
    };
    let publish = match root.get("publish-assets") {
        Some(node) => node.table(&grammar::PUBLISH).and_then(|table| publish::decode(&table)).unwrap_or_default(),
        None => standard_environment(),
    };
    let pipeline_name = pipeline.as_ref().and_then(|pipeline| pipeline.name.clone());
    let stage_tables = root.get("stage").map(|node| node.tables(&grammar::STAGE)).unwrap_or_default();
    let name = pipeline_name.clone().or_else(|| NAMELESS.parse().ok());
    let stages: Vec<_> = stage_tables.iter().map(|table| stage::decode(table, name.as_ref())).collect();
    let (stages, outlines): (Vec<_>, Vec<_>) = stages.into_iter().unzip();

    let outline = Outline {
        tags: pipeline.as_ref().and_then(|pipeline| pipeline.tags.keys.clone()),
        pipeline: pipeline_name,
        target: pipeline.as_ref().map(|pipeline| pipeline.target.clone()).unwrap_or_default(),
        execution_mode: pipeline.as_ref().map(|pipeline| pipeline.execution_mode).unwrap_or_default(),
        skip_unchanged: pipeline.as_ref().and_then(|pipeline| pipeline.skip_unchanged.clone()),
        stages: outlines,
    };
    check::all(context, &outline);

    let pipeline = pipeline.unwrap_or_default();
    Some(Definition {
        name: name?,
        target: pipeline.target,
        qualifier: pipeline.qualifier,
        execution_mode: pipeline.execution_mode,
        skip_unchanged: pipeline.skip_unchanged.map(|given| given.value).unwrap_or_default(),
        tags: pipeline.tags.values,
        source,
        build,
        update,
        publish,
        stages: context.keep(&stage_tables, stages),
    })
}
