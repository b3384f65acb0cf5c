//! `[[stage.amplify]]` with `backend`: the program of a Gen 2 backend.

use super::environment;
use super::value::Scope;
use crate::definition::check::Uses;
use crate::definition::grammar;
use crate::definition::model::{
    BackendIdentity, BackendKind, BackendMode, BuildEnvironment, ProgramReference, Step, StepInput, Target,
};
use crate::definition::read::{Node, Table};
use crate::id::{Name, PipelineName};

/// What runs before `ampx`, unless something else is chosen: it brings `ampx`.
pub(in crate::definition) const AMPX_SETUP: [&str; 1] = ["npm ci"];

/// What goes with `backend` alone.
pub(super) const KEYS: [&str; 6] = ["namespace", "backend-name", "app-id", "branch", "mode", "step"];
/// What is said of stacks, which the mode `ampx` has none of.
const OF_STACKS: [&str; 7] =
    ["tags", "termination-protection", "notification-targets", "depends-on", "override", "grant", "variables"];

/// The longest id of an Amplify app, and the longest name of a branch (Amplify's API, `CreateBranch`).
const APP_ID: usize = 20;
const BRANCH: usize = 255;
/// The longest part of an identity. Amplify puts them into tags, which take up to 256 characters, and into names.
const PART: usize = 100;

/// Where a backend stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub pipeline: Option<&'a PipelineName>,
    pub stage: Option<&'a Name>,
    pub target: &'a Target,
    /// The name of the backend itself.
    pub name: Option<&'a Name>,
}

/// How a backend is to be deployed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Native,
    Ampx,
}

pub(super) fn decode(
    table: &Table<'_>,
    file: &Node<'_>,
    place: Place<'_>,
    uses: &mut Uses,
) -> Option<ProgramReference> {
    let file = file.path();
    let identity = identity(table, place);
    let words = [("native", Mode::Native), ("ampx", Mode::Ampx)];
    let mode = table.get("mode").map_or(Some(Mode::Native), |node| node.choice(&words));
    let mode = match mode? {
        Mode::Native => {
            refuse(table, &["step"], "goes with `mode = \"ampx\"` only");
            BackendMode::Native
        }
        Mode::Ampx => {
            refuse(table, &OF_STACKS, "does not go with `mode = \"ampx\"`, which deploys by itself");
            BackendMode::Ampx(Box::new(step(table, place, identity.as_ref(), uses)?))
        }
    };
    Some(ProgramReference { file: file?, identity: identity?, mode })
}

/// Refuses keys that have no meaning here.
pub(super) fn refuse(table: &Table<'_>, keys: &[&'static str], why: &str) {
    for key in keys.iter().copied().filter(|key| table.get(key).is_some()) {
        let message = format!("`{key}` {why}");
        table.context.report(table.context.error("conflicting-keys", message, table.key_span(key), "remove it"));
    }
}

/// What Amplify is to know the backend by: an app and its branch, or a deployment by itself.
fn identity(table: &Table<'_>, place: Place<'_>) -> Option<BackendIdentity> {
    let (app, branch) = (table.get("app-id"), table.get("branch"));
    let has_app = app.is_some() || branch.is_some();
    if !has_app {
        let namespace = part(table, "namespace", || Some(place.pipeline?.to_string()));
        let name = part(table, "backend-name", || Some(place.stage?.to_string()));
        return Some(BackendIdentity { kind: BackendKind::Standalone, namespace: namespace?, name: name? });
    }
    refuse(table, &["namespace", "backend-name"], "does not go with `app-id` and `branch`, which take its place");
    for (given, lacking) in [(&app, "branch"), (&branch, "app-id")] {
        if let (Some(given), None) = (given, table.get(lacking)) {
            let message = format!("`{}` lacks `{lacking}`", given.name());
            let finding = table.context.error("missing-key", message, given.span.clone(), "both or neither");
            table.context.report_missing(finding.help("without both, the backend is one by itself: `standalone`"));
        }
    }
    let namespace = app.and_then(|node| app_id(&node));
    let name = branch.and_then(|node| branch_name(&node));
    Some(BackendIdentity { kind: BackendKind::Branch, namespace: namespace?, name: name? })
}

fn app_id(node: &Node<'_>) -> Option<String> {
    let text = node.text()?;
    let is_plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    if text.len() > 1 && text.len() <= APP_ID && text.starts_with('d') && text.chars().all(is_plain) {
        return Some(text);
    }
    let message = format!("`{text}` is no id of an Amplify app: `d`, then lower-case letters and digits");
    node.invalid(message, "an id such as `d1yd7xpdewj1i5`")
}

fn branch_name(node: &Node<'_>) -> Option<String> {
    let text = node.text_up_to(BRANCH)?;
    let is_plain = text.chars().all(|character| !character.is_whitespace() && !character.is_control());
    if is_plain && !text.starts_with('-') && text.contains(|character: char| character.is_ascii_alphanumeric()) {
        return Some(text);
    }
    node.invalid(format!("`{text}` is not the name of a branch"), "a name such as `main`")
}

/// A part of the identity of a deployment by itself.
fn part(table: &Table<'_>, key: &'static str, default: impl FnOnce() -> Option<String>) -> Option<String> {
    let Some(node) = table.get(key) else { return default() };
    let text = node.text_up_to(PART)?;
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/');
    if text.chars().all(is_plain) && text.contains(|character: char| character.is_ascii_alphanumeric()) {
        return Some(text);
    }
    let message = format!("`{text}` cannot be `{key}`: letters, digits and `-_./`, at least one letter or digit");
    node.invalid(message, "a name such as `todo`")
}

/// The step that runs `ampx`.
fn step(table: &Table<'_>, place: Place<'_>, identity: Option<&BackendIdentity>, uses: &mut Uses) -> Option<Step> {
    let own = table.get("step").and_then(|node| node.table(&grammar::AMPX));
    let (environment, used) = match &own {
        Some(own) => environment::decode(own, Scope::Step(place.stage)),
        None => (Some(BuildEnvironment::default()), Uses::default()),
    };
    *uses = used;
    let setup = own.and_then(|own| own.get("commands")).map(|node| node.texts());
    let mut commands: Vec<String> = match setup {
        Some(commands) => commands.into_iter().map(|command| command.value).collect(),
        None => AMPX_SETUP.map(str::to_owned).to_vec(),
    };
    let identity = identity?;
    if identity.kind != BackendKind::Branch {
        let message = "`mode = \"ampx\"` lacks `app-id` and `branch`";
        let finding = table.context.error("missing-key", message, table.key_span("mode"), "deploys branches alone");
        table.context.report_missing(finding.help("add the id of the Amplify app and its branch, or remove `mode`"));
        return None;
    }
    commands.push(ampx(identity, place.target));
    Some(Step {
        name: place.name?.clone(),
        commands,
        environment: environment?,
        inputs: vec![StepInput::Source],
        outputs: Vec::new(),
    })
}

/// The command that deploys a branch. It asks for a sign that nobody sits before it (`CI`), and works in the region of its
/// environment.
fn ampx(identity: &BackendIdentity, target: &Target) -> String {
    let BackendIdentity { namespace, name, .. } = identity;
    let region = target.region.as_ref().map(|region| format!("AWS_REGION={region} AWS_DEFAULT_REGION={region} "));
    // A name without line breaks and the like, so it can be quoted.
    let branch = shlex::try_quote(name).map(String::from).unwrap_or_default();
    format!("{}CI=1 npx ampx pipeline-deploy --branch {branch} --app-id {namespace}", region.unwrap_or_default())
}
