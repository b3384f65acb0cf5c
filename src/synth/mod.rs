//! From the definition to an assembly. Pure.
