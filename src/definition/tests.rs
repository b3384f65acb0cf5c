//! Properties of decoding: it gives back what was rendered, and nothing makes it panic.

use camino::Utf8Path;
use proptest::prelude::*;

use super::*;
use crate::overrides::{
    Grant, Override, Overrides, Reach, RemovalPolicy, Replacement, ResourceReference, Selector, Setting, Variables,
};

fn file() -> &'static Utf8Path {
    Utf8Path::new("pipeline.toml")
}

const COMPLETE: &str = include_str!("../../tests/ui/complete.toml");

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z\"'\\\\ =#\\[\\]{}\u{e4}\u{1f600}]{0,12}x"
}

fn tags() -> impl Strategy<Value = indexmap::IndexMap<String, String>> {
    prop::collection::vec(("[a-z .:/\"]{1,8}k", text()), 0..3).prop_map(|tags| tags.into_iter().collect())
}

fn literals() -> impl Strategy<Value = indexmap::IndexMap<String, Value>> {
    prop::collection::vec(("[A-Za-z][A-Za-z0-9]{0,8}", "[^\0]{0,20}"), 0..4)
        .prop_map(|values| values.into_iter().map(|(name, text)| (name, Value::Literal(text))).collect())
}

fn environment() -> impl Strategy<Value = BuildEnvironment> {
    let compute =
        prop::sample::select(vec![Compute::Small, Compute::Medium, Compute::Large, Compute::XLarge, Compute::XxLarge]);
    let privilege = prop::sample::select(vec![Privilege::Unprivileged, Privilege::Privileged]);
    let statement = ("[a-z]{1,5}:[A-Za-z*]{1,8}", text())
        .prop_map(|(action, resource)| Statement { actions: vec![action], resources: vec![resource] });
    let policies = prop::collection::vec("arn:aws:iam::aws:policy/[A-Za-z]{1,8}", 0..2);
    let vpc = prop::option::of(text().prop_map(|id| Vpc {
        id: id.clone(),
        subnets: vec![id.clone()],
        security_groups: vec![id],
    }));
    (text(), compute, 5_u16..=2160, literals(), privilege, prop::collection::vec(statement, 0..2), policies, vpc)
        .prop_map(|(image, compute, timeout_minutes, variables, privilege, statements, managed_policies, vpc)| {
            BuildEnvironment {
                image,
                compute,
                timeout_minutes,
                variables,
                privilege,
                statements,
                managed_policies,
                vpc,
            }
        })
}

fn source() -> impl Strategy<Value = Source> {
    let repository = "[a-z]{1,5}/[a-z.]{1,5}x".prop_map(|text: String| text.parse().unwrap());
    let branch = prop::sample::select(vec!["main".to_owned(), "feature/x".to_owned()]);
    prop_oneof![
        (repository.clone(), branch.clone(), "[a-z/]{1,8}")
            .prop_map(|(repository, branch, token_secret)| { Source::GitHub { repository, branch, token_secret } }),
        (repository, branch, triggers()).prop_map(|(repository, branch, triggers)| Source::Connection {
            connection: "arn:aws:codeconnections:eu-west-1:111111111111:connection/x".to_owned(),
            repository,
            branch,
            triggers,
        }),
        ("[a-z]{3,9}", text()).prop_map(|(bucket, key)| Source::S3 { bucket, key }),
    ]
}

fn patterns() -> impl Strategy<Value = Patterns> {
    let globs = || prop::collection::vec("[a-z]{1,5}(/[*]{1,2})?", 1..4);
    (globs(), globs()).prop_map(|(includes, excludes)| Patterns { includes, excludes })
}

fn triggers() -> impl Strategy<Value = Triggers> {
    let push = prop_oneof![
        patterns().prop_map(PushFilter::Tags),
        (patterns(), patterns()).prop_map(|(branches, paths)| PushFilter::Branches { branches, paths }),
    ];
    let events = prop::sample::subsequence(PullRequestEvent::WORDS.map(|(_, event)| event).to_vec(), 0..=3);
    let pull_request = (patterns(), patterns(), events).prop_map(|(branches, paths, events)| PullRequestFilter {
        branches,
        paths,
        events,
    });
    (prop::collection::vec(push, 0..3), prop::collection::vec(pull_request, 0..3))
        .prop_map(|(pushes, pull_requests)| Triggers { pushes, pull_requests })
}

fn step(name: &str) -> impl Strategy<Value = Step> + use<> {
    let name: crate::id::Name = name.parse().unwrap();
    let inputs = prop::sample::select(vec![
        vec![StepInput::Source],
        vec![StepInput::Assembly],
        vec![StepInput::Assembly, StepInput::Source],
        vec![StepInput::Source, StepInput::Pipectl],
    ]);
    let outputs = prop::sample::subsequence(vec!["VERSION".to_owned(), "_x1".to_owned()], 1..=2);
    (prop::collection::vec(text(), 1..3), environment(), inputs, outputs).prop_map(
        move |(commands, environment, inputs, outputs)| Step {
            name: name.clone(),
            commands,
            environment,
            inputs,
            outputs,
        },
    )
}

