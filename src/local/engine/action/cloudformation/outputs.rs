//! What a stack gives: its outputs as variables, and as a file where the action asks for one.

use std::collections::BTreeMap;

use fs_err as fs;

use super::external;
use crate::aws::cloudformation::Stack;
use crate::local::engine::action::bench::Bench;
use crate::local::engine::machine::{Failure, Success};

/// The success of an action whose stack stands as it should.
pub(super) async fn success(bench: &Bench<'_>, stack: &Stack, summary: String) -> Result<Success, Failure> {
    let mut artifacts = BTreeMap::new();
    if let (Some(name), Some(output)) = (bench.order().setting("OutputFileName"), bench.output()) {
        let folder = bench.path("outputs")?;
        fs::create_dir_all(&folder)?;
        let json = serde_json::to_vec(&stack.outputs).map_err(std::io::Error::other)?;
        // A name with a folder in it would lead out of the artifact.
        let name = camino::Utf8Path::new(name).file_name().unwrap_or("outputs.json");
        fs::write(folder.join(name), json)?;
        artifacts.extend([bench.put_folder(output, folder).await?]);
    }
    Ok(Success {
        artifacts,
        variables: stack.outputs.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        external: external(bench, &stack.id, &stack.id, summary),
        revision: None,
    })
}
