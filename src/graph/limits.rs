//! CodePipeline's limits on the shape of a pipeline ("Quotas in AWS CodePipeline").

use std::collections::BTreeSet;

use super::model::PipelineGraph;
use crate::diagnostic::{Diagnostic, Report};

/// Stages of a pipeline.
pub(super) const STAGES: usize = 50;
/// Actions of a stage.
pub const ACTIONS_OF_A_STAGE: usize = 50;
/// Actions of a pipeline ("Total actions per pipeline" in Service Quotas, which is not adjustable: 500 until October 2024,
/// 1,000 since).
const ACTIONS: usize = 1_000;
/// The highest run order.
const RUN_ORDER: usize = 999;
/// Rules of a condition.
const RULES: usize = 5;
/// Characters of a stage's or an action's name, and of a namespace.
const NAME: usize = 100;

/// What helps where the whole pipeline is too large.
pub(super) const SPLIT: &str = "split the pipeline into two definitions, or use fewer stacks and steps";

/// Checks a whole pipeline.
pub(super) fn check(graph: &PipelineGraph) -> Report {
    let mut report = Report::default();
    if graph.stages.len() > STAGES {
        report.push(
            Diagnostic::error(
                "too-many-stages",
                format!(
                    "the pipeline needs {} stages for its {} actions, packed as far as they go; CodePipeline allows \
                     {STAGES} stages of {ACTIONS_OF_A_STAGE} actions",
                    graph.stages.len(),
                    graph.actions().count()
                ),
            )
            .help(SPLIT),
        );
    }
    let actions = graph.actions().count();
    if actions > ACTIONS {
        report.push(
            Diagnostic::error(
                "too-many-actions",
                format!("the pipeline needs {actions} actions; CodePipeline allows {ACTIONS} in all of its stages"),
            )
            .help(SPLIT),
        );
    }
    let mut names = BTreeSet::new();
    for stage in &graph.stages {
        let name = &stage.name;
        if !names.insert(name.to_lowercase()) {
            report.push(
                Diagnostic::error("duplicate-stage", format!("the pipeline has two stages named `{name}`")).help(
                    "rename the stage or the wave; `Source`, `Build`, `UpdatePipeline`, `UpdateAfterBuild` and \
                     `PublishAssets` are pipectl's own",
                ),
            );
        }
        if stage.actions.len() > ACTIONS_OF_A_STAGE {
            report.push(
                Diagnostic::error(
                    "too-many-actions",
                    format!(
                        "stage `{name}` needs {} actions; CodePipeline allows {ACTIONS_OF_A_STAGE}",
                        stage.actions.len()
                    ),
                )
                .help("split the wave into two, or the stage's stacks over two stages"),
            );
        }
        check_conditions(stage, &mut report);
        check_actions(stage, &mut report);
    }
    report
}

fn check_conditions(stage: &super::PipelineStage, report: &mut Report) {
    let after = stage.conditions.after.as_ref().map_or(0, |after| after.rules.len());
    for (place, rules) in [("before", stage.conditions.before.len()), ("after", after)] {
        if rules > RULES {
            report.push(
                Diagnostic::error(
                    "too-many-rules",
                    format!(
                        "windows and alarms {place} stage `{}` are {rules} rules; CodePipeline allows {RULES}",
                        stage.name
                    ),
                )
                .help("name fewer alarms, or split the wave into two"),
            );
        }
    }
}

fn check_actions(stage: &super::PipelineStage, report: &mut Report) {
    let mut names = BTreeSet::new();
    for action in &stage.actions {
        let name = &action.name;
        if !names.insert(name) {
            report.push(
                Diagnostic::error("duplicate-action", format!("stage `{}` has two actions named `{name}`", stage.name))
                    .help(
                        "rename the step; `Guard`, `Review`, `Approve`, `AutoApprove` and `Protect` are pipectl's own",
                    ),
            );
        }
        if name.len() > NAME {
            report.push(
                Diagnostic::error(
                    "name-too-long",
                    format!("the action's name `{name}` has {} characters; CodePipeline allows {NAME}", name.len()),
                )
                .help("shorten the names of the stage and of the stack or step"),
            );
        }
        if let Some(namespace) = action.namespace.as_ref().filter(|namespace| namespace.len() > NAME) {
            report.push(
                Diagnostic::error(
                    "name-too-long",
                    format!(
                        "the namespace `{namespace}` of outputs has {} characters; CodePipeline allows {NAME}",
                        namespace.len()
                    ),
                )
                .help("shorten the names of the stage and of the stack or step"),
            );
        }
        if action.run_order > RUN_ORDER {
            report.push(Diagnostic::error(
                "run-order-too-high",
                format!("the action `{name}` needs run order {}; CodePipeline allows {RUN_ORDER}", action.run_order),
            ));
        }
    }
    if stage.name.len() > NAME {
        report.push(
            Diagnostic::error(
                "name-too-long",
                format!(
                    "the stage's name `{}` has {} characters; CodePipeline allows {NAME}",
                    stage.name,
                    stage.name.len()
                ),
            )
            .help("shorten the names of its stages"),
        );
    }
}
