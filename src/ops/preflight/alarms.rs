//! The alarms that stages heed are there, and the pipeline can see them.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::Value;

use super::environments::own_or;
use super::{Findings, Subject};
use crate::aws::Aws;
use crate::aws::cloudwatch::AlarmKind;
use crate::cfn::{TEMPLATE_LIMIT, Template};
use crate::definition::{Alarm, Stage};
use crate::disk;
use crate::id::{Environment, Region};

/// The types of resources that are alarms.
const TYPES: [&str; 2] = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];

/// An alarm that a stage heeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Heeded<'a> {
    alarm: &'a Alarm,
    place: Place,
    /// The stage's position in the definition.
    position: usize,
}

/// When a stage heeds an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    After,
}

/// Checks the alarms that the pipeline looks at with its own role. Those that another role looks at are of another account.
pub(super) async fn check(aws: &Aws, subject: Subject<'_>, findings: &mut Findings) {
    for (region, heeded) in by_region(subject) {
        let mut names: Vec<&str> = heeded.iter().map(|heeded| heeded.alarm.name()).collect();
        names.sort_unstable();
        names.dedup();
        let known = match aws.in_region(&region).alarms(&names).await {
            Ok(known) => known,
            Err(error) => {
                findings.failed("alarm", &error);
                continue;
            }
        };
        let environment = Environment { account: subject.environment.account.clone(), region };
        for name in names {
            let heeded = || heeded.iter().filter(|heeded| heeded.alarm.name() == name);
            match known.iter().find(|alarm| alarm.name == name).map(|alarm| alarm.kind) {
                Some(AlarmKind::Metric) => {}
                Some(AlarmKind::Composite) => composite(subject, &environment, name, heeded().copied(), findings),
                None => missing(subject, &environment, name, heeded().copied(), findings),
            }
        }
    }
}

fn by_region(subject: Subject<'_>) -> BTreeMap<Region, Vec<Heeded<'_>>> {
    let mut regions: BTreeMap<Region, Vec<Heeded<'_>>> = BTreeMap::new();
    for (position, stage) in subject.definition.stages.iter().enumerate() {
        let Some(alarms) = stage.alarms.as_ref().filter(|alarms| alarms.role.is_none()) else { continue };
        for (place, list) in [(Place::Before, &alarms.before), (Place::After, &alarms.after)] {
            for alarm in list {
                let region = alarm.region().unwrap_or(&subject.environment.region).clone();
                regions.entry(region).or_default().push(Heeded { alarm, place, position });
            }
        }
    }
    regions
}

fn composite<'a>(
    subject: Subject<'_>,
    environment: &Environment,
    name: &str,
    mut heeded: impl Iterator<Item = Heeded<'a>>,
    findings: &mut Findings,
) {
    let stage = heeded.next().map_or("", |heeded| subject.definition.stages[heeded.position].name.as_str());
    findings.unready(
        "alarm",
        format!(
            "the alarm `{name}` in {environment} is made of other alarms, which only those may see who may see all"
        ),
        vec![format!(
            "name the alarms that it is made of; or name a role as `role` of the alarms of stage `{stage}` that the \
             pipeline's role may take and that allows `cloudwatch:DescribeAlarms` on `*`"
        )],
    );
}

fn missing<'a>(
    subject: Subject<'_>,
    environment: &Environment,
    name: &str,
    mut heeded: impl Iterator<Item = Heeded<'a>>,
    findings: &mut Findings,
) {
    let Some(heeded) = heeded.find(|heeded| !is_made_in_time(subject, environment, *heeded)) else { return };
    let stage = &subject.definition.stages[heeded.position].name;
    let region = &environment.region;
    findings.unready(
        "alarm",
        format!("there is no alarm `{name}` in {environment}, which stage `{stage}` heeds"),
        vec![
            format!(
                "`aws cloudwatch describe-alarms --region {region} --query 'MetricAlarms[].AlarmName'` lists those that \
                 there are"
            ),
            match heeded.place {
                Place::Before => format!("one that the template of an earlier stage makes says so: `AlarmName: {name}`"),
                Place::After => format!("one that a template of the stage makes says so: `AlarmName: {name}`"),
            },
        ],
    );
}

/// Tells whether a stage makes an alarm before it is looked at.
fn is_made_in_time(subject: Subject<'_>, environment: &Environment, heeded: Heeded<'_>) -> bool {
    let Some(folder) = subject.folder else { return false };
    let stages = &subject.definition.stages;
    let heeding = &stages[heeded.position];
    let is_beside = |stage: &Stage| stage.wave.is_some() && stage.wave == heeding.wave;
    let makers = match heeded.place {
        Place::Before => &stages[..heeded.position],
        Place::After => &stages[..=heeded.position],
    };
    let makers = makers.iter().filter(|stage| heeded.place == Place::After || !is_beside(stage));
    let stacks = makers.flat_map(|stage| &stage.stacks);
    let mut here = stacks.filter(|stack| own_or(&stack.target, subject.environment) == *environment);
    here.any(|stack| makes(&folder.join(&stack.template), heeded.alarm.name()))
}

/// Tells whether a template makes an alarm. One that cannot be read makes none that is known of.
fn makes(file: &Utf8Path, name: &str) -> bool {
    let Ok(text) = disk::read_text(file, TEMPLATE_LIMIT as u64) else { return false };
    let Ok(template) = Template::parse(file, &text) else { return false };
    let resources = template.root().get("Resources").and_then(Value::as_object).into_iter().flatten();
    resources.into_iter().any(|(_, resource)| {
        let is_alarm = resource.get("Type").and_then(Value::as_str).is_some_and(|kind| TYPES.contains(&kind));
        is_alarm && resource.pointer("/Properties/AlarmName").and_then(Value::as_str) == Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::decode;

    const DEFINITION: &str = r#"
        [pipeline]
        name = "app"
        account = "111111111111"
        [source.s3]
        bucket = "source"
        key = "source.zip"
        [[stage]]
        name = "Staging"
        alarms = { before = ["errors"], after = ["errors", "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:latency"] }
        [[stage.stack]]
        name = "app"
        template = "app.yaml"
        [[stage]]
        name = "Production"
        alarms = { before = ["errors"] }
        [[stage.stack]]
        name = "app"
        template = "app.yaml"
    "#;

    const TEMPLATE: &str =
        "Resources:\n  Errors:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {AlarmName: errors}\n";

    #[test]
    fn an_alarm_may_be_made_by_the_stage_that_heeds_it_or_by_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        std::fs::write(folder.join("app.yaml"), TEMPLATE).unwrap();
        let file = Utf8Path::new("pipeline.toml");
        let (definition, _) = decode(file, DEFINITION).unwrap();
        let environment: Environment = "aws://111111111111/us-east-1".parse().unwrap();
        let subject = Subject {
            definition: &definition,
            text: DEFINITION,
            file,
            folder: Some(folder),
            environment: &environment,
            secret: None,
        };
        let regions = by_region(subject);
        let here = &regions[&environment.region];
        let in_time: Vec<bool> = here.iter().map(|heeded| is_made_in_time(subject, &environment, *heeded)).collect();
        assert_eq!(in_time, [false, true, true], "before Staging, after it, before Production");
        let elsewhere = &regions[&"eu-west-1".parse::<Region>().unwrap()];
        assert!(!is_made_in_time(subject, &environment, elsewhere[0]));
    }
}
