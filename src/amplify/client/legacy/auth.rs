//! The users, in the words of Gen 1.

use serde_json::{Map, Value, json};

use super::joined;
use crate::amplify::client::auth::{PASSWORD_RULES, SECOND_FACTOR};
use crate::amplify::client::json::{at, copy, copy_true, members, object, texts};

/// Members that only have another name: theirs and ours.
const RENAMED: [(&str, &str); 4] = [
    ("aws_user_pools_id", "user_pool_id"),
    ("aws_cognito_region", "aws_region"),
    ("aws_user_pools_web_client_id", "user_pool_client_id"),
    ("aws_cognito_identity_pool_id", "identity_pool_id"),
];

/// Lists whose texts are in capitals: their name and ours.
const CAPITALS: [(&str, &str); 3] = [
    ("aws_cognito_signup_attributes", "standard_required_attributes"),
    ("aws_cognito_username_attributes", "username_attributes"),
    ("aws_cognito_verification_mechanisms", "user_verification_types"),
];

/// Identity providers with other names: ours and theirs.
const PROVIDERS: [(&str, &str); 2] = [("SIGN_IN_WITH_APPLE", "APPLE"), ("LOGIN_WITH_AMAZON", "AMAZON")];

pub(super) fn auth(auth: &Value) -> Value {
    let mut legacy: Map<String, Value> =
        RENAMED.iter().filter_map(|(theirs, ours)| Some(((*theirs).to_owned(), copy(auth, &[ours])?))).collect();
    for (theirs, ours) in CAPITALS {
        if let Some(list) = at(auth, &[ours]) {
            let capitals = texts(Some(list)).map(str::to_uppercase);
            legacy.insert(theirs.to_owned(), capitals.collect());
        }
    }
    let asked = at(auth, &["mfa_configuration"]).and_then(Value::as_str);
    let second_factor = SECOND_FACTOR.into_iter().find(|(_, ours)| Some(*ours) == asked);
    legacy.extend(members(object([
        (
            "allowUnauthenticatedIdentities",
            copy_true(auth, &["unauthenticated_identities_enabled"]).map(|_| json!("true")),
        ),
        ("aws_cognito_mfa_types", copy(auth, &["mfa_methods"])),
        ("aws_cognito_mfa_configuration", second_factor.map(|(theirs, _)| theirs.into())),
        ("aws_cognito_password_protection_settings", at(auth, &["password_policy"]).map(password_policy)),
        ("aws_cognito_social_providers", at(auth, &["oauth"]).map(social_providers)),
        ("oauth", at(auth, &["oauth"]).map(oauth)),
    ])));
    Value::Object(legacy)
}

fn password_policy(policy: &Value) -> Value {
    let asked = PASSWORD_RULES.iter().filter(|(_, ours)| copy_true(policy, &[ours]).is_some());
    object([
        ("passwordPolicyMinLength", copy_true(policy, &["min_length"])),
        ("passwordPolicyCharacters", Some(asked.map(|(theirs, _)| *theirs).collect())),
    ])
}

fn social_providers(oauth: &Value) -> Value {
    let theirs = |name| PROVIDERS.into_iter().find(|(ours, _)| *ours == name).map_or(name, |(_, theirs)| theirs);
    texts(at(oauth, &["identity_providers"])).map(theirs).collect()
}

fn oauth(oauth: &Value) -> Value {
    object([
        ("domain", copy(oauth, &["domain"])),
        ("scope", copy(oauth, &["scopes"])),
        ("redirectSignIn", at(oauth, &["redirect_sign_in_uri"]).map(joined)),
        ("redirectSignOut", at(oauth, &["redirect_sign_out_uri"]).map(joined)),
        ("responseType", copy(oauth, &["response_type"])),
    ])
}
