//! From the graph to the pipeline stack. Pure.
