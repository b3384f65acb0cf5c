//! The plugin's files: what runs inside the emulator.

use camino::{Utf8Path, Utf8PathBuf};

use crate::disk;

/// The file that is started.
const START: &str = "start.py";

/// All files, by name.
const FILES: [(&str, &str); 22] = [
    (START, include_str!("plugin/start.py")),
    ("appsync_files.py", include_str!("plugin/appsync_files.py")),
    ("appsync_functions.py", include_str!("plugin/appsync_functions.py")),
    ("cdk_calls.py", include_str!("plugin/cdk_calls.py")),
    ("cdk_resources.py", include_str!("plugin/cdk_resources.py")),
    ("cross_region.py", include_str!("plugin/cross_region.py")),
    ("custom_resources.py", include_str!("plugin/custom_resources.py")),
    ("gate.py", include_str!("plugin/gate.py")),
    ("named.py", include_str!("plugin/named.py")),
    ("named_values.py", include_str!("plugin/named_values.py")),
    ("nested.py", include_str!("plugin/nested.py")),
    ("nested_failures.py", include_str!("plugin/nested_failures.py")),
    ("notifications.py", include_str!("plugin/notifications.py")),
    ("operations.py", include_str!("plugin/operations.py")),
    ("policies.py", include_str!("plugin/policies.py")),
    ("projects.py", include_str!("plugin/projects.py")),
    ("registry.py", include_str!("plugin/registry.py")),
    ("requests_checked.py", include_str!("plugin/requests_checked.py")),
    ("reserved.py", include_str!("plugin/reserved.py")),
    ("resources.py", include_str!("plugin/resources.py")),
    ("storage.py", include_str!("plugin/storage.py")),
    ("summaries.py", include_str!("plugin/summaries.py")),
];

/// Writes the plugin into a folder and returns the file to start.
pub(super) fn write(folder: &Utf8Path) -> std::io::Result<Utf8PathBuf> {
    for (name, text) in FILES {
        disk::replace(&folder.join(name), text.as_bytes())?;
    }
    Ok(folder.join(START))
}