fn setting() -> impl Strategy<Value = Setting> {
    let literal = prop_oneof![
        text().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        prop::collection::vec(0.5_f64..9.0, 0..3).prop_map(serde_json::Value::from),
        text().prop_map(|text| serde_json::json!({ "Fn::Sub": text, "ref": { "a": [1] } })),
    ];
    prop_oneof![
        literal.prop_map(Setting::Literal),
        (text(), prop::option::of(text()))
            .prop_map(|(resource, attribute)| Setting::Reference(ResourceReference { resource, attribute })),
    ]
}

fn change() -> impl Strategy<Value = Override> {
    let path =
        || "/?[A-Z][a-z]{0,5}([.](0|[A-Z][a-z]{0,3}|x[\\\\][.]y)){0,2}".prop_map(|path: String| path.parse().unwrap());
    let set = prop::collection::vec((path(), setting()), 1..3).prop_map(|set| set.into_iter().collect());
    let selector = prop_oneof![text().prop_map(Selector::Resource), Just(Selector::Type("A::B".to_owned()))];
    let policy = prop::option::of(prop::sample::select(RemovalPolicy::WORDS.map(|(_, policy)| policy).to_vec()));
    let reach = prop::sample::select(vec![Reach::One, Reach::All]);
    let replacement = prop::sample::select(vec![Replacement::Merge, Replacement::Replace]);
    let others = (prop::collection::vec(path(), 0..2), policy, tags(), prop::collection::vec(text(), 0..2));
    (selector, reach, set, replacement, others).prop_map(
        |(selector, reach, set, replacement, (delete, removal_policy, tags, depends_on))| Override {
            selector,
            reach,
            set,
            replacement,
            delete,
            removal_policy,
            tags,
            depends_on,
        },
    )
}

fn changes() -> impl Strategy<Value = Overrides> {
    let tagging = Override {
        selector: Selector::Taggable,
        reach: Reach::All,
        set: indexmap::IndexMap::new(),
        replacement: Replacement::Merge,
        delete: Vec::new(),
        removal_policy: None,
        tags: [("team".to_owned(), "web".to_owned())].into(),
        depends_on: Vec::new(),
    };
    prop::collection::vec(prop_oneof![change(), Just(tagging)], 0..3)
        .prop_map(|resources| Overrides { resources, ..Overrides::default() })
}

fn backend_changes() -> impl Strategy<Value = Overrides> {
    let grant = (text(), text(), prop::collection::vec(prop_oneof![Just(String::new()), text()], 0..3))
        .prop_map(|(to, on, paths)| Grant { to, actions: vec!["s3:GetObject".to_owned()], on, paths });
    let variables = (text(), text(), setting()).prop_map(|(function, value, setting)| Variables {
        function,
        set: [("A".to_owned(), Setting::Literal(value.into())), ("_b1".to_owned(), textual(setting))].into(),
    });
    (changes(), prop::collection::vec(grant, 0..2), prop::collection::vec(variables, 0..2))
        .prop_map(|(changes, grants, variables)| Overrides { grants, variables, ..changes })
}

/// A variable's value: what is no reference is a text.
fn textual(setting: Setting) -> Setting {
    match setting {
        Setting::Literal(value) => Setting::Literal(value.to_string().into()),
        reference @ Setting::Reference(_) => reference,
    }
}

