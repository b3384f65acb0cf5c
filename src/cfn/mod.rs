//! CloudFormation templates: read, look through, write. Pure.
