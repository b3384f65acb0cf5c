//! What clients are told of the data API.

use serde_json::Value;

use super::ClientError;
use super::backend::Facts;
use super::json::object;

/// The member `data`. The introspection tells what models the API has.
pub(super) fn data(facts: &Facts, introspection: Option<&Value>) -> Result<Value, ClientError> {
    Ok(object([
        ("url", Some(facts.required("awsAppsyncApiEndpoint")?.into())),
        ("aws_region", Some(facts.required("awsAppsyncRegion")?.into())),
        ("api_key", facts.value("awsAppsyncApiKey")),
        ("default_authorization_type", Some(facts.required("awsAppsyncAuthenticationType")?.into())),
        ("authorization_types", facts.split("awsAppsyncAdditionalAuthenticationTypes")),
        ("model_introspection", introspection.cloned()),
    ]))
}
