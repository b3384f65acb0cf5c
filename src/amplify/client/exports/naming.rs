//! The names that CloudFormation gives to nested stacks: `PARENT-LOGICALID-SUFFIX`, where long parts are cut off.

/// The logical id, among some, of a stack nested in a parent, by its name.
pub fn logical_id<'a>(parent: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let own = own_part(parent, name)?;
    let mut cut: Vec<&str> = Vec::new();
    for logical_id in known {
        if logical_id == own {
            return Some(logical_id);
        }
        if logical_id.starts_with(own) {
            cut.push(logical_id);
        }
    }
    match cut.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// What of a nested stack's name is its logical id, or the beginning of it. Logical ids have no hyphens.
fn own_part<'a>(parent: &str, name: &'a str) -> Option<&'a str> {
    if let Some(rest) = name.strip_prefix(parent).and_then(|rest| rest.strip_prefix('-')) {
        return rest.split('-').next();
    }
    let (rest, _suffix) = name.rsplit_once('-')?;
    let (cut_parent, own) = rest.rsplit_once('-')?;
    (!cut_parent.is_empty() && parent.starts_with(cut_parent)).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_stacks_are_known_by_their_names() {
        let known = ["authtodo", "apitodo", "functionwithaverylongnameone", "functionwithaverylongnametwo"];
        let found = |name| logical_id("amplify-todo-dev-12345", name, known);
        assert_eq!(found("amplify-todo-dev-12345-authtodo-1ABCDEFGHIJK"), Some("authtodo"));
        assert_eq!(found("amplify-todo-dev-12345-apitodo-1a2b3c4d-5e6"), Some("apitodo"));
        assert_eq!(found("amplify-todo-functionwithaverylongnameo-1ABCDEFGHIJK"), Some("functionwithaverylongnameone"));
        assert_eq!(found("amplify-todo-functionwithaverylong-1ABCDEFGHIJK"), None, "it may be either");
        assert_eq!(found("amplify-other-dev-54321-authtodo-1ABCDEFGHIJK"), None);
    }
}
