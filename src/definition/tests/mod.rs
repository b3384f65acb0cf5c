//! Properties of decoding: it gives back what was rendered, and nothing makes it panic.

mod builds;
mod changes;
mod stages;
mod values;

use camino::Utf8Path;
use proptest::prelude::*;

use super::*;
use builds::{environment, source};
use stages::{skip_unchanged, stage};
use values::{tags, text};

fn file() -> &'static Utf8Path {
    Utf8Path::new("pipeline.toml")
}

const COMPLETE: &str = include_str!("../../../tests/ui/complete.toml");

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
    let page = include_str!("../../../docs/definition.md");
    let examples: Vec<&str> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let report = decode(file(), example).err();
        assert!(report.is_none(), "{example}\n{report:#?}");
    }
}

#[test]
fn the_documentation_tells_every_key() {
    let page = include_str!("../../../docs/definition.md");
    for key in grammar::ALL.iter().flat_map(|grammar| grammar.all()) {
        let is_told =
            ["`{}`", "[{}]", ".{}`", ".{}]", "{ {} ="].iter().any(|form| page.contains(&form.replace("{}", key)));
        assert!(is_told, "`{key}` is not in docs/definition.md");
    }
}
