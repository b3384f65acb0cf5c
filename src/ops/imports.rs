//! `imports`: reads what a stage imports from the Parameter Store and from stacks that are not of the pipeline, and checks it.

use std::collections::BTreeSet;

use camino::Utf8Path;
use indexmap::IndexMap;
use serde_json::json;

use super::assembly::{StageError, own_environment};
use super::deploy::{DeployError, Subject};
use crate::assembly::{partition, resolve};
use crate::aws::cloudformation::Standing;
use crate::aws::identity::Assumption;
use crate::aws::ssm::StoredParameter;
use crate::aws::{self, Aws};
use crate::definition::{Definition, Import, ImportSource, Stage, Target};
use crate::diagnostic::{Diagnostic, Explain, FailureKind, Report, Severity};
use crate::id::{Environment, Name, StackName};
use crate::imports::{Imported, check};
use crate::pipeline::{Owner, PIPELINE_TAG, Place, RoleKind, import_arns, role_arn};
use crate::text;

/// The longest value that CodePipeline hands on as a variable ("Quotas in AWS CodePipeline").
const LONGEST: usize = 1000;

/// Why a stage's imports were not read.
#[derive(Debug, thiserror::Error)]
pub enum ImportsError {
    /// The assembly cannot be used.
    #[error(transparent)]
    Assembly(#[from] Box<DeployError>),
    /// Where the stage is cannot be told, or there is no such stage.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// Something is not there, or is not what it should be.
    #[error("the imports of stage `{stage}` cannot be used")]
    Invalid {
        /// The stage.
        stage: Name,
        /// What is wrong.
        report: Report,
    },
}

impl Explain for ImportsError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Assembly(error) => error.kind(),
            Self::Stage(error) => error.kind(),
            Self::Call(error) => error.kind(),
            Self::Invalid { .. } => FailureKind::NotReady,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Assembly(error) => error.hints(),
            Self::Stage(error) => error.hints(),
            Self::Call(error) => error.hints(),
            Self::Invalid { .. } => Vec::new(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Assembly(error) => error.report(),
            Self::Invalid { report, .. } => Some(report),
            Self::Stage(_) | Self::Call(_) => None,
        }
    }
}

/// Reads what a stage of an assembly imports, by the names of the imports.
pub async fn imports(aws: &Aws, folder: &Utf8Path, stage: &Name) -> Result<IndexMap<String, String>, ImportsError> {
    let definition = Subject::of_assembly(folder).map_err(Box::new)?.definition;
    let found = definition.stages.iter().find(|candidate| candidate.name == *stage);
    let found = found.ok_or_else(|| StageError::NoStage { stage: stage.clone() })?;
    let own = own_environment(aws).await?;
    let (values, report) = read(aws, &definition, found, &own).await?;
    match report.has_errors() {
        true => Err(ImportsError::Invalid { stage: stage.clone(), report }),
        false => Ok(values),
    }
}

/// Reads what a stage imports, and tells what is wrong. `own` is where the pipeline lives.
pub(super) async fn read(
    aws: &Aws,
    definition: &Definition,
    stage: &Stage,
    own: &Environment,
) -> aws::Result<(IndexMap<String, String>, Report)> {
    let environment = stage.target.within(own);
    let aws = connect(aws, definition, stage, own, &environment).await?;
    let reader = Reader { aws, owner: Owner::living_in(&definition.name, own), environment };
    let (mut values, mut report) = (IndexMap::new(), Report::default());
    for import in stage.imports.iter().filter(|import| import.is_live()) {
        match reader.read(import).await? {
            Ok(value) => {
                values.insert(import.name.clone(), value);
            }
            Err(finding) => report.push(*finding),
        }
    }
    Ok((values, report))
}

/// Connects to where a stage is: in another account with the toolkit stack's role for look-ups, narrowed to what is read.
async fn connect(
    aws: &Aws,
    definition: &Definition,
    stage: &Stage,
    own: &Environment,
    environment: &Environment,
) -> aws::Result<Aws> {
    let aws = aws.in_region(&environment.region);
    if environment.account == own.account {
        return Ok(aws);
    }
    let Environment { account, region } = environment;
    let place = Place { account: account.to_string(), region: region.to_string() };
    let [parameters, stacks] = import_arns(&stage.imports, partition(region), region.as_str(), account.as_str());
    let allow = |action: &str, resources: BTreeSet<String>| {
        (!resources.is_empty()).then(|| json!({ "Effect": "Allow", "Action": action, "Resource": resources }))
    };
    let statements =
        [allow("ssm:GetParameter", parameters), allow("cloudformation:DescribeStacks", stacks)].into_iter().flatten();
    let policy = json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() });
    let assumption = Assumption {
        role: resolve(&role_arn(RoleKind::Lookup, &definition.qualifier, &place), environment),
        session: "pipectl-imports".to_owned(),
        policy: Some(policy.to_string()),
        ..Assumption::default()
    };
    aws.assume(&assumption).await
}

