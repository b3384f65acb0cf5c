//! From the description of a batch to its builds.

use super::{Batch, Matrix, Plan, Task, graph};

impl Batch {
    /// The builds in tranches: all of one tranche may run at once, and each after the tranches before it.
    pub fn levels(&self) -> Vec<Vec<Task>> {
        match &self.plan {
            Plan::List(tasks) => vec![tasks.clone()],
            Plan::Matrix(matrix) => vec![matrix.tasks()],
            Plan::Graph(tasks) => graph::levels(tasks),
            Plan::Fanout(fanout) => {
                let task = Task { ignore_failure: fanout.ignore_failure, ..Task::default() };
                vec![(0..fanout.parallelism).map(|_| task.clone()).collect()]
            }
        }
    }
}

impl Matrix {
    /// How many builds the matrix describes; nothing when the number is beyond counting.
    pub(super) fn size(&self) -> Option<usize> {
        [&self.buildspecs, &self.compute_types, &self.images]
            .into_iter()
            .chain(self.variables.values())
            .try_fold(1_usize, |product, values| product.checked_mul(values.len().max(1)))
    }

    /// Every combination, in the order in which the last dimension changes fastest.
    fn tasks(&self) -> Vec<Task> {
        let mut tasks = vec![self.fixed.clone()];
        vary(&mut tasks, &self.buildspecs, |task, value| task.buildspec = Some(value));
        vary(&mut tasks, &self.compute_types, |task, value| task.environment.compute_type = Some(value));
        vary(&mut tasks, &self.images, |task, value| task.environment.image = Some(value));
        for (name, values) in &self.variables {
            vary(&mut tasks, values, |task, value| {
                task.environment.variables.insert(name.clone(), value);
            });
        }
        tasks
    }
}

/// Replaces every task by one for each value; a dimension without values changes nothing.
fn vary(tasks: &mut Vec<Task>, values: &[String], set: impl Fn(&mut Task, String)) {
    if values.is_empty() {
        return;
    }
    let varied = tasks.iter().flat_map(|task| {
        values.iter().map(|value| {
            let mut task = task.clone();
            set(&mut task, value.clone());
            task
        })
    });
    *tasks = varied.collect();
}
