//! Where a build runs, from its project.

use serde_json::Value as Json;

use super::old::{OldAction, OldPipeline, list};
use super::outputs::Outputs;
use super::remark::Remarks;
use super::resolve::Resolved;
use super::{commands, rights};
use crate::definition::{BuildEnvironment, CommentPlace, Compute, Privilege, RESERVED_VARIABLES, Value, Vpc};
use crate::id::Name;
use crate::text;

/// What CodeBuild calls its machine sizes, in front of the word.
const COMPUTE_PREFIX: &str = "BUILD_GENERAL1_";
/// The variable by which a changed project of CDK Pipelines changes the pipeline.
const CONFIG_HASH: &str = "_PROJECT_CONFIG_HASH";

/// Whose build it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner<'a> {
    /// The pipeline's own: it knows no outputs.
    Pipeline,
    /// A step of this stage.
    Stage(&'a Name),
}

/// A build: its commands and where they run.
pub(super) fn build(
    old: &OldPipeline<'_>,
    action: &OldAction<'_>,
    owner: Owner<'_>,
    outputs: &Outputs<'_>,
    place: &CommentPlace,
    remarks: &mut Remarks,
) -> (commands::Work, BuildEnvironment) {
    let work = commands::work(old, action, place, remarks);
    let mut environment = machine(old, action, place, remarks);
    let mut reader = Variables { old, outputs, owner, place, remarks, environment: &mut environment };
    for (name, value) in &work.variables {
        reader.add(name, value);
    }
    reader.project(action);
    reader.action(action);
    let rights = rights::rights(old, action, place, remarks);
    environment.statements = rights.statements;
    environment.managed_policies = rights.managed_policies;
    (work, environment)
}

/// CodeBuild's own images whose C library is older than the one that pipectl needs, which runs where the old pipeline ran npm:
/// up to Ubuntu 20.04 and Amazon Linux 2. Versions 2.50 of the CDK and older take such an image where nobody chooses one.
const TOO_OLD: [&str; 9] = [
    "aws/codebuild/standard:1.",
    "aws/codebuild/standard:2.",
    "aws/codebuild/standard:3.",
    "aws/codebuild/standard:4.",
    "aws/codebuild/standard:5.",
    "aws/codebuild/amazonlinux2-x86_64-standard:1.",
    "aws/codebuild/amazonlinux2-x86_64-standard:2.",
    "aws/codebuild/amazonlinux2-x86_64-standard:3.",
    "aws/codebuild/amazonlinux2-x86_64-standard:4.",
];

/// The machine that a build runs on: everything of its environment but variables and rights.
pub(super) fn machine(
    old: &OldPipeline<'_>,
    action: &OldAction<'_>,
    place: &CommentPlace,
    remarks: &mut Remarks,
) -> BuildEnvironment {
    let mut machine = BuildEnvironment::default();
    let Some(project) = old.project(action) else { return machine };
    let given = &project["Environment"];
    let image = old.resolver.member(given, "Image");
    let is_ours = matches!(place, CommentPlace::Build | CommentPlace::PublishAssets);
    if is_ours && TOO_OLD.iter().any(|start| image.text.starts_with(start)) {
        let message =
            format!("the image is `{}` instead of `{}`, which is too old for pipectl", machine.image, image.text);
        remarks.changed(place, message);
    } else if !image.text.is_empty() {
        fill_in("image", &image, place, remarks);
        machine.image = image.text;
    }
    let kind = given["Type"].as_str().unwrap_or("LINUX_CONTAINER");
    if kind != "LINUX_CONTAINER" {
        let message = format!("the machine's type `{kind}`: builds run on Linux, x86-64");
        remarks.lost(place, message, "take an `image` for that");
    }
    if let Some(size) = given["ComputeType"].as_str() {
        let word = size.strip_prefix(COMPUTE_PREFIX).map(str::to_lowercase);
        match word.and_then(|word| Compute::named(&word)) {
            Some(compute) => machine.compute = compute,
            None => remarks.lost(place, format!("the machine's size `{size}`"), "choose one by `compute`"),
        }
    }
    if given["PrivilegedMode"] == true {
        machine.privilege = Privilege::Privileged;
    }
    if let Some(minutes) = project["TimeoutInMinutes"].as_u64().and_then(|minutes| u16::try_from(minutes).ok()) {
        machine.timeout_minutes = minutes.clamp(5, 2160);
    }
    machine.vpc = vpc(old, &project["VpcConfig"], place, remarks);
    tell_of_the_rest(project, place, remarks);
    machine
}

fn vpc(old: &OldPipeline<'_>, given: &Json, place: &CommentPlace, remarks: &mut Remarks) -> Option<Vpc> {
    let mut texts = |key: &str| -> Vec<String> {
        let resolved = list(&given[key]).iter().map(|value| old.resolver.text(value));
        resolved
            .map(|resolved| {
                fill_in("vpc", &resolved, place, remarks);
                resolved.text
            })
            .collect()
    };
    let (subnets, security_groups) = (texts("Subnets"), texts("SecurityGroupIds"));
    let id = old.resolver.member(given, "VpcId");
    fill_in("vpc", &id, place, remarks);
    (!id.text.is_empty()).then_some(Vpc { id: id.text, subnets, security_groups })
}

