//! Files that no push of theirs starts the pipeline for, though it is what they say that repairs it.

use camino::{Utf8Path, Utf8PathBuf};

use super::{BuildWork, Definition, Patterns, Places, PushFilter, Source};
use crate::diagnostic::{Diagnostic, Report};
use crate::text;

/// Warns of path filters that leave out the definition or its buildspec. `file` is the definition as the user names it,
/// `in_repository` its path in its repository.
pub fn unwatched(definition: &Definition, places: &Places, file: &Utf8Path, in_repository: &Utf8Path) -> Report {
    let mut report = Report::default();
    let Source::Connection { branch, triggers, .. } = &definition.source else { return report };
    let of_branch: Vec<(usize, &Patterns)> = triggers
        .pushes
        .iter()
        .enumerate()
        .filter_map(|(position, filter)| match filter {
            PushFilter::Branches { branches, paths } if branches.admit(branch) => Some((position, paths)),
            PushFilter::Branches { .. } | PushFilter::Tags(_) => None,
        })
        .collect();
    let Some((position, paths)) = of_branch.first() else { return report };
    for watched in files(definition, in_repository) {
        if of_branch.iter().any(|(_, paths)| paths.admit(watched.as_str())) {
            continue;
        }
        let message =
            format!("`paths` leave out `{watched}`: a push that changes it alone does not start the pipeline");
        let finding = Diagnostic::warning("unwatched-file", message)
            .at(file, places.span(&format!("source.connection.push.{position}.paths")), "no pattern for it")
            .help(match paths.excludes.iter().find(|pattern| admits(pattern, watched.as_str())) {
                Some(pattern) => format!("remove `!{pattern}`, so that a push can repair the pipeline"),
                None => format!("add `\"{watched}\"`, so that a push can repair the pipeline"),
            });
        report.push(finding);
    }
    report
}

/// What says how the pipeline works: the definition, and its buildspec.
fn files(definition: &Definition, in_repository: &Utf8Path) -> Vec<Utf8PathBuf> {
    let folder = in_repository.parent().unwrap_or(Utf8Path::new(""));
    let buildspec = match &definition.build.work {
        BuildWork::Buildspec(buildspec) => Some(folder.join(buildspec)),
        BuildWork::Commands(_) => None,
    };
    std::iter::once(in_repository.to_owned()).chain(buildspec).collect()
}

impl Patterns {
    /// Whether a name is among those that are meant.
    fn admit(&self, name: &str) -> bool {
        let is_included = self.includes.is_empty() || self.includes.iter().any(|pattern| admits(pattern, name));
        is_included && !self.excludes.iter().any(|pattern| admits(pattern, name))
    }
}

/// A star stays within a folder, two stars do not ("Glob patterns in triggers", CodePipeline user guide).
fn admits(pattern: &str, name: &str) -> bool {
    text::glob(pattern).is_some_and(|pattern| pattern.is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::examine;

    fn warnings(filters: &str) -> Vec<String> {
        let file = Utf8Path::new("ci/pipeline.toml");
        let text = format!(
            "[pipeline]\nname = \"shop\"\n[source.connection]\nrepository = \"o/shop\"\n\
             arn = \"arn:aws:codeconnections:eu-west-1:111111111111:connection/x\"\n{filters}\n\
             [build]\nbuildspec = \"build.yml\"\n"
        );
        let examined = examine(file, &text);
        let definition = examined.definition.unwrap();
        let report = unwatched(&definition, &examined.places, file, file);
        let told = report.diagnostics.into_iter();
        told.map(|told| format!("{} {}", &text[told.labels[0].span.clone()], told.help[0])).collect()
    }

    #[test]
    fn filters_that_leave_out_what_repairs_the_pipeline_are_found() {
        assert_eq!(warnings(""), [""; 0]);
        assert_eq!(warnings("[[source.connection.push]]\npaths = [\"ci/**\"]"), [""; 0]);
        assert_eq!(
            warnings("[[source.connection.push]]\npaths = [\"web/**\", \"ci/*.toml\"]"),
            ["[\"web/**\", \"ci/*.toml\"] add `\"ci/build.yml\"`, so that a push can repair the pipeline"]
        );
        assert_eq!(
            warnings("[[source.connection.push]]\npaths = [\"!ci/**\"]").first().map(String::as_str),
            Some("[\"!ci/**\"] remove `!ci/**`, so that a push can repair the pipeline")
        );
        let either =
            "[[source.connection.push]]\npaths = [\"web/**\"]\n[[source.connection.push]]\npaths = [\"ci/**\"]";
        assert_eq!(warnings(either), [""; 0]);
        let elsewhere = "[[source.connection.push]]\nbranches = [\"feature/**\"]\npaths = [\"web/**\"]";
        assert_eq!(warnings(elsewhere), [""; 0], "the pipeline's branch is not meant at all");
    }
}
