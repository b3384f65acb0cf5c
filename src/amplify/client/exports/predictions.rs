//! Translation, speech, images and models, as `aws-exports.js` tells them.

use serde_json::{Map, Value, json};

use super::{Project, Resource};
use crate::amplify::client::json::object;

/// A resource, told to clients: the member and its value.
type Part = fn(&Resource) -> Option<(&'static str, Value)>;

/// What is told of more than the first resource of a service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Several {
    First,
    All,
}

/// The groups, and the services of each.
const GROUPS: [(&str, &[&str], Several, Part); 4] = [
    ("convert", &["Translate", "Polly", "Transcribe"], Several::First, convert),
    ("identify", &["Rekognition", "RekognitionAndTextract"], Several::All, identify),
    ("interpret", &["Comprehend"], Several::First, interpret),
    ("infer", &["SageMaker"], Several::First, infer),
];

/// The member `predictions`, if the backend has any.
pub(super) fn predictions(project: &Project) -> Option<Value> {
    let mut told = Map::new();
    for (group, services, several, part) in GROUPS {
        let mut members = Map::new();
        for service in services {
            let resources = project.of_services(&[service]).into_iter();
            let number = if several == Several::All { usize::MAX } else { 1 };
            let parts = resources.take(number).filter_map(part);
            members.extend(parts.map(|(member, value)| (member.to_owned(), value)));
        }
        if !members.is_empty() {
            told.insert(group.to_owned(), members.into());
        }
    }
    (!told.is_empty()).then(|| told.into())
}

/// What all have, and what one of them has.
fn told<const N: usize>(resource: &Resource, own: [(&str, Option<Value>); N]) -> Value {
    let mut value = object([("region", resource.output("region")), ("proxy", Some(false.into()))]);
    for (member, own) in own {
        if let Some(own) = own {
            value[member] = own;
        }
    }
    value
}

fn convert(resource: &Resource) -> Option<(&'static str, Value)> {
    let (member, defaults) = match (resource.parameter("convertType"), resource.service.as_str()) {
        (Some("speechGenerator"), _) | (None, "Polly") => {
            let voice = [("VoiceId", resource.output("voice")), ("LanguageCode", resource.output("language"))];
            ("speechGenerator", object(voice))
        }
        (Some("transcription"), _) | (None, "Transcribe") => {
            ("transcription", object([("language", resource.output("language"))]))
        }
        _ => {
            let source = resource.output("sourceLang");
            let languages = [("sourceLanguage", source), ("targetLanguage", resource.output("targetLang"))];
            ("translateText", object(languages))
        }
    };
    Some((member, told(resource, [("defaults", Some(defaults))])))
}

fn identify(resource: &Resource) -> Option<(&'static str, Value)> {
    let kind = resource.parameter("identifyType");
    let is = |name: &str, output: &str| match kind {
        Some(kind) => kind == name,
        None => resource.outputs.contains_key(output),
    };
    if is("identifyText", "format") {
        let defaults = object([("format", resource.output("format"))]);
        return Some(("identifyText", told(resource, [("defaults", Some(defaults))])));
    }
    if is("identifyEntities", "celebrityDetectionEnabled") {
        // Any text counts as yes, `false` as well: the CLI takes it for a boolean.
        let celebrities = resource.output_with_text("celebrityDetectionEnabled").is_some();
        let collection = resource.output_with_text("collectionId").map(|id| {
            let most = resource.outputs.get("maxEntities").and_then(|text| text.parse::<u64>().ok());
            json!({ "collectionId": id, "maxEntities": most })
        });
        let own = [("celebrityDetectionEnabled", Some(celebrities.into())), ("defaults", collection)];
        return Some(("identifyEntities", told(resource, own)));
    }
    if is("identifyLabels", "type") {
        let defaults = object([("type", resource.output("type"))]);
        return Some(("identifyLabels", told(resource, [("defaults", Some(defaults))])));
    }
    None
}

fn interpret(resource: &Resource) -> Option<(&'static str, Value)> {
    let defaults = object([("type", resource.output("type"))]);
    Some(("interpretText", told(resource, [("defaults", Some(defaults))])))
}

fn infer(resource: &Resource) -> Option<(&'static str, Value)> {
    Some(("inferModel", told(resource, [("endpoint", resource.output("endpointName"))])))
}
