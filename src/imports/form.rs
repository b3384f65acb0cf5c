//! The forms of ids, and what they tell of where a resource is.

use std::ops::RangeInclusive;

use crate::definition::ImportKind;
use crate::id::{AccountId, Region};

/// What an id tells of where its resource is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub account: Option<String>,
    pub region: Option<String>,
}

impl Told {
    fn region(region: &str) -> Option<Self> {
        let _: Region = region.parse().ok()?;
        Some(Self { region: Some(region.to_owned()), account: None })
    }

    /// Nothing, of an id that has its form.
    fn nothing(has_form: bool) -> Option<Self> {
        has_form.then(Self::default)
    }
}

/// Reads an id; none if it does not have the form of its kind.
pub(super) fn read(kind: ImportKind, value: &str) -> Option<Told> {
    match kind {
        ImportKind::UserPool => {
            let (region, id) = value.split_once('_')?;
            Told::region(region).filter(|_| consists(id, 1..=55, |part| part.is_ascii_alphanumeric()))
        }
        ImportKind::UserPoolClient => {
            let is_plain = |part: char| part.is_ascii_alphanumeric() || matches!(part, '_' | '+');
            Told::nothing(consists(value, 1..=128, is_plain))
        }
        ImportKind::IdentityPool => {
            let (region, id) = value.split_once(':')?;
            Told::region(region).filter(|_| is_uuid(id))
        }
        ImportKind::GraphqlApi => {
            Told::nothing(consists(value, 20..=40, |part| part.is_ascii_lowercase() || part.is_ascii_digit()))
        }
        ImportKind::GraphqlEndpoint => endpoint(value),
        ImportKind::Bucket => {
            let is_plain = |part: char| part.is_ascii_lowercase() || part.is_ascii_digit();
            let has_ends = value.starts_with(is_plain) && value.ends_with(is_plain) && !value.contains("..");
            Told::nothing(has_ends && consists(value, 3..=63, |part| is_plain(part) || matches!(part, '.' | '-')))
        }
        ImportKind::Table => {
            let is_plain = |part: char| part.is_ascii_alphanumeric() || matches!(part, '_' | '.' | '-');
            Told::nothing(consists(value, 3..=255, is_plain))
        }
        ImportKind::Arn => arn(value),
        ImportKind::Text => Told::nothing(!value.is_empty() && !value.contains(char::is_control)),
    }
}

/// What an id of a kind looks like.
pub(super) fn example(kind: ImportKind) -> &'static str {
    match kind {
        ImportKind::UserPool => "an id such as `eu-west-1_AbCdEf123` is wanted",
        ImportKind::UserPoolClient => "an id such as `1h57kf5cpq17m0eml12example` is wanted: letters and digits",
        ImportKind::IdentityPool => "an id such as `eu-west-1:11111111-2222-3333-4444-555555555555` is wanted",
        ImportKind::GraphqlApi => "an id of 26 lower-case letters and digits is wanted",
        ImportKind::GraphqlEndpoint => {
            "an address such as `https://abc123.appsync-api.eu-west-1.amazonaws.com/graphql` is wanted"
        }
        ImportKind::Bucket => "3 to 63 lower-case letters, digits, dots and hyphens are wanted",
        ImportKind::Table => "3 to 255 letters, digits and `_.-` are wanted",
        ImportKind::Arn => "an ARN such as `arn:aws:lambda:eu-west-1:111111111111:function:greeter` is wanted",
        ImportKind::Text => "one line of at most 4096 bytes is wanted, and not an empty one",
    }
}

fn consists(text: &str, length: RangeInclusive<usize>, is_part: impl Fn(char) -> bool) -> bool {
    length.contains(&text.len()) && text.chars().all(is_part)
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|part| part == '-' || part.is_ascii_hexdigit())
}

/// The address of an API: AppSync's own, which tells the region, or one of the user's own domain.
fn endpoint(value: &str) -> Option<Told> {
    let (host, path) = value.strip_prefix("https://")?.split_once('/')?;
    let is_host = consists(host, 4..=253, |part| part.is_ascii_alphanumeric() || matches!(part, '.' | '-'));
    if !is_host || path.is_empty() || path.contains(|part: char| part.is_whitespace() || part.is_control()) {
        return None;
    }
    match host.split('.').collect::<Vec<_>>().as_slice() {
        [_, "appsync-api", region, "amazonaws", ..] => Told::region(region),
        _ => Told::nothing(host.contains('.')),
    }
}

fn arn(value: &str) -> Option<Told> {
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts.as_slice() else { return None };
    let is_whole = partition.starts_with("aws") && !service.is_empty() && !resource.is_empty();
    let is_plain = !value.contains(|part: char| part.is_whitespace() || part.is_control());
    // A policy of AWS's own has `aws` for its account.
    let is_account = matches!(*account, "" | "aws") || account.parse::<AccountId>().is_ok();
    let is_region = region.is_empty() || region.parse::<Region>().is_ok();
    let given = |part: &str| (!part.is_empty() && part != "aws").then(|| part.to_owned());
    let told = Told { account: given(account), region: given(region) };
    (is_whole && is_plain && is_account && is_region).then_some(told)
}
