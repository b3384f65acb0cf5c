//! Stages and what is in them at random.

use proptest::prelude::*;

use super::builds::*;
use super::changes::*;
use super::values::*;
use crate::definition::*;

pub(super) fn stack(number: usize) -> impl Strategy<Value = Stack> {
    let protection =
        prop::sample::select(vec![TerminationProtection::Unset, TerminationProtection::On, TerminationProtection::Off]);
    let capabilities = prop::option::of(prop::sample::subsequence(crate::cfn::Capability::ALL.to_vec(), 0..=3));
    (literals(), tags(), capabilities, protection, any::<bool>(), changes()).prop_map(
        move |(parameters, tags, capabilities, termination_protection, has_asset, overrides)| Stack {
            overrides,
            name: format!("stack{number}").parse().unwrap(),
            stack_name: format!("physical-{number}").parse().unwrap(),
            target: Target { account: Some("222222222222".parse().unwrap()), region: None },
            template: "templates/app.yaml".into(),
            origin: Origin::Definition,
            parameters,
            tags,
            capabilities,
            termination_protection,
            notification_targets: vec!["arn:aws:sns:eu-west-1:111111111111:topic".to_owned()],
            depends_on: (0..number).map(|before| format!("stack{before}").parse().unwrap()).collect(),
            assets: has_asset
                .then(|| Asset {
                    name: "code".parse().unwrap(),
                    path: "lambda".into(),
                    bucket_parameter: "Bucket".to_owned(),
                    key_parameter: "Key".to_owned(),
                })
                .into_iter()
                .collect(),
        },
    )
}

pub(super) fn assembly() -> impl Strategy<Value = Vec<AssemblyReference>> {
    let selection = prop_oneof![
        text().prop_map(Selection::Stage),
        prop::collection::vec("[A-Za-z*/]{1,8}", 1..3).prop_map(Selection::Stacks),
    ];
    let reference = (selection, literals()).prop_map(|(selection, parameters)| AssemblyReference {
        path: "cdk.out".into(),
        selection,
        parameters: [("App".to_owned(), parameters)].into(),
    });
    prop::option::of(reference).prop_map(|reference| reference.into_iter().collect())
}

pub(super) fn backend() -> impl Strategy<Value = Vec<BackendReference>> {
    let protection = prop::sample::select(vec![TerminationProtection::Unset, TerminationProtection::On]);
    let choices = (prop::option::of("[a-z][a-z0-9]{1,9}"), literals(), tags(), protection, backend_changes());
    let export =
        choices.prop_map(|(environment, parameters, tags, termination_protection, overrides)| BackendReference {
            overrides,
            name: "backend".parse().unwrap(),
            source: BackendSource::Export(ExportReference { path: "lib/amplify-export-todo".into(), environment }),
            stack_name: None,
            parameters: [("apitodo/Todo".to_owned(), parameters)].into(),
            templates: [("AuthTriggerCustomLambdaStack".to_owned(), "trigger.json".into())].into(),
            tags,
            termination_protection,
            notification_targets: Vec::new(),
            depends_on: Vec::new(),
        });
    let backend = (export, prop::option::of(identity())).prop_map(|(export, identity)| {
        let Some(identity) = identity else { return export };
        let program = ProgramReference { file: "amplify/backend.ts".into(), identity, mode: BackendMode::Native };
        let source = BackendSource::Program(program);
        BackendReference { source, parameters: [].into(), templates: [].into(), ..export }
    });
    prop::option::of(backend).prop_map(|backend| backend.into_iter().collect()).boxed()
}

/// An identity to whose name that of the stage is still to be added.
pub(super) fn identity() -> impl Strategy<Value = BackendIdentity> {
    let standalone = (prop::sample::select(vec!["app", "other.x/1"]), prop::sample::select(vec!["", "x-_"]));
    prop_oneof![
        standalone.prop_map(|(namespace, name)| (BackendKind::Standalone, namespace, name)),
        Just((BackendKind::Branch, "d1yd7", "feature/")),
    ]
    .prop_map(|(kind, namespace, name)| BackendIdentity {
        kind,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    })
}

