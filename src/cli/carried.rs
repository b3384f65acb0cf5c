//! Remedies of verbs that were called with global flags: what is typed next has to choose the same pipeline, in the same place.

use super::localised;

/// How a command of pipectl begins: in a remedy, in a list of what comes next, and within another command.
const BEGINNINGS: [&str; 3] = [REMEDY, "\n  pipectl ", "$(pipectl "];

/// How one begins in a remedy.
const REMEDY: &str = "`pipectl ";

/// How commands go on to which the definition and the profile mean nothing.
const ALIKE_EVERYWHERE: [&str; 7] =
    ["local up", "local down", "local env", "local demo", "help", "schema", "completions"];

/// The flags that the next command has to have as well.
#[derive(Debug, Clone, Default)]
pub(super) struct Carried {
    /// The one that chooses the local endpoint.
    pub local: Option<String>,
    /// The others, each with its value: `--file web.toml`.
    pub others: Vec<String>,
}

impl Carried {
    /// A remedy as it is typed after a call with these flags.
    pub fn remedy(&self, text: &str) -> String {
        let with_all = |text: &str| BEGINNINGS.iter().fold(text.to_owned(), |text, start| self.after(start, &text));
        match &self.local {
            Some(flag) => localised::remedy(&with_all(&text.replace(&format!("{REMEDY}{flag} "), REMEDY)), flag),
            None => with_all(text),
        }
    }

    /// Adds the flags to each command that begins so, unless it has them.
    fn after(&self, beginning: &str, text: &str) -> String {
        let mut parts = text.split(beginning);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |told, rest| format!("{told}{beginning}{}{rest}", self.missing(beginning, rest)))
    }

    fn missing(&self, beginning: &str, rest: &str) -> String {
        let command = rest.split(['`', '\n', ')']).next().unwrap_or_default();
        if ALIKE_EVERYWHERE.iter().any(|verb| command.starts_with(verb)) {
            return String::new();
        }
        let name = |flag: &str| flag.split(' ').next().unwrap_or_default().to_owned();
        // What comes next follows a definition that was just written, with the region in it; an environment that is named has
        // its region with it.
        let has_region = beginning != REMEDY || command.contains("aws://");
        let is_given = |flag: &str| command.contains(&name(flag)) || (has_region && name(flag) == "--region");
        self.others.iter().filter(|flag| !is_given(flag)).map(|flag| format!("{flag} ")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Carried;

    fn carried(others: &[&str]) -> Carried {
        Carried { local: None, others: others.iter().map(|&flag| flag.to_owned()).collect() }
    }

    #[test]
    fn commands_speak_of_the_same_pipeline() {
        let carried = carried(&["--profile dev", "--region eu-west-1", "--file web.toml"]);
        let all = "--profile dev --region eu-west-1 --file web.toml";
        for (told, typed) in [
            ("`pipectl deploy` creates it", format!("`pipectl {all} deploy` creates it")),
            (
                "`pipectl --file web.toml run` starts it",
                "`pipectl --profile dev --region eu-west-1 --file web.toml run` starts it".to_owned(),
            ),
            (
                "`pipectl bootstrap aws://2/r --profile P`",
                "`pipectl --file web.toml bootstrap aws://2/r --profile P`".to_owned(),
            ),
            (
                "Next:\n  pipectl validate\n  git push",
                "Next:\n  pipectl --profile dev --file web.toml validate\n  git push".to_owned(),
            ),
            (
                "git push \"$(pipectl local remote)\" HEAD",
                "git push \"$(pipectl --profile dev --file web.toml local remote)\" HEAD".to_owned(),
            ),
            ("`pipectl local up` starts it", "`pipectl local up` starts it".to_owned()),
            ("`aws s3 ls` shows it", "`aws s3 ls` shows it".to_owned()),
        ] {
            assert_eq!(carried.remedy(told), typed);
        }
    }

    #[test]
    fn the_local_endpoint_is_chosen_besides() {
        let carried = Carried { local: Some("--local".to_owned()), ..carried(&["--file web.toml"]) };
        assert_eq!(
            carried.remedy("`pipectl deploy` creates it"),
            "`pipectl --local --file web.toml deploy` creates it"
        );
        assert_eq!(carried.remedy("`pipectl --local status`"), "`pipectl --local --file web.toml status`");
    }
}
