//! Cognito, as `aws-exports.js` tells it.

use serde_json::{Map, Value};

use super::{Project, Resource};
use crate::amplify::client::json::{at, copy, members, object, texts};

/// Outputs that tell of another identity provider beside the user pool.
const OTHER_PROVIDERS: [&str; 4] = ["GoogleWebClient", "FacebookWebClient", "AmazonWebClient", "AppleWebClient"];

/// Identity providers: as the CLI's parameter names them and as clients do.
const SOCIAL_PROVIDERS: [(&str, &str); 4] =
    [("Facebook", "FACEBOOK"), ("Google", "GOOGLE"), ("LoginWithAmazon", "AMAZON"), ("SignInWithApple", "APPLE")];

/// Second factors: as the CLI's parameter names them and as clients do.
const SECOND_FACTORS: [(&str, &str); 2] = [("SMS Text Message", "SMS"), ("TOTP", "TOTP")];

/// The parameter that every stack of Cognito is given.
const SELECTION: &str = "authSelections";

/// Whether it is known how one signs up and in.
pub(super) fn has_rules(auth: &Resource) -> bool {
    auth.parameters.contains_key(SELECTION)
}

/// There is at most one resource that clients are told of.
pub(super) fn cognito(resources: &[&Resource], project: &Project) -> Value {
    let Some(auth) = resources.first() else { return Value::Null };
    let hosted_page = auth.output_with_text("OAuthMetadata").and_then(|text| serde_json::from_str(text.as_str()?).ok());
    let mut told = members(object([
        ("aws_cognito_identity_pool_id", auth.output("IdentityPoolId")),
        ("aws_cognito_region", Some(project.region.as_str().into())),
        ("aws_user_pools_id", auth.output("UserPoolId")),
        ("aws_user_pools_web_client_id", auth.output("AppClientIDWeb")),
        ("oauth", Some(oauth(auth, hosted_page.as_ref(), project))),
        ("federationTarget", federation(auth, hosted_page.as_ref())),
    ]));
    if has_rules(auth) {
        told.extend(rules(auth));
    }
    Value::Object(told)
}

fn oauth(auth: &Resource, hosted_page: Option<&Value>, project: &Project) -> Value {
    let domain = auth.outputs.get("HostedUIDomain").filter(|domain| !domain.is_empty());
    let domain = domain.map(|domain| format!("{domain}.auth.{}.amazoncognito.com", project.region).into());
    let Some(page) = hosted_page else { return object([("domain", domain)]) };
    let joined = |key: &str| at(page, &[key]).map(|list| texts(Some(list)).collect::<Vec<_>>().join(",").into());
    let flow = texts(at(page, &["AllowedOAuthFlows"])).next();
    object([
        ("domain", domain),
        ("scope", copy(page, &["AllowedOAuthScopes"])),
        ("redirectSignIn", joined("CallbackURLs")),
        ("redirectSignOut", joined("LogoutURLs")),
        ("responseType", flow.map(|flow| if flow == "implicit" { "token" } else { flow }.into())),
    ])
}

fn federation(auth: &Resource, hosted_page: Option<&Value>) -> Option<Value> {
    let has_others = OTHER_PROVIDERS.iter().any(|name| auth.output_with_text(name).is_some());
    let target = match (hosted_page.is_some(), has_others) {
        (true, true) => "COGNITO_USER_AND_IDENTITY_POOLS",
        (true, false) => "COGNITO_USER_POOLS",
        (false, true) => "COGNITO_IDENTITY_POOLS",
        (false, false) => return None,
    };
    Some(target.into())
}

/// How one signs up and in, which only the parameters tell.
fn rules(auth: &Resource) -> Map<String, Value> {
    let given = |name: &str| list(auth, name);
    let capitals = |name: &str| Some(given(name).iter().map(|item| item.to_uppercase()).collect());
    let among = |table: &[(&str, &'static str)], name: &str| {
        let given = given(name);
        // The order is that of what was given; each has its own word.
        given.iter().filter_map(|item| table.iter().find(|(theirs, _)| theirs == item)).map(|(_, ours)| *ours).collect()
    };
    let factors: Vec<String> = given("mfaTypes");
    let factors = SECOND_FACTORS.iter().filter(|(theirs, _)| factors.iter().any(|factor| factor == theirs));
    let characters = given("passwordPolicyCharacters");
    let characters = characters.iter().map(|item| item.replace(' ', "_").to_uppercase());
    let password = object([
        ("passwordPolicyMinLength", auth.parameters.get("passwordPolicyMinLength").map(number)),
        ("passwordPolicyCharacters", Some(characters.collect())),
    ]);
    members(object([
        ("aws_cognito_username_attributes", Some(usernames(auth))),
        ("aws_cognito_social_providers", Some(among(&SOCIAL_PROVIDERS, "authProvidersUserPool"))),
        ("aws_cognito_signup_attributes", capitals("requiredAttributes")),
        ("aws_cognito_mfa_configuration", auth.parameters.get("mfaConfiguration").cloned()),
        ("aws_cognito_mfa_types", Some(factors.map(|(_, ours)| *ours).collect())),
        ("aws_cognito_password_protection_settings", Some(password)),
        ("aws_cognito_verification_mechanisms", capitals("autoVerifiedAttributes")),
    ]))
}

/// What one may sign in with. The CLI writes all of it into the first text of the list, and reads no other.
fn usernames(auth: &Resource) -> Value {
    let first = match auth.parameters.get("usernameAttributes") {
        Some(Value::Array(items)) => items.first().and_then(Value::as_str),
        Some(Value::String(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    first.into_iter().flat_map(|text| text.split(',')).map(|item| item.trim().to_uppercase()).collect()
}

/// A parameter that is a list.
fn list(auth: &Resource, name: &str) -> Vec<String> {
    match auth.parameters.get(name) {
        Some(Value::String(text)) if !text.is_empty() => text.split(',').map(|item| item.trim().to_owned()).collect(),
        value => texts(value).map(str::to_owned).collect(),
    }
}

/// A number, which a deployed stack tells as a text.
fn number(value: &Value) -> Value {
    value.as_str().and_then(|text| text.parse::<u64>().ok()).map_or_else(|| value.clone(), Value::from)
}
