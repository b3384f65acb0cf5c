//! `[build]`.

use super::environment;
use super::value::Scope;
use crate::definition::model::{Build, BuildWork};
use crate::definition::read::Table;

pub(super) fn decode(table: &Table<'_>) -> Build {
    let (environment, _) = environment::decode(table, Scope::Build);
    let commands = table.get("commands").map(|node| node.texts().into_iter().map(|text| text.value).collect());
    let buildspec = table.get("buildspec").map(|node| node.path());
    let work = match (commands, buildspec) {
        (Some(_), Some(_)) => {
            let message = "`[build]` has both `commands` and `buildspec`";
            let diagnostic = table
                .context
                .error("conflicting-keys", message, table.key_span("buildspec"), "or this")
                .at(table.context.file(), table.key_span("commands"), "either this");
            table.context.report(diagnostic.help("keep one of them"));
            None
        }
        (commands, None) => Some(BuildWork::Commands(commands.unwrap_or_default())),
        (None, Some(path)) => path.map(BuildWork::Buildspec),
    };
    Build { work: work.unwrap_or_else(unknown_work), environment: environment.unwrap_or_default() }
}

/// What stands for a build that cannot be read.
pub(super) fn unknown() -> Build {
    Build { work: unknown_work(), environment: environment::standard() }
}

/// A build that does something, so that files which are not there may be made by it.
fn unknown_work() -> BuildWork {
    BuildWork::Commands(vec!["true".to_owned()])
}

/// The build of a definition that has no `[build]`: synthesis alone.
pub(super) fn standard() -> Build {
    Build { work: BuildWork::Commands(Vec::new()), environment: environment::standard() }
}
