//! The cloud assembly format: manifests of stacks and assets. Pure.
