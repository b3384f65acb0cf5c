//! The developers' channel: `tracing` to the standard error, by `-v` or `PIPECTL_LOG`.

use tracing_subscriber::EnvFilter;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Warnings and errors.
    Quiet,
    /// What happens.
    Normal,
    /// And pipectl's own records.
    Verbose,
    /// And every call.
    Debug,
    /// And the details of the libraries, but for what they send and receive, where secrets are.
    Trace,
}

/// Starts to record. `PIPECTL_LOG` (directives as of `tracing-subscriber`'s `EnvFilter`) goes before the flags.
pub(super) fn start(verbosity: Verbosity) {
    let wanted = std::env::var("PIPECTL_LOG").ok().filter(|directives| !directives.is_empty());
    let directives = match (&wanted, verbosity) {
        (Some(directives), _) => directives,
        (None, Verbosity::Quiet | Verbosity::Normal) => return,
        (None, Verbosity::Verbose) => "pipectl=info",
        (None, Verbosity::Debug) => "pipectl=debug,aws_smithy_runtime=info,octocrab=debug",
        (None, Verbosity::Trace) => {
            "trace,aws_smithy_runtime=debug,aws_smithy_runtime_api=debug,aws_runtime=debug,aws_sigv4=info,hyper=info,\
             hyper_util=info,h2=info,rustls=info"
        }
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(directives))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .finish();
    // A second start, as in tests that run the program in process, changes nothing.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