fn fill_in(key: &str, resolved: &Resolved, place: &CommentPlace, remarks: &mut Remarks) {
    if !resolved.unknown.is_empty() {
        remarks.fill_in(
            place,
            format!("`{key}` names {} of the old pipeline stack", resolved.unknown.join(", ")),
            "write its id, and keep it when the old stack goes",
        );
    }
}

/// What a project says besides, and what is not to be had.
fn tell_of_the_rest(project: &Json, place: &CommentPlace, remarks: &mut Remarks) {
    if project["Cache"]["Type"].as_str().is_some_and(|kind| kind != "NO_CACHE") {
        remarks.lost(place, "the build's cache", "nothing has to be done: builds are slower, not different");
    }
    let unavailable = [
        ("registry credentials", &project["Environment"]["RegistryCredential"]),
        ("a certificate", &project["Environment"]["Certificate"]),
        ("a fleet", &project["Environment"]["Fleet"]),
        ("file systems", &project["FileSystemLocations"]),
        ("where it logs to (`LogsConfig`)", &project["LogsConfig"]),
    ];
    let given: Vec<&str> = unavailable.iter().filter(|(_, value)| !value.is_null()).map(|(what, _)| *what).collect();
    if !given.is_empty() {
        remarks.lost(
            place,
            format!("what the build had besides: {}", given.join(", ")),
            "do without, or do it by commands",
        );
    }
}

/// Collects variables.
struct Variables<'a, 'o> {
    old: &'a OldPipeline<'o>,
    outputs: &'a Outputs<'o>,
    owner: Owner<'a>,
    place: &'a CommentPlace,
    remarks: &'a mut Remarks,
    environment: &'a mut BuildEnvironment,
}

impl Variables<'_, '_> {
    /// Those of the project: `Name`, `Type`, `Value`.
    fn project(&mut self, action: &OldAction<'_>) {
        let Some(project) = self.old.project(action) else { return };
        for variable in list(&project["Environment"]["EnvironmentVariables"]) {
            let value = self.old.resolver.member(variable, "Value");
            self.entry(&self.old.resolver.member(variable, "Name").text, variable["Type"].as_str(), &value);
        }
    }

    /// Those of the action: a text of JSON with `name`, `type`, `value`.
    fn action(&mut self, action: &OldAction<'_>) {
        let written = self.old.resolver.member(action.configuration, "EnvironmentVariables");
        if written.text.is_empty() {
            return;
        }
        let Ok(Json::Array(variables)) = serde_json::from_str(&written.text) else {
            let message = format!("the variables of the action `{}` could not be read", action.name);
            self.remarks.lost(self.place, message, "write them as `variables`");
            return;
        };
        for variable in &variables {
            let text = variable["value"].as_str().unwrap_or_default().to_owned();
            let unknown = if text.contains(super::FILL_IN) { written.unknown.clone() } else { Vec::new() };
            let name = variable["name"].as_str().unwrap_or_default();
            self.entry(name, variable["type"].as_str(), &Resolved { text, unknown });
        }
    }

    fn entry(&mut self, name: &str, kind: Option<&str>, value: &Resolved) {
        if name == CONFIG_HASH {
            return;
        }
        if let Some(kind @ ("PARAMETER_STORE" | "SECRETS_MANAGER")) = kind {
            let command = match kind {
                "PARAMETER_STORE" => "aws ssm get-parameter",
                _ => "aws secretsmanager get-secret-value",
            };
            let message = format!("the variable `{name}`, read from `{}` ({kind})", value.text);
            self.remarks.lost(self.place, message, format!("read it by a command: `{command}`"));
            return;
        }
        fill_in(&format!("variables.{name}"), value, self.place, self.remarks);
        self.add(name, &value.text);
    }

    fn add(&mut self, name: &str, text: &str) {
        if RESERVED_VARIABLES.iter().any(|prefix| name.starts_with(prefix)) {
            let message = format!("the variable `{name}`: such names are reserved");
            self.remarks.lost(self.place, message, "set it by a command (`export`)");
            return;
        }
        let value = if text.contains("#{") {
            let stage = match self.owner {
                Owner::Pipeline => None,
                Owner::Stage(stage) => Some(stage),
            };
            match self.outputs.value(text, stage) {
                Ok(value) => value,
                Err(lost) => {
                    let message =
                        format!("the variable `{name}`, which was `{}`: {}", text::shortened(text, 120), lost.why);
                    self.remarks.lost(self.place, message, lost.remedy);
                    return;
                }
            }
        } else {
            Value::Literal(text.to_owned())
        };
        self.environment.variables.insert(name.to_owned(), value);
    }
}
