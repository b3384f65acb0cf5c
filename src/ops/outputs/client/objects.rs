//! The templates and archives that a root template names: in its assembly, or in the toolkit's bucket.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tempfile::TempDir;

use super::ConfigurationError;
use super::template::json_of;
use crate::amplify::client::ObjectName;
use crate::archive::{Bounds, unpack};
use crate::assembly::{AssetManifest, inside, resolve};
use crate::aws::s3::Storage;
use crate::disk;
use crate::id::Environment;
use crate::ops::blocking;
use crate::ops::outputs::DeployedStack;

/// How a template's file ends in an assembly, and the list of its assets.
const TEMPLATE: &str = ".template.json";
const ASSETS: &str = ".assets.json";

/// How the folder of a stage's assembly begins.
const STAGE: &str = "assembly-";

/// The largest list of assets that is read, in bytes.
const LARGEST_LIST: u64 = 64 << 20;

/// What an archive with an introspection may hold.
const BOUNDS: Bounds = Bounds { bytes: 64 << 20, entries: 100 };

/// Where the objects are that templates name.
pub(super) enum Objects {
    /// In an assembly.
    Assembly { folder: Utf8PathBuf, assets: AssetManifest },
    /// In the toolkit's bucket.
    Toolkit { storage: Storage, environment: Environment },
}

impl Objects {
    /// Those of a template in an assembly; none if no list of its assets lies beside it.
    pub fn beside(template: &Utf8Path) -> Result<Option<Self>, ConfigurationError> {
        let Some(list) =
            template.as_str().strip_suffix(TEMPLATE).map(|stem| Utf8PathBuf::from(format!("{stem}{ASSETS}")))
        else {
            return Ok(None);
        };
        if !list.is_file() {
            return Ok(None);
        }
        let text = disk::read_text(&list, LARGEST_LIST)
            .map_err(|cause| ConfigurationError::Unreadable { file: list.clone(), cause })?;
        let assets = AssetManifest::parse(&list, &text)?;
        Ok(Some(Self::Assembly { folder: list.parent().unwrap_or(Utf8Path::new("")).to_owned(), assets }))
    }

    /// Those of a deployed stack.
    pub fn of_toolkit(deployed: &DeployedStack) -> Option<Self> {
        Some(Self::Toolkit { storage: deployed.aws.storage(), environment: deployed.stack.environment()? })
    }

    /// Reads a template.
    pub async fn template(&self, name: &ObjectName) -> Result<Value, ConfigurationError> {
        json_of(&self.file(name).await?.path)
    }

    /// Reads a JSON file in an archive.
    pub async fn file_in_archive(&self, name: &ObjectName, entry: &str) -> Result<Value, ConfigurationError> {
        let archive = self.file(name).await?;
        if archive.path.is_dir() {
            return json_of(&archive.path.join(entry));
        }
        let folder = Local::new()?;
        let (from, to) = (archive.path.clone(), folder.path.clone());
        blocking(move || unpack(&from, &to, BOUNDS)).await?;
        json_of(&folder.path.join(entry))
    }

    /// The file, or the folder that is published as an archive, of an object.
    async fn file(&self, name: &ObjectName) -> Result<Local, ConfigurationError> {
        let absent = || ConfigurationError::Absent { object: name.clone() };
        match self {
            Self::Assembly { folder, assets } => {
                let path = assets.path_at(&format!("{}/{}", name.bucket, name.key)).ok_or_else(absent)?;
                Ok(Local { path: below(folder, path).ok_or_else(absent)?, _folder: None })
            }
            Self::Toolkit { storage, environment } => {
                let folder = Local::new()?;
                let bucket = resolve(&name.bucket, environment);
                let path = folder.path.join("object");
                match storage.get_file(&bucket, &name.key, None, &path).await {
                    Ok(()) => Ok(Local { path, ..folder }),
                    Err(cause) => {
                        Err(ConfigurationError::Object { object: format!("s3://{bucket}/{}", name.key), cause })
                    }
                }
            }
        }
    }
}

/// A path of a list of assets, from the folder of the list. Those of a stage's assembly may be in the one around it.
fn below(folder: &Utf8Path, path: &str) -> Option<Utf8PathBuf> {
    let stage = folder.file_name().filter(|name| name.starts_with(STAGE)).unwrap_or_default();
    let around = if stage.is_empty() { folder } else { folder.parent()? };
    Some(around.join(inside(Utf8Path::new(stage), path)?))
}

/// A file or folder on this computer. A temporary one is there as long as this value.
struct Local {
    path: Utf8PathBuf,
    _folder: Option<TempDir>,
}

impl Local {
    /// A new folder.
    fn new() -> Result<Self, ConfigurationError> {
        let folder = tempfile::tempdir().map_err(ConfigurationError::Temporary)?;
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap_or_default();
        Ok(Self { path, _folder: Some(folder) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_in_the_assembly_of_their_list() {
        let below = |folder: &str, path: &str| below(Utf8Path::new(folder), path).map(Utf8PathBuf::into_string);
        assert_eq!(below("", "asset.1").as_deref(), Some("asset.1"));
        assert_eq!(below("/out", "asset.1/x").as_deref(), Some("/out/asset.1/x"));
        assert_eq!(below("/out/assembly-Beta", "../asset.1").as_deref(), Some("/out/asset.1"));
        for (folder, path) in [("/out", "../x"), ("/out/assembly-Beta", "../../x"), ("/out", "/etc/x")] {
            assert_eq!(below(folder, path), None, "{path} from {folder}");
        }
    }
}
