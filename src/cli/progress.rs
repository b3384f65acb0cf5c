//! Events on the standard error: one live line on a terminal, plain lines when piped, JSON lines for programs.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use anstream::AutoStream;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Format;
use super::logging::Verbosity;
use super::render;
use crate::event::Event;

/// How often the live line is drawn again.
const TICK: Duration = Duration::from_millis(120);

/// The standard error, with at most one live line below what is already said.
#[derive(Debug)]
pub(super) struct Progress {
    format: Format,
    verbosity: Verbosity,
    color: anstream::ColorChoice,
    live: Option<Mutex<Live>>,
}

/// The live line.
#[derive(Debug, Default)]
struct Live {
    /// There only while something is under way: even an unused bar leaves its mark on the screen.
    bar: Option<ProgressBar>,
    /// What is under way and not yet told in a line of its own.
    step: Option<String>,
}

impl Progress {
    pub fn new(format: Format, verbosity: Verbosity, color: anstream::ColorChoice) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
        let is_live = std::io::stderr().is_terminal()
            && !is_dumb
            && format == Format::Text
            // Records of `-v` would tear the live line apart.
            && verbosity == Verbosity::Normal;
        let live = is_live.then(Mutex::default);
        Self { format, verbosity, color, live }
    }

    /// Takes an event in.
    pub fn consume(&self, event: Event) {
        let is_weighty = matches!(event, Event::Warning { .. });
        if self.verbosity == Verbosity::Quiet && !is_weighty {
            return;
        }
        match self.format {
            Format::Json => self.line(&render::compact(&event)),
            Format::Text => match self.live.as_ref() {
                Some(_) => self.consume_live(event),
                None => self.plain(&event),
            },
        }
    }

    /// Writes a line above the live one.
    pub fn line(&self, text: &str) {
        self.suspended(|| {
            let mut errors = AutoStream::new(std::io::stderr(), self.color);
            // There is no place left to tell that the standard error is gone.
            let _ = writeln!(errors, "{text}");
        });
    }

    /// Whether there is a terminal with something live on it.
    pub fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// Draws a text of several lines in place of the one drawn before.
    pub fn picture(&self, text: &str) {
        if let Some(mut live) = self.lock() {
            match self.color {
                anstream::ColorChoice::Never => live.picture(anstream::adapter::strip_str(text).to_string()),
                _ => live.picture(text.to_owned()),
            }
        }
    }

    /// Runs something while the live line is off the screen.
    pub fn suspended<T>(&self, work: impl FnOnce() -> T) -> T {
        // The lock is held while the work goes on, so that nothing else is drawn in between.
        let live = self.lock();
        match live.as_ref().and_then(|live| live.bar.as_ref()) {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }

    /// Takes the live line off the screen for good.
    pub fn settle(&self) {
        if let Some(mut live) = self.lock() {
            live.end();
        }
    }

    fn lock(&self) -> Option<std::sync::MutexGuard<'_, Live>> {
        self.live.as_ref().map(|live| live.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    fn plain(&self, event: &Event) {
        if !matches!(event, Event::Progress { done, total, .. } if done != total) {
            self.line(&render::event(event));
        }
    }

    fn consume_live(&self, event: Event) {
        match event {
            Event::Step { message } => {
                let previous = self.lock().and_then(|mut live| live.begin(message));
                if let Some(message) = previous {
                    self.line(&render::event(&Event::Step { message }));
                }
            }
            Event::Progress { what, done, total } => {
                if let Some(mut live) = self.lock() {
                    live.count(&what, done, total);
                }
            }
            Event::Done { .. } => {
                self.line(&render::event(&event));
                if let Some(mut live) = self.lock() {
                    live.end();
                }
            }
            Event::Warning { .. } | Event::Resource { .. } | Event::Action { .. } | Event::Output { .. } => {
                self.line(&render::event(&event));
            }
        }
    }
}

impl Live {
    /// Shows a step, and returns the one before it if nobody said that it ended.
    fn begin(&mut self, message: String) -> Option<String> {
        let bar = self.bar();
        bar.set_style(style("{spinner} {msg} {elapsed}"));
        bar.reset_elapsed();
        bar.set_message(message.clone());
        bar.enable_steady_tick(TICK);
        self.step.replace(message)
    }

    fn count(&mut self, what: &str, done: u64, total: u64) {
        let bar = self.bar();
        bar.set_style(style("{spinner} {pos}/{len} {msg} [{bar:30}] {elapsed}"));
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(TICK);
    }

    fn bar(&mut self) -> &ProgressBar {
        self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            // Styled before it is shown, so that the library's own style never is.
            bar.set_style(style("{spinner}"));
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar
        })
    }

    fn picture(&mut self, text: String) {
        let bar = self.bar();
        bar.set_style(style("{msg}\n{spinner} {elapsed}"));
        bar.set_message(text);
        bar.enable_steady_tick(TICK);
    }

    fn end(&mut self) {
        self.step = None;
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// The templates are constants of this file; a wrong one falls back to indicatif's own style.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
