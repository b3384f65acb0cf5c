//! What clients are told of the users: the pool, its rules, how one signs in.

use serde_json::{Value, json};

use super::ClientError;
use super::backend::Facts;
use super::json::{copy, copy_true, object};
use super::version::AuthScope;

/// Members that are the JSON of an output: the member, the output, and since when they are there.
const PARSED: [(&str, &str, AuthScope); 5] = [
    ("mfa_methods", "mfaTypes", AuthScope::Pool),
    ("standard_required_attributes", "signupAttributes", AuthScope::Pool),
    ("username_attributes", "usernameAttributes", AuthScope::Pool),
    ("user_verification_types", "verificationMechanisms", AuthScope::Pool),
    ("groups", "groups", AuthScope::Groups),
];

/// Whether a second factor is asked for: Cognito's word and that of the configuration.
pub(super) const SECOND_FACTOR: [(&str, &str); 3] = [("OFF", "NONE"), ("OPTIONAL", "OPTIONAL"), ("ON", "REQUIRED")];

/// What a password has to have: Cognito's word and that of the configuration.
pub(super) const PASSWORD_RULES: [(&str, &str); 4] = [
    ("REQUIRES_NUMBERS", "require_numbers"),
    ("REQUIRES_LOWERCASE", "require_lowercase"),
    ("REQUIRES_UPPERCASE", "require_uppercase"),
    ("REQUIRES_SYMBOLS", "require_symbols"),
];

/// The shortest password, where the backend does not tell.
const SHORTEST_PASSWORD: u64 = 8;

/// The identity providers that clients know by name.
const IDENTITY_PROVIDERS: [&str; 4] = ["GOOGLE", "FACEBOOK", "LOGIN_WITH_AMAZON", "SIGN_IN_WITH_APPLE"];

/// The member `auth`.
pub(super) fn auth(facts: &Facts, scope: AuthScope) -> Result<Value, ClientError> {
    let mut auth = object([
        ("user_pool_id", Some(facts.required("userPoolId")?.into())),
        ("aws_region", Some(facts.required("authRegion")?.into())),
        ("user_pool_client_id", Some(facts.required("webClientId")?.into())),
        ("identity_pool_id", facts.value("identityPoolId")),
        ("mfa_configuration", second_factor(facts)),
        ("password_policy", password_policy(facts)?),
        ("oauth", oauth(facts)?),
        ("unauthenticated_identities_enabled", unauthenticated(facts)),
    ]);
    for (member, output, since) in PARSED {
        if let Some(value) = facts.json(output)?.filter(|_| since <= scope) {
            auth[member] = value;
        }
    }
    if scope >= AuthScope::Passwordless
        && let Some(options) = facts.json("passwordlessOptions")?
    {
        auth["passwordless"] = passwordless(&options);
    }
    Ok(auth)
}

fn second_factor(facts: &Facts) -> Option<Value> {
    let asked = facts.text("mfaConfiguration")?;
    SECOND_FACTOR.into_iter().find(|(theirs, _)| *theirs == asked).map(|(_, ours)| ours.into())
}

fn password_policy(facts: &Facts) -> Result<Option<Value>, ClientError> {
    let (shortest, rules) = (facts.text("passwordPolicyMinLength"), facts.list("passwordPolicyRequirements")?);
    if shortest.is_none() && rules.is_none() {
        return Ok(None);
    }
    let shortest = match shortest {
        Some(text) => text.parse().map_err(|_| facts.malformed("passwordPolicyMinLength", "a number"))?,
        None => SHORTEST_PASSWORD,
    };
    let mut policy = json!({ "min_length": shortest });
    for (theirs, ours) in PASSWORD_RULES {
        policy[ours] = rules.iter().flatten().any(|rule| rule == theirs).into();
    }
    Ok(Some(policy))
}

/// Sign-in at a page of Cognito's, which needs both addresses to come back to.
fn oauth(facts: &Facts) -> Result<Option<Value>, ClientError> {
    let sign_in = facts.split("oauthRedirectSignIn");
    let Some((sign_in, sign_out)) = sign_in.zip(facts.split("oauthRedirectSignOut")) else {
        return Ok(None);
    };
    let providers = facts.list("socialProviders")?.unwrap_or_default();
    let known =
        providers.into_iter().filter(|name| name.as_str().is_some_and(|name| IDENTITY_PROVIDERS.contains(&name)));
    Ok(Some(object([
        ("identity_providers", Some(known.collect())),
        ("redirect_sign_in_uri", Some(sign_in)),
        ("redirect_sign_out_uri", Some(sign_out)),
        ("response_type", facts.value("oauthResponseType")),
        ("scopes", Some(facts.json("oauthScope")?.unwrap_or_else(|| json!([])))),
        ("domain", Some(facts.text("oauthCognitoDomain").unwrap_or_default().into())),
    ])))
}

fn unauthenticated(facts: &Facts) -> Option<Value> {
    facts.text("allowUnauthenticatedIdentities").map(|allowed| (allowed == "true").into())
}

fn passwordless(options: &Value) -> Value {
    let web_authn = copy_true(options, &["webAuthn"]).map(|key| {
        object([
            ("relying_party_id", copy(&key, &["relyingPartyId"])),
            ("user_verification", copy(&key, &["userVerification"])),
        ])
    });
    object([
        ("email_otp_enabled", copy(options, &["emailOtpEnabled"])),
        ("sms_otp_enabled", copy(options, &["smsOtpEnabled"])),
        ("web_authn", web_authn),
        ("preferred_challenge", copy_true(options, &["preferredChallenge"])),
    ])
}
