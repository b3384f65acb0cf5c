//! Programs whose output is read here: collected as a whole, or handed out line by line.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};

use super::{Command, Error, Exit, Result, Running};

/// How much of a failed program's standard error its error repeats.
const MESSAGE_LIMIT: usize = 2000;

/// The longest line that is handed out as one; a longer one is cut into several.
const LINE_LIMIT: u64 = 64 * 1024;

/// What a program left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// What it wrote on its standard output.
    pub output: Vec<u8>,
    /// What it wrote on its standard error.
    pub errors: Vec<u8>,
}

impl Finished {
    /// The standard output as text, without the white space around it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).trim().to_owned()
    }
}

/// Which stream a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The standard output.
    Output,
    /// The standard error.
    Errors,
}

/// A line that a program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it was written.
    pub stream: Stream,
    /// The line without its end; bytes that are not UTF-8 are replaced.
    pub text: String,
}

impl Command {
    /// Runs the program to its end and collects its output, whatever its exit code.
    pub async fn run(self) -> Result<Finished> {
        let time_limit = self.time_limit;
        let output_limit = self.output_limit;
        let (mut running, input) = self.start()?;
        let command = running.command().to_owned();
        let broken = |source| Error::Streams { command: command.clone(), source };
        let (stdin, stdout, stderr) = (running.input(), running.output(), running.errors());
        let whole = async {
            let (exit, (), output, errors) = tokio::try_join!(
                running.wait(),
                async { feed(stdin, &input).await.map_err(broken) },
                collect(stdout, output_limit, &command),
                collect(stderr, output_limit, &command),
            )?;
            Ok(Finished { exit, output, errors })
        };
        within(time_limit, &command, whole).await
    }

    /// Runs the program as [`Command::run`] does; an exit code other than 0 is an error that tells what it said.
    pub async fn succeed(self) -> Result<Finished> {
        let command = self.description.clone();
        let finished = self.run().await?;
        if finished.exit.is_success() {
            return Ok(finished);
        }
        let said = if finished.errors.is_empty() { &finished.output } else { &finished.errors };
        Err(Error::Failed { command, exit: finished.exit, message: tail(said) })
    }

    /// Runs the program to its end and hands out its lines as they come.
    ///
    /// Dropping the future kills the program and everything that it started.
    pub async fn stream(self, mut consume: impl FnMut(Line) + Send) -> Result<Exit> {
        let time_limit = self.time_limit;
        let (mut running, input) = self.start()?;
        let command = running.command().to_owned();
        let broken = |source| Error::Streams { command: command.clone(), source };
        let (stdin, stdout, stderr) = (running.input(), running.output(), running.errors());
        // Both readers hand over to one consumer; a small channel keeps a fast program from filling the memory.
        let (sender, mut lines) = tokio::sync::mpsc::channel(64);
        let whole = async {
            let second = sender.clone();
            let (exit, (), (), (), ()) = tokio::try_join!(
                running.wait(),
                async { feed(stdin, &input).await.map_err(broken) },
                async { read_lines(stdout, Stream::Output, sender).await.map_err(broken) },
                async { read_lines(stderr, Stream::Errors, second).await.map_err(broken) },
                async {
                    while let Some(line) = lines.recv().await {
                        consume(line);
                    }
                    Ok(())
                },
            )?;
            Ok(exit)
        };
        within(time_limit, &command, whole).await
    }
}

impl Running {
    /// Reads the end of what the program says on its standard error, to the end of that stream.
    pub async fn complaint(&mut self) -> Result<String> {
        let mut kept = Vec::new();
        let Some(mut errors) = self.errors() else {
            return Ok(String::new());
        };
        let mut part = [0; 4096];
        loop {
            let count = errors.read(&mut part).await.map_err(|source| self.broken(source))?;
            if count == 0 {
                return Ok(tail(&kept));
            }
            kept.extend_from_slice(&part[..count]);
            let surplus = kept.len().saturating_sub(MESSAGE_LIMIT);
            kept.drain(..surplus);
        }
    }
}

/// Bounds a wait.
async fn within<T>(limit: Duration, command: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(Error::TimedOut { command: command.to_owned(), limit }),
    }
}

