//! `init`: a definition that deploys unchanged, with what it needs beside it, or one that takes over from CDK Pipelines.

mod amplify;
mod error;
mod files;
mod from_cdk;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::git::{self, Git, Hosted, Remote};
use crate::id::{PipelineName, Region, Repository};
use amplify::{Backends, Wanted};

pub use error::InitError;
pub use from_cdk::{CdkWishes, Migrated, from_cdk};

/// What the user said; what he did not say is found out.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The pipeline's name.
    pub name: Option<PipelineName>,
    /// The repository that the pipeline follows.
    pub repository: Option<Repository>,
    /// The pipeline's region.
    pub region: Option<Region>,
    /// What the pipeline deploys.
    pub template: Template,
    /// What happens to files that are there already.
    pub overwrite: Overwrite,
}

/// What a new pipeline deploys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Template {
    /// A stack of a first template.
    #[default]
    App,
    /// The Amplify backends of the repository, of whichever generation.
    Amplify,
    /// The Amplify Gen 1 backends that `amplify export` wrote.
    AmplifyGen1,
    /// The Amplify Gen 2 backends that are programs.
    AmplifyGen2,
}

/// What happens to files that are there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overwrite {
    /// They stay, and nothing is written at all.
    #[default]
    Never,
    /// They are replaced.
    Always,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Initialised {
    /// The pipeline's name.
    pub name: PipelineName,
    /// The repository that it follows.
    pub repository: Repository,
    /// The host where the checkout has the repository, where this is another than GitHub.
    pub foreign_host: Option<String>,
    /// The branch that it follows.
    pub branch: String,
    /// The folders of the Amplify exports that it deploys; those that are not there yet have to be made.
    pub exports: Vec<Utf8PathBuf>,
    /// The programs of the Amplify Gen 2 backends that it deploys; those that are not there yet have to be written.
    pub programs: Vec<Utf8PathBuf>,
    /// The folders of Amplify exports that are there and that it does not deploy, since there are programs.
    pub passed_over: Vec<Utf8PathBuf>,
    /// The files that were written.
    pub files: Vec<Utf8PathBuf>,
}

/// Writes a definition to `file`, and beside it what the template needs and lines of `.gitignore`.
pub async fn init(file: &Utf8Path, wishes: Wishes) -> Result<Initialised, InitError> {
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    let surroundings = Surroundings::of(folder).await?;
    let (repository, foreign_host) = match (wishes.repository, surroundings.hosted) {
        (Some(repository), _) => (repository, None),
        (None, Some(Hosted { host, repository })) => (repository, Some(host).filter(|host| !is_github(host))),
        (None, None) => return Err(InitError::NoRepository),
    };
    let name = match wishes.name {
        Some(name) => name,
        None => pipeline_name(repository.name())?,
    };
    let wanted = match wishes.template {
        Template::App => None,
        Template::Amplify => Some(Wanted::Found),
        Template::AmplifyGen1 => Some(Wanted::Exports),
        Template::AmplifyGen2 => Some(Wanted::Programs),
    };
    let backends = wanted.map(|wanted| Backends::of(folder, &repository, wanted)).transpose()?;
    let (tables, beside) = match &backends {
        None => (files::APP.to_owned(), files::of_app(folder)),
        Some(backends) => (backends.tables(&name), Vec::new()),
    };
    let definition = files::definition(&name, &repository, &surroundings.branch, wishes.region.as_ref(), &tables);
    let files: Vec<(Utf8PathBuf, String)> = std::iter::once((file.to_owned(), definition)).chain(beside).collect();
    if wishes.overwrite == Overwrite::Never {
        let existing: Vec<Utf8PathBuf> =
            files.iter().map(|(path, _)| path.clone()).filter(|path| path.exists()).collect();
        if !existing.is_empty() {
            return Err(InitError::Exists { files: existing });
        }
    }
    let mut written = Vec::new();
    for (path, text) in files {
        files::write(&path, &text)?;
        written.push(path);
    }
    written.extend(files::extend_gitignore(folder)?);
    let paths = |of: fn(&Backends) -> Vec<Utf8PathBuf>| -> Vec<Utf8PathBuf> {
        backends.iter().flat_map(of).map(|path| folder.join(path)).collect()
    };
    Ok(Initialised {
        name,
        repository,
        foreign_host,
        branch: surroundings.branch,
        exports: paths(Backends::exports),
        programs: paths(Backends::programs),
        passed_over: paths(Backends::passed_over),
        files: written,
    })
}

/// What the checkout tells.
struct Surroundings {
    hosted: Option<Hosted>,
    branch: String,
}

impl Surroundings {
    /// Asks the checkout. A folder that is in none tells nothing.
    async fn of(folder: &Utf8Path) -> Result<Self, InitError> {
        let git = Git::at(if folder.as_str().is_empty() { Utf8Path::new(".") } else { folder });
        match git.top_level().await {
            Ok(_) => {}
            Err(git::Error::NotARepository { .. }) => return Ok(Self { hosted: None, branch: "main".to_owned() }),
            Err(error) => return Err(error.into()),
        }
        let remotes = git.remotes().await?;
        let origin = remotes.iter().filter(|remote| remote.name == "origin");
        let mut hosted: Vec<Hosted> = origin.chain(&remotes).filter_map(Remote::hosted).collect();
        hosted.sort_by_key(|hosted| !is_github(&hosted.host));
        Ok(Self { hosted: hosted.into_iter().next(), branch: git.branch().await?.unwrap_or_else(|| "main".to_owned()) })
    }
}

/// Whether repositories of a host are GitHub's, with or without a port.
fn is_github(host: &str) -> bool {
    host.split(':').next() == Some("github.com")
}

/// A pipeline's name made of a repository's: what is not allowed in it becomes a hyphen.
fn pipeline_name(repository: &str) -> Result<PipelineName, InitError> {
    const LONGEST: usize = 40;
    PipelineName::made_of(repository, LONGEST).ok_or_else(|| InitError::NoName { repository: repository.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_names_the_pipeline() {
        assert_eq!(pipeline_name("my.web_site").unwrap().as_str(), "my-web-site");
        assert_eq!(pipeline_name("2nd-try").unwrap().as_str(), "nd-try");
        assert!(matches!(pipeline_name("..."), Err(InitError::NoName { .. })));
    }
}
