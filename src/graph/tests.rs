//! Properties of the layout, over random definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use camino::Utf8Path;
use proptest::prelude::*;

use super::{Action, ActionKind, PipelineGraph, PipelineStage, Rule, build, limits};
use crate::definition::{Definition, Stage, StepPosition, Value, decode};
use crate::diagnostic::Report;

/// A stage of a random definition.
#[derive(Debug, Clone)]
struct Shape {
    /// Neighbours of the same number are a wave; 0 is none.
    wave: usize,
    has_approval: bool,
    is_elsewhere: bool,
    /// How many steps there are before, between and after.
    steps: [usize; 3],
    /// Whether steps and stacks use an output of the step before them, if they may.
    is_chained: bool,
    /// Whether there is an alarm before it, and one after it.
    is_guarded: bool,
    /// For each stack, which of those before it go first, and whether it is protected.
    stacks: Vec<(u8, bool)>,
}

fn shape(largest: usize) -> impl Strategy<Value = Shape> {
    let stacks = prop::collection::vec((any::<u8>(), any::<bool>()), 0..=largest);
    let steps = [0..=largest.min(2), 0..=largest.min(2), 0..=largest.min(2)];
    let kind = (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.05));
    (0..3_usize, kind, steps, any::<bool>(), stacks).prop_map(
        |(wave, (has_approval, is_elsewhere, is_guarded), steps, is_chained, stacks)| Shape {
            wave,
            has_approval,
            is_elsewhere,
            steps,
            is_chained,
            is_guarded,
            stacks,
        },
    )
}

/// The definition of some shapes. A wave has at most three members, so that no stage has too many actions.
fn definition(shapes: &[Shape]) -> Definition {
    let mut text = "[pipeline]\nname = \"wide\"\naccount = \"111111111111\"\n\
                    [source.s3]\nbucket = \"b-b\"\nkey = \"k.zip\"\n"
        .to_owned();
    let (mut first_of_wave, mut last_wave) = (0, 0);
    // The last step of the stages before the wave.
    let (mut earlier, mut newest) = (None, None);
    for (number, shape) in shapes.iter().enumerate() {
        if shape.wave != last_wave || shape.wave == 0 || number - first_of_wave >= 3 {
            (first_of_wave, last_wave) = (number, shape.wave);
            earlier.clone_from(&newest);
        }
        let _ = write!(text, "[[stage]]\nname = \"S{number}\"\n");
        if shape.wave != 0 {
            let _ = writeln!(text, "wave = \"w{first_of_wave}\"");
        }
        if shape.is_elsewhere {
            text.push_str("account = \"222222222222\"\n");
        }
        if shape.has_approval {
            text.push_str("approval = {}\n");
        }
        if shape.is_guarded {
            let _ = writeln!(text, "alarms = {{ before = [\"b{number}\"], after = [\"a{number}\"] }}");
        }
        let usable = |key: &str, step: &Option<String>| match step {
            Some(step) if shape.is_chained => format!("{key} = {{ A = {{ step = \"{step}.OUT\" }} }}\n"),
            _ => String::new(),
        };
        let (mut previous, mut before) = (earlier.clone(), earlier.clone());
        let positions = [StepPosition::Before, StepPosition::Between, StepPosition::After];
        for (position, count) in positions.into_iter().zip(shape.steps) {
            for step in 0..count {
                let key = position.key();
                let _ = write!(
                    text,
                    "[[stage.{key}]]\nname = \"{key}{step}\"\ncommands = [\"true\"]\noutputs = [\"OUT\"]\n{}",
                    usable("variables", &previous)
                );
                previous = Some(format!("S{number}/{key}{step}"));
                newest.clone_from(&previous);
            }
            if position == StepPosition::Before {
                before.clone_from(&previous);
            }
        }
        for (stack, (needs, is_protected)) in shape.stacks.iter().enumerate() {
            let first: Vec<String> =
                (0..stack).filter(|other| needs & (1 << other) != 0).map(|other| format!("\"k{other}\"")).collect();
            let _ = write!(
                text,
                "[[stage.stack]]\nname = \"k{stack}\"\ntemplate = \"t.yaml\"\ndepends-on = [{}]\n{}",
                first.join(", "),
                usable("parameters", &before)
            );
            if *is_protected {
                text.push_str("termination-protection = true\n");
            }
        }
    }
    match decode(Utf8Path::new("pipeline.toml"), &text) {
        Ok((definition, _)) => definition,
        Err(report) => panic!("{text}\n{:#?}", report.diagnostics),
    }
}

