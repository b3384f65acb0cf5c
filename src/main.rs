//! pipectl
fn main() {}
