//! Pages of long lists.

use crate::local::Fault;

/// A page, and the token of the next one.
pub(super) struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to ask for next, if there is more.
    pub next: Option<String>,
}

/// Cuts a page out of a list. A token names the last item of the page before, so that new items do no harm.
pub(super) fn page<T>(
    items: Vec<T>,
    name: impl Fn(&T) -> String,
    most: usize,
    wanted: Option<usize>,
    token: Option<&str>,
) -> Result<Page<T>, Fault> {
    let size = match wanted {
        None => most,
        Some(0) => return Err(Fault::client("ValidationException", "maxResults must be at least 1")),
        Some(wanted) => wanted.min(most),
    };
    let first = match token {
        None => 0,
        Some(token) => {
            1 + items.iter().position(|item| name(item) == token).ok_or_else(|| {
                Fault::client("InvalidNextTokenException", "The next token was specified in an invalid format")
            })?
        }
    };
    let has_more = items.len() > first + size;
    let items: Vec<T> = items.into_iter().skip(first).take(size).collect();
    let next = if has_more { items.last().map(name) } else { None };
    Ok(Page { items, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let items = || (0..5).collect::<Vec<u32>>();
        let first = page(items(), u32::to_string, 100, Some(2), None).unwrap();
        assert_eq!((first.items, first.next.as_deref()), (vec![0, 1], Some("1")));
        let last = page(items(), u32::to_string, 100, Some(3), Some("1")).unwrap();
        assert_eq!((last.items, last.next), (vec![2, 3, 4], None));
        assert_eq!(
            page(items(), u32::to_string, 100, None, Some("x")).err().unwrap().code,
            "InvalidNextTokenException"
        );
    }
}
