//! A review in one line. Pure.

use super::{Basis, Change, Effect, Review};
use crate::text;

/// The longest summary: it goes into an approval's text, which CodePipeline limits to 1,000 characters with the question.
const LONGEST: usize = 460;

/// How many resources, and how many values, a summary names.
const NAMED: usize = 8;

impl Review {
    /// The review in one line: how many resources of each effect, which of them matter most, what is newly permitted,
    /// which values fall back to defaults.
    pub fn summary(&self) -> String {
        let effects = [
            (Effect::Added, "added"),
            (Effect::Changed, "changed"),
            (Effect::PerhapsReplaced, "changed, perhaps replaced"),
            (Effect::Replaced, "replaced"),
            (Effect::Removed, "removed"),
        ];
        let changes: Vec<&Change> = self.stacks.iter().flat_map(|stack| &stack.changes).collect();
        let mut parts: Vec<String> = effects
            .iter()
            .map(|(effect, word)| (changes.iter().filter(|change| change.effect == *effect).count(), word))
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        if parts.is_empty() {
            parts.push("nothing changes".to_owned());
        }
        let mut dangers: Vec<&Change> =
            changes.into_iter().filter(|change| change.effect >= Effect::PerhapsReplaced).collect();
        dangers.sort_by_key(|change| std::cmp::Reverse(change.effect));
        if !dangers.is_empty() {
            let names: Vec<&str> = dangers.iter().map(|change| change.logical_id.as_str()).collect();
            parts.push(format!("look at {}: what is replaced or removed may lose its data", shown(&names)));
        }
        let broadenings: usize = self.stacks.iter().map(|stack| stack.broadenings.len()).sum();
        if broadenings > 0 {
            parts.push(format!("{} newly permitted", text::count(broadenings, "thing")));
        }
        let defaults: Vec<&str> = self.stacks.iter().flat_map(|stack| &stack.defaults).map(String::as_str).collect();
        if !defaults.is_empty() {
            let values = if defaults.len() == 1 { "value falls" } else { "values fall" };
            parts.push(format!("{} {values} back to defaults ({})", defaults.len(), shown(&defaults)));
        }
        let guessed: Vec<&str> = self
            .stacks
            .iter()
            .filter(|stack| stack.basis == Basis::Template)
            .map(|stack| stack.stack.as_str())
            .collect();
        if !guessed.is_empty() {
            let waits = if guessed.len() == 1 { "waits" } else { "wait" };
            parts.push(format!(
                "{} {waits} for other stacks, so no change set exists yet and only templates were compared",
                shown(&guessed)
            ));
        }
        text::shortened(&parts.join("; "), LONGEST)
    }
}

/// The first few of some names.
fn shown(names: &[&str]) -> String {
    let more = if names.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::{Decision, StackReview};
    use super::*;
    use crate::definition::ApprovalWhen;

    fn review(changes: Vec<Change>, broadenings: &[&str], basis: Basis) -> Review {
        let broadenings = broadenings.iter().map(ToString::to_string).collect();
        let stack = "app".parse().unwrap();
        Review { stacks: vec![StackReview { stack, basis, changes, defaults: Vec::new(), broadenings }] }
    }

    #[test]
    fn what_matters_most_is_named() {
        let change = |effect, id: &str| Change { effect, logical_id: id.to_owned(), resource_type: String::new() };
        let changes = vec![
            change(Effect::Added, "New"),
            change(Effect::PerhapsReplaced, "Other"),
            change(Effect::Removed, "Gone"),
        ];
        assert_eq!(
            review(changes, &["Role: s3:* on *"], Basis::Template).summary(),
            "1 added; 1 changed, perhaps replaced; 1 removed; look at Gone, Other: what is replaced or \
             removed may lose its data; 1 thing newly permitted; app waits for other stacks, so no change set exists \
             yet and only templates were compared"
        );
    }

    #[test]
    fn values_that_fall_back_are_named() {
        let mut review = review(Vec::new(), &[], Basis::ChangeSet);
        review.stacks[0].defaults = vec!["Size: 3 → 1".to_owned()];
        assert_eq!(review.summary(), "nothing changes; 1 value falls back to defaults (Size: 3 → 1)");
        review.stacks[0].defaults.push("Name: a → b".to_owned());
        assert!(review.summary().ends_with("2 values fall back to defaults (Size: 3 → 1, Name: a → b)"));
    }

    #[test]
    fn only_what_was_asked_for_asks() {
        let change = |effect| Change { effect, logical_id: "A".to_owned(), resource_type: String::new() };
        let decisions =
            |review: &Review| ApprovalWhen::WORDS.map(|(_, when)| review.decide(when)).map(Decision::as_str).join(" ");
        assert_eq!(decisions(&review(Vec::new(), &[], Basis::ChangeSet)), "ask pass pass pass");
        assert_eq!(decisions(&review(vec![change(Effect::Added)], &[], Basis::ChangeSet)), "ask ask pass pass");
        assert_eq!(decisions(&review(vec![change(Effect::Changed)], &["x"], Basis::ChangeSet)), "ask ask ask pass");
        assert_eq!(decisions(&review(vec![change(Effect::Removed)], &[], Basis::ChangeSet)), "ask ask pass ask");
        assert_eq!(review(Vec::new(), &[], Basis::ChangeSet).summary(), "nothing changes");
    }
}
