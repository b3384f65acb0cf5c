//! What the builds of a definition have differently from those that are deployed. Pure.
//!
//! Commands are read from the pushed file, so they are never behind; image, compute, timeout and variables belong to the
//! deployed project and its action, and take effect with the next update.

use std::collections::BTreeMap;

use super::report::Note;
use crate::aws::codebuild::Project;
use crate::aws::codepipeline::Structure;
use crate::definition::{BuildEnvironment, Definition};
use crate::graph::{ActionKind, StepKey};
use crate::pipeline;
use crate::text;

/// A build of a definition: the name of its project and its environment.
#[derive(Debug, Clone)]
pub struct DefinedBuild<'a> {
    /// The project's name.
    pub project: String,
    environment: &'a BuildEnvironment,
}

/// Lists the builds whose environment the definition decides over.
pub fn defined_builds(definition: &Definition) -> Vec<DefinedBuild<'_>> {
    let main = (ActionKind::Build, &definition.build.environment);
    let steps = definition.stages.iter().flat_map(|stage| {
        stage.steps().map(|(position, step)| {
            let key = StepKey { stage: stage.name.clone(), position, step: step.name.clone() };
            (ActionKind::Step(key), &step.environment)
        })
    });
    std::iter::once(main)
        .chain(steps)
        .filter_map(|(kind, environment)| {
            Some(DefinedBuild { project: pipeline::project_name(&definition.name, &kind)?, environment })
        })
        .collect()
}

/// Compares. A build that is not deployed at all is no difference of its environment.
pub fn differences(builds: &[DefinedBuild<'_>], projects: &[Project], structure: &Structure) -> Vec<Note> {
    builds
        .iter()
        .filter_map(|build| {
            let project = projects.iter().find(|project| project.name == build.project)?;
            let differing = differing(build.environment, project, &action_variables(structure, &build.project));
            (!differing.is_empty()).then(|| Note {
                code: "build-environment",
                message: format!(
                    "{} of build `{}` differ between the definition and the deployed pipeline",
                    text::list(&differing),
                    build.project
                ),
                hints: vec![
                    "`pipectl deploy` applies them now; the next push applies them from its second run on".to_owned(),
                ],
            })
        })
        .collect()
}

fn differing(environment: &BuildEnvironment, project: &Project, variables: &BTreeMap<String, String>) -> Vec<String> {
    let mut differing = Vec::new();
    if environment.image != project.image {
        differing.push("image".to_owned());
    }
    if pipeline::compute_type(environment.compute) != project.compute {
        differing.push("compute".to_owned());
    }
    if project.timeout_minutes.is_some_and(|minutes| minutes != i32::from(environment.timeout_minutes)) {
        differing.push("timeout".to_owned());
    }
    for (name, value) in &environment.variables {
        // The value of an output is known only while the pipeline runs.
        let Some(value) = value.literal() else { continue };
        let deployed = variables.get(name).or_else(|| project.variables.get(name));
        if deployed.map(String::as_str) != Some(value) {
            differing.push(format!("variables.{name}"));
        }
    }
    differing
}

/// The variables that the action of a project adds to it.
fn action_variables(structure: &Structure, project: &str) -> BTreeMap<String, String> {
    #[derive(serde::Deserialize)]
    struct Variable {
        name: String,
        value: String,
    }
    structure
        .stages
        .iter()
        .flat_map(|stage| &stage.actions)
        .filter(|action| action.configuration.get("ProjectName").is_some_and(|name| name == project))
        .filter_map(|action| action.configuration.get("EnvironmentVariables"))
        .filter_map(|json| serde_json::from_str::<Vec<Variable>>(json).ok())
        .flatten()
        .map(|variable| (variable.name, variable.value))
        .collect()
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::aws::codepipeline::{ActionStructure, Conditions, Provider, StageStructure};
    use crate::definition::{Compute, Privilege, Value};

    fn environment(variables: &[(&str, &str)]) -> BuildEnvironment {
        BuildEnvironment {
            image: "aws/codebuild/standard:7.0".to_owned(),
            compute: Compute::Medium,
            timeout_minutes: 60,
            variables: variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::Literal((*value).to_owned())))
                .collect::<IndexMap<_, _>>(),
            privilege: Privilege::Unprivileged,
            statements: Vec::new(),
            managed_policies: Vec::new(),
            vpc: None,
        }
    }

    fn project(image: &str, compute: &str, variables: &[(&str, &str)]) -> Project {
        Project {
            name: "shop-Build".to_owned(),
            image: image.to_owned(),
            compute: compute.to_owned(),
            timeout_minutes: Some(60),
            variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    fn told(environment: &BuildEnvironment, project: Project, structure: &Structure) -> Vec<String> {
        let builds = [DefinedBuild { project: "shop-Build".to_owned(), environment }];
        differences(&builds, &[project], structure).into_iter().map(|note| note.message).collect()
    }

    #[test]
    fn what_differs_is_named() {
        let environment = environment(&[("NODE_ENV", "production"), ("LEVEL", "1")]);
        let deployed = project("aws/codebuild/standard:6.0", "BUILD_GENERAL1_SMALL", &[("LEVEL", "1")]);
        assert_eq!(
            told(&environment, deployed, &Structure::default()),
            [
                "`image`, `compute` and `variables.NODE_ENV` of build `shop-Build` differ between the definition and the deployed pipeline"
            ]
        );
    }

    #[test]
    fn variables_of_the_action_count() {
        let action = ActionStructure {
            name: "Build".to_owned(),
            provider: Provider::CodeBuild,
            run_order: 1,
            configuration: [
                ("ProjectName".to_owned(), "shop-Build".to_owned()),
                (
                    "EnvironmentVariables".to_owned(),
                    r#"[{"name":"NODE_ENV","value":"production","type":"PLAINTEXT"}]"#.to_owned(),
                ),
            ]
            .into(),
            role: None,
            region: None,
        };
        let structure = Structure {
            stages: vec![StageStructure {
                name: "Build".to_owned(),
                actions: vec![action],
                conditions: Conditions::default(),
            }],
            ..Structure::default()
        };
        let deployed = project("aws/codebuild/standard:7.0", "BUILD_GENERAL1_MEDIUM", &[]);
        assert!(told(&environment(&[("NODE_ENV", "production")]), deployed, &structure).is_empty());
    }
}
