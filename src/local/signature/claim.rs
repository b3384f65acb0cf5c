//! What a request says about who signed it.

use std::borrow::Cow;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::request::Parts;
use jiff::Timestamp;
use jiff::civil::DateTime;
use percent_encoding::percent_decode_str;

use super::Rejection;

/// The longest life of a presigned address.
const LONGEST_LIFETIME: u64 = 7 * 24 * 3600;

/// Where a signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned address.
    Query {
        /// How long the address is good.
        lifetime: Duration,
    },
}

/// A signature, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The access key id.
    pub access_key: String,
    /// The day, as `20261120`.
    pub date: String,
    /// The region.
    pub region: String,
    /// The service, such as `s3`.
    pub service: String,
    /// The names of the headers that it covers, in its order.
    pub signed_headers: Vec<String>,
    /// The time, as `20261120T070000Z`.
    pub timestamp: String,
    /// The session token.
    pub token: Option<String>,
    /// The signature itself, in hexadecimal digits.
    pub value: String,
    /// Where it stands.
    pub place: Place,
}

impl Signature {
    /// Day, region and service, as the signature covers them.
    pub(super) fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }

    /// When the request was signed.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let time = DateTime::strptime("%Y%m%dT%H%M%SZ", &self.timestamp).ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    }
}

/// What a request says about its signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nothing at all.
    Anonymous,
    /// Something, but nothing of AWS: basic or bearer authorisation.
    Foreign,
    /// A signature of version 4.
    Signed(Box<Signature>),
}

/// Reads what a request says about its signer. A signature of another version or an incomplete one is refused.
pub fn claim(parts: &Parts) -> Result<Claim, Rejection> {
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
    match (headers.next(), headers.next()) {
        (None, _) if query.names_a_signer() => from_query(&query).map(|found| Claim::Signed(Box::new(found))),
        (None, _) => Ok(Claim::Anonymous),
        (Some(_), Some(_)) => Err(Rejection::Malformed),
        (Some(header), None) => {
            let text = header.to_str().map_err(|_| Rejection::Malformed)?;
            match text.strip_prefix("AWS4-HMAC-SHA256") {
                Some(_) if query.names_a_signer() => Err(Rejection::Malformed),
                Some(fields) => from_header(fields, parts).map(|found| Claim::Signed(Box::new(found))),
                None if text.starts_with("AWS") => Err(Rejection::Malformed),
                None => Ok(Claim::Foreign),
            }
        }
    }
}

/// Reads the fields of the `Authorization` header.
fn from_header(fields: &str, parts: &Parts) -> Result<Signature, Rejection> {
    let field = |name: &str| {
        fields
            .split(',')
            .filter_map(|field| field.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then(|| value.trim().to_owned()))
            .ok_or(Rejection::Malformed)
    };
    let header = |name: &str| match parts.headers.get(name) {
        Some(value) => value.to_str().map(|text| Some(text.to_owned())).map_err(|_| Rejection::Malformed),
        None => Ok(None),
    };
    let timestamp = header("x-amz-date")?.ok_or(Rejection::Malformed)?;
    let token = header("x-amz-security-token")?.filter(|token| !token.is_empty());
    assemble(&field("Credential")?, &field("SignedHeaders")?, field("Signature")?, timestamp, token, Place::Header)
}

/// Reads the fields of a presigned address.
fn from_query(query: &Query<'_>) -> Result<Signature, Rejection> {
    let field = |name: &str| query.value(name).ok_or(Rejection::Malformed);
    if field("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" {
        return Err(Rejection::Malformed);
    }
    let seconds: u64 =
        query.value("X-Amz-Expires").map_or(Ok(900), |text| text.parse()).map_err(|_| Rejection::Malformed)?;
    if seconds > LONGEST_LIFETIME {
        return Err(Rejection::Malformed);
    }
    let place = Place::Query { lifetime: Duration::from_secs(seconds) };
    let token = query.value("X-Amz-Security-Token");
    assemble(
        &field("X-Amz-Credential")?,
        &field("X-Amz-SignedHeaders")?,
        field("X-Amz-Signature")?,
        field("X-Amz-Date")?,
        token,
        place,
    )
}

/// Puts a signature together from its fields.
fn assemble(
    credential: &str,
    signed_headers: &str,
    value: String,
    timestamp: String,
    token: Option<String>,
    place: Place,
) -> Result<Signature, Rejection> {
    let [access_key, date, region, service, "aws4_request"] = credential.split('/').collect::<Vec<_>>()[..] else {
        return Err(Rejection::Malformed);
    };
    let signed_headers: Vec<String> = signed_headers.split(';').map(str::to_owned).collect();
    if access_key.is_empty() || !signed_headers.iter().any(|name| name == "host") {
        return Err(Rejection::Malformed);
    }
    Ok(Signature {
        access_key: access_key.to_owned(),
        date: date.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        signed_headers,
        timestamp,
        token,
        value,
        place,
    })
}

/// A query, with names and values decoded.
pub(super) struct Query<'a>(Vec<Pair<'a>>);

/// A name and its value.
type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

impl<'a> Query<'a> {
    /// Takes a query apart. A plus sign means a space, as in forms.
    pub fn parse(text: &'a str) -> Self {
        let decode = |part: &'a str| match part.contains('+') {
            true => Cow::Owned(percent_decode_str(&part.replace('+', "%20")).collect()),
            false => percent_decode_str(part).into(),
        };
        let pairs =
            text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(pairs.map(|(name, value)| (decode(name), decode(value))).collect())
    }

    /// The pairs, in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// The value of a parameter that stands there once.
    fn value(&self, name: &str) -> Option<String> {
        let mut values = self.pairs().filter(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) => String::from_utf8(value.to_vec()).ok(),
            _ => None,
        }
    }

    /// Whether any parameter belongs to a signature, of whatever version and spelling.
    fn names_a_signer(&self) -> bool {
        const NAMES: [&[u8]; 5] =
            [b"x-amz-algorithm", b"x-amz-credential", b"x-amz-signature", b"awsaccesskeyid", b"signature"];
        self.pairs().any(|(key, _)| NAMES.contains(&key.to_ascii_lowercase().as_slice()))
    }
}
