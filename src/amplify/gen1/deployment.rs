//! Files of an export that templates refer to: they become objects of the toolkit bucket, named by their content, and the
//! parameters that say where they are say so.
//!
//! | service | files | parameters |
//! |---|---|---|
//! | Lambda, Lex | the zip in `amplify-builds/` | `deploymentBucketName`, `s3Key` |
//! | LambdaLayer | a zip for each version, by its name | `deploymentBucketName`, `s3Key` (a prefix) |
//! | AppSync | all of `amplify-appsync-files/` but its templates, by their paths | `S3DeploymentBucket`, `S3DeploymentRootKey` |

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::api_files;
use super::draft::Draft;
use super::export::Export;
use super::findings::Findings;
use super::manifest::CategoryResource;
use super::object::{BackendObject, ObjectSource};
use crate::cfn::intrinsic::substitute;

/// The folder of a resource's archives, and the prefix of their keys in Amplify's own bucket.
pub(super) const BUILDS: &str = "amplify-builds";
/// The folder of an API's files.
const API_FILES: &str = "amplify-appsync-files";
/// The folder in it that holds templates.
const API_STACKS: &str = "stacks";
/// The folder of pages that the user pool shows.
const AUTH_ASSETS: &str = "amplify-auth-assets";

/// How a resource's files are deployed.
enum Delivery {
    Function,
    Layer,
    Api,
    Container,
    UserPool,
    /// It has no files.
    Nothing,
}

impl Delivery {
    fn of(resource: &CategoryResource) -> Self {
        match (resource.category.as_str(), resource.service.as_str()) {
            ("function", "Lambda") | ("interactions", _) => Self::Function,
            ("function", "LambdaLayer") => Self::Layer,
            ("api", "AppSync") => Self::Api,
            ("api" | "hosting", "ElasticContainer") => Self::Container,
            ("auth", "Cognito") => Self::UserPool,
            _ => Self::Nothing,
        }
    }
}

/// Gives the stacks' parameters the places of their files. Which objects there are is found again by [`objects`].
pub(super) fn deploy(export: &Export, bucket: &str, root: &mut Draft, findings: &mut Findings<'_>) {
    for resource in &export.categories {
        let Some(stack) = root.nested.get_mut(&resource.logical_id()) else {
            if !export.root.nested.contains_key(&resource.logical_id()) {
                findings.no_stack(resource);
            }
            continue;
        };
        match Delivery::of(resource) {
            Delivery::Function => {
                let folder = folder(resource, BUILDS);
                let archives = archives(export, &folder);
                match archives.as_slice() {
                    [only] => {
                        give(stack, "deploymentBucketName", substitute(bucket));
                        give(stack, "s3Key", only.key.clone().into());
                    }
                    _ => findings.archives(resource, &folder, archives.len()),
                }
            }
            Delivery::Layer => {
                give(stack, "deploymentBucketName", substitute(bucket));
                give(stack, "s3Key", BUILDS.into());
            }
            Delivery::Api => {
                let folder = folder(resource, API_FILES);
                match api_root(export, &folder) {
                    Some(key) => {
                        give(stack, "S3DeploymentBucket", substitute(bucket));
                        give(stack, "S3DeploymentRootKey", key.into());
                        api_files::check(stack, &folder, export, findings);
                    }
                    None => findings.missing_files(resource, &folder),
                }
            }
            Delivery::Container => findings.container(resource),
            Delivery::UserPool => {
                let folder = folder(resource, AUTH_ASSETS);
                let verification = stack.given.get("verificationBucketName").and_then(Value::as_str);
                if let Some(bucket) = verification.filter(|_| export.files.below(&folder).next().is_some()) {
                    let environment = stack.given.get("env").and_then(Value::as_str).unwrap_or_default();
                    findings.auth_assets(resource, &folder, &format!("{bucket}-{environment}"));
                }
            }
            Delivery::Nothing => {}
        }
    }
}