struct Reader {
    aws: Aws,
    owner: Owner,
    environment: Environment,
}

/// A value, or what is wrong.
type Read = Result<String, Box<Diagnostic>>;

impl Reader {
    async fn read(&self, import: &Import) -> aws::Result<Read> {
        let read = match &import.source {
            ImportSource::File { .. } => return Ok(Ok(String::new())),
            ImportSource::Parameter(parameter) => self.parameter(import, parameter).await?,
            ImportSource::Output { stack, output } => self.output(import, stack, output).await?,
        };
        Ok(read.and_then(|value| self.checked(import, value)))
    }

    async fn parameter(&self, import: &Import, parameter: &str) -> aws::Result<Read> {
        let name = &import.name;
        Ok(match self.aws.stored_parameter(parameter).await? {
            Some(StoredParameter::Plain(value)) => Ok(value),
            Some(StoredParameter::Secret) => refuse(
                "invalid-import",
                format!(
                    "import `{name}`: the parameter `{parameter}` is a `SecureString`, and parameters of stacks are no place for secrets"
                ),
                "store an id as a `String`; a template reads a secret itself, by `{{resolve:ssm-secure:…}}`".to_owned(),
            ),
            None => refuse(
                "unknown-import",
                format!("import `{name}`: there is no parameter `{parameter}` in {}", self.environment),
                format!(
                    "`aws ssm put-parameter --region {} --name {parameter} --type String --value …` makes it",
                    self.environment.region
                ),
            ),
        })
    }

    async fn output(&self, import: &Import, stack: &StackName, output: &str) -> aws::Result<Read> {
        let name = &import.name;
        let found = self.aws.stack(stack.as_str()).await?;
        let is_there = |standing| !matches!(standing, Standing::Gone | Standing::Reserved | Standing::NeverCreated);
        let Some(found) = found.filter(|stack| is_there(stack.status.standing())) else {
            return Ok(refuse(
                "unknown-import",
                format!("import `{name}`: there is no stack `{stack}` in {}", self.environment),
                format!(
                    "`aws cloudformation list-stacks --region {}` lists those that there are",
                    self.environment.region
                ),
            ));
        };
        let owner = found.tags.get(PIPELINE_TAG).map(|tag| {
            let Ok(owner) = tag.parse::<Owner>();
            owner
        });
        if owner.is_some_and(|owner| owner.may_be(&self.owner)) {
            return Ok(refuse(
                "own-import",
                format!("import `{name}`: the stack `{stack}` is of this pipeline"),
                format!("use its output instead: `{{ output = \"STAGE/STACK.{output}\" }}`"),
            ));
        }
        Ok(match found.outputs.get(output) {
            Some(value) => Ok(value.clone()),
            None => {
                let known: Vec<&str> = found.outputs.keys().map(String::as_str).collect();
                let message = format!("import `{name}`: the stack `{stack}` has no output `{output}`");
                refuse("unknown-import", message, text::suggestion(output, &known, "output"))
            }
        })
    }

    /// A value that has its form and its place, and that can be handed on.
    fn checked(&self, import: &Import, value: String) -> Read {
        let imported = Imported { value, region: None };
        let target =
            Target { account: Some(self.environment.account.clone()), region: Some(self.environment.region.clone()) };
        let finding = check(import, &imported, &target).filter(|finding| finding.severity == Severity::Error);
        if let Some(finding) = finding {
            return Err(Box::new(finding));
        }
        // It is put into JSON as it is.
        if imported.value.len() > LONGEST || imported.value.contains(['"', '\\']) {
            let message = format!(
                "import `{}`: CodePipeline hands on at most {LONGEST} bytes, without quotes and backslashes",
                import.name
            );
            return refuse("invalid-import", message, "let the template read it by itself".to_owned());
        }
        Ok(imported.value)
    }
}

fn refuse(code: &'static str, message: String, help: String) -> Read {
    Err(Box::new(Diagnostic::error(code, message).help(help)))
}
