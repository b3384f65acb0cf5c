//! Overrides at random.

use proptest::prelude::*;

use super::values::*;
use crate::overrides::{
    Grant, Override, Overrides, Reach, RemovalPolicy, Replacement, ResourceReference, Selector, Setting, Variables,
};

pub(super) fn setting() -> impl Strategy<Value = Setting> {
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

pub(super) fn change() -> impl Strategy<Value = Override> {
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

pub(super) fn changes() -> impl Strategy<Value = Overrides> {
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

pub(super) fn backend_changes() -> impl Strategy<Value = Overrides> {
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
pub(super) fn textual(setting: Setting) -> Setting {
    match setting {
        Setting::Literal(value) => Setting::Literal(value.to_string().into()),
        reference @ Setting::Reference(_) => reference,
    }
}
