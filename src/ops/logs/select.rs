//! Which actions' logs are meant. Pure.

use crate::aws::codepipeline::{ActionExecution, ActionStatus, Provider, Structure};
use crate::ops::naming;
use crate::text;

/// What the user asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The action, with or without its stage before a dot.
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
        let short = naming::short_action(action, provider);
        let stages = [stage, naming::defined_stage(stage, action, provider)];
        let is_below = |wanted: &str, stage: &str| {
            let name = wanted.strip_prefix(stage).and_then(|name| name.strip_prefix('.'));
            name.is_some_and(|name| name == action || name == short)
        };
        let is_action =
            |wanted: &str| wanted == action || wanted == short || stages.iter().any(|stage| is_below(wanted, stage));
        let is_stage = |wanted: &str| stages.contains(&wanted);
        self.action.as_deref().is_none_or(is_action) && self.stage.as_deref().is_none_or(is_stage)
    }

    /// Makes sure that the pipeline has an action that is meant and that has a log. Tells whether it is the only one.
    pub fn check(&self, structure: &Structure) -> Result<Origin, NoSuchAction> {
        let with_log: Vec<(&str, &str, &Provider)> = structure
            .stages
            .iter()
            .flat_map(|stage| {
                let actions = stage.actions.iter().filter(|action| has_log(&action.provider));
                actions.map(|action| (stage.name.as_str(), action.name.as_str(), &action.provider))
            })
            .collect();
        let meant = with_log.iter().filter(|(stage, action, provider)| self.admits(stage, action, provider)).count();
        if meant > 0 {
            return Ok(if meant == 1 && self.action.is_some() { Origin::Known } else { Origin::Open });
        }
        let wanted = [self.stage.as_deref(), self.action.as_deref()].into_iter().flatten().collect::<Vec<_>>();
        let known = match (&self.action, &self.stage) {
            (None, Some(_)) => stages(structure),
            _ => names(&with_log),
        };
        let last = wanted.last().copied().unwrap_or_default();
        Err(NoSuchAction {
            nearest: text::nearest(last, known.iter().map(String::as_str)).map(str::to_owned),
            wanted: wanted.join("/"),
            known,
        })
    }
}

/// Whether lines have to say where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// They do not: only one action is meant.
    Known,
    /// They may come from several.
    Open,
}

/// The stages of a pipeline, and those of its definition that share one, each once.
fn stages(structure: &Structure) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for stage in &structure.stages {
        let prefixes = stage.actions.iter().filter_map(|action| naming::stage_prefix(&action.name, &action.provider));
        for name in [stage.name.as_str()].into_iter().chain(prefixes) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// The names of actions: with their stages where several stages have one of a name.
fn names(actions: &[(&str, &str, &Provider)]) -> Vec<String> {
    let is_shared = |name: &str| actions.iter().filter(|(_, action, _)| *action == name).count() > 1;
    let name = |(stage, action, _): &(&str, &str, &Provider)| match is_shared(action) {
        true => format!("{stage}.{action}"),
        false => (*action).to_owned(),
    };
    actions.iter().map(name).collect()
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

    fn structure(stages: &[(&str, &[&str])]) -> Structure {
        let action = |name: &&str| ActionStructure {
            name: (*name).to_owned(),
            provider: Provider::CodeBuild,
            run_order: 1,
            configuration: BTreeMap::new(),
            role: None,
            region: None,
        };
        let stage = |(name, actions): &(&str, &[&str])| StageStructure {
            name: (*name).to_owned(),
            actions: actions.iter().map(action).collect(),
            conditions: Conditions::default(),
        };
        Structure { stages: stages.iter().map(stage).collect(), ..Structure::default() }
    }

    #[test]
    fn a_misspelt_action_is_told_with_the_nearest() {
        let structure = structure(&[("Build", &["Build", "Guard"])]);
        assert_eq!(filter(None, Some("Build")).check(&structure), Ok(Origin::Known));
        assert_eq!(filter(Some("Build"), None).check(&structure), Ok(Origin::Open));
        let error = filter(None, Some("Biuld")).check(&structure).unwrap_err();
        assert_eq!(error.nearest.as_deref(), Some("Build"));
    }

    #[test]
    fn actions_of_one_name_are_parted_by_their_stages() {
        let structure =
            structure(&[("Build", &["Build"]), ("Staging", &["smoke"]), ("world", &["Europe.smoke", "Asia.load"])]);
        let check = |action: &str| filter(None, Some(action)).check(&structure);
        assert_eq!(check("smoke"), Ok(Origin::Open), "two stages have it");
        for only in ["Staging.smoke", "Europe.smoke", "world.Europe.smoke", "Asia.load", "load", "Build.Build"] {
            assert_eq!(check(only), Ok(Origin::Known), "{only}");
        }
        let twice = self::structure(&[("Staging", &["smoke"]), ("Production", &["smoke", "load"])]);
        let known = |filter: Filter| filter.check(&twice).unwrap_err().known;
        assert_eq!(known(filter(None, Some("x"))), ["Staging.smoke", "Production.smoke", "load"]);
        assert_eq!(
            filter(Some("x"), None).check(&structure).unwrap_err().known,
            ["Build", "Staging", "world", "Europe", "Asia"]
        );
    }
}
