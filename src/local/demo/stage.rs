//! Where the story is played: the sample repository, and this program called as a user calls it.

use std::time::Duration;

use camino::Utf8Path;

use super::story::{Chapter, Ending, Move};
use super::{Demo, DemoError};
use crate::disk;
use crate::event::{Event, Events};
use crate::git::{Author, Git};
use crate::process::{Command, Exit};

/// The branch of the sample repository.
const BRANCH: &str = "main";

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// The name of the secret that the pipeline reads its token from.
const TOKEN_SECRET: &str = "github-token";

/// The scene of the demonstration.
pub(super) struct Stage<'a> {
    demo: &'a Demo,
    events: &'a Events,
    git: Git,
    number: usize,
    pushed: bool,
}

impl<'a> Stage<'a> {
    pub(super) fn new(demo: &'a Demo, events: &'a Events) -> Self {
        Self { demo, events, git: Git::isolated(&demo.repository), number: 0, pushed: false }
    }

    /// Plays a chapter to its end.
    pub(super) async fn play(&mut self, chapter: &Chapter) -> Result<(), DemoError> {
        self.number += 1;
        self.events.step(format!("{}. {}", self.number, chapter.title));
        for part in &chapter.moves {
            match part {
                Move::Write { path, text } => self.write(path, text)?,
                Move::Push { message } => self.push(message).await?,
                Move::StoreToken => self.store_token().await?,
                Move::Call { arguments, ending } => self.call(arguments, *ending).await?,
            }
        }
        Ok(())
    }

    fn write(&self, path: &str, text: &str) -> Result<(), DemoError> {
        self.tell(format!("write {path}"));
        Ok(disk::replace(&self.demo.repository.join(path), text.as_bytes())?)
    }

    async fn push(&mut self, message: &str) -> Result<(), DemoError> {
        if !self.pushed {
            self.git.init(BRANCH).await?;
            self.pushed = true;
        }
        self.tell(format!("$ git commit --all --message '{message}' && git push {} {BRANCH}", self.demo.remote));
        let author = Author { name: "pipectl demo".to_owned(), email: "demo@localhost".to_owned() };
        self.git.commit_all(message, &author).await?;
        let said = self.git.push(&self.demo.remote, BRANCH, Some(&self.demo.token)).await?;
        said.into_iter().for_each(|line| self.tell(line));
        Ok(())
    }

    /// A user types `aws secretsmanager create-secret`; the AWS CLI may not be there, so the call is made directly.
    async fn store_token(&self) -> Result<(), DemoError> {
        self.tell(format!("$ aws secretsmanager create-secret --name {TOKEN_SECRET} --secret-string ***"));
        let settings = self.demo.settings.clone();
        let aws = crate::aws::Aws::connect(settings).await;
        aws.create_secret(TOKEN_SECRET, &self.demo.token).await?;
        Ok(())
    }

    async fn call(&self, arguments: &[&str], ending: Ending) -> Result<(), DemoError> {
        let shown = format!("pipectl {} --local", arguments.join(" "));
        self.tell(format!("$ {shown}"));
        let exit = self.run(&self.demo.program, arguments).await?;
        let wanted = match ending {
            Ending::Success => 0,
            Ending::FailedPipeline => 1,
        };
        if exit.code() == wanted { Ok(()) } else { Err(DemoError::Unexpected { command: shown, exit }) }
    }

    async fn run(&self, program: &Utf8Path, arguments: &[&str]) -> Result<Exit, DemoError> {
        // Through a shell, so that both streams come in the order in which they are written.
        let exit = Command::new("sh")
            .described("pipectl")
            .arguments(["-c", "exec \"$0\" \"$@\" 2>&1", program.as_str()])
            .arguments(arguments)
            .argument(format!("--local={}", self.demo.instance))
            .folder(&self.demo.repository)
            .time_limit(PATIENCE)
            .stream(|line| self.tell(line.text))
            .await?;
        Ok(exit)
    }

    fn tell(&self, line: String) {
        self.events.emit(Event::Output { origin: self.number.to_string(), line });
    }
}
