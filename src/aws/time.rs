//! Points in time, as the SDK gives them.

use aws_smithy_types::DateTime;
use jiff::Timestamp;

/// Translates a point in time; one outside the years that a timestamp can hold is dropped.
pub(super) fn timestamp(moment: Option<&DateTime>) -> Option<Timestamp> {
    moment.and_then(|moment| Timestamp::from_millisecond(moment.to_millis().ok()?).ok())
}
