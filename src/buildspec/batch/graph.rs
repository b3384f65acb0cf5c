//! The order of the builds of a `build-graph`.

use std::collections::BTreeSet;

use super::Task;

/// The tasks in tranches: each after all that it depends on. Tasks of a cycle, and those behind it, are left out.
pub(super) fn levels(tasks: &[Task]) -> Vec<Vec<Task>> {
    let mut levels = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&Task> = tasks.iter().collect();
    loop {
        let (ready, blocked): (Vec<&Task>, Vec<&Task>) =
            waiting.into_iter().partition(|task| task.depend_on.iter().all(|name| done.contains(name.as_str())));
        if ready.is_empty() {
            return levels;
        }
        done.extend(ready.iter().filter_map(|task| task.identifier.as_deref()));
        levels.push(ready.into_iter().cloned().collect());
        waiting = blocked;
    }
}

/// The identifiers of a cycle, if there is one, in the order in which they depend on each other.
pub(super) fn cycle(tasks: &[Task]) -> Option<Vec<String>> {
    let find = |name: &str| tasks.iter().find(|task| task.identifier.as_deref() == Some(name));
    let sorted: BTreeSet<String> =
        levels(&without_unknown(tasks)).into_iter().flatten().filter_map(|task| task.identifier).collect();
    let mut way: Vec<String> = Vec::new();
    let mut current = tasks.iter().find(|task| task.identifier.as_ref().is_some_and(|name| !sorted.contains(name)))?;
    loop {
        let name = current.identifier.clone()?;
        if let Some(start) = way.iter().position(|seen| *seen == name) {
            way.drain(..start);
            return Some(way);
        }
        way.push(name);
        current = current.depend_on.iter().filter(|name| !sorted.contains(*name)).find_map(|name| find(name))?;
    }
}

/// The tasks without dependencies on what does not exist, which are a mistake of another kind.
fn without_unknown(tasks: &[Task]) -> Vec<Task> {
    let names: BTreeSet<&str> = tasks.iter().filter_map(|task| task.identifier.as_deref()).collect();
    let keep_known = |task: &Task| {
        let mut task = task.clone();
        task.depend_on.retain(|name| names.contains(name.as_str()));
        task
    };
    tasks.iter().map(keep_known).collect()
}
