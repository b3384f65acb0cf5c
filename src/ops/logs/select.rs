//! Which actions' logs are meant. Pure.

use crate::aws::codepipeline::{ActionExecution, ActionStatus, Provider, Structure};
use crate::ops::naming;
use crate::text;

/// What the user asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The action; in a wave with or without the stage before the dot.
    pub action: Option<String>,
    /// The stage, of the definition or of the deployed pipeline.
    pub stage: Option<String>,
}

/// A name that no action of the pipeline has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchAction {
    /// What was asked for.
    pub wanted: String,
    /// The nearest name.
    pub nearest: Option<String>,
    /// All names, as they can be asked for.
    pub known: Vec<String>,
}

impl Filter {
    /// Tells whether an action is meant.
    pub fn admits(&self, stage: &str, action: &str, provider: &Provider) -> bool {
        let is_action = |wanted: &str| wanted == action || wanted == naming::short_action(action, provider);
        let is_stage = |wanted: &str| wanted == stage || Some(wanted) == naming::stage_prefix(action, provider);
        self.action.as_deref().is_none_or(is_action) && self.stage.as_deref().is_none_or(is_stage)
    }

    /// Makes sure that the pipeline has an action that is meant and that has a log.
    pub fn check(&self, structure: &Structure) -> Result<(), NoSuchAction> {
        let with_log = || {
            structure.stages.iter().flat_map(|stage| {
                let actions = stage.actions.iter().filter(|action| has_log(&action.provider));
                actions.map(|action| (stage.name.as_str(), action.name.as_str(), &action.provider))
            })
        };
        if with_log().any(|(stage, action, provider)| self.admits(stage, action, provider)) {
            return Ok(());
        }
        let wanted = [self.stage.as_deref(), self.action.as_deref()].into_iter().flatten().collect::<Vec<_>>();
        let known: Vec<String> = match (&self.action, &self.stage) {
            (None, Some(_)) => structure.stages.iter().map(|stage| stage.name.clone()).collect(),
            _ => with_log().map(|(_, action, _)| action.to_owned()).collect(),
        };
        let last = wanted.last().copied().unwrap_or_default();
        Err(NoSuchAction {
            nearest: text::nearest(last, known.iter().map(String::as_str)).map(str::to_owned),
            wanted: wanted.join("/"),
            known,
        })
    }
}

/// Whether a provider leaves a log that can be read: builds' lines, stacks' events.
pub fn has_log(provider: &Provider) -> bool {
    matches!(provider, Provider::CodeBuild | Provider::CloudFormation)
}

/// Chooses among the runs of an execution, the oldest first. Unless an action or a stage is named, these are the runs
/// that failed or go on; if there are none, all.
pub fn select<'a>(filter: &Filter, runs: &'a [ActionExecution]) -> Vec<&'a ActionExecution> {
    let admitted: Vec<&ActionExecution> = runs
        .iter()
        .filter(|run| has_log(&run.provider) && filter.admits(&run.stage, &run.action, &run.provider))
        .collect();
    if *filter != Filter::default() {
        return admitted;
    }
    let telling: Vec<&ActionExecution> =
        admitted.iter().copied().filter(|run| run.status != ActionStatus::Succeeded).collect();
    if telling.is_empty() { admitted } else { telling }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::aws::codepipeline::{ActionStructure, Conditions, StageStructure};

    fn selected(filter: &Filter, runs: &[ActionExecution]) -> Vec<String> {
        select(filter, runs).into_iter().map(|run| run.id.clone()).collect()
    }

    fn filter(stage: Option<&str>, action: Option<&str>) -> Filter {
        Filter { action: action.map(str::to_owned), stage: stage.map(str::to_owned) }
    }

    #[test]
    fn what_failed_or_goes_on_is_told_first() {
        let mut runs = vec![
            ActionExecution::sample("Source", "Source", Provider::Source("GitHub".to_owned()), ActionStatus::Succeeded),
            ActionExecution::sample("Build", "Build", Provider::CodeBuild, ActionStatus::Succeeded),
            ActionExecution::sample("Staging", "app.Deploy", Provider::CloudFormation, ActionStatus::Failed),
        ];
        assert_eq!(selected(&Filter::default(), &runs), ["Staging-app.Deploy"]);
        assert_eq!(selected(&filter(None, Some("Build")), &runs), ["Build-Build"]);
        runs.pop();
        assert_eq!(selected(&Filter::default(), &runs), ["Build-Build"]);
    }

    #[test]
    fn a_wave_is_asked_by_either_name() {
        let runs = [
            ActionExecution::sample("world", "Europe.smoke", Provider::CodeBuild, ActionStatus::Succeeded),
            ActionExecution::sample("world", "Asia.smoke", Provider::CodeBuild, ActionStatus::Succeeded),
        ];
        assert_eq!(selected(&filter(Some("Europe"), None), &runs), ["world-Europe.smoke"]);
        assert_eq!(selected(&filter(None, Some("Asia.smoke")), &runs), ["world-Asia.smoke"]);
        assert_eq!(selected(&filter(Some("world"), Some("smoke")), &runs).len(), 2);
    }

    #[test]
    fn a_misspelt_action_is_told_with_the_nearest() {
        let action = |name: &str| ActionStructure {
            name: name.to_owned(),
            provider: Provider::CodeBuild,
            run_order: 1,
            configuration: BTreeMap::new(),
            role: None,
            region: None,
        };
        let actions = vec![action("Build"), action("Guard")];
        let stage = StageStructure { name: "Build".to_owned(), actions, conditions: Conditions::default() };
        let structure = Structure { stages: vec![stage], ..Structure::default() };
        assert!(filter(None, Some("Build")).check(&structure).is_ok());
        let error = filter(None, Some("Biuld")).check(&structure).unwrap_err();
        assert_eq!(error.nearest.as_deref(), Some("Build"));
    }
}
