//! References to variables in configurations: `#{namespace.key}`.

use std::sync::LazyLock;

use regex::Regex;

/// A reference to a variable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The namespace: an action's, `codepipeline` or `variables`.
    pub namespace: String,
    /// The variable's name.
    pub key: String,
}

#[expect(clippy::unwrap_used, reason = "the expression is constant, and a test compiles it")]
static PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"#\{([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_-]+)\}").unwrap());

/// All references in a text, in their order.
pub fn references(text: &str) -> Vec<Reference> {
    PATTERN
        .captures_iter(text)
        .map(|found| Reference { namespace: found[1].to_owned(), key: found[2].to_owned() })
        .collect()
}

/// Replaces all references in a text by what `resolve` gives; the first that it cannot resolve is the error.
pub fn substitute(text: &str, resolve: impl Fn(&Reference) -> Option<String>) -> Result<String, Reference> {
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for found in PATTERN.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        let reference = Reference { namespace: found[1].to_owned(), key: found[2].to_owned() };
        let value = resolve(&reference).ok_or(reference)?;
        result.push_str(&text[copied..whole.start()]);
        result.push_str(&value);
        copied = whole.end();
    }
    result.push_str(&text[copied..]);
    Ok(result)
}

impl std::fmt::Display for Reference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "#{{{}.{}}}", self.namespace, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_and_replaced() {
        let text = "a #{Source.CommitId} b #{codepipeline.PipelineExecutionId}";
        assert_eq!(references(text).len(), 2);
        assert_eq!(
            substitute(text, |reference| Some(reference.key.clone())).unwrap(),
            "a CommitId b PipelineExecutionId"
        );
        assert_eq!(
            substitute(text, |_| None).unwrap_err(),
            Reference { namespace: "Source".into(), key: "CommitId".into() }
        );
    }

    #[test]
    fn a_value_is_not_searched_again() {
        let replaced = substitute("#{A.b}", |_| Some("#{A.b}".to_owned()));
        assert_eq!(replaced.unwrap(), "#{A.b}");
    }

    #[test]
    fn other_text_stays() {
        assert_eq!(substitute("$#{x} #{a.b.c}", |_| Some("no".into())).unwrap(), "$#{x} #{a.b.c}");
    }
}
