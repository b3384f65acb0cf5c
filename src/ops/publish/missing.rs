//! Which objects are not there yet, in few calls.
//!
//! A listing tells of a thousand keys in one call, but of all the others in the bucket, too; a `HEAD` tells of one.
//! So some pages are listed, in the range of the keys that are wanted, and what they leave open is asked one by one.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::aws::Result;
use crate::aws::s3::Storage;

/// Up to so many objects are asked one by one.
const FEW: usize = 4;

/// For each so many objects one more page is listed: asking for them one by one would take as long.
const OBJECTS_PER_PAGE: usize = 250;

/// How many are asked at once.
const AT_ONCE: usize = 32;

/// What listing told.
#[derive(Debug, Default)]
struct Listed {
    keys: HashSet<String>,
    /// All keys up to this one are in `keys`, if they are there; all keys at all if absent.
    open_after: Option<String>,
}

/// Returns those of the keys that are not in the bucket.
pub(super) async fn missing(storage: &Storage, bucket: &str, keys: Vec<String>) -> Result<HashSet<String>> {
    let listed = list(storage, bucket, &keys).await?;
    stream::iter(keys)
        .map(|key| async {
            let is_known = listed.open_after.as_ref().is_none_or(|last| key <= *last);
            let is_there =
                if is_known { listed.keys.contains(&key) } else { storage.head(bucket, &key).await?.is_some() };
            Ok((!is_there).then_some(key))
        })
        .buffered(AT_ONCE)
        .try_filter_map(async |key| Ok(key))
        .try_collect()
        .await
}

async fn list(storage: &Storage, bucket: &str, keys: &[String]) -> Result<Listed> {
    let mut listed = Listed { open_after: Some(String::new()), ..Listed::default() };
    let (Some(first), Some(last)) = (keys.iter().min(), keys.iter().max()) else {
        return Ok(listed);
    };
    if keys.len() <= FEW {
        return Ok(listed);
    }
    // A part of the first key comes before it; pages begin after what they are given.
    let mut after = first.char_indices().next_back().map(|(end, _)| first[..end].to_owned());
    for _ in 0..=keys.len() / OBJECTS_PER_PAGE {
        let page = match storage.keys(bucket, "", after.as_deref().filter(|key| !key.is_empty())).await {
            Ok(page) => page,
            Err(error) if error.is_denied() => return Ok(listed),
            Err(error) => return Err(error),
        };
        listed.keys.extend(page.keys);
        listed.open_after = page.more_after.clone();
        if page.more_after.as_ref().is_none_or(|end| end >= last) {
            break;
        }
        after = page.more_after;
    }
    Ok(listed)
}
