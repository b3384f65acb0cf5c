//! An event as a line.

use anstyle::{AnsiColor, Style};

use crate::event::{Event, Sentiment};

/// Writes an event as it is told on the standard error. Styles are stripped later where they are not wanted.
pub(in crate::cli) fn event(event: &Event) -> String {
    match event {
        Event::Step { message } => format!("{} {message}", styled(AnsiColor::Cyan.on_default(), "›")),
        Event::Done { message } => format!("{} {message}", styled(AnsiColor::Green.on_default(), "✓")),
        Event::Warning { message, hints } => {
            let mut text = format!("{} {message}", styled(AnsiColor::Yellow.on_default().bold(), "warning:"));
            for hint in hints {
                text.push_str(&format!("\n{} {hint}", styled(AnsiColor::Cyan.on_default().bold(), "help:")));
            }
            text
        }
        Event::Resource { stack, logical_id, resource_type, status, reason, sentiment } => {
            let line = format!("  {stack}  {}  {resource_type}  {logical_id}", felt(*sentiment, status, 27));
            with_reason(line, reason.as_deref())
        }
        Event::Action { stage, action, status, summary, sentiment } => {
            let line = format!("  {}  {stage} / {action}", felt(*sentiment, status, 10));
            with_reason(line, summary.as_deref())
        }
        Event::Progress { what, done, total } => format!("  {done}/{total} {what}"),
        Event::Output { origin, line } => format!("{} {line}", styled(Style::new().dimmed(), &format!("[{origin}]"))),
    }
}

fn with_reason(line: String, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{line}\n      {reason}"),
        None => line,
    }
}

/// A status in a column, in the colour of its sentiment.
fn felt(sentiment: Sentiment, status: &str, width: usize) -> String {
    styled(style_of(sentiment), &format!("{status:<width$}"))
}

/// The style of a sentiment.
pub(super) fn style_of(sentiment: Sentiment) -> Style {
    match sentiment {
        Sentiment::Good => AnsiColor::Green.on_default(),
        Sentiment::Neutral => AnsiColor::Cyan.on_default(),
        Sentiment::Bad => AnsiColor::Red.on_default().bold(),
    }
}

pub(super) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
