//! `[[stage.before]]`, `[[stage.between]]` and `[[stage.after]]`.

use super::value::Scope;
use super::{environment, limits};
use crate::buildspec::is_variable_name;
use crate::definition::check::StepOutline;
use crate::definition::model::{Step, StepInput, StepPosition};
use crate::definition::read::{Node, Table};
use crate::id::Name;

pub(super) fn decode(table: &Table<'_>, position: StepPosition, stage: Option<&Name>) -> (Option<Step>, StepOutline) {
    let name = table.require("name").and_then(|node| node.placed::<Name>());
    let commands = table.require("commands").map(|node| {
        let commands = node.texts();
        limits::at_least_one(&node, "command");
        commands.into_iter().map(|command| command.value).collect()
    });
    let inputs = table.get("inputs").map_or_else(|| vec![StepInput::Source], |node| inputs(&node));
    let outputs = table.get("outputs").map(|node| outputs(&node)).unwrap_or_default();
    let (environment, uses) = environment::decode(table, Scope::Step(stage));
    let step = || {
        Some(Step {
            name: name.as_ref()?.value.clone(),
            commands: commands?,
            environment: environment?,
            inputs,
            outputs: outputs.clone(),
        })
    };
    let step = step();
    (step, StepOutline { position, name, outputs, uses })
}

/// What a step may see.
const INPUTS: [(&str, StepInput); 3] =
    [("source", StepInput::Source), ("assembly", StepInput::Assembly), ("pipectl", StepInput::Pipectl)];

fn inputs(node: &Node<'_>) -> Vec<StepInput> {
    let mut inputs = Vec::new();
    for element in node.elements("an array of strings") {
        let Some(input) = element.choice(&INPUTS) else { continue };
        if input == StepInput::Pipectl && inputs.is_empty() {
            element
                .invalid::<()>("`pipectl` is no folder to work in".to_owned(), "name `source` or `assembly` before it");
        }
        if inputs.contains(&input) {
            element.refuse::<()>("duplicate-name", "an input is named twice".to_owned(), "again");
        } else {
            inputs.push(input);
        }
    }
    limits::at_least_one(node, "input");
    inputs
}

/// The names of exported variables, those that are wrong among them.
fn outputs(node: &Node<'_>) -> Vec<String> {
    let mut outputs = Vec::new();
    for element in node.elements("an array of strings") {
        let Some(output) = element.text() else { continue };
        if !is_variable_name(&output) || output.starts_with("AWS_") {
            let message = format!("`{output}` cannot be exported: letters, digits and underscores, not `AWS_…`");
            element.invalid::<()>(message, "a variable's name");
        } else if outputs.contains(&output) {
            element.refuse::<()>("duplicate-name", "an output is named twice".to_owned(), "again");
        }
        outputs.push(output);
    }
    outputs
}
