//! Texts and tables of texts at random.

use proptest::prelude::*;

use crate::definition::Value;

pub(super) fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z\"'\\\\ =#\\[\\]{}\u{e4}\u{1f600}]{0,12}x"
}

pub(super) fn tags() -> impl Strategy<Value = indexmap::IndexMap<String, String>> {
    prop::collection::vec(("[a-z .:/\"]{1,8}k", text()), 0..3).prop_map(|tags| tags.into_iter().collect())
}

pub(super) fn literals() -> impl Strategy<Value = indexmap::IndexMap<String, Value>> {
    prop::collection::vec(("[A-Za-z][A-Za-z0-9]{0,8}", "[^\0]{0,20}"), 0..4)
        .prop_map(|values| values.into_iter().map(|(name, text)| (name, Value::Literal(text))).collect())
}
