//! Starting builds, and what they export.

use std::collections::BTreeMap;

use aws_sdk_codebuild::types;

use super::{Aws, Error, Result};

/// A wish to start a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildStart {
    /// The project.
    pub project: String,
    /// Variables beyond the project's.
    pub variables: Vec<BuildVariable>,
    /// What makes a repetition of the same request harmless.
    pub token: String,
}

/// An environment variable of a build.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct BuildVariable {
    /// Its name.
    pub name: String,
    /// Its value, or where the value is.
    pub value: String,
    /// Which of the two.
    #[serde(rename = "type", default)]
    pub kind: BuildVariableKind,
}

/// What the value of an environment variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BuildVariableKind {
    /// The value itself.
    #[default]
    Plaintext,
    /// The name of a parameter.
    ParameterStore,
    /// A secret's name, perhaps with a key in it.
    SecretsManager,
}

impl Aws {
    /// Starts a build; gives its id.
    pub async fn start_build(&self, start: &BuildStart) -> Result<String> {
        const OPERATION: &str = "codebuild:StartBuild";
        let mut variables = Vec::with_capacity(start.variables.len());
        for variable in &start.variables {
            let kind = match variable.kind {
                BuildVariableKind::Plaintext => types::EnvironmentVariableType::Plaintext,
                BuildVariableKind::ParameterStore => types::EnvironmentVariableType::ParameterStore,
                BuildVariableKind::SecretsManager => types::EnvironmentVariableType::SecretsManager,
            };
            let variable = types::EnvironmentVariable::builder()
                .name(&variable.name)
                .value(&variable.value)
                .r#type(kind)
                .build()
                .map_err(|_| Error::Incomplete { operation: OPERATION, what: "name of a variable" })?;
            variables.push(variable);
        }
        let answer = aws_sdk_codebuild::Client::new(self.config())
            .start_build()
            .project_name(&start.project)
            .set_environment_variables_override(Some(variables))
            .idempotency_token(&start.token)
            .send()
            .await
            .map_err(Error::of(OPERATION))?;
        answer
            .build_value()
            .and_then(types::Build::id)
            .map(str::to_owned)
            .ok_or(Error::Incomplete { operation: OPERATION, what: "build id" })
    }

    /// Reads the variables that a build exported.
    pub async fn exported_variables(&self, build: &str) -> Result<BTreeMap<String, String>> {
        let answer = aws_sdk_codebuild::Client::new(self.config())
            .batch_get_builds()
            .ids(build)
            .send()
            .await
            .map_err(Error::of("codebuild:BatchGetBuilds"))?;
        Ok(answer
            .builds()
            .iter()
            .flat_map(types::Build::exported_environment_variables)
            .filter_map(|variable| Some((variable.name()?.to_owned(), variable.value().unwrap_or_default().to_owned())))
            .collect())
    }
}
