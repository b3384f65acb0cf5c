//! `[[stage]]`.

use super::{amplify, assembly, conditions, imports, pipeline, stack, step, tags, value};
use crate::definition::check::{StageOutline, StepOutline};
use crate::definition::grammar;
use crate::definition::model::{Approval, ApprovalWhen, Stage, Step, StepPosition};
use crate::definition::read::Table;
use crate::id::{Name, PipelineName};

pub(super) fn decode(table: &Table<'_>, pipeline: Option<&PipelineName>) -> (Option<Stage>, StageOutline) {
    let name = table.require("name").and_then(|node| node.placed::<Name>());
    let own = name.as_ref().map(|name| &name.value);
    let target = pipeline::target(table);
    let wave = table.get("wave").and_then(|node| node.placed::<Name>());
    let approval = table.get("approval").and_then(|node| node.table(&grammar::APPROVAL)).map(|table| approval(&table));
    let imports = imports::decode(table);
    let mut step_outlines = Vec::new();
    let before = steps(table, StepPosition::Before, own, &mut step_outlines);
    let between = steps(table, StepPosition::Between, own, &mut step_outlines);
    let stack_tables = table.get("stack").map(|node| node.tables(&grammar::STACK)).unwrap_or_default();
    let (stacks, mut stack_outlines): (Vec<_>, Vec<_>) =
        stack_tables.iter().map(|table| stack::decode(table, pipeline, own, &target, &imports)).unzip();
    let backend_tables = table.get("amplify").map(|node| node.tables(&grammar::AMPLIFY)).unwrap_or_default();
    let (backends, backend_outlines): (Vec<_>, Vec<_>) =
        backend_tables.iter().map(|table| amplify::decode(table, pipeline, own, &target, &imports)).unzip();
    for outline in backend_outlines {
        match outline {
            amplify::Outline::Stack(stack) => stack_outlines.push(stack),
            amplify::Outline::Step(step) => step_outlines.push(step),
        }
    }
    let after = steps(table, StepPosition::After, own, &mut step_outlines);
    let assembly_tables = table.get("assembly").map(|node| node.tables(&grammar::ASSEMBLY)).unwrap_or_default();
    let (assemblies, assembly_outlines): (Vec<_>, Vec<_>) =
        assembly_tables.iter().map(|table| assembly::decode(table, own, &imports)).unzip();
    let tags = tags::decode(table);
    let skip_unchanged = pipeline::skip_unchanged(table);
    let (conditions, conditions_outline) = conditions::decode(table);
    let stage = || {
        Some(Stage {
            name: own?.clone(),
            target: target.clone(),
            wave: wave.as_ref().map(|wave| wave.value.clone()),
            tags: tags.values,
            skip_unchanged: skip_unchanged.as_ref().map(|given| given.value),
            on_failure: conditions.on_failure,
            window: conditions.window,
            alarms: conditions.alarms,
            approval,
            imports: imports.read.clone(),
            reading: own.and_then(|own| imports.step(own)),
            before,
            between,
            stacks: table.context.keep(&stack_tables, stacks),
            backends: table.context.keep(&backend_tables, backends),
            assemblies: table.context.keep(&assembly_tables, assemblies),
            after,
        })
    };
    let stage = stage();
    if let Some(stage) = &stage {
        imports.warn_of_unused(table.context, stage);
    }
    let span = |key| table.get(key).map(|node| node.span);
    let outline = StageOutline {
        account: span("account"),
        region: span("region"),
        target,
        wave,
        tags: tags.keys,
        skip_unchanged,
        conditions: conditions_outline,
        approval: span("approval"),
        completeness: table.completeness(),
        steps: step_outlines,
        stacks: stack_outlines,
        assemblies: assembly_outlines,
        name,
    };
    (stage, outline)
}

/// How long an approval's message may be. CodePipeline takes 1,000 characters ("Quotas in AWS CodePipeline"), and what a
/// review finds, and where all of it can be read, has up to 610 of them.
const APPROVAL_MESSAGE: usize = 390;

fn approval(table: &Table<'_>) -> Approval {
    Approval {
        message: table.get("message").and_then(|node| node.text_up_to(APPROVAL_MESSAGE)),
        notify: table.get("notify").and_then(|node| value::arn(&node, &["sns"])),
        when: table.get("when").and_then(|node| node.choice(&ApprovalWhen::WORDS)).unwrap_or_default(),
    }
}

fn steps(
    table: &Table<'_>,
    position: StepPosition,
    stage: Option<&Name>,
    outlines: &mut Vec<StepOutline>,
) -> Vec<Step> {
    let tables = table.get(position.key()).map(|node| node.tables(&grammar::STEP)).unwrap_or_default();
    let (steps, own): (Vec<_>, Vec<_>) = tables.iter().map(|table| step::decode(table, position, stage)).unzip();
    outlines.extend(own);
    table.context.keep(&tables, steps)
}
