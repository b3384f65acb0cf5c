//! The two streams: data on the standard output, talk on the standard error.

use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::AutoStream;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::carried::Carried;
use super::global::Flags;
use super::interrupt::Interruption;
use super::logging::Verbosity;
use super::progress::Progress;
use super::{Failure, Format, render};
use crate::diagnostic::Report;
use crate::event::{Event, Events};

/// The two streams, and all that is said on them.
#[derive(Debug)]
pub struct Ui {
    output_color: anstream::ColorChoice,
    error_color: anstream::ColorChoice,
    format: Format,
    verbosity: Verbosity,
    /// The flags that remedies have, too.
    carried: Carried,
    progress: Arc<Progress>,
    interruption: Interruption,
    pipe_closed: CancellationToken,
    output_lost: AtomicBool,
}

/// A sentence as JSON, one like the events.
#[derive(Serialize)]
struct Said<'a> {
    event: &'static str,
    message: &'a str,
}

impl Ui {
    pub(super) fn new(flags: &Flags) -> Self {
        let choose = |detected| match flags.color() {
            anstream::ColorChoice::Auto => detected,
            chosen => chosen,
        };
        let output_color = choose(AutoStream::choice(&std::io::stdout()));
        let error_color = choose(AutoStream::choice(&std::io::stderr()));
        let progress = Progress::new(flags.format(), flags.verbosity(), error_color);
        Self {
            output_color,
            error_color,
            format: flags.format(),
            verbosity: flags.verbosity(),
            carried: flags.carried(),
            progress: Arc::new(progress),
            interruption: Interruption::default(),
            pipe_closed: CancellationToken::new(),
            output_lost: AtomicBool::new(false),
        }
    }

    /// Writes a text on the standard output, and ends it with a line break if it has none. Styles are stripped where
    /// colours are not wanted.
    pub fn data(&self, text: &str) {
        self.raw_data(text.as_bytes());
        if !text.is_empty() && !text.ends_with('\n') {
            self.raw_data(b"\n");
        }
    }

    /// Writes a value on the standard output as JSON.
    pub fn json(&self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.data(&text),
            Err(error) => self.warning(&format!("the result could not be written as JSON: {error}"), &[]),
        }
    }

    /// Says something on the standard error, unless `--quiet`. Commands in it get the flags of this one.
    pub fn say(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.state(text);
        }
    }

    /// States on the standard error what the user has to know, also with `--quiet`.
    pub(super) fn state(&self, text: &str) {
        let text = &self.carried.remedy(text);
        match self.format {
            Format::Text => self.progress.line(text),
            Format::Json => self.progress.line(&render::compact(&Said { event: "said", message: text })),
        }
    }

    /// Warns on the standard error, with what can be done about it.
    pub fn warning(&self, message: &str, hints: &[String]) {
        self.events().warning(message, hints.to_vec());
    }

    /// Shows findings on the standard error.
    pub fn report(&self, report: &Report) {
        if report.diagnostics.is_empty() {
            return;
        }
        match self.format {
            Format::Text => self.progress.line(render::diagnostics(report, self.has_colors()).trim_end()),
            Format::Json => self.progress.line(&render::compact(&render::ReportView::of(report))),
        }
    }

    /// Shows findings that are what was asked for: to people on the standard error, to programs on the standard output.
    pub fn findings(&self, report: &Report) {
        match self.format {
            Format::Text => self.report(report),
            Format::Json => self.json(&render::ReportView::of(report)),
        }
    }

    /// Where a verb's events go: live progress on a terminal, plain lines otherwise, JSON lines with `--format json`.
    pub fn events(&self) -> Events {
        let progress = Arc::clone(&self.progress);
        let carried = self.carried.clone();
        Events::new(move |event| {
            progress.consume(match event {
                Event::Warning { message, hints } => {
                    Event::Warning { message, hints: hints.iter().map(|hint| carried.remedy(hint)).collect() }
                }
                event => event,
            });
        })
    }

    /// Whether pictures can be drawn: there is a terminal, and data is for people.
    pub fn is_live(&self) -> bool {
        self.progress.is_live()
    }

    /// Draws a text of several lines on the standard error, in place of the one drawn before.
    pub fn picture(&self, text: &str) {
        self.progress.picture(text);
    }

    /// Takes the picture off the screen.
    pub fn clear_picture(&self) {
        self.progress.settle();
    }

    /// Hands out the standard error while progress is off the screen.
    pub(super) fn while_suspended<T>(&self, work: impl FnOnce(&mut dyn Write) -> T) -> T {
        self.progress.suspended(|| work(&mut self.errors()))
    }

    /// A token that is cancelled by Ctrl-C. A verb that asks for it cleans up by itself and returns soon after; one that
    /// does not is dropped where it waits.
    pub fn interruption(&self) -> CancellationToken {
        self.interruption.watch()
    }

    /// How things are told.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Whether the standard output is a terminal.
    pub fn is_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Whether something of the standard output could not be written, though somebody was there to read it.
    pub(super) fn has_lost_output(&self) -> bool {
        self.output_lost.load(Ordering::Relaxed)
    }

    pub(super) fn interruption_state(&self) -> &Interruption {
        &self.interruption
    }

    /// Waits until nobody reads the standard output any more.
    pub(super) async fn pipe_closed(&self) {
        self.pipe_closed.cancelled().await;
    }

    /// Takes live progress off the screen.
    pub(super) fn settle(&self) {
        self.progress.settle();
    }

    /// Tells why a verb did not come to its end: findings, `error:` with its causes, `help:`.
    pub(super) fn failure(&self, failure: Failure) {
        let failure = failure.with_remedies(|remedy| self.carried.remedy(remedy));
        let text = match self.format {
            Format::Text => render::failure(&failure, self.has_colors()),
            Format::Json => render::compact(&render::FailureView::of(&failure)),
        };
        self.progress.line(text.trim_end());
    }

    fn has_colors(&self) -> render::Colors {
        match self.error_color {
            anstream::ColorChoice::Never => render::Colors::Plain,
            _ => render::Colors::Styled,
        }
    }

    fn errors(&self) -> AutoStream<std::io::Stderr> {
        AutoStream::new(std::io::stderr(), self.error_color)
    }

    /// A reader that went away has what it wanted: that is no failure, but there is no use in going on.
    fn raw_data(&self, bytes: &[u8]) {
        if self.pipe_closed.is_cancelled() {
            return;
        }
        let written = self.progress.suspended(|| {
            let mut output = AutoStream::new(std::io::stdout(), self.output_color);
            output.write_all(bytes).and_then(|()| output.flush())
        });
        if let Err(error) = written {
            self.pipe_closed.cancel();
            if error.kind() != ErrorKind::BrokenPipe {
                self.output_lost.store(true, Ordering::Relaxed);
                self.warning(&format!("the standard output could not be written: {error}"), &[]);
            }
        }
    }
}