/// A stage whose later stacks use outputs of its first, and whose step after uses one too.
pub(super) fn stage(number: usize) -> impl Strategy<Value = Stage> {
    let when = prop::sample::select(ApprovalWhen::WORDS.map(|(_, when)| when).to_vec());
    let approval =
        (prop::option::of(text()), when).prop_map(|(message, when)| Approval { message, notify: None, when });
    let approval = prop::option::of(approval);
    let approval = (approval, prop::option::of(skip_unchanged()), conditions());
    let stacks = prop_oneof![
        Just(()).prop_map(|()| Vec::new()),
        stack(0).prop_map(|first| vec![first]),
        (stack(0), stack(1)).prop_map(|(first, second)| vec![first, second]),
    ];
    // On the heap: together they are too large for the stack of a thread.
    let found = (backend(), assembly().boxed());
    let (stacks, approval) = (stacks.boxed(), approval.boxed());
    let [first, middle, last] = ["first", "middle", "last"].map(|name| step(name).boxed());
    (tags(), approval, first, stacks, found, middle, last, any::<bool>()).prop_map(
        move |(
            tags,
            (approval, skip_unchanged, (on_failure, window, alarms)),
            before,
            mut stacks,
            (mut backends, assemblies),
            between,
            mut after,
            is_in_wave,
        )| {
            let name: crate::id::Name = format!("Stage{number}").parse().unwrap();
            let exported = Value::Step(StepReference {
                stage: name.clone(),
                step: before.name.clone(),
                variable: before.outputs[0].clone(),
            });
            after.environment.variables.insert("VERSION".to_owned(), exported.clone());
            if let Some(first) = stacks.first_mut() {
                first.parameters.insert("Version".to_owned(), exported);
                let used = Value::Output(OutputReference {
                    stage: name.clone(),
                    stack: "stack0".parse().unwrap(),
                    output: "Url".to_owned(),
                });
                after.environment.variables.insert("URL".to_owned(), used.clone());
                if let Some(second) = stacks.get_mut(1) {
                    second.parameters.insert("Url".to_owned(), used);
                }
            }
            for backend in &mut backends {
                if let BackendSource::Program(program) = &mut backend.source {
                    program.identity.name.push_str(name.as_str());
                }
            }
            for stack in &mut stacks {
                stack.stack_name = format!("{name}-{}", stack.stack_name).parse().unwrap();
            }
            Stage {
                name,
                target: Target { account: Some("222222222222".parse().unwrap()), region: None },
                wave: is_in_wave.then(|| format!("wave{number}").parse().unwrap()),
                tags,
                skip_unchanged,
                on_failure,
                window,
                alarms,
                approval,
                imports: Vec::new(),
                reading: None,
                before: vec![before],
                stacks,
                backends,
                assemblies,
                between: vec![between],
                after: vec![after],
            }
        },
    )
}

/// Conditions that fit every mode.
pub(super) fn conditions() -> impl Strategy<Value = (OnFailure, Option<Window>, Option<Alarms>)> {
    let on_failure = prop::sample::select(vec![OnFailure::Fail, OnFailure::Retry]);
    let zone = prop::option::of(Just("Europe/Berlin".to_owned()));
    let window = zone.prop_map(|time_zone| Window { cron: "* 0/5 9-16 ? * MON-FRI".to_owned(), time_zone });
    let names = ["errors", "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:with: colons"];
    let alarms = move || prop::sample::subsequence(names.map(|name| name.parse::<Alarm>().unwrap()).to_vec(), 1..=2);
    let role = prop::option::of(Just("arn:aws:iam::111111111111:role/alarms".to_owned()));
    let alarms = (alarms(), alarms(), 1_u16..=1440, role).prop_map(|(before, after, minutes, role)| Alarms {
        before,
        after,
        minutes,
        then: AlarmResult::Fail,
        role,
    });
    (on_failure, prop::option::of(window), prop::option::of(alarms))
}

pub(super) fn skip_unchanged() -> impl Strategy<Value = SkipUnchanged> {
    prop::sample::select(SkipUnchanged::WORDS.map(|(_, skip)| skip).to_vec())
}
