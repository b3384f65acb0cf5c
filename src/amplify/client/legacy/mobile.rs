//! The legacy configuration as Android, Swift and Flutter read it: one plugin for each category.

use serde_json::{Map, Value, json};

use crate::amplify::client::json::{at, copy, copy_true, object};

/// Who says that they wrote the file: the version of Amplify's package whose form this is.
const USER_AGENT: &str = "@aws-amplify/client-config/1.11.1";

/// The version of the file's form.
const VERSION: &str = "1.0";

/// Plugins for notifications, and the channel of each.
const NOTIFICATIONS: [(&str, &str); 4] = [
    ("awsPinpointSmsNotificationsPlugin", "SMS"),
    ("awsPinpointEmailNotificationsPlugin", "EMAIL"),
    ("awsPinpointInAppMessagingNotificationsPlugin", "InAppMessaging"),
    ("awsPinpointPushNotificationsPlugin", "Push"),
];

/// The form for mobile apps of a legacy configuration.
pub(in crate::amplify::client) fn mobile(legacy: &Value) -> Value {
    object([
        ("UserAgent", Some(USER_AGENT.into())),
        ("Version", Some(VERSION.into())),
        ("auth", copy_true(legacy, &["aws_user_pools_id"]).map(|_| plugin("awsCognitoAuthPlugin", auth(legacy)))),
        ("api", copy_true(legacy, &["aws_appsync_graphqlEndpoint"]).map(|_| plugin("awsAPIPlugin", api(legacy)))),
        ("geo", at(legacy, &["geo", "amazon_location_service"]).map(|geo| plugin("awsLocationGeoPlugin", place(geo)))),
        ("analytics", at(legacy, &["Analytics"]).map(|_| plugin("awsPinpointAnalyticsPlugin", analytics(legacy)))),
        ("notifications", at(legacy, &["Notifications"]).map(notifications)),
        (
            "storage",
            copy_true(legacy, &["aws_user_files_s3_bucket"]).map(|_| plugin("awsS3StoragePlugin", storage(legacy))),
        ),
    ])
}

fn plugin(name: &str, settings: Value) -> Value {
    json!({ "plugins": { name: settings } })
}

/// Settings of something of which there is one.
fn only(settings: Value) -> Option<Value> {
    Some(json!({ "Default": settings }))
}

fn auth(legacy: &Value) -> Value {
    let region = copy(legacy, &["aws_cognito_region"]);
    let pool = object([
        ("PoolId", copy(legacy, &["aws_user_pools_id"])),
        ("AppClientId", copy(legacy, &["aws_user_pools_web_client_id"])),
        ("Region", region.clone()),
    ]);
    let identities = object([("PoolId", copy(legacy, &["aws_cognito_identity_pool_id"])), ("Region", region)]);
    object([
        ("UserAgent", Some(USER_AGENT.into())),
        ("Version", Some(VERSION.into())),
        ("CognitoUserPool", only(pool)),
        ("CredentialsProvider", Some(json!({ "CognitoIdentity": { "Default": identities } }))),
        ("Auth", only(sign_in(legacy))),
        ("AppSync", copy_true(legacy, &["aws_appsync_graphqlEndpoint"]).map(|_| data_clients(legacy))),
    ])
}

fn sign_in(legacy: &Value) -> Value {
    let list = |path: &[&str]| Some(copy(legacy, path).unwrap_or_else(|| json!([])));
    let policy = "aws_cognito_password_protection_settings";
    let password = object([
        ("passwordPolicyMinLength", copy(legacy, &[policy, "passwordPolicyMinLength"])),
        ("passwordPolicyCharacters", list(&[policy, "passwordPolicyCharacters"])),
    ]);
    object([
        ("authenticationFlowType", Some("USER_SRP_AUTH".into())),
        ("mfaConfiguration", copy(legacy, &["aws_cognito_mfa_configuration"])),
        ("mfaTypes", copy(legacy, &["aws_cognito_mfa_types"])),
        ("passwordProtectionSettings", Some(password)),
        ("signupAttributes", list(&["aws_cognito_signup_attributes"])),
        ("usernameAttributes", list(&["aws_cognito_username_attributes"])),
        ("verificationMechanisms", list(&["aws_cognito_verification_mechanisms"])),
        ("socialProviders", list(&["aws_cognito_social_providers"])),
        ("OAuth", at(legacy, &["oauth"]).map(|oauth| hosted_page(legacy, oauth))),
    ])
}

fn hosted_page(legacy: &Value, oauth: &Value) -> Value {
    object([
        ("WebDomain", copy(oauth, &["domain"])),
        ("Scopes", copy(oauth, &["scope"])),
        ("SignInRedirectURI", copy(oauth, &["redirectSignIn"])),
        ("SignOutRedirectURI", copy(oauth, &["redirectSignOut"])),
        ("AppClientId", copy(legacy, &["aws_user_pools_web_client_id"])),
    ])
}

/// A client of the data API for each way to sign in.
fn data_clients(legacy: &Value) -> Value {
    let client = |mode: Option<&str>| {
        object([
            ("ApiUrl", copy(legacy, &["aws_appsync_graphqlEndpoint"])),
            ("Region", copy(legacy, &["aws_appsync_region"])),
            ("AuthMode", mode.map(Value::from)),
            ("ApiKey", copy(legacy, &["aws_appsync_apiKey"])),
            ("ClientDatabasePrefix", mode.map(|mode| database(mode).into())),
        ])
    };
    let mode_of = |key| at(legacy, &[key]).and_then(Value::as_str).filter(|text| !text.is_empty());
    let mut clients = Map::from_iter([("Default".to_owned(), client(mode_of("aws_appsync_authenticationType")))]);
    for mode in mode_of("aws_appsync_additionalAuthenticationTypes").into_iter().flat_map(|modes| modes.split(',')) {
        clients.insert(database(mode), client(Some(mode)));
    }
    clients.into()
}

fn database(mode: &str) -> String {
    format!("data_{mode}")
}

fn api(legacy: &Value) -> Value {
    json!({ "data": object([
        ("endpointType", Some("GraphQL".into())),
        ("endpoint", copy(legacy, &["aws_appsync_graphqlEndpoint"])),
        ("region", copy(legacy, &["aws_appsync_region"])),
        ("authorizationType", copy(legacy, &["aws_appsync_authenticationType"])),
        ("apiKey", copy(legacy, &["aws_appsync_apiKey"])),
    ]) })
}

fn place(geo: &Value) -> Value {
    object([
        ("region", copy(geo, &["region"])),
        ("maps", copy_true(geo, &["maps"])),
        ("searchIndices", copy_true(geo, &["search_indices"])),
    ])
}

fn analytics(legacy: &Value) -> Value {
    let region = copy(legacy, &["Analytics", "Pinpoint", "region"]);
    let events = [("region", region.clone()), ("appId", copy(legacy, &["Analytics", "Pinpoint", "appId"]))];
    object([("pinpointAnalytics", Some(object(events))), ("pinpointTargeting", Some(object([("region", region)])))])
}

fn notifications(channels: &Value) -> Value {
    let plugins: Map<String, Value> = NOTIFICATIONS
        .iter()
        .filter_map(|(plugin, channel)| Some(((*plugin).to_owned(), copy(channels, &[channel, "AWSPinpoint"])?)))
        .collect();
    json!({ "plugins": plugins })
}

fn storage(legacy: &Value) -> Value {
    object([
        ("bucket", copy(legacy, &["aws_user_files_s3_bucket"])),
        ("region", copy(legacy, &["aws_user_files_s3_bucket_region"])),
    ])
}
