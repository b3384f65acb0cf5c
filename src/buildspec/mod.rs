//! The buildspec file format, version 0.2: read and check. Pure.