/// What has to be in the pipeline of a definition, besides what pipectl itself adds.
fn wanted(definition: &Definition) -> BTreeMap<String, usize> {
    let mut wanted = BTreeMap::new();
    for stage in &definition.stages {
        let steps = stage.steps().map(|(_, step)| format!("{} step {}", stage.name, step.name));
        let stacks = stage
            .stacks
            .iter()
            .flat_map(|stack| ["prepare", "deploy"].map(|what| format!("{} {what} {}", stage.name, stack.name)));
        let approval = stage.approval.iter().map(|_| format!("{} approve", stage.name));
        wanted.extend(steps.chain(stacks).chain(approval).map(|what| (what, 1)));
    }
    wanted
}

fn found(graph: &PipelineGraph) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for (_, action) in graph.actions() {
        let what = match &action.kind {
            ActionKind::Step(key) => format!("{} step {}", key.stage, key.step),
            ActionKind::Prepare(key) => format!("{} prepare {}", key.stage, key.stack),
            ActionKind::Deploy(key) => format!("{} deploy {}", key.stage, key.stack),
            ActionKind::Approve(stage) => format!("{stage} approve"),
            _ => continue,
        };
        *found.entry(what).or_default() += 1;
    }
    found
}

/// Asserts what holds of every stage of CodePipeline.
fn check_stage(stage: &PipelineStage) -> Result<(), TestCaseError> {
    let by_name: BTreeMap<&str, &Action> = stage.actions.iter().map(|action| (action.name.as_str(), action)).collect();
    prop_assert_eq!(by_name.len(), stage.actions.len(), "names are unique in {}", stage.name);

    let run_orders: BTreeSet<usize> = stage.actions.iter().map(|action| action.run_order).collect();
    prop_assert_eq!(run_orders.iter().copied().collect::<Vec<_>>(), (1..=run_orders.len()).collect::<Vec<_>>());

    // The actions are sorted by run order, and needs have lower ones, so one pass finds what waits for an approval.
    let mut held_up: BTreeSet<&str> = BTreeSet::new();
    for action in &stage.actions {
        for need in &action.needs {
            let needed = by_name.get(need.as_str());
            prop_assert!(needed.is_some_and(|needed| needed.run_order < action.run_order), "{need} < {}", action.name);
        }
        if action.kind.is_approval() || action.needs.iter().any(|need| held_up.contains(need.as_str())) {
            held_up.insert(&action.name);
        }
    }
    for action in &stage.actions {
        if let ActionKind::AutoApprove(name) = &action.kind {
            let beside = stage.actions.iter().find(|other| other.kind == ActionKind::Approve(name.clone()));
            prop_assert_eq!(beside.map(|other| other.run_order), Some(action.run_order), "{} answers it", action.name);
        }
    }
    let approvals = stage.actions.iter().filter(|action| action.kind.is_approval());
    if let Some(first) = approvals.map(|action| action.run_order).min() {
        for action in stage.actions.iter().filter(|action| !held_up.contains(action.name.as_str())) {
            prop_assert!(action.run_order < first, "{} waits for no approval", action.name);
        }
    }
    Ok(())
}

