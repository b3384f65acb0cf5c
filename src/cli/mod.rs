//! The face: arguments, rendering, exit codes. The only printer.
