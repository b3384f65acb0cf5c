//! Points in time and spans as people say them.

use jiff::Timestamp;

/// "12 s ago", "4 min ago", "3 h ago", "2 days ago".
pub(in crate::cli) fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0);
    match seconds {
        0..=99 => format!("{seconds} s ago"),
        100..=5_999 => format!("{} min ago", seconds / 60),
        6_000..=172_799 => format!("{} h ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_the_unit_that_fits() {
        let then: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let said = |seconds| ago(then, then + jiff::SignedDuration::from_secs(seconds));
        assert_eq!(said(0), "0 s ago");
        assert_eq!(said(-5), "0 s ago");
        assert_eq!(said(100), "1 min ago");
        assert_eq!(said(7_300), "2 h ago");
        assert_eq!(said(180_000), "2 days ago");
    }
}