/// Writes the input and closes it. A program that ends without reading everything is no failure.
async fn feed(stdin: Option<tokio::process::ChildStdin>, input: &[u8]) -> std::io::Result<()> {
    let Some(mut stdin) = stdin else {
        return Ok(());
    };
    match stdin.write_all(input).await {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

async fn collect(stream: Option<impl AsyncRead + Unpin>, limit: usize, command: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        let mut bounded = stream.take(limit as u64 + 1);
        bounded
            .read_to_end(&mut bytes)
            .await
            .map_err(|source| Error::Streams { command: command.to_owned(), source })?;
    }
    if bytes.len() > limit {
        return Err(Error::TooMuchOutput { command: command.to_owned(), limit });
    }
    Ok(bytes)
}

async fn read_lines(
    stream: Option<impl AsyncRead + Unpin>,
    from: Stream,
    sender: tokio::sync::mpsc::Sender<Line>,
) -> std::io::Result<()> {
    let Some(stream) = stream else {
        return Ok(());
    };
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if (&mut reader).take(LINE_LIMIT).read_until(b'\n', &mut bytes).await? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
        if sender.send(Line { stream: from, text }).await.is_err() {
            return Ok(());
        }
    }
}

/// The end of what a program said, as text on one or a few lines.
fn tail(bytes: &[u8]) -> String {
    let start = bytes.len().saturating_sub(MESSAGE_LIMIT);
    String::from_utf8_lossy(&bytes[start..]).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::diagnostic::Explain;
    use crate::process::Surroundings;

    fn shell(script: &str) -> Command {
        Command::new("/bin/sh").arguments(["-c", script])
    }

    #[tokio::test]
    async fn output_input_folder_and_variables_pass_through() {
        let finished = shell("cat; pwd; echo $GREETING; echo oops >&2; exit 3")
            .input("in\n")
            .folder("/")
            .surroundings(Surroundings::Clean)
            .variable("GREETING", "hello")
            .run()
            .await
            .unwrap();
        assert_eq!(finished.exit, Exit::Code(3));
        assert_eq!(finished.text(), "in\n/\nhello");
        assert_eq!(finished.errors, b"oops\n");
    }

    #[tokio::test]
    async fn a_failure_tells_what_was_said_but_never_the_arguments() {
        let error = shell("echo broken >&2; exit 2 # s3cret").described("sh build").succeed().await.unwrap_err();
        assert_eq!(error.to_string(), "`sh build` ended with exit code 2: broken");
    }

    #[tokio::test]
    async fn a_missing_program_is_named_with_its_remedy() {
        let error = Command::new("no-such-program").obtained_by("install it").run().await.unwrap_err();
        assert_eq!(error.to_string(), "the program `no-such-program` was not found");
        assert_eq!(error.hints(), ["install it"]);
        let error = shell("true").folder("/no/such").run().await.unwrap_err();
        assert!(matches!(error, Error::NoFolder { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn limits_of_time_and_output_hold() {
        let start = Instant::now();
        let error = shell("sleep 30 & sleep 30").time_limit(Duration::from_millis(200)).run().await.unwrap_err();
        assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
        assert!(start.elapsed() < Duration::from_secs(10));
        let error = shell("yes").output_limit(1000).run().await.unwrap_err();
        assert!(matches!(error, Error::TooMuchOutput { limit: 1000, .. }), "{error:?}");
    }

    #[tokio::test]
    async fn what_a_program_leaves_behind_ends_with_it() {
        let start = Instant::now();
        let finished = shell("sleep 30 & echo $!").run().await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(10));
        // A killed process is gone only when the kernel has come to it, which a busy machine may delay.
        let is_there = format!("kill -0 {} 2>/dev/null && grep -q -v ' Z ' /proc/{0}/stat", finished.text());
        let gone = shell(&format!("for look in $(seq 50); do {{ {is_there}; }} || exit 0; sleep 0.1; done; exit 1"));
        assert!(gone.run().await.unwrap().exit.is_success());
    }

    #[tokio::test]
    async fn lines_come_in_order_and_long_ones_are_cut() {
        let mut lines = Vec::new();
        let script = "echo one; echo two; head -c 70000 /dev/zero | tr '\\0' x; echo; printf end";
        let exit = shell(script).stream(|line| lines.push(line.text)).await.unwrap();
        assert!(exit.is_success());
        let lengths: Vec<usize> = lines.iter().map(String::len).collect();
        assert_eq!(lengths, [3, 3, 65536, 4464, 3]);
    }

    #[tokio::test]
    async fn a_group_is_stopped_gently_then_by_force() {
        let running = shell("trap '' TERM; sleep 30 & wait; sleep 30").spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let exit = running.stop(Duration::from_millis(200)).await.unwrap();
        assert_eq!(exit, Exit::Signal(9));
        assert_eq!(exit.code(), 137);
    }
}
