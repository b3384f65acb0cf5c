//! What becomes of a user pool by overrides, in the words of the Amplify CLI's parameters, which know nothing of them.

use indexmap::IndexMap;
use serde_json::Value;

use crate::amplify::client::json::{at, texts};
use crate::cfn::Template;

const USER_POOL: &str = "AWS::Cognito::UserPool";

/// What a password must have: as the user pool has it and as the CLI's parameter names it.
const CHARACTERS: [(&str, &str); 4] = [
    ("RequireLowercase", "Requires Lowercase"),
    ("RequireUppercase", "Requires Uppercase"),
    ("RequireNumbers", "Requires Numbers"),
    ("RequireSymbols", "Requires Symbols"),
];

/// Second factors: as the user pool has them and as the CLI's parameter names them.
const SECOND_FACTORS: [(&str, &str); 2] = [("SMS_MFA", "SMS Text Message"), ("SOFTWARE_TOKEN_MFA", "TOTP")];

/// Reads what a user pool has in the words of a parameter; nothing if only the deployment knows, or there is no word.
type Reader = fn(&Value) -> Option<Value>;

/// The parameters that clients are told of, with the property that decides.
const TOLD: [(&str, &str, Reader); 7] = [
    ("passwordPolicyMinLength", "Policies.PasswordPolicy.MinimumLength", shortest),
    ("passwordPolicyCharacters", "Policies.PasswordPolicy", characters),
    ("mfaConfiguration", "MfaConfiguration", second_factor),
    ("mfaTypes", "EnabledMfas", second_factors),
    ("usernameAttributes", "UsernameAttributes", usernames),
    ("autoVerifiedAttributes", "AutoVerifiedAttributes", verified),
    ("requiredAttributes", "Schema", required),
];

/// Lets the parameters of a stack of Cognito tell what its user pool has become. Returns the properties that differ and
/// cannot be told.
pub fn follow(parameters: &mut IndexMap<String, Value>, before: &Template, after: &Template) -> Vec<&'static str> {
    let (Some(before), Some(after)) = (user_pool(before), user_pool(after)) else { return Vec::new() };
    let mut untold = Vec::new();
    for (parameter, property, read) in TOLD {
        match (read(before), read(after)) {
            (before, after) if before == after => {}
            (_, Some(value)) => {
                parameters.insert(parameter.to_owned(), value);
            }
            (_, None) => untold.push(property),
        }
    }
    untold
}

fn user_pool(template: &Template) -> Option<&Value> {
    let (_, pool) = template.resources().find(|(_, resource)| resource["Type"].as_str() == Some(USER_POOL))?;
    pool.get("Properties")
}

fn shortest(pool: &Value) -> Option<Value> {
    let length = at(pool, &["Policies", "PasswordPolicy", "MinimumLength"])?;
    length.as_u64().or_else(|| length.as_str()?.parse().ok()).map(Value::from)
}

fn characters(pool: &Value) -> Option<Value> {
    let required = CHARACTERS.iter().map(|(property, word)| {
        let is_required = truth(at(pool, &["Policies", "PasswordPolicy", property]))?;
        Some(is_required.then_some(*word))
    });
    Some(required.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

fn second_factor(pool: &Value) -> Option<Value> {
    at(pool, &["MfaConfiguration"]).filter(|value| value.is_string()).cloned()
}

fn second_factors(pool: &Value) -> Option<Value> {
    let word = |factor: String| SECOND_FACTORS.iter().find(|(theirs, _)| *theirs == factor).map(|(_, ours)| *ours);
    list(pool, "EnabledMfas")?.into_iter().map(word).collect::<Option<Vec<_>>>().map(Value::from)
}

/// The CLI keeps all of them in one text.
fn usernames(pool: &Value) -> Option<Value> {
    let attributes = list(pool, "UsernameAttributes")?;
    Some(attributes.join(",")).map(|text| if text.is_empty() { Value::Array(Vec::new()) } else { text.into() })
}

fn verified(pool: &Value) -> Option<Value> {
    list(pool, "AutoVerifiedAttributes").map(Value::from)
}

fn required(pool: &Value) -> Option<Value> {
    let Some(schema) = at(pool, &["Schema"]) else { return Some(Value::Array(Vec::new())) };
    let name = |attribute: &Value| {
        let is_required = truth(attribute.get("Required"))?;
        Some(if is_required { Some(attribute.get("Name")?.as_str()?.to_owned()) } else { None })
    };
    let names: Option<Vec<Option<String>>> = schema.as_array()?.iter().map(name).collect();
    Some(names?.into_iter().flatten().collect())
}

/// A list of texts; what is not there is empty.
fn list(pool: &Value, name: &str) -> Option<Vec<String>> {
    let Some(value) = at(pool, &[name]) else { return Some(Vec::new()) };
    let found: Vec<String> = texts(Some(value)).map(str::to_owned).collect();
    (found.len() == value.as_array()?.len()).then_some(found)
}

/// What is not there is false.
fn truth(value: Option<&Value>) -> Option<bool> {
    match value {
        None => Some(false),
        Some(Value::Bool(truth)) => Some(*truth),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    }
}
