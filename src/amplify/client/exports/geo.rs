//! Maps, places and fences, as `aws-exports.js` tells them.

use serde_json::{Map, Value, json};

use super::{Project, Resource};
use crate::amplify::client::json::object;

/// The services, and the member of each. The region is that of the last one that is there.
const SERVICES: [(&str, &str); 3] =
    [("Map", "maps"), ("PlaceIndex", "search_indices"), ("GeofenceCollection", "geofenceCollections")];

/// The member `geo`, if the backend has any of it.
pub(super) fn geo(project: &Project) -> Option<Value> {
    let mut told = Map::new();
    for (service, member) in SERVICES {
        let resources = project.of_services(&[service]);
        let Some(first) = resources.first() else { continue };
        let region = first.output_with_text("Region").unwrap_or_else(|| project.region.as_str().into());
        told.insert("region".to_owned(), region);
        told.insert(member.to_owned(), json!({ "items": items(service, &resources), "default": default(&resources) }));
    }
    (!told.is_empty()).then(|| json!({ "amazon_location_service": told }))
}

fn items(service: &str, resources: &[&Resource]) -> Value {
    if service != "Map" {
        return resources.iter().filter_map(|resource| resource.output("Name")).collect();
    }
    let map = |map: &&Resource| Some((map.outputs.get("Name")?.clone(), object([("style", map.output("Style"))])));
    Value::Object(resources.iter().filter_map(map).collect())
}

/// The name of the one that is taken where none is named.
fn default(resources: &[&Resource]) -> Value {
    let is_default = |resource: &&&Resource| match resource.parameters.get("isDefault") {
        Some(Value::Bool(flag)) => *flag,
        flag => flag.and_then(Value::as_str) == Some("true"),
    };
    resources.iter().rfind(is_default).and_then(|resource| resource.output("Name")).unwrap_or_else(|| "".into())
}
