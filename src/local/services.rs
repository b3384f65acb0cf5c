//! What stands behind the front of every instance besides the emulator.

use super::Context;
use super::front::Routes;

/// Makes all services of an instance.
pub fn all(_context: &Context) -> Routes {
    Routes::default()
}
