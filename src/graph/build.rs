//! From a definition to the graph.

use std::collections::BTreeSet;

use super::conditions::Conditions;
use super::model::{Action, ActionKind, Artifact, PipelineGraph, PipelineStage};
use super::pack::Unit;
use super::variable::{PUBLISH_NAMESPACE, used_namespaces};
use super::{limits, order, pack, skip, stage};
use crate::definition::{Definition, Stage, UpdatePipeline};
use crate::diagnostic::Report;

/// Lays out the whole pipeline and checks it against the service's limits.
pub fn build(definition: &Definition) -> Result<PipelineGraph, Report> {
    let mut stages = own_stages(definition);
    let used = used_namespaces(definition);
    let units: Vec<Unit> = waves(&definition.stages)
        .into_iter()
        .map(|wave| unit(definition, wave, &used))
        .filter(|unit| !unit.stage.actions.is_empty())
        .collect();
    let room = limits::STAGES - stages.len();
    stages.extend(pack::pack(units, room));
    let mut graph = PipelineGraph { stages };
    skip::mark(definition, &mut graph.stages);
    if graph.skips() {
        name_choice(&mut graph);
    }
    let report = limits::check(&graph);
    if report.has_errors() { Err(report) } else { Ok(graph) }
}

/// Gives what PublishAssets says of stages that are passed by a namespace.
fn name_choice(graph: &mut PipelineGraph) {
    let actions = graph.stages.iter_mut().flat_map(|stage| &mut stage.actions);
    for action in actions.filter(|action| action.kind == ActionKind::PublishAssets) {
        action.namespace = Some(PUBLISH_NAMESPACE.to_owned());
    }
}

/// The stages that every pipeline has.
fn own_stages(definition: &Definition) -> Vec<PipelineStage> {
    use Artifact::{Assembly, Source, Templates, Tool};

    let mut source = action("Source", ActionKind::Source, &[], &[Source]);
    source.namespace = Some("Source".to_owned());
    let tool = action("Tool", ActionKind::Tool, &[], &[Tool]);
    let build = action("Build", ActionKind::Build, &[Source, Tool], &[Assembly, Templates]);
    let publish = action("PublishAssets", ActionKind::PublishAssets, &[Assembly, Tool], &[]);
    let from_source = action("UpdatePipeline", ActionKind::UpdateFromSource, &[Source, Tool], &[]);
    let from_assembly = |name| action(name, ActionKind::UpdateFromAssembly, &[Assembly, Tool], &[]);

    let mut stages = vec![alone("Source", vec![source, tool])];
    match definition.update {
        UpdatePipeline::Off => stages.push(alone("Build", vec![build])),
        UpdatePipeline::AfterBuild => {
            stages.push(alone("Build", vec![build]));
            stages.push(alone("UpdatePipeline", vec![from_assembly("UpdatePipeline")]));
        }
        UpdatePipeline::BeforeBuild => {
            stages.push(alone("UpdatePipeline", vec![from_source]));
            stages.push(alone("Build", vec![build]));
            stages.push(alone("UpdateAfterBuild", vec![from_assembly("UpdateAfterBuild")]));
        }
    }
    stages.push(alone("PublishAssets", vec![publish]));
    stages
}

fn alone(name: &str, actions: Vec<Action>) -> PipelineStage {
    PipelineStage { name: name.to_owned(), actions, packed: None, skip: None, conditions: Conditions::default() }
}

fn action(name: &str, kind: ActionKind, inputs: &[Artifact], outputs: &[Artifact]) -> Action {
    Action {
        name: name.to_owned(),
        kind,
        run_order: 1,
        needs: Vec::new(),
        inputs: inputs.to_vec(),
        outputs: outputs.to_vec(),
        namespace: None,
    }
}

/// Neighbours of the same wave together, every other stage by itself.
fn waves(stages: &[Stage]) -> Vec<&[Stage]> {
    stages.chunk_by(|left, right| left.wave.is_some() && left.wave == right.wave).collect()
}

/// One stage, or the members of a wave side by side.
fn unit(definition: &Definition, members: &[Stage], used: &BTreeSet<String>) -> Unit {
    let (name, prefix, actions) = match members {
        [only] if only.wave.is_none() => {
            let name = only.name.to_string();
            (name.clone(), Some(name), stage::lay_out(definition, only, used))
        }
        _ => {
            let name = members.iter().find_map(|member| member.wave.as_ref()).map(ToString::to_string);
            let actions = members
                .iter()
                .flat_map(|member| pack::prefixed(member.name.as_str(), stage::lay_out(definition, member, used)));
            (name.unwrap_or_default(), None, actions.collect())
        }
    };
    let (actions, conditions) = (order::ordered(actions), Conditions::of(members));
    Unit { stage: PipelineStage { name, actions, packed: None, skip: None, conditions }, prefix }
}
