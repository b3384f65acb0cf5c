//! Sources, builds and steps at random.

use proptest::prelude::*;

use super::values::*;
use crate::definition::*;

pub(super) fn environment() -> impl Strategy<Value = BuildEnvironment> {
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

pub(super) fn source() -> impl Strategy<Value = Source> {
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

pub(super) fn patterns() -> impl Strategy<Value = Patterns> {
    let globs = || prop::collection::vec("[a-z]{1,5}(/[*]{1,2})?", 1..4);
    (globs(), globs()).prop_map(|(includes, excludes)| Patterns { includes, excludes })
}

pub(super) fn triggers() -> impl Strategy<Value = Triggers> {
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

pub(super) fn step(name: &str) -> impl Strategy<Value = Step> + use<> {
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
