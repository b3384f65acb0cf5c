//! Outputs of the root that Amplify computes from properties of resources when it synthesises a backend, and from which
//! clients are configured. Where an override changes such a property, the output is computed anew, or the override refused.

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::cfn::{Reference, StackTree, references};
use crate::diagnostic::{Diagnostic, Report};

/// An output, the output by which the resource is found that it tells of, and how it is computed from the resource's
/// properties and what it was.
type Computed = (&'static str, &'static str, fn(&Value, &str) -> Option<String>);

const POOL: &str = "userPoolId";
const CLIENT: &str = "webClientId";
const IDENTITIES: &str = "identityPoolId";
const API: &str = "awsAppsyncApiId";
/// What stands before the name of a nested stack's output.
const OUTPUTS: &str = "Outputs.";

/// As of `@aws-amplify/auth-construct` and `@aws-amplify/data-construct`.
const COMPUTED: [Computed; 15] = [
    ("allowUnauthenticatedIdentities", IDENTITIES, |all, _| {
        Some((all["AllowUnauthenticatedIdentities"] == true).to_string())
    }),
    ("signupAttributes", POOL, signup_attributes),
    ("usernameAttributes", POOL, |all, _| {
        Some(list(texts(&all["UsernameAttributes"])?.iter().map(|name| name.to_lowercase()).collect()))
    }),
    ("verificationMechanisms", POOL, |all, _| Some(list(texts(&all["AutoVerifiedAttributes"])?))),
    ("passwordPolicyMinLength", POOL, |all, _| plain(&all["Policies"]["PasswordPolicy"]["MinimumLength"])),
    ("passwordPolicyRequirements", POOL, password_requirements),
    ("mfaConfiguration", POOL, |all, _| match &all["MfaConfiguration"] {
        Value::Null => Some("OFF".to_owned()),
        other => plain(other),
    }),
    ("mfaTypes", POOL, mfa_types),
    ("passwordlessOptions", POOL, passwordless),
    ("oauthScope", CLIENT, |all, _| Some(list(texts(&all["AllowedOAuthScopes"])?))),
    ("oauthRedirectSignIn", CLIENT, |all, _| Some(texts(&all["CallbackURLs"])?.join(","))),
    ("oauthRedirectSignOut", CLIENT, |all, _| Some(texts(&all["LogoutURLs"])?.join(","))),
    ("oauthResponseType", CLIENT, |all, _| Some(texts(&all["AllowedOAuthFlows"])?.join(","))),
    ("awsAppsyncAuthenticationType", API, |all, _| plain(&all["AuthenticationType"])),
    ("awsAppsyncAdditionalAuthenticationTypes", API, additional_authentication),
];

/// Computes the outputs anew that the changes of a tree concern.
pub(super) fn keep_true(before: &StackTree, tree: &mut StackTree, report: &mut Report) {
    for (output, found_by, compute) in COMPUTED {
        let Some((stack, logical_id)) = value_of(before, found_by).and_then(|value| resource(before, value)) else {
            continue;
        };
        let Some(was) = value_of(before, output).cloned() else { continue };
        let of = |tree: &StackTree| {
            let all = tree.below(&stack)?.template.resource(&logical_id)?.get("Properties").cloned();
            compute(&all.unwrap_or_default(), was.as_str().unwrap_or_default())
        };
        settle(tree, report, (output, &logical_id), &was, (of(before), of(tree)));
    }
    groups(before, tree, report);
}

/// Writes an output whose resource has changed. `old` and `new` are what it is computed as before and after.
fn settle(
    tree: &mut StackTree,
    report: &mut Report,
    (output, logical_id): (&str, &str),
    was: &Value,
    (old, new): (Option<String>, Option<String>),
) {
    if old == new {
        return;
    }
    // An output that is not what its resource makes of it follows a rule that is not known here.
    let is_known = was.as_str().is_none_or(|was| old.as_deref().is_some_and(|old| same(old, was)));
    let place = tree.template.root_mut().get_mut("Outputs").and_then(|outputs| outputs.get_mut(output));
    match (new.filter(|_| is_known), place) {
        (Some(new), Some(place)) => place["Value"] = new.into(),
        _ => {
            let message = format!(
                "after the overrides: `{logical_id}` was changed, but not the output `{output}`, which tells clients of it"
            );
            let help = "its value cannot be computed: make this change in the backend's own code";
            report.push(Diagnostic::error("stale-output", message).help(help));
        }
    }
}

/// Whether two texts say the same.
fn same(one: &str, other: &str) -> bool {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    one == other || parsed(one).is_some_and(|one| Some(one) == parsed(other))
}

/// Precedences of groups, by the groups that the output names.
fn groups(before: &StackTree, tree: &mut StackTree, report: &mut Report) {
    let Some(was) = value_of(before, "groups").cloned() else { return };
    let Some(Value::Array(named)) = was.as_str().and_then(|text| serde_json::from_str(text).ok()) else { return };
    let names: Vec<String> =
        named.iter().filter_map(Value::as_object).flat_map(|group| group.keys().cloned()).collect();
    let of = |tree: &StackTree| {
        let groups = names.iter().map(|name| json!({ name: precedence(tree, name) })).collect();
        Some(Value::Array(groups).to_string())
    };
    settle(tree, report, ("groups", "the groups"), &was, (of(before), of(tree)));
}

