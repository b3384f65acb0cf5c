//! Zip archives with deterministic bytes.
