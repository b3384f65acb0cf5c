//! The pipeline graph: the one typed structure in which all layout decisions are. Pure.
