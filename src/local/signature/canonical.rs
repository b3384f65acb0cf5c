//! The canonical form of a request, which a signature covers.

use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::claim::{Place, Query, Signature};

/// What is encoded in names and values: all but the unreserved characters of RFC 3986.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What is encoded in paths.
const PATH: &AsciiSet = &VALUE.remove(b'/');

/// The canonical forms that a signer may have had in mind.
///
/// Signers differ in the path only: S3 signs it as it is sent or newly encoded, the others encode once more what is
/// sent, with or without resolving dots. Each form is covered by the secret, so trying all of them weakens nothing.
pub(super) fn requests(signature: &Signature, parts: &Parts, payload: &str) -> Vec<String> {
    let query = query(signature, parts);
    let headers = headers(signature, parts);
    let signed = signature.signed_headers.join(";");
    paths(parts.uri.path())
        .into_iter()
        .map(|path| format!("{}\n{path}\n{query}\n{headers}\n{signed}\n{payload}", parts.method))
        .collect()
}

fn paths(raw: &str) -> Vec<String> {
    let decoded: Vec<u8> = percent_decode_str(raw).collect();
    let mut paths = vec![
        raw.to_owned(),
        percent_encode(&decoded, PATH).to_string(),
        percent_encode(raw.as_bytes(), PATH).to_string(),
        percent_encode(without_dots(raw).as_bytes(), PATH).to_string(),
    ];
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// A path with `.`, `..` and empty segments resolved.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

fn query(signature: &Signature, parts: &Parts) -> String {
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let mut pairs: Vec<(String, String)> = query
        .pairs()
        .filter(|(name, _)| signature.place == Place::Header || *name != b"X-Amz-Signature")
        .map(|(name, value)| (percent_encode(name, VALUE).to_string(), percent_encode(value, VALUE).to_string()))
        .collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn headers(signature: &Signature, parts: &Parts) -> String {
    let mut text = String::new();
    for name in &signature.signed_headers {
        let values: Vec<String> = parts
            .headers
            .get_all(name.as_str())
            .iter()
            .map(|value| {
                let text = String::from_utf8_lossy(value.as_bytes());
                text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
            })
            .collect();
        text.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    text
}
