//! What only custom outputs bring: analytics, maps and notifications, in the words of Gen 1.

use serde_json::{Map, Value, json};

use crate::amplify::client::json::{at, copy, copy_true, object, texts};

/// The channels of notifications, and the member of each.
const CHANNELS: [(&str, &str); 5] =
    [("IN_APP_MESSAGING", "InAppMessaging"), ("FCM", "Push"), ("APNS", "Push"), ("EMAIL", "EMAIL"), ("SMS", "SMS")];

pub(super) fn analytics(analytics: &Value) -> Value {
    let Some(pinpoint) = copy_true(analytics, &["amazon_pinpoint"]) else { return Value::Null };
    let (app, region) = (copy(&pinpoint, &["app_id"]), copy(&pinpoint, &["aws_region"]));
    let plugin = object([("appId", app.clone()), ("region", region.clone())]);
    object([
        ("Analytics", Some(json!({ "Pinpoint": plugin }))),
        ("aws_mobile_analytics_app_id", app),
        ("aws_mobile_analytics_app_region", region),
    ])
}

pub(super) fn geo(geo: &Value) -> Value {
    let service = object([
        ("region", copy(geo, &["aws_region"])),
        ("maps", at(geo, &["maps"]).map(maps)),
        ("search_indices", copy_true(geo, &["search_indices"])),
        ("geofenceCollections", copy_true(geo, &["geofence_collections"])),
    ]);
    json!({ "geo": { "amazon_location_service": service } })
}

/// Maps; those without a style are left out.
fn maps(maps: &Value) -> Value {
    let items = at(maps, &["items"]).and_then(Value::as_object).into_iter().flatten();
    let styled: Map<String, Value> =
        items.filter_map(|(name, map)| Some((name.clone(), json!({ "style": copy_true(map, &["style"])? })))).collect();
    object([("default", copy(maps, &["default"])), ("items", Some(styled.into()))])
}

pub(super) fn notifications(notifications: &Value) -> Value {
    let app = copy_true(notifications, &["amazon_pinpoint_app_id"]);
    let Some((app, region)) = app.zip(copy_true(notifications, &["aws_region"])) else { return Value::Null };
    let Some(wanted) = at(notifications, &["channels"]) else { return Value::Null };
    let pinpoint = json!({ "AWSPinpoint": { "appId": app, "region": region } });
    let members = texts(Some(wanted)).filter_map(|channel| CHANNELS.into_iter().find(|(name, _)| *name == channel));
    let channels: Map<String, Value> = members.map(|(_, member)| (member.to_owned(), pinpoint.clone())).collect();
    json!({ "Notifications": channels })
}
