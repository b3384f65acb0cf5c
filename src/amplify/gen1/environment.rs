//! The environment's name in the names that Amplify makes: `amplify-PROJECT-ENVIRONMENT-SUFFIX`, with or without more.

/// Which part of a name, split at hyphens, is the environment's.
const POSITION: usize = 2;

/// The environment in a name.
pub(super) fn of(name: &str) -> Option<&str> {
    name.split('-').nth(POSITION)
}

/// The name in another environment.
pub(super) fn renamed(name: &str, environment: &str) -> Option<String> {
    let mut parts: Vec<&str> = name.split('-').collect();
    *parts.get_mut(POSITION)? = environment;
    Some(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_part_is_the_environment() {
        assert_eq!(of("amplify-todo-dev-10101-authRole"), Some("dev"));
        assert_eq!(
            renamed("amplify-todo-dev-10101-authRole", "prod").as_deref(),
            Some("amplify-todo-prod-10101-authRole")
        );
        assert_eq!(renamed("todo-dev", "prod"), None);
    }
}
