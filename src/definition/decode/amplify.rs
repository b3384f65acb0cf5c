//! `[[stage.amplify]]`.

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::imports::Imports;
use super::program::{self, Place};
use super::value::Scope;
use super::{overrides, stack, tags};
use crate::definition::check::{StackKind, StackOutline, StepOutline, Uses};
use crate::definition::model::{
    BackendMode, BackendReference, BackendSource, ExportReference, ProgramReference, StepPosition, Target,
};
use crate::definition::read::{Key, Node, Placed, Table};
use crate::id::{AmplifyEnvironment, Name, PipelineName, StackName};
use crate::overrides::Overrides;

/// What goes with `export` alone.
const OF_EXPORTS: [&str; 4] = ["environment", "stack-name", "parameters", "templates"];

/// What a backend is to its stage.
pub(super) enum Outline {
    Stack(StackOutline),
    Step(StepOutline),
}

pub(super) fn decode(
    table: &Table<'_>,
    pipeline: Option<&PipelineName>,
    stage: Option<&Name>,
    target: &Target,
    imports: &Imports,
) -> (Option<BackendReference>, Outline) {
    let mut uses = Uses::default();
    let name = table.require("name").and_then(|node| node.placed::<Name>());
    let place = Place { pipeline, stage, target, name: name.as_ref().map(|name| &name.value) };
    let source = source(table, place, &mut uses);
    let chosen = table.get("stack-name").and_then(|node| node.placed::<StackName>());
    let parameters = table.get("parameters").map(|node| {
        by_stack(&node, |values| Some(stack::parameters(values, Scope::Stacks(stage, imports), &mut uses)))
    });
    let templates: Option<IndexMap<String, Utf8PathBuf>> =
        table.get("templates").map(|node| by_stack(&node, |file| file.path()));
    let depends_on = stack::depends_on(table);
    let tags = tags::decode(table);
    let overrides = (overrides::all(table), overrides::grants(table), overrides::variables(table));
    let termination_protection = stack::protection(table);
    let notification_targets = stack::topics(table);
    let kind = match table.get("backend") {
        Some(_) => StackKind::Program,
        None => StackKind::Backend,
    };
    let stack_name = match &source {
        Some(BackendSource::Program(program)) => physical_name(table, program),
        Some(BackendSource::Export(_)) | None => chosen.clone(),
    };
    let is_step = matches!(&source, Some(BackendSource::Program(program)) if program.mode != BackendMode::Native);
    let backend = || {
        Some(BackendReference {
            name: name.as_ref()?.value.clone(),
            source: source?,
            stack_name: chosen.map(|name| name.value),
            parameters: parameters.unwrap_or_default(),
            templates: templates.unwrap_or_default(),
            tags: tags.values,
            termination_protection,
            notification_targets,
            depends_on: depends_on.iter().map(|name| name.value.clone()).collect(),
            overrides: Overrides { resources: overrides.0?, grants: overrides.1?, variables: overrides.2? },
        })
    };
    let backend = backend();
    let outline = match is_step {
        true => Outline::Step(StepOutline { position: StepPosition::Deploy, name, outputs: Vec::new(), uses }),
        false => {
            let assets = Vec::new();
            Outline::Stack(StackOutline { name, kind, stack_name, depends_on, uses, assets, tags: tags.keys })
        }
    };
    (backend, outline)
}

/// One of `export` and `backend`.
fn source(table: &Table<'_>, place: Place<'_>, uses: &mut Uses) -> Option<BackendSource> {
    match (table.get("export"), table.get("backend")) {
        (Some(export), None) => {
            program::refuse(table, &program::KEYS, "goes with `backend`, not with `export`");
            let environment = table.get("environment").and_then(|node| node.identifier::<AmplifyEnvironment>());
            let environment = environment.map(String::from);
            Some(BackendSource::Export(ExportReference { path: export.path()?, environment }))
        }
        (None, Some(backend)) => {
            program::refuse(table, &OF_EXPORTS, "goes with `export`, not with `backend`");
            program::decode(table, &backend, place, uses).map(BackendSource::Program)
        }
        (Some(_), Some(backend)) => backend.refuse(
            "conflicting-keys",
            "`export` and `backend` exclude each other".to_owned(),
            "remove one of them",
        ),
        (None, None) => {
            let message = "`[[stage.amplify]]` lacks `export` or `backend`";
            let finding = table.context.error("missing-key", message, table.span.clone(), "one of them is required");
            table.context.report_missing(finding.help(
                "`export` is the folder that `amplify export` wrote (Gen 1), `backend` a file such as \
                 `amplify/backend.ts` (Gen 2)",
            ));
            None
        }
    }
}

/// The name that Amplify gives a program's stack, where its identity comes from.
fn physical_name(table: &Table<'_>, program: &ProgramReference) -> Option<Placed<StackName>> {
    let value = program.identity.stack_name().parse().ok()?;
    Some(Placed { value, span: table.get("backend")?.span })
}

/// The entries of a table whose keys lead to nested stacks.
fn by_stack<T>(node: &Node<'_>, mut decode: impl FnMut(&Node<'_>) -> Option<T>) -> IndexMap<String, T> {
    let mut entries = IndexMap::new();
    for (key, entry) in node.entries() {
        check_path(node, &key);
        if let Some(value) = decode(&entry) {
            entries.insert(key.value.to_owned(), value);
        }
    }
    entries
}

/// Logical ids, with slashes between them.
fn check_path(node: &Node<'_>, key: &Key<'_>) {
    if !key.value.split('/').all(stack::is_logical_id) {
        let message = format!("`{}` does not name a nested stack", key.value);
        let help = "write its logical id, such as `functiongreeter`; behind that of its parent, as in `apitodo/Todo`";
        node.context.report(node.context.error("invalid-value", message, key.span.clone(), "").help(help));
    }
}
