//! Names and logical ids. All come from names in the definition, never from counters.

use sha2::{Digest, Sha256};

use crate::definition::{Definition, ExecutionMode};
use crate::graph::ActionKind;
use crate::id::{ExecutionId, IdentifierError, PipelineName, Region, StackName};

/// The change set that the pipeline makes for each stack, where one execution at a time is in a stage.
pub const CHANGE_SET_NAME: &str = "pipectl-change";

/// What the names of change sets begin with; that of an execution's own goes on with its id.
const CHANGE_SET_PREFIX: &str = "pipectl-";

/// The id of an execution, for CodePipeline to fill in.
pub(super) const EXECUTION_ID: &str = "#{codepipeline.PipelineExecutionId}";

/// What the name of the project ends with that guards and protects stages.
pub const GUARD_PROJECT_SUFFIX: &str = "Guard";

/// The longest name of a CodeBuild project.
const PROJECT_NAME: usize = 150;

/// The pipeline stack's name.
pub fn pipeline_stack_name(pipeline: &PipelineName) -> Result<StackName, IdentifierError> {
    format!("{pipeline}-pipeline").parse()
}

/// The name of the pipeline's change sets, for CodePipeline to fill in. Executions that run in parallel have change sets of
/// their own, so that each executes what was approved in it.
pub(super) fn change_set_name(definition: &Definition) -> String {
    match definition.execution_mode {
        ExecutionMode::Superseded | ExecutionMode::Queued => CHANGE_SET_NAME.to_owned(),
        ExecutionMode::Parallel => format!("{CHANGE_SET_PREFIX}{EXECUTION_ID}"),
    }
}

/// The execution that a change set belongs to, where it belongs to one alone.
pub fn execution_of_change_set(name: &str) -> Option<ExecutionId> {
    let id = name.strip_prefix(CHANGE_SET_PREFIX)?;
    let lengths = id.split('-').map(str::len);
    let is_id = lengths.eq([8, 4, 4, 4, 12]) && id.chars().all(|it| it.is_ascii_hexdigit() || it == '-');
    if is_id { id.parse().ok() } else { None }
}

/// The name of the file with what CodePipeline gives a stack besides its template, in its stage's folder.
pub fn configuration_file(stack: &str) -> String {
    format!("{stack}.config.json")
}

/// The name of the stack with what the pipeline needs in another region.
pub fn support_stack_name(pipeline: &PipelineName, region: &Region) -> Result<StackName, IdentifierError> {
    format!("{pipeline}-pipeline-support-{region}").parse()
}

/// The group that all builds of a pipeline log to.
pub(super) fn log_group(definition: &Definition) -> String {
    format!("/pipectl/{}", definition.name)
}

/// The name of the bucket of artifacts in another region. At most 63 characters, as S3 wants.
pub fn support_bucket(pipeline: &PipelineName, account: &str, region: &Region) -> String {
    let name = pipeline.as_str().to_lowercase();
    let digest = hex::encode(Sha256::digest(pipeline.as_str()));
    let readable: String = name.chars().take(16).collect();
    format!("{}-{}-{account}-{region}", readable.trim_end_matches('-'), &digest[..8])
}

/// The name of the CodeBuild project behind an action, if a build is behind it.
pub fn project_name(pipeline: &PipelineName, kind: &ActionKind) -> Option<String> {
    let suffix = match kind {
        ActionKind::Build => "Build".to_owned(),
        ActionKind::UpdateFromSource | ActionKind::UpdateFromAssembly => "UpdatePipeline".to_owned(),
        ActionKind::PublishAssets => "PublishAssets".to_owned(),
        ActionKind::Guard(_) | ActionKind::Protect(_) => GUARD_PROJECT_SUFFIX.to_owned(),
        ActionKind::Review(_) => "Review".to_owned(),
        ActionKind::AutoApprove(_) => "AutoApprove".to_owned(),
        ActionKind::Step(key) => {
            format!("{}-{}-{}", key.stage, key.position.key(), key.step)
        }
        ActionKind::Source
        | ActionKind::Tool
        | ActionKind::Prepare(_)
        | ActionKind::Approve(_)
        | ActionKind::Deploy(_) => return None,
    };
    let name = format!("{pipeline}-{suffix}");
    debug_assert!(name.len() <= PROJECT_NAME + 64, "names are bounded by their types");
    Some(shortened(name, PROJECT_NAME))
}

/// The logical id of what belongs to a project: letters and digits only, with a digest where they may clash.
pub(super) fn logical_id(project: &str, pipeline: &PipelineName, kind: &str) -> String {
    let suffix = project.strip_prefix(pipeline.as_str()).unwrap_or(project);
    let letters: String = suffix.chars().filter(char::is_ascii_alphanumeric).collect();
    let is_ambiguous = suffix.matches('-').count() > 1;
    if is_ambiguous {
        let digest = hex::encode(Sha256::digest(suffix));
        format!("{letters}{}{kind}", digest[..8].to_uppercase())
    } else {
        format!("{letters}{kind}")
    }
}

/// The name of a rule about something that has a name: at most 100 letters, digits and some signs, with a digest where
/// more would be needed. `apart` is what else tells the rule from others about something of that name.
pub(super) fn rule_name(kind: &str, subject: &str, apart: &[&str]) -> String {
    const LONGEST: usize = 100;

    let is_allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '@' | '-' | '_');
    let whole = format!("{kind}-{subject}");
    if apart.is_empty() && whole.chars().all(is_allowed) {
        return shortened(whole, LONGEST);
    }
    let readable: String = whole.chars().map(|it| if is_allowed(it) { it } else { '-' }).take(LONGEST - 9).collect();
    let digested = [&[whole.as_str()], apart].concat().join("\n");
    format!("{readable}-{}", &hex::encode(Sha256::digest(digested))[..8])
}

/// A name cut to `longest` characters, with a digest of the whole at its end.
fn shortened(name: String, longest: usize) -> String {
    if name.len() <= longest {
        return name;
    }
    let digest = hex::encode(Sha256::digest(&name));
    format!("{}-{}", &name[..longest - 9], &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_set_tells_its_execution() {
        let id = "b2e77fa5-9285-4dea-ae66-438912345678";
        let name = format!("{CHANGE_SET_PREFIX}{id}");
        assert_eq!(execution_of_change_set(&name).as_ref().map(ExecutionId::as_str), Some(id));
        // "The name can contain only alphanumeric, case sensitive characters, and hyphens. It must start with an alphabetical
        // character and can't exceed 128 characters." (CreateChangeSet)
        assert!(name.len() <= 128 && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-'));
        for other in [CHANGE_SET_NAME, id, "pipectl-0123456789abcdef", "mine"] {
            assert_eq!(execution_of_change_set(other), None, "{other}");
        }
    }
}
