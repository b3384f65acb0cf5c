//! The folders of a build, and what of them its environment tells.

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use indexmap::IndexMap;

use super::world::SourceFolders;

/// The folders of a build.
pub(super) struct Place {
    pub(super) sources: SourceFolders,
    pub(super) state: Utf8PathBuf,
    home: Utf8PathBuf,
    temporary: Utf8PathBuf,
    programs: Utf8PathBuf,
    /// Where `npm install --global` installs, which on CodeBuild changes nothing but the build's own machine.
    packages: Utf8PathBuf,
}

impl Place {
    pub(super) fn make(folder: &Utf8Path) -> std::io::Result<Self> {
        use std::os::unix::fs::PermissionsExt;

        let made = |name: &str| {
            let path = folder.join(name);
            fs::create_dir_all(&path).map(|()| path)
        };
        let place = Self {
            sources: SourceFolders { primary: made("source")?, secondary: made("secondary")? },
            state: made("state")?,
            home: made("home")?,
            temporary: made("tmp")?,
            programs: made("bin")?,
            packages: made("npm")?,
        };
        // Some releases of npm mind when it is missing.
        fs::create_dir_all(place.packages.join("lib"))?;
        let helper = place.programs.join("codebuild-hash-files");
        fs::write(&helper, include_str!("hash-files.sh"))?;
        fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755))?;
        Ok(place)
    }

    /// The part of the environment that the build's variables may replace.
    pub(super) fn environment(&self, path: &str) -> IndexMap<String, String> {
        let entries = [
            ("PATH", format!("{}:{}/bin:{path}", self.programs, self.packages)),
            ("NPM_CONFIG_PREFIX", self.packages.to_string()),
            ("HOME", self.home.to_string()),
            // The CDK CLI asks the system for the user's home, and keeps there which account an access key is of.
            ("CDK_HOME", self.home.join(".cdk").into_string()),
            ("TMPDIR", self.temporary.to_string()),
            ("LANG", "C.UTF-8".to_owned()),
            ("CI", "true".to_owned()),
            ("CODEBUILD_CI", "true".to_owned()),
        ];
        entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
