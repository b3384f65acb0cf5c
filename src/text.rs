//! Small helpers for texts that people read.

/// Returns the candidate nearest to `word`, if one is near enough to be what was meant.
///
/// Nearness is the edit distance (insert, delete, replace, swap neighbours), ignoring case; at most a third of the
/// word's length, and at least one edit, is tolerated.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 100 {
        return None;
    }
    let tolerated = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The edit distance between two words, counting a swap of neighbours as one edit.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let width = right.len() + 1;
    let mut cost = vec![0; (left.len() + 1) * width];
    for row in 0..=left.len() {
        for column in 0..=right.len() {
            let here = row * width + column;
            cost[here] = if row == 0 || column == 0 {
                row + column
            } else {
                let differs = usize::from(left[row - 1] != right[column - 1]);
                let mut best = (cost[here - width] + 1).min(cost[here - 1] + 1).min(cost[here - width - 1] + differs);
                let swapped =
                    row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
                if swapped {
                    best = best.min(cost[here - 2 * width - 2] + 1);
                }
                best
            };
        }
    }
    cost[cost.len() - 1]
}

/// Returns "1 stack" or "3 stacks".
pub fn count(number: usize, noun: &str) -> String {
    let plural = match number {
        1 => noun.to_owned(),
        _ if noun.ends_with('y') && !noun.ends_with("ay") => format!("{}ies", &noun[..noun.len() - 1]),
        _ if noun.ends_with('s') || noun.ends_with('x') => format!("{noun}es"),
        _ => format!("{noun}s"),
    };
    format!("{number} {plural}")
}

/// Joins words as a sentence does, each in backticks: "`a`, `b` and `c`".
pub fn list<T: AsRef<str>>(words: &[T]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{}`", word.as_ref())).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A pattern of names or paths, as the CDK CLI and CodePipeline take it: `*` stops at `/`, `**` does not. None if it is no
/// pattern.
pub fn glob(pattern: &str) -> Option<globset::GlobMatcher> {
    let glob = globset::GlobBuilder::new(pattern).literal_separator(true).build();
    glob.ok().map(|glob| glob.compile_matcher())
}

/// What to say of a name that nothing has: a similar one, or those that there are.
pub fn suggestion(wanted: &str, known: &[&str], noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    match nearest(wanted, known.iter().copied()) {
        Some(near) => format!("{article} {noun} with a similar name exists: `{near}`"),
        None if known.is_empty() => format!("there are no {noun}s"),
        None if known.len() <= 20 => format!("known: {}", list(known)),
        None => format!("there are {}", count(known.len(), noun)),
    }
}

/// A text cut to `longest` characters, with an ellipsis at its end if something was cut off.
pub fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("Alfa", ["Alpha", "Beta"]), None);
        assert_eq!(nearest("brnach", ["branch", "repository"]), Some("branch"));
        assert_eq!(nearest("BRANCH", ["branch"]), Some("branch"));
        assert_eq!(nearest("zzz", ["branch"]), None);
    }

    #[test]
    fn counts_and_lists_read_well() {
        assert_eq!(count(1, "entry"), "1 entry");
        assert_eq!(count(0, "entry"), "0 entries");
        assert_eq!(count(2, "alias"), "2 aliases");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
