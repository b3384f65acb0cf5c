//! `run`: start an execution without a push.

use std::str::FromStr;

use serde::Serialize;

use super::subject::{Subject, SubjectError};
use crate::aws;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{ExecutionId, PipelineName};
use crate::pipeline::variable::{SKIP_ALL, SKIP_NONE, SKIP_UNCHANGED};
use crate::text;

/// The value that a variable of the pipeline has in one execution, written as `NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The variable.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A text that sets no variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a variable's name, `=` and a value are expected, such as SkipUnchanged=no")]
pub struct NotASetting;

impl FromStr for Setting {
    type Err = NotASetting;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or(NotASetting)?;
        if name.is_empty() || value.is_empty() {
            return Err(NotASetting);
        }
        Ok(Self { name: name.to_owned(), value: value.to_owned() })
    }
}

/// An execution that was started. Its JSON form is stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Started {
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The execution.
    pub execution: ExecutionId,
}

/// Why no execution was started.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A variable is set that the pipeline has not.
    #[error("pipeline `{pipeline}` has no variable `{name}`")]
    NoSuchVariable {
        /// The pipeline.
        pipeline: PipelineName,
        /// The variable.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A variable of pipectl's own has no such value.
    #[error("the variable `{name}` is `{SKIP_ALL}` or `{SKIP_NONE}`, not `{value}`")]
    NoSuchValue {
        /// The variable.
        name: &'static str,
        /// The value that it was to have.
        value: String,
    },
    /// The pipeline cannot be looked at.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
}

impl Explain for RunError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoSuchVariable { .. } | Self::NoSuchValue { .. } => FailureKind::Usage,
            Self::Subject(error) => error.kind(),
            Self::Aws(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoSuchVariable { name, known, .. } => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                vec![text::suggestion(name, &known, "variable")]
            }
            Self::NoSuchValue { name, .. } => {
                vec![format!(
                    "`--set {name}={SKIP_NONE}` runs every stage, `--set {name}={SKIP_ALL}` skips unchanged ones"
                )]
            }
            Self::Subject(error) => error.hints(),
            Self::Aws(error) => error.hints(),
        }
    }
}

/// Starts an execution. `token` makes a repeated call start no second one.
pub async fn run(subject: &Subject, settings: &[Setting], token: &str) -> Result<Started, RunError> {
    let known = subject.structure().await?.variables;
    if let Some(unknown) = settings.iter().find(|setting| !known.contains(&setting.name)) {
        return Err(RunError::NoSuchVariable { pipeline: subject.name.clone(), name: unknown.name.clone(), known });
    }
    check_values(settings)?;
    let variables = settings.iter().map(|Setting { name, value }| (name.clone(), value.clone())).collect();
    let execution = subject.aws.start_execution(&subject.name, &variables, token).await?;
    Ok(Started { pipeline: subject.name.clone(), execution })
}

/// Refuses values that pipectl's own variables do not take: whatever is not told apart would be taken for the default.
fn check_values(settings: &[Setting]) -> Result<(), RunError> {
    let own = settings.iter().filter(|setting| setting.name == SKIP_UNCHANGED);
    match own.map(|setting| &setting.value).find(|value| ![SKIP_ALL, SKIP_NONE].contains(&value.as_str())) {
        Some(value) => Err(RunError::NoSuchValue { name: SKIP_UNCHANGED, value: value.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_would_be_ignored_are_refused() {
        let check = |value: &str| check_values(&[format!("SkipUnchanged={value}").parse().unwrap()]);
        assert!(check("yes").is_ok() && check("no").is_ok());
        for value in ["false", "No", "maybe"] {
            let error = check(value).unwrap_err();
            assert_eq!(error.to_string(), format!("the variable `SkipUnchanged` is `yes` or `no`, not `{value}`"));
            assert_eq!(error.kind(), FailureKind::Usage);
        }
        assert!(check_values(&["Colour=false".parse().unwrap()]).is_ok(), "a step's own variable takes anything");
    }

    #[test]
    fn a_variable_is_set_by_its_name() {
        let setting: Setting = "SkipUnchanged=a=b".parse().unwrap();
        assert_eq!((setting.name.as_str(), setting.value.as_str()), ("SkipUnchanged", "a=b"));
        assert_eq!("SkipUnchanged".parse::<Setting>(), Err(NotASetting));
        assert_eq!("=no".parse::<Setting>(), Err(NotASetting));
    }
}
