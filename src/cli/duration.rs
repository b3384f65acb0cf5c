//! Spans of time as arguments: `90s`, `30m`, `6h`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Reads a span of time.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let refusal = || format!("`{text}` is no span of time such as 90s, 30m or 6h");
    let span: SignedDuration = text.parse().map_err(|_| refusal())?;
    Duration::try_from(span).map_err(|_| refusal())
}

/// A moment: so long ago, or a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So long ago.
    Ago(Duration),
    /// At this point in time.
    At(Timestamp),
}

impl Since {
    /// The point in time, seen from now.
    pub fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(span) => now.checked_sub(span).unwrap_or(Timestamp::MIN),
            Self::At(moment) => moment,
        }
    }
}

/// Reads a moment.
pub(super) fn since(text: &str) -> Result<Since, String> {
    if let Ok(moment) = text.parse() {
        return Ok(Since::At(moment));
    }
    duration(text).map(Since::Ago).map_err(|_| {
        format!("`{text}` is neither a span of time such as 30m nor a moment such as 2026-01-31T12:00:00Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_moments_are_read() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert!(duration("-5m").is_err());
        assert!(duration("soon").is_err());
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let resolved = |text: &str| since(text).map(|since| since.resolve(now).to_string());
        assert_eq!(resolved("10m"), Ok("2026-11-20T09:50:00Z".to_owned()));
        assert_eq!(resolved("2026-11-19T00:00:00Z"), Ok("2026-11-19T00:00:00Z".to_owned()));
        assert!(resolved("yesterday").is_err());
    }
}
