//! Reading and checking the `batch` section.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::super::environment::read_variables;
use super::super::locate::Part;
use super::super::reader::{Fields, Node, Reader};
use super::{Batch, Fanout, MOST_BUILDS, Matrix, Plan, Task, TaskEnvironment, graph};
use crate::diagnostic::Diagnostic;
use crate::text;

const TASK: [&str; 5] = ["identifier", "buildspec", "env", "ignore-failure", "debug-session"];
const ENVIRONMENT: [&str; 6] = ["compute-type", "fleet", "image", "privileged-mode", "type", "variables"];
const PLANS: [&str; 4] = ["build-list", "build-matrix", "build-graph", "build-fanout"];

pub(in super::super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Batch> {
    let fields = reader.fields(node, &["fast-fail", "build-list", "build-matrix", "build-graph", "build-fanout"]);
    let fast_fail = reader.yes_no(fields.get("fast-fail")).unwrap_or_default();
    let given: Vec<&str> = PLANS.into_iter().filter(|key| fields.get(key).is_some()).collect();
    let plan = match given.as_slice() {
        [] => {
            let finding = Diagnostic::error("missing-key", "`batch` describes no builds");
            reader.note(node, Part::Key, finding.help(format!("add one of {}", text::list(&PLANS))));
            return None;
        }
        [only] => *only,
        several => {
            let message = format!("{} exclude each other", text::list(several));
            reader.note(node, Part::Key, Diagnostic::error("conflict", message));
            several[0]
        }
    };
    let section = fields.get(plan)?;
    let plan = match plan {
        "build-list" => Plan::List(read_tasks(reader, &section)),
        "build-matrix" => Plan::Matrix(Box::new(read_matrix(reader, &section))),
        "build-graph" => Plan::Graph(read_graph(reader, &section)),
        _ => Plan::Fanout(read_fanout(reader, &section)),
    };
    Some(Batch { fast_fail, plan })
}

fn read_tasks(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Task> {
    let items = reader.items(node);
    check_size(reader, node, Some(items.len()));
    let mut tasks = Vec::new();
    for item in items {
        let fields = reader.fields(&item, &TASK);
        tasks.push(read_task(reader, &fields));
    }
    check_identifiers(reader, node, &tasks);
    tasks
}

fn read_task(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Task {
    let environment = match fields.get("env") {
        Some(node) => {
            let fields = reader.fields(&node, &ENVIRONMENT);
            read_environment(reader, &fields)
        }
        None => TaskEnvironment::default(),
    };
    Task {
        identifier: reader.optional_text(fields.get("identifier")),
        buildspec: reader.optional_text(fields.get("buildspec")),
        environment,
        ignore_failure: reader.yes_no(fields.get("ignore-failure")).unwrap_or_default(),
        debug_session: reader.yes_no(fields.get("debug-session")).unwrap_or_default(),
        depend_on: reader.texts(fields.get("depend-on")),
    }
}

fn read_environment(reader: &mut Reader<'_>, fields: &Fields<'_>) -> TaskEnvironment {
    TaskEnvironment {
        compute_type: reader.optional_text(fields.get("compute-type")),
        fleet: reader.optional_text(fields.get("fleet")),
        image: reader.optional_text(fields.get("image")),
        privileged_mode: reader.yes_no(fields.get("privileged-mode")),
        environment_type: reader.optional_text(fields.get("type")),
        variables: read_variables(reader, fields.get("variables")),
    }
}

fn read_matrix(reader: &mut Reader<'_>, node: &Node<'_>) -> Matrix {
    let fields = reader.fields(node, &["static", "dynamic"]);
    let fixed = match fields.get("static") {
        Some(node) => {
            let fields = reader.fields(&node, &["ignore-failure", "debug-session", "env"]);
            read_task(reader, &fields)
        }
        None => Task::default(),
    };
    let mut matrix = Matrix { fixed, ..Matrix::default() };
    if let Some(dynamic) = fields.get("dynamic") {
        let fields = reader.fields(&dynamic, &["buildspec", "env"]);
        matrix.buildspecs = reader.texts(fields.get("buildspec"));
        if let Some(environment) = fields.get("env") {
            let fields = reader.fields(&environment, &["compute-type", "image", "variables"]);
            matrix.compute_types = reader.texts(fields.get("compute-type"));
            matrix.images = reader.texts(fields.get("image"));
            matrix.variables = read_choices(reader, &fields);
        }
    }
    check_size(reader, node, matrix.size());
    matrix
}

fn read_choices(reader: &mut Reader<'_>, fields: &Fields<'_>) -> IndexMap<String, Vec<String>> {
    let Some(node) = fields.get("variables") else { return IndexMap::new() };
    let mut choices = IndexMap::new();
    for entry in reader.entries(&node) {
        choices.insert(entry.name(), reader.texts(Some(entry)));
    }
    choices
}

fn read_graph(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<Task> {
    let mut known = TASK.to_vec();
    known.push("depend-on");
    let mut tasks = Vec::new();
    let mut dependencies = Vec::new();
    for item in reader.items(node) {
        let fields = reader.fields(&item, &known);
        if fields.get("identifier").is_none() {
            reader.missing(&item, "identifier", "the builds of a graph need names");
        }
        dependencies.extend(fields.get("depend-on").map(|node| reader.items(&node)).unwrap_or_default());
        tasks.push(read_task(reader, &fields));
    }
    check_size(reader, node, Some(tasks.len()));
    check_identifiers(reader, node, &tasks);
    check_dependencies(reader, &tasks, &dependencies);
    if let Some(mut cycle) = graph::cycle(&tasks) {
        cycle.extend(cycle.first().cloned());
        let message = format!("the builds depend on each other in a circle: {}", cycle.join(" → "));
        reader.note(node, Part::Key, Diagnostic::error("cycle", message).help("remove one of these `depend-on`"));
    }
    tasks
}

fn check_dependencies(reader: &mut Reader<'_>, tasks: &[Task], dependencies: &[Node<'_>]) {
    let names: Vec<&str> = tasks.iter().filter_map(|task| task.identifier.as_deref()).collect();
    for node in dependencies {
        // What is not text has been noted when the task was read.
        if let super::super::tree::Tree::Scalar(name) = node.tree
            && !names.contains(&name.as_str())
        {
            let mut finding = Diagnostic::error("unknown-build", format!("there is no build `{name}` in this batch"));
            if let Some(near) = text::nearest(name, names.iter().copied()) {
                finding = finding.help(format!("did you mean `{near}`?"));
            }
            reader.note(node, Part::Value, finding.help(format!("the builds are {}", text::list(&names))));
        }
    }
}

fn read_fanout(reader: &mut Reader<'_>, node: &Node<'_>) -> Fanout {
    let fields = reader.fields(node, &["parallelism", "ignore-failure"]);
    if fields.get("parallelism").is_none() {
        reader.missing(node, "parallelism", "say how many builds share the tests");
    }
    let most = u32::try_from(MOST_BUILDS).unwrap_or(u32::MAX);
    Fanout {
        parallelism: reader.number(fields.get("parallelism"), 1, most).unwrap_or(1),
        ignore_failure: reader.yes_no(fields.get("ignore-failure")).unwrap_or_default(),
    }
}

/// Notes a batch of no builds, or of too many.
fn check_size(reader: &mut Reader<'_>, node: &Node<'_>, size: Option<usize>) {
    let message = match size {
        Some(0) => format!("`{}` describes no builds", node.name()),
        Some(size) if size <= MOST_BUILDS => return,
        Some(size) => format!("`{}` describes {size} builds; at most {MOST_BUILDS} are allowed", node.name()),
        None => format!("`{}` describes more builds than can be counted", node.name()),
    };
    reader.note(node, Part::Key, Diagnostic::error("batch-size", message));
}

/// Notes identifiers that are given twice.
fn check_identifiers(reader: &mut Reader<'_>, node: &Node<'_>, tasks: &[Task]) {
    let mut seen = BTreeSet::new();
    for name in tasks.iter().filter_map(|task| task.identifier.as_deref()) {
        if !seen.insert(name) {
            let message = format!("two builds of this batch are called `{name}`");
            reader.note(node, Part::Key, Diagnostic::error("duplicate", message));
        }
    }
}
