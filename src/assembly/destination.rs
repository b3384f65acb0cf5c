//! Where assets go. Names and ARNs may hold placeholders, see [`super::resolve`].

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ArtifactEnvironment;
use super::placeholders::resolve_known;

/// Makes a kind of destination: what is its own, and what all destinations have. (A flattened structure would do the same,
/// but then errors could not name the key of a wrong value.)
macro_rules! destination {
    ($(#[$documentation:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($own)*
            /// The region; that of the credentials if absent.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub region: Option<String>,
            /// The role that publishes.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub assume_role_arn: Option<String>,
            /// The external id for assuming that role.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub assume_role_external_id: Option<String>,
            /// Other options for assuming that role.
            #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
            pub assume_role_additional_options: IndexMap<String, Value>,
        }

        impl $name {
            /// Puts what is known of an environment into what holds for every destination.
            fn settle_role(&mut self, environment: &ArtifactEnvironment) {
                if let Some(role) = &mut self.assume_role_arn {
                    *role = resolve_known(role, environment);
                }
                if self.region.is_none() {
                    self.region = environment.region.as_ref().map(ToString::to_string);
                }
            }
        }
    };
}

destination! {
    /// Where a file goes.
    FileDestination {
        /// The bucket.
        pub bucket_name: String,
        /// The object's key.
        pub object_key: String,
    }
}

destination! {
    /// Where an image goes.
    DockerImageDestination {
        /// The repository.
        pub repository_name: String,
        /// The image's tag.
        pub image_tag: String,
    }
}

impl DockerImageDestination {
    /// Puts what is known of the environment in the place of placeholders.
    pub(super) fn settle(&mut self, environment: &ArtifactEnvironment) {
        self.repository_name = resolve_known(&self.repository_name, environment);
        self.image_tag = resolve_known(&self.image_tag, environment);
        self.settle_role(environment);
    }
}

impl FileDestination {
    /// Puts what is known of the environment in the place of placeholders.
    pub(super) fn settle(&mut self, environment: &ArtifactEnvironment) {
        self.bucket_name = resolve_known(&self.bucket_name, environment);
        self.object_key = resolve_known(&self.object_key, environment);
        self.settle_role(environment);
    }

    /// Returns an id for the destination: account, region, and eight digits that tell it from its neighbours there.
    pub fn id(&self, environment: &ArtifactEnvironment) -> String {
        let account = environment.account.as_ref().map_or("current_account", |account| account.as_str());
        let region = environment.region.as_ref().map_or("current_region", |region| region.as_str());
        let digest = Sha256::digest(format!("{}/{}", self.bucket_name, self.object_key));
        format!("{account}-{region}-{}", hex::encode(&digest[..4]))
    }
}
