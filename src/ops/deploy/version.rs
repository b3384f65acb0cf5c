//! Which of two versions of pipectl is older.

use std::cmp::Ordering;

/// The version of this pipectl.
pub const OWN: &str = env!("CARGO_PKG_VERSION");

/// Tells whether a version is older than another by the order of semantic versions. A version that cannot be read is
/// older than none, so that it locks nobody out.
pub fn is_older(version: &str, than: &str) -> bool {
    match (parse(version), parse(than)) {
        (Some(version), Some(than)) => compare(&version, &than) == Ordering::Less,
        _ => false,
    }
}

/// The numbers, and the identifiers of a pre-release.
type Version<'a> = ([u64; 3], Vec<&'a str>);

fn parse(text: &str) -> Option<Version<'_>> {
    let text = text.split('+').next()?;
    let (numbers, pre_release) = text.split_once('-').unwrap_or((text, ""));
    let numbers: Vec<u64> = numbers.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let pre_release = if pre_release.is_empty() { Vec::new() } else { pre_release.split('.').collect() };
    Some((numbers.try_into().ok()?, pre_release))
}

fn compare(left: &Version<'_>, right: &Version<'_>) -> Ordering {
    left.0.cmp(&right.0).then_with(|| match (left.1.is_empty(), right.1.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let pairs = left.1.iter().zip(&right.1).map(|(left, right)| compare_identifiers(left, right));
            pairs.fold(Ordering::Equal, Ordering::then).then(left.1.len().cmp(&right.1.len()))
        }
    })
}

/// Numbers come before words, and are compared as numbers.
fn compare_identifiers(left: &str, right: &str) -> Ordering {
    match (left.parse::<u64>(), right.parse::<u64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => left.cmp(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_semantic_versions() {
        let rising = [
            "0.9.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-rc.2",
            "1.0.0-rc.11",
            "1.0.0",
            "1.10.0",
        ];
        for (position, version) in rising.iter().enumerate() {
            for (other, than) in rising.iter().enumerate() {
                assert_eq!(is_older(version, than), position < other, "{version} {than}");
            }
        }
        assert!(!is_older("1.0.0+b", "1.0.0+a"));
        assert!(!is_older("dev", "1.0.0"));
        assert!(!is_older("1.0.0", ""));
    }
}
