//! The files that the templates of an API name in the bucket, its schema and resolvers: without one, the API cannot be deployed.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::draft::Draft;
use super::export::Export;
use super::findings::Findings;
use crate::cfn::intrinsic::plain_text;

/// How the properties are called that name a file, such as `ResponseMappingTemplateS3Location`.
const LOCATION: &str = "S3Location";

/// Reports what the templates of an API name and its folder does not hold.
pub(super) fn check(stack: &Draft, folder: &Utf8Path, export: &Export, findings: &mut Findings<'_>) {
    let named = |resource: &Value| {
        let properties = resource["Properties"].as_object().into_iter().flatten();
        let locations = properties.filter(|(name, _)| name.ends_with(LOCATION));
        locations.filter_map(|(_, location)| file(location)).collect::<Vec<Utf8PathBuf>>()
    };
    let files = stack.template.resources().flat_map(|(logical_id, resource)| {
        named(resource).into_iter().map(move |file| (logical_id.as_str(), folder.join(file)))
    });
    let missing: Vec<(&str, Utf8PathBuf)> = files.filter(|(_, file)| !export.files.contains(file)).collect();
    findings.missing_api_files(stack, &missing);
    for nested in stack.nested.values() {
        check(nested, folder, export, findings);
    }
}

/// The file below an API's folder that `s3://BUCKET/ROOT/FILE` names, where bucket and root are parameters.
fn file(location: &Value) -> Option<Utf8PathBuf> {
    let text = match location.pointer("/Fn::Sub/0") {
        Some(text) => text.as_str()?.to_owned(),
        None => plain_text(location)?,
    };
    let (bucket, key) = text.strip_prefix("s3://")?.split_once('/')?;
    let (root, file) = key.split_once('/')?;
    let are_parameters = [bucket, root].iter().all(|part| part.starts_with("${") && part.ends_with('}'));
    (are_parameters && !file.contains("${")).then(|| file.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_are_found_however_they_are_named() {
        let (bucket, root) = (json!({ "Ref": "Bucket" }), json!({ "Ref": "Root" }));
        let file = |location: Value| file(&location).map(Utf8PathBuf::into_string);
        let found = Some("resolvers/Query.a.req.vtl".to_owned());
        let flat = json!({ "Fn::Join": ["", ["s3://", bucket, "/", root, "/resolvers/Query.a.req.vtl"]] });
        assert_eq!(file(flat), found);
        let key = json!({ "Fn::Join": ["/", [root, "resolvers/Query.a.req.vtl"]] });
        assert_eq!(file(json!({ "Fn::Join": ["", ["s3://", bucket, "/", key]] })), found);
        let text = "s3://${Bucket}/${Root}/resolvers/Query.a.req.vtl";
        assert_eq!(file(json!({ "Fn::Sub": text })), found);
        assert_eq!(file(json!({ "Fn::Sub": [text, { "Bucket": bucket }] })), found);
        for elsewhere in
            ["s3://bucket/${Root}/a.vtl", "s3://${Bucket}/folder/a.vtl", "s3://${Bucket}/${Root}/${Name}.vtl"]
        {
            assert_eq!(file(json!({ "Fn::Sub": elsewhere })), None, "{elsewhere}");
        }
    }
}
