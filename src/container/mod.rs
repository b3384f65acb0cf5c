//! The program that builds and pushes container images: docker, podman or finch, whichever is there.
//!
//! All of them take the same arguments for what is needed here. What they know (logins, caches, machines) is the
//! user's own: an image is built as the user would build it.

mod arguments;
mod error;

use std::time::Duration;

use camino::Utf8Path;

pub use error::{NoEngine, Refusal, is_transient};

use crate::assembly::DockerImageSource;
use crate::id::Secret;
use crate::process::{Command, Error, Line, Result};

/// The programs that are looked for where none is named; the first that works is taken.
const PROGRAMS: [&str; 3] = ["docker", PODMAN, "finch"];

const PODMAN: &str = "podman";

/// How long a build may take: whoever runs it commonly sets a shorter limit.
const BUILD_LIMIT: Duration = Duration::from_secs(8 * 60 * 60);

/// How long it may take to push an image.
const PUSH_LIMIT: Duration = Duration::from_secs(4 * 60 * 60);

/// Whether a program knows an image already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It has one of this name.
    There,
    /// It has none.
    Absent,
}

/// A program that builds and pushes images, and was seen to work. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    program: String,
}

impl Engine {
    /// Finds a program that works: the one that is named, or else the first of the usual ones.
    pub async fn find(named: Option<&str>) -> std::result::Result<Self, NoEngine> {
        let mut refusals = Vec::new();
        for program in named.map_or_else(|| PROGRAMS.to_vec(), |program| vec![program]) {
            let engine = Self { program: program.to_owned() };
            // Without its daemon or machine a program knows its own version only, and says so by its exit code.
            match engine.command("version").succeed().await {
                Ok(_) => return Ok(engine),
                Err(Error::Missing { .. }) => refusals.push((engine.program, Refusal::Missing)),
                Err(Error::Failed { message, .. }) => refusals.push((engine.program, Refusal::Broken(message))),
                Err(other) => refusals.push((engine.program, Refusal::Broken(other.to_string()))),
            }
        }
        Err(NoEngine { refusals })
    }

    /// The program, as it is called.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Looks whether there is an image of a name already.
    pub async fn presence(&self, image: &str) -> Result<Presence> {
        let finished = self.command("image inspect").argument(image).run().await?;
        Ok(if finished.exit.is_success() { Presence::There } else { Presence::Absent })
    }

    /// Builds an image in a folder and calls it `image`.
    pub async fn build(
        &self,
        folder: &Utf8Path,
        source: &DockerImageSource,
        image: &str,
        consume: impl FnMut(Line) + Send,
    ) -> Result<()> {
        self.command("build")
            .arguments(arguments::build(source, image))
            .folder(folder)
            // Attestations make an index of an image, which not every service that runs images can read.
            .variable("BUILDX_NO_DEFAULT_ATTESTATIONS", "1")
            .time_limit(BUILD_LIMIT)
            .follow(consume)
            .await
    }

    /// Gives an image another name.
    pub async fn tag(&self, image: &str, name: &str) -> Result<()> {
        self.command("tag").arguments([image, name]).succeed().await.map(drop)
    }

    /// Makes oneself known to a registry. The password goes through the standard input, where nobody else sees it.
    pub async fn login(&self, registry: &str, user: &str, password: &Secret) -> Result<()> {
        self.command("login")
            .arguments(["--username", user, "--password-stdin"])
            .arguments(self.plainly(registry))
            .argument(registry)
            .input(password.expose())
            .succeed()
            .await
            .map(drop)
    }

    /// Sends an image to the registry that its name begins with.
    pub async fn push(&self, image: &str, consume: impl FnMut(Line) + Send) -> Result<()> {
        self.command("push").arguments(self.plainly(image)).argument(image).time_limit(PUSH_LIMIT).follow(consume).await
    }

    /// What lets the program speak plain HTTP with a registry on this machine. Docker and finch do so by themselves.
    fn plainly(&self, address: &str) -> Option<&'static str> {
        let is_podman = Utf8Path::new(&self.program).file_name() == Some(PODMAN);
        let is_here = address.starts_with("127.0.0.1:") || address.starts_with("localhost:");
        (is_podman && is_here).then_some("--tls-verify=false")
    }

    /// The program with the words of one of its commands.
    fn command(&self, words: &str) -> Command {
        let described = format!("{} {words}", self.program);
        Command::new(located(&self.program)).described(described).arguments(words.split(' '))
    }
}

/// A path is one from here, not from the folder that the program works in; a name is looked for in `PATH`.
fn located(program: &str) -> String {
    let path = program.contains('/').then(|| std::path::absolute(program).ok()?.into_os_string().into_string().ok());
    path.flatten().unwrap_or_else(|| program.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_a_program_is_one_from_here() {
        assert_eq!(located("docker"), "docker");
        assert_eq!(located("/usr/bin/docker"), "/usr/bin/docker");
        let here = std::env::current_dir().unwrap();
        assert_eq!(located("./tools/engine"), here.join("tools/engine").to_str().unwrap());
    }

    #[test]
    fn plain_http_is_spoken_on_this_machine_only() {
        let plainly = |program: &str, address: &str| Engine { program: program.to_owned() }.plainly(address);
        let here = "127.0.0.1:4566/111111111111/eu-west-1/app:1";
        assert_eq!(plainly("/usr/bin/podman", here), Some("--tls-verify=false"));
        assert_eq!(plainly("podman", "111111111111.dkr.ecr.eu-west-1.amazonaws.com"), None);
        assert_eq!(plainly("podman", "127.0.0.1.example/app"), None);
        assert_eq!(plainly("docker", here), None);
    }
}
