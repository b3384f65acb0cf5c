//! What the pipeline needs in other regions: a bucket of artifacts, and a key where other accounts read them.

use serde_json::{Map, Value, json};

use super::bucket::{self, BucketPlace, Encryption};
use super::environment::{Place, deploy_roles};
use super::names;
use crate::cfn::intrinsic::substitute;
use crate::definition::Definition;
use crate::id::Region;

/// The alias of the artifacts' key in every support stack.
pub(super) fn alias(definition: &Definition) -> String {
    format!("alias/pipectl-{}-artifacts", definition.name)
}

/// The template of the support stack of a region.
pub(super) fn template(definition: &Definition, region: &Region) -> Map<String, Value> {
    let own = Place::own(definition);
    let readers: Vec<Value> = deploy_roles(definition)
        .into_iter()
        .filter(|(place, _)| place.account == own.account && place.region == region.as_str())
        .map(|(_, role)| substitute(role))
        .collect();
    let name = names::support_bucket(&definition.name, &own.account, region);
    let place = BucketPlace::Support { name: &name, alias: &alias(definition) };
    let mut template = Map::new();
    template.insert("AWSTemplateFormatVersion".to_owned(), json!("2010-09-09"));
    template.insert(
        "Description".to_owned(),
        json!(format!("Artifacts of the pipeline {} for its stages in {region}", definition.name)),
    );
    template.insert("Resources".to_owned(), Value::Object(bucket::resources(definition, &readers, place)));
    template
}

/// The artifact store of a region, as the pipeline names it.
pub(super) fn artifact_store(definition: &Definition, region: &Region) -> Value {
    let own = Place::own(definition);
    let name = names::support_bucket(&definition.name, &own.account, region);
    let mut store = json!({ "Type": "S3", "Location": substitute(name) });
    if bucket::encryption(definition) == Encryption::Own {
        let arn = format!("arn:${{AWS::Partition}}:kms:{region}:${{AWS::AccountId}}:{}", alias(definition));
        store["EncryptionKey"] = json!({ "Type": "KMS", "Id": substitute(arn) });
    }
    store
}