/// Asserts that what a step exports is made before it is used, and has a namespace only where it is used.
fn check_outputs(definition: &Definition, graph: &PipelineGraph) -> Result<(), TestCaseError> {
    let mut made = BTreeMap::new();
    let mut used = Vec::new();
    for (position, stage) in graph.stages.iter().enumerate() {
        for action in &stage.actions {
            let place = (position, action.run_order);
            match &action.kind {
                ActionKind::Step(key) => {
                    made.insert((&key.stage, &key.step), (place, action.namespace.is_some()));
                    let stage = definition.stages.iter().find(|stage| stage.name == key.stage);
                    let step = stage.and_then(|stage| stage.steps().find(|(_, step)| step.name == key.step));
                    used.extend(step.into_iter().flat_map(|(_, step)| step.uses()).map(|step| (step, place)));
                }
                ActionKind::Prepare(key) => {
                    let stage = definition.stages.iter().find(|stage| stage.name == key.stage);
                    let stack = stage.and_then(|stage| stage.stacks.iter().find(|stack| stack.name == key.stack));
                    used.extend(stack.into_iter().flat_map(|stack| stack.parameters.values()).filter_map(|value| {
                        let Value::Step(step) = value else { return None };
                        Some((step, place))
                    }));
                }
                _ => {}
            }
        }
    }
    for (key, (_, is_named)) in &made {
        let is_used = used.iter().any(|(step, _)| (&step.stage, &step.step) == *key);
        prop_assert_eq!(is_used, *is_named, "{}/{}", key.0, key.1);
    }
    for (step, place) in used {
        prop_assert!(made[&(&step.stage, &step.step)].0 < place, "{step:?} is made before {place:?}");
    }
    Ok(())
}

/// What each stage of the pipeline looks at, over all of them.
fn looked_at(graph: &PipelineGraph) -> BTreeMap<String, usize> {
    let mut looked_at = BTreeMap::new();
    for rule in graph.stages.iter().flat_map(|stage| stage.conditions.rules()) {
        if let Rule::Alarm(alarm) = rule {
            *looked_at.entry(alarm.alarm.clone()).or_default() += 1;
        }
    }
    looked_at
}

/// A stage with conditions shares nothing with stages that have none, and has one condition before it.
fn check_conditions(definition: &Definition, graph: &PipelineGraph) -> Result<(), TestCaseError> {
    let is_there =
        |stage: &&Stage| !stage.stacks.is_empty() || stage.steps().next().is_some() || stage.approval.is_some();
    let alarms = definition.stages.iter().filter(is_there).filter_map(|stage| stage.alarms.as_ref());
    let wanted = alarms.flat_map(|alarms| alarms.before.iter().chain(&alarms.after));
    prop_assert_eq!(looked_at(graph), wanted.map(|alarm| (alarm.to_string(), 1)).collect());
    for stage in graph.stages.iter().filter(|stage| !stage.conditions.is_empty()) {
        prop_assert!(stage.packed.is_none(), "{} is packed", stage.name);
        prop_assert!(stage.conditions.before.is_empty() || stage.skip.is_none(), "{} is skipped", stage.name);
    }
    Ok(())
}

