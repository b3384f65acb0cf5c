//! The demonstration: the whole story of a pipeline on this machine, told with the very commands that a user types.
//!
//! Nothing here is simulated: a repository is made and pushed with Git, and everything else is done by this program,
//! called as a user calls it.

mod error;
mod stage;
mod story;

use camino::{Utf8Path, Utf8PathBuf};

pub use error::DemoError;

use crate::aws;
use crate::event::Events;
use crate::id::Secret;
use stage::Stage;

/// What the demonstration works with.
#[derive(Debug, Clone)]
pub struct Demo {
    /// This program's own file.
    pub program: Utf8PathBuf,
    /// The folder of the running instance.
    pub instance: Utf8PathBuf,
    /// An empty folder for the sample repository.
    pub repository: Utf8PathBuf,
    /// The URL that the repository is pushed to, without the token.
    pub remote: String,
    /// The token of the instance's GitHub.
    pub token: Secret,
    /// How the instance is spoken to.
    pub settings: aws::Settings,
}

/// Tells the story on a running instance. Ends early, with an error, when anything goes otherwise than told.
pub async fn demo(demo: &Demo, events: &Events) -> Result<(), DemoError> {
    let mut stage = Stage::new(demo, events);
    for chapter in story::chapters() {
        stage.play(&chapter).await?;
    }
    Ok(())
}

/// The commands that show what the demonstration left, for an instance that is kept.
pub fn what_to_look_at(instance: &Utf8Path, repository: &Utf8Path) -> Vec<String> {
    vec![
        format!("cd {repository}"),
        format!("pipectl status --local={instance}"),
        format!("pipectl logs Build --local={instance}"),
        format!("pipectl outputs --local={instance}"),
        format!("eval \"$(pipectl local env --local={instance})\"   # then any AWS client works here, the AWS CLI say"),
        "edit pipeline.toml, git commit -am change, git push   # and watch it: pipectl status --watch".to_owned(),
        format!("pipectl local down --local={instance}   # when you are done"),
    ]
}
