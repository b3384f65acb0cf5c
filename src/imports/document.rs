//! Files that tell clients of a backend, and where they tell what.

use camino::Utf8Path;
use serde_json::Value;

use super::script;
use crate::definition::ImportKind;
use crate::diagnostic::Diagnostic;
use crate::text;

/// What is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The id, or whatever it is.
    pub value: String,
    /// The region that is told beside it.
    pub region: Option<String>,
}

/// Where a kind stands, with its region: in `amplify_outputs.json`, then in `aws-exports.js` and `amplifyconfiguration.json`.
const PLACES: [(ImportKind, &str, &str); 10] = [
    (ImportKind::UserPool, "auth.user_pool_id", "auth.aws_region"),
    (ImportKind::UserPool, "aws_user_pools_id", "aws_cognito_region"),
    (ImportKind::UserPoolClient, "auth.user_pool_client_id", "auth.aws_region"),
    (ImportKind::UserPoolClient, "aws_user_pools_web_client_id", "aws_cognito_region"),
    (ImportKind::IdentityPool, "auth.identity_pool_id", "auth.aws_region"),
    (ImportKind::IdentityPool, "aws_cognito_identity_pool_id", "aws_cognito_region"),
    (ImportKind::GraphqlEndpoint, "data.url", "data.aws_region"),
    (ImportKind::GraphqlEndpoint, "aws_appsync_graphqlEndpoint", "aws_appsync_region"),
    (ImportKind::Bucket, "storage.bucket_name", "storage.aws_region"),
    (ImportKind::Bucket, "aws_user_files_s3_bucket", "aws_user_files_s3_bucket_region"),
];

/// The keys by which a region stands beside something.
const REGION_KEYS: [&str; 2] = ["aws_region", "region"];

/// A file that tells clients of a backend.
pub(super) struct Document<'a> {
    path: &'a Utf8Path,
    value: Value,
}

impl<'a> Document<'a> {
    /// Reads a file: a script in the shape that Amplify writes, or JSON.
    pub fn parse(path: &'a Utf8Path, text: &str) -> Result<Self, Diagnostic> {
        let read = match path.extension() {
            Some("js" | "mjs" | "ts") => script::object(text).map_err(|why| {
                let message = format!("`{path}` is not in the shape that Amplify writes: {why}");
                Diagnostic::error("invalid-document", message)
                    .help("that is `const awsmobile = { … };` with JSON in it, then `export default awsmobile;`")
            }),
            _ => serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
                let message = format!("`{path}` is no JSON: {error}");
                Diagnostic::error("invalid-document", message)
                    .help("`amplify_outputs.json`, `amplifyconfiguration.json` or `aws-exports.js` is wanted")
            }),
        };
        Ok(Self { path, value: read? })
    }

    /// What stands in the place of a kind, or at a key.
    pub fn find(&self, kind: ImportKind, key: Option<&str>) -> Result<Imported, Diagnostic> {
        let places: Vec<(&str, &str)> =
            PLACES.iter().filter(|(of, ..)| *of == kind).map(|(_, place, region)| (*place, *region)).collect();
        let known = places.iter().find(|(place, _)| match key {
            Some(key) => *place == key,
            None => self.walk(place).is_ok(),
        });
        match (known, key) {
            (Some((place, region)), _) => Ok(Imported { value: self.at(place)?, region: self.plain(region) }),
            (None, Some(key)) => Ok(Imported { value: self.at(key)?, region: self.region_beside(key, kind) }),
            (None, None) => {
                let known: Vec<&str> = places.iter().map(|(place, _)| *place).collect();
                let lacks = text::list(&known).replace(" and ", " and no ");
                let message = format!("`{}` does not tell {}: it has no {lacks}", self.path, kind.noun());
                let help = "`key = \"…\"` names another place: keys, with dots between them";
                Err(Diagnostic::error("unknown-import", message).help(help))
            }
        }
    }

    /// The region that stands beside a value which is of a region.
    fn region_beside(&self, key: &str, kind: ImportKind) -> Option<String> {
        let (above, _) = key.rsplit_once('.')?;
        let mut regions = REGION_KEYS.iter().filter_map(|region| self.plain(&format!("{above}.{region}")));
        // A text is taken wherever it is.
        regions.next().filter(|_| kind != ImportKind::Text)
    }

    fn plain(&self, key: &str) -> Option<String> {
        self.walk(key).ok()?.as_str().map(str::to_owned)
    }

    /// The value at a key, as a text.
    fn at(&self, key: &str) -> Result<String, Diagnostic> {
        let what = match self.walk(key)? {
            Value::String(text) => return Ok(text.clone()),
            Value::Number(number) => return Ok(number.to_string()),
            Value::Bool(bool) => return Ok(bool.to_string()),
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
            Value::Null => "`null`",
        };
        let message = format!("`{key}` of `{}` is {what}, not a single value", self.path);
        let help = "a key leads to a text, a number or a boolean; positions in lists count from 0";
        Err(Diagnostic::error("invalid-import", message).help(help))
    }

    /// What keys lead to.
    fn walk(&self, key: &str) -> Result<&Value, Diagnostic> {
        key.split('.').try_fold(&self.value, |value, part| {
            let below = match value {
                Value::Array(items) => part.parse::<usize>().ok().and_then(|position| items.get(position)),
                other => other.get(part),
            };
            below.ok_or_else(|| self.unknown(key, part, value))
        })
    }

    fn unknown(&self, key: &str, part: &str, around: &Value) -> Diagnostic {
        let message = format!("`{}` has no `{key}`: there is no `{part}`", self.path);
        let positions: Vec<String> =
            (0..around.as_array().map_or(0, Vec::len)).map(|position| position.to_string()).collect();
        let keys = around.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str));
        let known: Vec<&str> = keys.chain(positions.iter().map(String::as_str)).collect();
        Diagnostic::error("unknown-import", message).help(text::suggestion(part, &known, "key"))
    }
}
