//! Destinations of assets, their placeholders filled. Pure.

use indexmap::IndexMap;
use serde_json::Value;

use super::{Access, PublishError};
use crate::assembly::{DockerImageDestination, FileDestination, resolve};
use crate::id::{AccountId, Environment};

/// Where an asset goes.
pub(super) struct Located {
    /// The bucket or the repository.
    pub store: String,
    /// The object's key or the image's tag.
    pub name: String,
    /// How the store is reached.
    pub access: Access,
}

/// What destinations of files and of images have in common.
pub(super) trait Destination {
    /// The destination as the manifest writes it.
    fn raw(&self) -> Raw<'_>;

    /// Fills the placeholders. The region comes first, because the others may name it.
    fn locate(&self, asset: &str, here: &Environment) -> Result<Located, PublishError> {
        let raw = self.raw();
        let region = match raw.region {
            Some(text) => {
                resolve(text, here).parse().map_err(|cause| PublishError::Region { name: asset.to_owned(), cause })?
            }
            None => here.region.clone(),
        };
        let there = Environment { account: here.account.clone(), region };
        let fill = |text: &String| resolve(text, &there);
        let role = raw.role.map(fill);
        let owner = role.as_deref().and_then(AccountId::of_role).unwrap_or_else(|| here.account.clone());
        let access = Access {
            owner,
            external_id: raw.external_id.map(fill),
            session_tags: session_tags(raw.options),
            role,
            region: there.region.clone(),
        };
        Ok(Located { store: fill(raw.store), name: fill(raw.name), access })
    }
}

/// A destination as the manifest writes it.
pub(super) struct Raw<'a> {
    store: &'a String,
    name: &'a String,
    region: Option<&'a String>,
    role: Option<&'a String>,
    external_id: Option<&'a String>,
    options: &'a IndexMap<String, Value>,
}

impl Destination for FileDestination {
    fn raw(&self) -> Raw<'_> {
        Raw {
            store: &self.bucket_name,
            name: &self.object_key,
            region: self.region.as_ref(),
            role: self.assume_role_arn.as_ref(),
            external_id: self.assume_role_external_id.as_ref(),
            options: &self.assume_role_additional_options,
        }
    }
}

impl Destination for DockerImageDestination {
    fn raw(&self) -> Raw<'_> {
        Raw {
            store: &self.repository_name,
            name: &self.image_tag,
            region: self.region.as_ref(),
            role: self.assume_role_arn.as_ref(),
            external_id: self.assume_role_external_id.as_ref(),
            options: &self.assume_role_additional_options,
        }
    }
}

/// The tags among the further options of a role, in the form of STS: `"Tags": [{"Key": …, "Value": …}]`.
fn session_tags(options: &IndexMap<String, Value>) -> Vec<(String, String)> {
    let tags = options.get("Tags").and_then(Value::as_array).into_iter().flatten();
    tags.filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned()))).collect()
}
