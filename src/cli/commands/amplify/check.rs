//! `pipectl amplify check`: an export, before anything is made of it.

use std::collections::BTreeMap;
use std::fmt::Write;

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::amplify::gen1::{Backend, BackendObject, ObjectSource, StackSummary};
use crate::cli::render::ReportView;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::diagnostic::FailureKind;
use crate::id::AmplifyEnvironment;
use crate::ops::amplify::{Choices, check};

/// Check an export of an Amplify Gen 1 backend, and show what a stage would create of it
///
/// Reports everything that is wrong with the export at once, with file, stack and parameter, also what would show only when
/// it is deployed. Needs neither credentials nor the network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl amplify check lib/amplify-export-todo
  pipectl amplify check lib/amplify-export-todo --environment prod
  pipectl amplify check lib/amplify-export-todo --format json | jq '.backend.stacks[].resources'
  pipectl amplify check lib/amplify-export-todo \\
    --template AuthTriggerCustomLambdaStack=amplify/backend/auth/x/build/auth-trigger-cloudformation-template.json

The exit code is 0 if there is no error (warnings are allowed), 3 otherwise.")]
pub struct Args {
    /// The export's folder, which `amplify export` calls `amplify-export-PROJECT`
    #[arg(value_name = "DIR")]
    folder: Utf8PathBuf,

    /// The environment that its names are to have; their own if absent
    #[arg(long, value_name = "NAME")]
    environment: Option<AmplifyEnvironment>,

    /// The file of a template that the export lacks, by the logical id of the nested stack
    #[arg(long = "template", value_name = "STACK=FILE", value_parser = assignment)]
    templates: Vec<(String, Utf8PathBuf)>,
}

/// What programs get.
#[derive(Serialize)]
struct View<'a> {
    findings: ReportView<'a>,
    backend: Option<BackendView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct BackendView<'a> {
    stack_name: &'a str,
    tags: &'a indexmap::IndexMap<String, String>,
    stacks: &'a [StackSummary],
    objects: &'a [BackendObject],
}

/// Shows what was found.
pub fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let choices = Choices { environment: args.environment.map(String::from), templates: args.templates };
    let checked = check(&args.folder, &choices)?;
    match global.format {
        Format::Text => {
            ui.report(&checked.report);
            if let Some(backend) = &checked.backend {
                ui.data(&text(backend));
            }
        }
        Format::Json => {
            let backend = checked.backend.as_ref().map(|backend| BackendView {
                stack_name: &backend.stack_name,
                tags: &backend.tags,
                stacks: &backend.stacks,
                objects: &backend.objects,
            });
            ui.json(&View { findings: ReportView::of(&checked.report), backend });
        }
    }
    Ok(if checked.report.has_errors() { Outcome::Told(FailureKind::Invalid) } else { Outcome::Done })
}

fn assignment(text: &str) -> Result<(String, Utf8PathBuf), String> {
    match text.split_once('=') {
        Some((stack, file)) if !stack.is_empty() && !file.is_empty() => Ok((stack.to_owned(), file.into())),
        _ => Err("write STACK=FILE".to_owned()),
    }
}

/// The stacks with their resources, then what has to be published. Writing to a text cannot fail.
fn text(backend: &Backend) -> String {
    let mut text = format!("{}\n", backend.stack_name);
    for (key, value) in &backend.tags {
        let _ = writeln!(text, "  tag {key} = {value}");
    }
    for stack in &backend.stacks {
        let _ = writeln!(text, "\n  {}", heading(stack));
        for (resource_type, number) in &stack.resources {
            let _ = writeln!(text, "  {number:>5} {resource_type}");
        }
    }
    let _ = writeln!(text, "\n  objects of the toolkit bucket");
    for (what, number) in origins(&backend.objects) {
        let _ = writeln!(text, "  {number:>5} {what}");
    }
    text
}

/// Where objects come from, and how many from each place: a resource's folder is one, the templates together another.
fn origins(objects: &[BackendObject]) -> BTreeMap<Utf8PathBuf, usize> {
    let mut origins = BTreeMap::new();
    for object in objects {
        let origin = match &object.source {
            ObjectSource::File(path) => path.components().take(3).collect(),
            ObjectSource::Template { .. } => Utf8PathBuf::from("templates of nested stacks"),
        };
        *origins.entry(origin).or_default() += 1;
    }
    origins
}

fn heading(stack: &StackSummary) -> String {
    let resource = match (&stack.category, &stack.resource, &stack.service) {
        (Some(category), Some(resource), Some(service)) if !stack.path.contains('/') => {
            format!(": {category} {resource} ({service})")
        }
        _ => String::new(),
    };
    let name = if stack.path.is_empty() { "root" } else { &stack.path };
    format!("{name}{resource}")
}
