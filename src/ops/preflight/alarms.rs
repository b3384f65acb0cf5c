//! The alarms that stages heed are there, and the pipeline can see them.

use std::collections::BTreeMap;

use super::makers::{Heeded, Outlook, Place, outlook};
use super::{Findings, Subject};
use crate::aws::cloudwatch::AlarmKind;
use crate::aws::{self, Aws};
use crate::diagnostic::Explain;
use crate::event::Events;
use crate::id::{Environment, Region};

/// Checks the alarms that the pipeline looks at with its own role. Those that another role looks at are of another account.
///
/// Only what provably will not be there is refused; of what cannot be known, a warning tells.
pub(super) async fn check(aws: &Aws, subject: Subject<'_>, events: &Events, findings: &mut Findings) {
    for (region, heeded) in by_region(subject) {
        let mut names: Vec<&str> = heeded.iter().map(|heeded| heeded.alarm.name()).collect();
        names.sort_unstable();
        names.dedup();
        let known = match aws.in_region(&region).alarms(&names).await {
            Ok(known) => known,
            Err(error) => {
                not_seen(&region, &names, &error, events);
                continue;
            }
        };
        let environment = Environment { account: subject.environment.account.clone(), region };
        for name in names {
            let heeded = || heeded.iter().filter(|heeded| heeded.alarm.name() == name);
            match known.iter().find(|alarm| alarm.name == name).map(|alarm| alarm.kind) {
                Some(AlarmKind::Metric) => {}
                Some(AlarmKind::Composite) => composite(subject, &environment, name, heeded().copied(), findings),
                None => missing(subject, &environment, name, heeded().copied(), events, findings),
            }
        }
    }
}

/// Tells that alarms could not be looked at, which need not hinder the pipeline: it looks with rights of its own.
fn not_seen(region: &Region, names: &[&str], error: &aws::Error, events: &Events) {
    let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let hints = match error.is_denied() {
        true => vec!["allow these credentials `cloudwatch:DescribeAlarms` to have alarms checked".to_owned()],
        false => error.hints(),
    };
    events.warning(format!("the alarms {list} in {region} could not be looked at: {error}"), hints);
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
    heeded: impl Iterator<Item = Heeded<'a>>,
    events: &Events,
    findings: &mut Findings,
) {
    // Where one place is worse off than the others, that one is told.
    let worst = heeded.map(|heeded| (outlook(subject, environment, heeded), heeded)).min_by(|(a, _), (b, _)| a.cmp(b));
    let Some((outlook, heeded)) = worst else { return };
    let stage = &subject.definition.stages[heeded.position].name;
    let region = &environment.region;
    match outlook {
        Outlook::Comes => return,
        Outlook::Unknown(why) => {
            let message =
                format!("there is no alarm `{name}` in {environment} yet, which stage `{stage}` heeds; {why}");
            return events.warning(message, vec!["make sure that it is there when the stage heeds it".to_owned()]);
        }
        Outlook::Absent => {}
    }
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use camino::Utf8Path;
    use serde_json::json;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    use super::*;
    use crate::aws::Settings;
    use crate::definition::decode;
    use crate::event::Event;
    use crate::ops::preflight::Templates;

    const DEFINITION: &str = r#"
        [pipeline]
        name = "app"
        account = "111111111111"
        [source.s3]
        bucket = "source"
        key = "source.zip"
        [[stage]]
        name = "Production"
        alarms = { after = ["errors"] }
        [[stage.stack]]
        name = "app"
        template = "app.yaml"
    "#;

    /// What is refused and what is warned of when CloudWatch answers so and the stage's template is this one.
    async fn checked(status: u16, answer: serde_json::Value, template: Option<&str>) -> (bool, Vec<String>) {
        let server = MockServer::start().await;
        let response = ResponseTemplate::new(status).set_body_json(answer);
        Mock::given(matchers::any()).respond_with(response).mount(&server).await;
        let aws = Aws::connect(Settings::of_stand_in("us-east-1", server.uri())).await;
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        if let Some(template) = template {
            std::fs::write(folder.join("app.yaml"), template).unwrap();
        }
        let file = Utf8Path::new("pipeline.toml");
        let (definition, _) = decode(file, DEFINITION).unwrap();
        let environment: Environment = "aws://111111111111/us-east-1".parse().unwrap();
        let templates = Templates::Beside(folder.to_owned());
        let subject = Subject {
            definition: &definition,
            text: DEFINITION,
            file,
            templates: &templates,
            environment: &environment,
            secret: None,
        };
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let events = Events::new(move |event| {
            if let Event::Warning { message, hints } = event {
                heard.lock().unwrap().push(format!("{message}; {}", hints.join("; ")));
            }
        });
        let mut findings = Findings::default();
        check(&aws, subject, &events, &mut findings).await;
        let told = told.lock().unwrap().clone();
        (findings.settle().is_err(), told)
    }

    #[tokio::test]
    async fn only_what_provably_will_not_be_there_is_refused() {
        let none = || json!({ "MetricAlarms": [], "CompositeAlarms": [] });
        let template = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n";
        assert_eq!(checked(200, none(), Some(template)).await, (true, Vec::new()));
        let (is_refused, told) = checked(200, none(), None).await;
        assert!(!is_refused && told[0].contains("is not at hand"), "{told:?}");
        let denied = json!({ "__type": "AccessDenied", "Message": "not you" });
        let (is_refused, told) = checked(400, denied, Some(template)).await;
        assert!(!is_refused && told[0].contains("allow these credentials `cloudwatch:DescribeAlarms`"), "{told:?}");
    }
}