/// The objects that hold an export's files.
pub(super) fn objects(export: &Export) -> Vec<BackendObject> {
    let mut objects = Vec::new();
    for resource in &export.categories {
        match Delivery::of(resource) {
            Delivery::Function | Delivery::Layer => objects.extend(archives(export, &folder(resource, BUILDS))),
            Delivery::Api => {
                let folder = folder(resource, API_FILES);
                let Some(root) = api_root(export, &folder) else { continue };
                objects.extend(api_files(export, &folder).map(|(path, digest)| {
                    let below = path.strip_prefix(&folder).unwrap_or(path);
                    BackendObject {
                        key: format!("{root}/{below}"),
                        digest,
                        source: ObjectSource::File(path.to_owned()),
                    }
                }));
            }
            Delivery::Container | Delivery::UserPool | Delivery::Nothing => {}
        }
    }
    objects
}

/// Writes the keys of archives in the place of the names that the templates of layers know them by.
pub(super) fn name_layers(export: &Export, root: &mut Draft, findings: &mut Findings<'_>) {
    for resource in &export.categories {
        let (Delivery::Layer, Some(stack)) = (Delivery::of(resource), root.nested.get_mut(&resource.logical_id()))
        else {
            continue;
        };
        let keys: BTreeMap<String, String> = archives(export, &folder(resource, BUILDS))
            .into_iter()
            .filter_map(|object| Some((format!("{BUILDS}/{}", object.file_name()?), object.key)))
            .collect();
        let layers: Vec<String> = stack
            .template
            .resources()
            .filter(|(_, resource)| resource["Type"] == "AWS::Lambda::LayerVersion")
            .map(|(logical_id, _)| logical_id.clone())
            .collect();
        for logical_id in layers {
            let Some(place) = stack
                .template
                .properties_mut(&logical_id)
                .and_then(|properties| properties.get_mut("Content").and_then(|content| content.get_mut("S3Key")))
            else {
                continue;
            };
            let wanted = literal(place).unwrap_or_default();
            match keys.get(&wanted) {
                Some(key) => *place = key.as_str().into(),
                None => findings.missing_archive(stack, &logical_id, &wanted),
            }
        }
    }
}

/// A text, or one that is joined of texts.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(object) => {
            let [Value::String(delimiter), Value::Array(parts)] = object.get("Fn::Join")?.as_array()?.as_slice() else {
                return None;
            };
            Some(parts.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?.join(delimiter))
        }
        _ => None,
    }
}

/// Gives a value to a parameter, if the template has it.
fn give(stack: &mut Draft, name: &str, value: Value) {
    if stack.template.parameters().contains_key(name) || stack.given.contains_key(name) {
        stack.given.insert(name.to_owned(), value);
    }
}

fn folder(resource: &CategoryResource, name: &str) -> Utf8PathBuf {
    Utf8Path::new(&resource.category).join(&resource.resource_name).join(name)
}

/// The zips of a folder as objects.
fn archives(export: &Export, folder: &Utf8Path) -> Vec<BackendObject> {
    let zips = export.files.below(folder).filter(|(path, _)| path.extension() == Some("zip"));
    let object = |(path, content): (&Utf8Path, &super::FileContent)| {
        let digest = content.digest();
        BackendObject { key: format!("{digest}.zip"), digest, source: ObjectSource::File(path.to_owned()) }
    };
    zips.map(object).collect()
}

/// The files of an API with their digests, without templates.
fn api_files<'a>(export: &'a Export, folder: &'a Utf8Path) -> impl Iterator<Item = (&'a Utf8Path, String)> {
    let stacks = folder.join(API_STACKS);
    let files = export.files.below(folder).filter(move |(path, _)| !path.starts_with(&stacks));
    files.map(|(path, content)| (path, content.digest()))
}

/// The prefix of an API's files in the bucket: it changes when one of them does.
fn api_root(export: &Export, folder: &Utf8Path) -> Option<String> {
    let mut hasher = Sha256::new();
    let mut number = 0;
    for (path, digest) in api_files(export, folder) {
        let below = path.strip_prefix(folder).unwrap_or(path).as_str();
        hasher.update((below.len() as u64).to_be_bytes());
        hasher.update(below);
        hasher.update(digest);
        number += 1;
    }
    (number > 0).then(|| format!("{API_FILES}/{}", hex::encode(hasher.finalize())))
}
