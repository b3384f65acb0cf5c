//! What a stage deploys, as a digest.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::SkipError;
use crate::archive::hash_folder;
use crate::assembly::{Assembly, FileAsset, FileDestination, FileSource, Packaging, inside};
use crate::cfn::{Template, is_nested_stack};
use crate::graph::Counts;
use crate::ops::assembly::read;
use crate::pipeline::ListedStage;

/// What a stage deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// The digest of all that decides what is deployed.
    Digest(String),
    /// A template reads something when it is deployed, so it may do something else each time.
    Outside {
        /// The template.
        template: Utf8PathBuf,
        /// What it reads.
        what: String,
    },
    /// The source counts, and is not known.
    NoSource,
}

/// What one of the templates of an assembly reads when it is deployed, be it a stack's or one among the assets, as those of
/// nested stacks are. A stack's template that is not understood may read anything.
fn read_when_deployed(root: &Utf8Path, assembly: &Assembly) -> Result<Option<(Utf8PathBuf, String)>, SkipError> {
    let mut assets = Vec::new();
    files(assembly, &mut assets);
    let keys: Vec<&str> = assets.iter().flat_map(|(_, asset)| asset.destinations.values()).map(key).collect();
    for view in assembly.stacks() {
        let file = view.template();
        let unreadable = |cause| SkipError::Unreadable { file: file.clone(), cause };
        let text = read(root, &file).map_err(unreadable)?;
        let what = match Template::parse(&file, &text) {
            Ok(template) => read_by(&template, &keys),
            Err(_) => Some("what pipectl cannot tell".to_owned()),
        };
        if let Some(what) = what {
            return Ok(Some((file, what)));
        }
    }
    for (file, _) in assets {
        // Most assets are something else.
        let template = read(root, &file).ok().and_then(|it| Template::parse(&file, &it).ok());
        if let Some(what) = template.and_then(|template| read_by(&template, &keys)) {
            return Ok(Some((file, what)));
        }
    }
    Ok(None)
}

/// What a template reads when it is deployed, where nested stacks have theirs from objects with these keys.
fn read_by(template: &Template, keys: &[&str]) -> Option<String> {
    let is_elsewhere = |(_, resource): &(&String, &Value)| {
        let address = resource.pointer("/Properties/TemplateURL").map(Value::to_string).unwrap_or_default();
        is_nested_stack(resource) && !keys.iter().any(|key| address.contains(key))
    };
    template.read_when_deployed().or_else(|| {
        let (logical_id, _) = template.resources().find(is_elsewhere)?;
        Some(format!("the template of the nested stack `{logical_id}` from elsewhere"))
    })
}

/// The files among the assets of an assembly and of those in it that may be templates, with their paths.
fn files<'a>(assembly: &'a Assembly, found: &mut Vec<(Utf8PathBuf, &'a FileAsset)>) {
    for (id, manifest) in &assembly.asset_manifests {
        let folder = assembly.asset_manifest_folder(id);
        found.extend(manifest.files.values().filter_map(|asset| {
            let FileSource::Path { path, packaging: Packaging::File } = &asset.source else { return None };
            let path = inside(&folder, path)?;
            matches!(path.extension(), Some("json" | "yaml" | "yml" | "template")).then_some((path, asset))
        }));
    }
    assembly.nested.values().for_each(|nested| files(nested, found));
}

fn key(destination: &FileDestination) -> &str {
    &destination.object_key
}

/// Looks at what a stage deploys. `revision` is that of the source.
pub(super) fn content(
    root: &Utf8Path,
    assembly: &Assembly,
    stage: &ListedStage,
    revision: Option<&str>,
) -> Result<Content, SkipError> {
    for folder in stage.folders.iter().filter_map(|folder| assembly.nested.get(folder)) {
        if let Some((template, what)) = read_when_deployed(root, folder)? {
            return Ok(Content::Outside { template, what });
        }
    }
    let mut hasher = Sha256::new();
    hasher.update(&stage.layout);
    for folder in &stage.folders {
        let digest = hash_folder(&root.join(folder)).map_err(SkipError::Folder)?;
        hasher.update(format!("\n{folder} {digest}"));
    }
    match (stage.skip.as_ref().map(|skip| skip.counts), revision) {
        (Some(Counts::Source), None) => return Ok(Content::NoSource),
        (Some(Counts::Source), Some(revision)) => hasher.update(format!("\nsource {revision}")),
        (Some(Counts::Stacks) | None, _) => {}
    }
    Ok(Content::Digest(hex::encode(hasher.finalize())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ops::assembly::open;

    const URL: &str = "https://s3.eu-west-1.amazonaws.com/assets/key.json";

    /// A template with a nested stack, and this head.
    fn parent(head: &str, url: &str) -> String {
        format!(
            "{head}\nResources:\n  Below:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: \"{url}\"}}\n"
        )
    }

    /// What a stage reads when it is deployed, whose stack and whose asset `key.json` have these contents.
    fn read_by_stage(stack: &str, asset: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let write = |path: &str, text: String| {
            fs_err::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs_err::write(root.join(path), text).unwrap();
        };
        let manifest = |artifacts: Value| json!({ "version": "36.0.0", "artifacts": artifacts }).to_string();
        let below = json!({ "type": "cdk:cloud-assembly", "properties": { "directoryName": "assembly-S" } });
        write("manifest.json", manifest(json!({ "assembly-S": below })));
        let app = json!({ "type": "aws:cloudformation:stack", "properties": { "templateFile": "app.yaml" } });
        let assets = json!({ "type": "cdk:asset-manifest", "properties": { "file": "app.assets.json" } });
        write("assembly-S/manifest.json", manifest(json!({ "app": app, "app.assets": assets })));
        let files = json!({ "nested": {
            "source": { "path": "nested.json", "packaging": "file" },
            "destinations": { "here": { "bucketName": "assets", "objectKey": "key.json" } },
        } });
        write("assembly-S/app.assets.json", json!({ "version": "36.0.0", "files": files }).to_string());
        write("assembly-S/app.yaml", stack.to_owned());
        write("assembly-S/nested.json", asset.to_owned());
        let assembly = open(root).unwrap();
        let found = read_when_deployed(root, &assembly.nested["assembly-S"]).unwrap();
        found.map(|(file, what)| format!("{file}: {what}"))
    }

    #[test]
    fn what_nested_stacks_read_counts() {
        let below = |parameters: Value| {
            json!({ "Parameters": parameters, "Resources": { "Topic": { "Type": "AWS::SNS::Topic" } } }).to_string()
        };
        assert_eq!(read_by_stage(&parent("", URL), &below(json!({}))), None);
        let reading = below(json!({ "Ami": { "Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>" } }));
        let found = read_by_stage(&parent("", URL), &reading);
        assert_eq!(found.as_deref(), Some("assembly-S/nested.json: the parameter `Ami` from the Parameter Store"));
        // An asset that is no template says nothing.
        assert_eq!(read_by_stage(&parent("", URL), "{\"colours\": []}"), None);
    }

    #[test]
    fn what_is_not_known_may_be_another_each_time() {
        let elsewhere = read_by_stage(&parent("", "https://bucket.s3.amazonaws.com/mine.yaml"), "{}");
        let told = "assembly-S/app.yaml: the template of the nested stack `Below` from elsewhere";
        assert_eq!(elsewhere.as_deref(), Some(told));
        let invented = read_by_stage("Resources: {Thing: {Type: A::B::C, Properties: !Invented x}}", "{}");
        assert_eq!(invented.as_deref(), Some("assembly-S/app.yaml: what pipectl cannot tell"));
    }
}
