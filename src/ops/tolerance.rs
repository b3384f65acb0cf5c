//! Looks that fail while something is waited for: what is waited for goes on without being looked at, so a failure that may
//! pass by itself is no reason to give up.

use crate::aws;

/// How many looks in a row may fail, each after the repetitions of its calls.
const FAILURES: u32 = 5;

/// Counts the looks in a row that failed.
#[derive(Debug, Default)]
pub(super) struct Tolerance {
    failures: u32,
}

/// Why a look failed.
pub(super) trait Passing: std::fmt::Display {
    /// Tells whether the next look may succeed: the network failed, or the service was busy or broken.
    fn may_pass(&self) -> bool;
}

impl Passing for aws::Error {
    fn may_pass(&self) -> bool {
        self.is_transient()
    }
}

impl Tolerance {
    /// Takes in how a look went; `None` where it failed and is to be repeated.
    pub fn judge<T, E: Passing>(&mut self, look: Result<T, E>) -> Result<Option<T>, E> {
        match look {
            Ok(found) => {
                self.failures = 0;
                Ok(Some(found))
            }
            Err(error) if self.failures < FAILURES && error.may_pass() => {
                self.failures += 1;
                tracing::debug!(%error, failures = self.failures, "a look failed and is repeated");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str) -> aws::Result<u8> {
        let (code, message) = (code.to_owned(), "the service's words".to_owned());
        Err(aws::Error::Refused { operation: "cloudformation:DescribeStacks", code, message })
    }

    #[test]
    fn only_what_may_pass_is_tolerated_and_not_for_ever() {
        let mut tolerance = Tolerance::default();
        for _ in 0..2 {
            for _ in 0..FAILURES {
                assert_eq!(tolerance.judge(refused("Throttling")).unwrap(), None);
            }
            assert_eq!(tolerance.judge(Ok::<_, aws::Error>(1)).unwrap(), Some(1), "a look that succeeds counts anew");
        }
        assert!(tolerance.judge(refused("AccessDenied")).is_err());
        for _ in 0..FAILURES {
            assert_eq!(tolerance.judge(refused("Throttling")).unwrap(), None);
        }
        assert!(tolerance.judge(refused("Throttling")).is_err());
    }
}