fn stack(number: usize) -> impl Strategy<Value = Stack> {
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

fn assembly() -> impl Strategy<Value = Vec<AssemblyReference>> {
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

fn backend() -> impl Strategy<Value = Vec<BackendReference>> {
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
fn identity() -> impl Strategy<Value = BackendIdentity> {
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
fn stage(number: usize) -> impl Strategy<Value = Stage> {
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
fn conditions() -> impl Strategy<Value = (OnFailure, Option<Window>, Option<Alarms>)> {
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

fn skip_unchanged() -> impl Strategy<Value = SkipUnchanged> {
    prop::sample::select(SkipUnchanged::WORDS.map(|(_, skip)| skip).to_vec())
}

fn any_definition() -> impl Strategy<Value = Definition> {
    let work = prop_oneof![
        prop::collection::vec(text(), 0..3).prop_map(BuildWork::Commands),
        Just(BuildWork::Buildspec("buildspecs/build.yml".into())),
    ];
    let update =
        prop::sample::select(vec![UpdatePipeline::Off, UpdatePipeline::AfterBuild, UpdatePipeline::BeforeBuild]);
    let mode = prop::sample::select(vec![ExecutionMode::Superseded, ExecutionMode::Queued, ExecutionMode::Parallel]);
    let stages = prop_oneof![
        stage(0).boxed().prop_map(|one| vec![one]),
        (stage(0).boxed(), stage(1).boxed()).prop_map(|(one, two)| vec![one, two]),
    ];
    (source(), work, environment(), update, environment(), (mode, skip_unchanged()), tags(), stages).prop_map(
        |(source, work, environment, update, publish, (execution_mode, skip_unchanged), tags, stages)| Definition {
            name: "app".parse().unwrap(),
            target: Target { account: Some("111111111111".parse().unwrap()), region: None },
            qualifier: "abc".parse().unwrap(),
            execution_mode,
            skip_unchanged,
            tags,
            source,
            build: Build { work, environment },
            update,
            publish,
            stages,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_rendered_is_decoded(definition in any_definition()) {
        let rendered = render(&definition);
        match decode(file(), &rendered) {
            Ok((decoded, _)) => prop_assert_eq!(decoded, definition),
            Err(report) => prop_assert!(false, "{rendered}\n{:#?}", report.diagnostics),
        }
    }

    #[test]
    fn a_damaged_definition_is_refused_and_never_panics(
        place in 0..COMPLETE.len(),
        length in 0_usize..40,
        splinter in "[\\[\\]{}\"'=.,#\n\r\t\u{feff}a0\u{e4}-]{0,6}",
    ) {
        let start = (0..=place).rev().find(|start| COMPLETE.is_char_boundary(*start)).unwrap_or(0);
        let end = (start + length).min(COMPLETE.len());
        let damaged = format!("{}{splinter}{}", &COMPLETE[..start], COMPLETE.get(end..).unwrap_or_default());
        let examined = examine(file(), &damaged);
        prop_assert_eq!(decode(file(), &damaged).is_err(), examined.report.has_errors());
        prop_assert!(examined.definition.is_some() || examined.report.has_errors());
        for label in examined.report.diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
            prop_assert!(damaged.get(label.span.clone()).is_some(), "{:?}", label);
        }
    }

    #[test]
    fn any_text_is_taken(text in "\\PC{0,300}") {
        let _ = examine(file(), &text);
    }
}

#[test]
fn very_many_mistakes_are_counted() {
    let mut text = "[pipeline]\nname = \"app\"\n".to_owned();
    text.extend((0..10_000).map(|number| format!("mistake{number} = 1\n")));
    let report = decode(file(), &text).unwrap_err();
    assert_eq!(report.diagnostics.len(), crate::diagnostic::Report::LIMIT);
    assert_eq!(report.omitted, 10_001 - crate::diagnostic::Report::LIMIT, "the source is missing, too");
    assert!(report.diagnostics[1].message.contains("`mistake0`"), "{}", report.diagnostics[1].message);
}

#[test]
fn what_is_no_definition_is_said_in_one_finding() {
    let code = |text: &str| {
        let report = decode(file(), text).unwrap_err();
        assert_eq!(report.diagnostics.len(), 1, "{report:#?}");
        report.diagnostics[0].code
    };
    assert_eq!(code(""), "empty-definition");
    assert_eq!(code("\u{feff}\r\n"), "empty-definition");
    assert_eq!(code("\0\0"), "not-text");
    assert_eq!(code(&" ".repeat(SIZE_LIMIT + 1)), "too-large");
}

#[test]
fn deep_nesting_is_refused() {
    for opening in
        ["a = ".to_owned() + &"[".repeat(20_000), "a = ".to_owned() + &"{a=".repeat(20_000), "[".repeat(20_000)]
    {
        assert!(decode(file(), &opening).is_err());
    }
    assert!(decode(file(), &format!("{} = 1", vec!["a"; 20_000].join("."))).is_err());
}

#[test]
fn what_is_complete_is_rendered_and_decoded_again() {
    let (definition, _) = decode(file(), COMPLETE).unwrap();
    let rendered = render(&definition);
    assert_eq!(decode(file(), &rendered).unwrap().0, definition, "{rendered}");
}

#[test]
fn every_value_has_a_place() {
    let examined = examine(file(), COMPLETE);
    let at = |path: &str| &COMPLETE[examined.places.span(path)];
    assert_eq!(at("stage.0.stack.0.template"), "\"./templates/network.yaml\"");
    assert_eq!(at("stage.0.stack.1.parameters.VpcId.output"), "\"network.VpcId\"");
    assert_eq!(&COMPLETE[examined.places.key("stage.0.stack.0.parameters.Zones")], "Zones");
    assert_eq!(at("stage.0.stack.0.parameters.Nothing"), at("stage.0.stack.0.parameters"));
}

#[test]
fn the_examples_of_the_documentation_are_valid() {
    let page = include_str!("../../docs/definition.md");
    let examples: Vec<&str> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let report = decode(file(), example).err();
        assert!(report.is_none(), "{example}\n{report:#?}");
    }
}

#[test]
fn the_documentation_tells_every_key() {
    let page = include_str!("../../docs/definition.md");
    for key in grammar::ALL.iter().flat_map(|grammar| grammar.all()) {
        let is_told =
            ["`{}`", "[{}]", ".{}`", ".{}]", "{ {} ="].iter().any(|form| page.contains(&form.replace("{}", key)));
        assert!(is_told, "`{key}` is not in docs/definition.md");
    }
}