/// What the output says of a group.
fn precedence(tree: &StackTree, name: &str) -> Value {
    let mut resources = tree.walk().into_iter().flat_map(|(_, stack)| stack.template.resources());
    let group = resources.find(|(_, resource)| {
        resource["Type"] == "AWS::Cognito::UserPoolGroup" && resource["Properties"]["GroupName"] == name
    });
    match group.map(|(_, group)| &group["Properties"]["Precedence"]) {
        Some(precedence) if !precedence.is_null() => json!({ "precedence": precedence }),
        _ => json!({}),
    }
}

fn value_of<'a>(tree: &'a StackTree, output: &str) -> Option<&'a Value> {
    tree.template.root().get("Outputs")?.get(output)?.get("Value")
}

/// The resource that a value is of, in the stack that declares it.
fn resource(tree: &StackTree, value: &Value) -> Option<(Vec<String>, String)> {
    let found = references(value);
    let [reference] = found.as_slice() else { return None };
    let target = reference.target();
    let Some(nested) = tree.nested.get(target) else { return Some((Vec::new(), target.to_owned())) };
    let Reference::Attribute { attribute, .. } = reference else { return None };
    let (stack, logical_id) = resource(nested, value_of(nested, attribute.strip_prefix(OUTPUTS)?)?)?;
    Some(([vec![target.to_owned()], stack].concat(), logical_id))
}

/// A value as a text, if it is a plain one. What is not there is an empty one.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The texts of a list; none of what is not there.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

fn list(texts: Vec<String>) -> String {
    Value::from(texts).to_string()
}

fn signup_attributes(all: &Value, _: &str) -> Option<String> {
    let attributes = match &all["Schema"] {
        Value::Null => return Some(list(Vec::new())),
        schema => schema.as_array()?,
    };
    let required = attributes.iter().filter(|attribute| attribute["Required"] == true);
    Some(list(required.filter_map(|attribute| Some(attribute["Name"].as_str()?.to_lowercase())).collect()))
}

fn password_requirements(all: &Value, _: &str) -> Option<String> {
    let policy = match &all["Policies"] {
        Value::Null => return Some(String::new()),
        policies => &policies["PasswordPolicy"],
    };
    let required = [
        ("RequireNumbers", "REQUIRES_NUMBERS"),
        ("RequireLowercase", "REQUIRES_LOWERCASE"),
        ("RequireUppercase", "REQUIRES_UPPERCASE"),
        ("RequireSymbols", "REQUIRES_SYMBOLS"),
    ];
    let required = required.iter().filter(|(property, _)| policy[property] == true);
    Some(list(required.map(|(_, word)| (*word).to_owned()).collect()))
}

fn mfa_types(all: &Value, _: &str) -> Option<String> {
    let known = [("SMS_MFA", "SMS"), ("SOFTWARE_TOKEN_MFA", "TOTP"), ("EMAIL_OTP", "EMAIL")];
    let word = |kind: &String| known.iter().find(|(known, _)| known == kind).map(|(_, word)| (*word).to_owned());
    Some(list(texts(&all["EnabledMfas"])?.iter().filter_map(word).collect()))
}

/// What is preferred among the ways to log in is known only by the output itself.
fn passwordless(all: &Value, was: &str) -> Option<String> {
    let mut options: IndexMap<&str, Value> = IndexMap::new();
    let policy = &all["Policies"]["SignInPolicy"];
    if !policy.is_null() {
        let allowed = texts(&policy["AllowedFirstAuthFactors"])?;
        let allows = |factor: &str| allowed.iter().any(|allowed| allowed == factor);
        options.insert("emailOtpEnabled", allows("EMAIL_OTP").into());
        options.insert("smsOtpEnabled", allows("SMS_OTP").into());
        if allows("WEB_AUTHN") {
            let verification = plain(&all["WebAuthnUserVerification"])?;
            let verification = if verification.is_empty() { "preferred".to_owned() } else { verification };
            let party = plain(&all["WebAuthnRelyingPartyID"])?;
            options.insert("webAuthn", json!({ "relyingPartyId": party, "userVerification": verification }));
        }
    }
    let was: Option<Value> = serde_json::from_str(was).ok();
    if let Some(preferred) = was.as_ref().and_then(|was| was.get("preferredChallenge")) {
        options.insert("preferredChallenge", preferred.clone());
    }
    if options.is_empty() { Some(String::new()) } else { serde_json::to_string(&options).ok() }
}

fn additional_authentication(all: &Value, _: &str) -> Option<String> {
    let providers = match &all["AdditionalAuthenticationProviders"] {
        Value::Null => return Some(String::new()),
        providers => providers.as_array()?,
    };
    let types = providers.iter().map(|provider| provider["AuthenticationType"].as_str());
    Some(types.collect::<Option<Vec<_>>>()?.join(","))
}
