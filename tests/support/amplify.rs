//! Exports of Amplify Gen 1, and templates made comparable with those of Amplify's own construct.

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use pipectl::amplify::gen1::{Export, ExportFiles, FileContent};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A folder of the fixtures.
pub fn fixture(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/amplify-gen1").join(name)
}

/// The files of an export.
pub fn files(folder: &Utf8Path) -> ExportFiles {
    ExportFiles::new("export", contents(folder))
}

/// The contents of the files in a folder, by their paths in it.
pub fn contents(folder: &Utf8Path) -> BTreeMap<Utf8PathBuf, FileContent> {
    let mut files = BTreeMap::new();
    for entry in
        walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file())
    {
        let path = Utf8PathBuf::from_path_buf(entry.into_path()).unwrap();
        let bytes = fs::read(&path).unwrap();
        let content = match path.extension() {
            Some(extension) if ExportFiles::TEXTS.contains(&extension) => {
                FileContent::Text(String::from_utf8(bytes).unwrap())
            }
            _ => FileContent::Digest(hex::encode(Sha256::digest(bytes))),
        };
        files.insert(path.strip_prefix(folder).unwrap().to_owned(), content);
    }
    files
}

/// An export that is whole.
pub fn export(folder: &Utf8Path) -> Export {
    let (export, report) = Export::read(files(folder));
    assert!(report.diagnostics.is_empty(), "{report:#?}");
    export.unwrap()
}

/// A template without what may differ between ours and the construct's: numbers that became texts or the reverse, scalars
/// among the parameters of nested stacks, empty sections, the places of nested templates, what the construct uploads with.
pub fn comparable(template: &Value) -> Value {
    let mut template = template.clone();
    let root = template.as_object_mut().unwrap();
    for section in ["Parameters", "Rules"] {
        if let Some(section) = root.get_mut(section).and_then(Value::as_object_mut) {
            section.retain(|name, _| !["BootstrapVersion", "CheckBootstrapVersion"].contains(&name.as_str()));
        }
    }
    let resources = root["Resources"].as_object_mut().unwrap();
    resources.retain(|name, _| !uploads(name));
    resources.values_mut().for_each(|resource| comparable_resource(resource.as_object_mut().unwrap()));
    root.retain(|_, section| section.as_object().is_none_or(|section| !section.is_empty()));
    numbers_to_texts(&mut template);
    template
}

/// Whether a resource is one that the construct uploads with.
fn uploads(logical_id: &str) -> bool {
    logical_id.starts_with("asset") || logical_id.starts_with("CustomCDKBucketDeployment")
}

fn comparable_resource(resource: &mut Map<String, Value>) {
    let depends_on = match resource.remove("DependsOn") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        _ => Vec::new(),
    };
    let mut depends_on: Vec<String> = depends_on.into_iter().filter(|one| !uploads(one)).collect();
    depends_on.sort();
    if !depends_on.is_empty() {
        resource.insert("DependsOn".to_owned(), depends_on.into());
    }
    if resource["Type"] == "AWS::Lambda::LayerVersion" {
        // The construct joins the folder and the name; ours is one key.
        let key = &mut resource.get_mut("Properties").unwrap()["Content"]["S3Key"];
        if let Some(parts) = key.pointer("/Fn::Join/1").and_then(Value::as_array) {
            *key = parts.iter().map(|part| part.as_str().unwrap()).collect::<Vec<_>>().join("/").into();
        }
    }
    if resource["Type"] == "AWS::CloudFormation::Stack" {
        let properties = resource.get_mut("Properties").unwrap().as_object_mut().unwrap();
        properties.remove("TemplateURL");
        for value in
            properties.get_mut("Parameters").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
        {
            if value.is_boolean() {
                *value = value.to_string().into();
            }
        }
        properties.retain(|_, property| property.as_object().is_none_or(|property| !property.is_empty()));
    }
}

fn numbers_to_texts(value: &mut Value) {
    match value {
        Value::Number(number) => *value = number.to_string().into(),
        Value::Array(items) => items.iter_mut().for_each(numbers_to_texts),
        Value::Object(object) => object.values_mut().for_each(numbers_to_texts),
        _ => {}
    }
}

/// Where two values differ, as paths.
pub fn differences(ours: &Value, theirs: &Value) -> Vec<String> {
    let mut found = Vec::new();
    differ("", ours, theirs, &mut found);
    found
}

fn differ(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for name in ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name))) {
                let none = Value::Null;
                differ(
                    &format!("{path}/{name}"),
                    ours.get(name).unwrap_or(&none),
                    theirs.get(name).unwrap_or(&none),
                    found,
                );
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (position, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                differ(&format!("{path}/{position}"), ours, theirs, found);
            }
        }
        _ if ours != theirs => found.push(format!("{path}: ours {ours}, theirs {theirs}")),
        _ => {}
    }
}
