//! The local endpoint: an AWS endpoint on 127.0.0.1 that really executes pipelines.