fn check(definition: &Definition) -> Result<(), TestCaseError> {
    let graph = match build(definition) {
        Ok(graph) => graph,
        Err(report) => return Err(TestCaseError::fail(format!("{:#?}", report.diagnostics))),
    };
    prop_assert_eq!(found(&graph), wanted(definition));
    check_outputs(definition, &graph)?;
    check_conditions(definition, &graph)?;
    prop_assert!(graph.stages.len() <= limits::STAGES);
    for stage in &graph.stages {
        prop_assert!(stage.actions.len() <= limits::ACTIONS_OF_A_STAGE);
        check_stage(stage)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn needs_go_first_and_approvals_hold_up_nothing_else(shapes in prop::collection::vec(shape(3), 1..6)) {
        check(&definition(&shapes))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_holds_where_stages_are_packed(shapes in prop::collection::vec(shape(1), 120..150)) {
        check(&definition(&shapes))?;
    }
}

/// The lines of the stages of the definition, as `pipectl graph` shows them.
fn shown(stages: &str) -> Vec<String> {
    let text = format!("[pipeline]\nname = \"app\"\n[source.s3]\nbucket = \"b-b\"\nkey = \"k.zip\"\n{stages}");
    let definition = decode(Utf8Path::new("pipeline.toml"), &text).expect("a valid definition").0;
    let shown = build(&definition).expect("a pipeline within all limits").show();
    let lines = shown.lines().skip_while(|line| !line.contains("PublishAssets  <-")).skip(1);
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn steps_between_follow_the_change_sets_that_can_exist() {
    let stage = "[[stage]]\nname = \"Prod\"\napproval = {}\n\
                 [[stage.stack]]\nname = \"base\"\ntemplate = \"t.yaml\"\n\
                 [[stage.stack]]\nname = \"app\"\ntemplate = \"t.yaml\"\ndepends-on = [\"base\"]\n\
                 [[stage.between]]\nname = \"inspect\"\ncommands = [\"true\"]\n";
    assert_eq!(
        shown(stage),
        [
            "Prod  skipped while unchanged, the source included",
            "1 base.Prepare  <- Templates",
            "2 inspect  <- Source  after base.Prepare",
            "2 Review  <- Assembly Tool  as Prod__Review  after base.Prepare",
            "3 Approve  after inspect, Review",
            "4 base.Deploy  after Approve",
            "5 app.Prepare  <- Templates  after base.Deploy",
            "6 app.Deploy  after app.Prepare",
        ]
    );
    assert_eq!(shown(&stage.replace("approval = {}\n", ""))[3], "3 base.Deploy  after inspect");
}

#[test]
fn a_stage_that_is_tried_again_removes_what_its_first_try_left() {
    let stage = |more: &str, content: &str| shown(&format!("[[stage]]\nname = \"S\"\n{more}\n{content}"));
    let stack = "[[stage.stack]]\nname = \"app\"\ntemplate = \"app.yaml\"";
    let step = "[[stage.after]]\nname = \"probe\"\ncommands = [\"true\"]";
    let retry = "on-failure = \"retry\"";
    let is_guarded = |actions: &[String]| actions.iter().any(|action| action.contains("Guard"));
    assert!(is_guarded(&stage(retry, stack)), "{:?}", stage(retry, stack));
    assert!(!is_guarded(&stage("", stack)));
    assert!(!is_guarded(&stage(retry, step)));
}

/// The lines of stages that say what is passed by.
fn skipped(stages: &str) -> Vec<String> {
    let is_action = |line: &String| line.starts_with(|first: char| first.is_ascii_digit());
    shown(stages).into_iter().filter(|line| !is_action(line)).collect()
}

#[test]
fn a_stage_is_passed_by_when_all_in_it_is_unchanged() {
    let stack = "[[stage.stack]]\nname = \"app\"\ntemplate = \"t.yaml\"\n";
    let step = "[[stage.after]]\nname = \"check\"\ncommands = [\"true\"]\n";
    let stage = |name: &str, keys: &str, content: &str| format!("[[stage]]\nname = \"{name}\"\n{keys}{content}");
    let one = |keys: &str, content: &str| skipped(&stage("One", keys, content)).concat();
    assert_eq!(one("", stack), "One  skipped while unchanged");
    assert_eq!(one("approval = {}\n", stack), "One  skipped while unchanged");
    assert_eq!(one("", &format!("{stack}{step}")), "One  skipped while unchanged, the source included");
    assert_eq!(one("skip-unchanged = \"stacks\"\n", &format!("{stack}{step}")), "One  skipped while unchanged");
    assert_eq!(one("skip-unchanged = \"never\"\n", stack), "One");
    // What stands for something else, or leaves nothing to compare.
    assert_eq!(one("", step), "One  skipped while unchanged, the source included");
    assert_eq!(one("skip-unchanged = \"stacks\"\n", step), "One");
    assert_eq!(one("approval = {}\n", ""), "One");
    assert_eq!(one("approval = {}\n", step), "One");

    let wave = |keys: &str| {
        let both = [stage("One", "wave = \"w\"\n", stack), stage("Two", &format!("wave = \"w\"\n{keys}"), stack)];
        skipped(&both.concat()).concat()
    };
    assert_eq!(wave(""), "w  skipped while unchanged");
    assert_eq!(wave("skip-unchanged = \"never\"\n"), "w");
}

#[test]
fn stages_that_use_each_others_outputs_are_passed_by_together() {
    let stage = |name: &str, keys: &str, uses: &str| {
        format!(
            "[[stage]]\nname = \"{name}\"\n{keys}[[stage.stack]]\nname = \"app\"\ntemplate = \"t.yaml\"\n\
             parameters = {{{uses}}}\n"
        )
    };
    let stages = |keys: &str| {
        let user = stage("User", keys, "A = { output = \"Base/app.A\" }");
        let last = stage("Last", "", "A = { output = \"User/app.A\" }");
        skipped(&[stage("Base", "", ""), stage("Other", "", ""), user, last].concat())
    };
    assert_eq!(
        stages(""),
        [
            "Base  skipped while unchanged, together with User, Last",
            "Other  skipped while unchanged",
            "User  skipped while unchanged, together with Base, Last",
            "Last  skipped while unchanged, together with Base, User",
        ]
    );
    assert_eq!(stages("skip-unchanged = \"never\"\n"), ["Base", "Other  skipped while unchanged", "User", "Last"]);
}

fn built(stages: &str) -> Result<PipelineGraph, Report> {
    let text = format!("[pipeline]\nname = \"app\"\n[source.s3]\nbucket = \"b-b\"\nkey = \"k.zip\"\n{stages}");
    build(&decode(Utf8Path::new("pipeline.toml"), &text).expect("a valid definition").0)
}

#[test]
fn a_pipeline_of_too_many_actions_is_refused() {
    let stage = |number: usize| {
        format!("[[stage]]\nname = \"S{number}\"\n[[stage.stack]]\nname = \"app\"\ntemplate = \"t.yaml\"\n")
    };
    let built = |stages: usize| built((0..stages).map(stage).collect::<String>().as_str());
    let graph = built(497).expect("few enough actions");
    assert_eq!(graph.actions().count(), 999);
    let report = built(498).expect_err("too many actions");
    assert_eq!(
        report.diagnostics[0].message,
        "the pipeline needs 1001 actions; CodePipeline allows 1000 in all of its stages"
    );
    assert_eq!(report.diagnostics[0].help, [limits::SPLIT]);
}

#[test]
fn a_stage_of_too_many_rules_is_refused() {
    let stage = |number: usize| {
        format!(
            "[[stage]]\nname = \"S{number}\"\nwave = \"w\"\nwindow = {{ cron = \"* * * * * ?\" }}\n\
             alarms = {{ before = [\"b{number}\"], after = [\"a{number}\"] }}\n[[stage.stack]]\nname = \"app\"\ntemplate = \"t.yaml\"\n"
        )
    };
    let built = |stages: usize| built((0..stages).map(stage).collect::<String>().as_str());
    assert!(built(4).is_ok());
    let report = built(6).expect_err("too many rules");
    let told: Vec<&str> = report.diagnostics.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "windows and alarms before stage `w` are 7 rules; CodePipeline allows 5",
            "windows and alarms after stage `w` are 6 rules; CodePipeline allows 5",
        ]
    );
    assert_eq!(report.diagnostics[0].help, ["name fewer alarms, or split the wave into two"]);
}
