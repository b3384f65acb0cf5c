//! Where something stands in the text of a template, be it YAML or JSON, without a parser that keeps places.

use std::ops::Range;

/// The first place where a word stands as a whole.
pub(crate) fn place_of(text: &str, word: &str) -> Range<usize> {
    words(text, word).next().unwrap_or(0..0)
}

/// The place of a word below some keys, which stand one after the other. The word is not the end of a type's name.
pub(super) fn below(text: &str, keys: &[&str], word: &str) -> Range<usize> {
    let mut from = 0;
    for key in keys {
        let found = words(&text[from..], key).find(|place| is_key(&text[from..], place));
        from += found.map_or(0, |place| place.end);
    }
    let below = &text[from..];
    let is_own = |place: &Range<usize>| !below[..place.start].ends_with("::");
    words(below, word).find(is_own).map_or(0..0, |place| from + place.start..from + place.end)
}

/// Every place where a word stands as a whole.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let is_part = |character: char| character.is_ascii_alphanumeric();
    let places = text.match_indices(word).map(move |(start, _)| start..start + word.len());
    places.filter(move |place| !text[..place.start].ends_with(is_part) && !text[place.end..].starts_with(is_part))
}

/// Whether what stands at a place is a key: a colon follows it.
fn is_key(text: &str, place: &Range<usize>) -> bool {
    let after = text[place.end..].trim_start_matches(['"', '\'']).trim_start();
    after.starts_with(':') && !after.starts_with("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_below_their_keys() {
        let yaml = "Description: Topic\nResources:\n  Other: {DependsOn: Topic}\n  Topic:\n    Type: AWS::SNS::Topic\n    DependsOn: Topic\n";
        let at = |place: Range<usize>| yaml[..place.start].matches('\n').count() + 1;
        assert_eq!(at(place_of(yaml, "Topic")), 1);
        assert_eq!(at(below(yaml, &["Resources", "Topic"], "Topic")), 6);
        assert_eq!(at(below(yaml, &["Resources", "Other"], "Topic")), 3);
        let json = r#"{"Description": "A", "Resources": {"A": {"Type": "T::A", "Properties": {"x": {"Ref": "A"}}}}}"#;
        assert_eq!(below(json, &["Resources", "A"], "A").start, json.rfind("\"A\"").unwrap() + 1);
        assert_eq!(below(json, &["Resources"], "Nothing"), 0..0);
    }
}
