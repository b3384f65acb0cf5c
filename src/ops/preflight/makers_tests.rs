//! Tests of the outlook on alarms.

use super::*;
use crate::definition::decode;
use crate::ops::preflight::Templates;

const HEAD: &str =
    "[pipeline]\nname = \"app\"\naccount = \"111111111111\"\n[source.s3]\nbucket = \"source\"\nkey = \"source.zip\"\n";

fn stage(name: &str, keys: &str) -> String {
    format!("[[stage]]\nname = \"{name}\"\n{keys}\n[[stage.stack]]\nname = \"app\"\ntemplate = \"{name}.yaml\"\n")
}

/// The outlook of the alarm `errors` that the stage at a position heeds.
fn of(stages: &str, left: &[&str], templates: &[(&str, &str)], place: Place, position: usize) -> Outlook {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    for (name, text) in templates {
        std::fs::write(folder.join(format!("{name}.yaml")), text).unwrap();
    }
    let file = Utf8Path::new("pipeline.toml");
    let text = format!("{HEAD}{stages}");
    let (mut definition, _) = decode(file, &text).unwrap();
    definition.stages.retain(|stage| !left.contains(&stage.name.as_str()));
    let environment: Environment = "aws://111111111111/us-east-1".parse().unwrap();
    let templates = Templates::Beside(folder.to_owned());
    let subject = Subject {
        definition: &definition,
        text: &text,
        file,
        templates: &templates,
        environment: &environment,
        secret: None,
    };
    let alarm: Alarm = "errors".parse().unwrap();
    outlook(subject, &environment, Heeded { alarm: &alarm, place, position })
}

const MAKING: &str = "Resources:\n  E:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {AlarmName: errors}\n";
const EMPTY: &str = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n";

fn alone(template: &str) -> Outlook {
    of(&stage("Only", ""), &[], &[("Only", template)], Place::After, 0)
}

#[test]
fn an_alarm_may_be_made_by_the_stage_that_heeds_it_or_by_one_before() {
    let stages = stage("Staging", "") + &stage("Production", "");
    let templates = [("Staging", MAKING), ("Production", EMPTY)];
    let at = |place, position| of(&stages, &[], &templates, place, position);
    assert_eq!(at(Place::Before, 0), Outlook::Absent);
    assert_eq!(at(Place::After, 0), Outlook::Comes);
    assert_eq!(at(Place::Before, 1), Outlook::Comes);
}

#[test]
fn the_stages_of_a_wave_make_alarms_for_each_other() {
    let stages = stage("One", "wave = \"w\"") + &stage("Two", "wave = \"w\"") + &stage("Late", "");
    let in_wave = [("One", EMPTY), ("Two", MAKING), ("Late", EMPTY)];
    assert_eq!(of(&stages, &[], &in_wave, Place::After, 0), Outlook::Comes);
    assert_eq!(of(&stages, &[], &in_wave, Place::Before, 1), Outlook::Absent);
    let behind = [("One", EMPTY), ("Two", EMPTY), ("Late", MAKING)];
    assert_eq!(of(&stages, &[], &behind, Place::After, 0), Outlook::Absent);
}

#[test]
fn what_cannot_be_looked_into_may_make_anything() {
    let is_unknown = |outlook| matches!(outlook, Outlook::Unknown(_));
    assert_eq!(alone(EMPTY), Outlook::Absent);
    assert!(is_unknown(alone("Resources: [")));
    let named =
        "Resources:\n  E:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {AlarmName: !Sub '${AWS::StackName}-e'}\n";
    assert!(is_unknown(alone(named)));
    assert!(is_unknown(alone(&format!("Transform: AWS::Serverless-2016-10-31\n{EMPTY}"))));
    assert!(is_unknown(alone(&EMPTY.replace("SNS::Topic", "CloudFormation::Stack"))));
    assert!(is_unknown(alone(&EMPTY.replace("AWS::SNS::Topic", "Custom::Alarm"))));
    assert_eq!(alone(&format!("{MAKING}  N:\n    Type: AWS::CloudFormation::Stack\n")), Outlook::Comes);
    let missing = of(&stage("Only", ""), &[], &[], Place::After, 0);
    assert!(is_unknown(missing), "a template that the build makes");
}

#[test]
fn stages_that_only_a_build_can_find_may_make_it() {
    let stages = stage("Found", "") + &stage("Production", "");
    let templates = [("Production", EMPTY)];
    let at = |place| of(&stages, &["Found"], &templates, place, 0);
    for place in [Place::Before, Place::After] {
        assert!(matches!(at(place), Outlook::Unknown(why) if why.contains("stage `Found`")));
    }
    let behind = of(&stages, &["Production"], &[("Found", EMPTY)], Place::After, 0);
    assert_eq!(behind, Outlook::Absent);
}
