//! GitHub. The only place that names octocrab.
