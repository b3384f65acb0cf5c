//! What all verbs share: the global flags, and what they, the environment and the defaults resolve to.

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::Failure;
use super::carried::Carried;
use super::logging::Verbosity;
use super::nearby;
use crate::aws::{Patience, Settings};
use crate::id::{AccountId, Region};
use crate::local::instance::Instance;
use crate::ops::stack::Pace;

/// How the address of an endpoint on this computer goes on after its scheme.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// The definition, where none is named.
const DEFINITION: &str = "pipeline.toml";
/// The public GitHub's API.
const GITHUB_API: &str = "https://api.github.com";

/// The global flags, as they are given.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Flags {
    /// Profile in the shared AWS configuration files
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,

    /// AWS region, over that of the profile and the environment
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<Region>,

    /// The pipeline's definition
    #[arg(long, global = true, value_name = "PATH", default_value = DEFINITION)]
    file: Utf8PathBuf,

    /// Speak to the local endpoint instead of AWS: that of DIR, or the nearest one upwards
    #[arg(long, global = true, value_name = "DIR", num_args = 0..=1, require_equals = true,
        conflicts_with = "profile")]
    local: Option<Option<Utf8PathBuf>>,

    /// How data on the standard output is written
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    format: FormatFlag,

    /// When colours are used
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,

    /// Tell only warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Tell more; twice or three times for the calls and all their details
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

impl Flags {
    /// How much is told.
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Verbose,
            (false, 2) => Verbosity::Debug,
            (false, _) => Verbosity::Trace,
        }
    }

    /// The flag that chooses the local endpoint, where it is given.
    fn local_flag(&self) -> Option<String> {
        let folder = self.local.as_ref()?;
        Some(
            folder
                .as_ref()
                .map_or_else(|| "--local".to_owned(), |folder| format!("--local={}", quoted(folder.as_str()))),
        )
    }

    /// The flags that choose a pipeline and where it is.
    pub fn carried(&self) -> Carried {
        let mut others = Vec::new();
        others.extend(self.profile.iter().map(|profile| format!("--profile {}", quoted(profile))));
        others.extend(self.region.iter().map(|region| format!("--region {region}")));
        if self.file != DEFINITION {
            others.push(format!("--file {}", quoted(self.file.as_str())));
        }
        Carried { local: self.local_flag(), others }
    }

    /// The program's name and the flags that choose a pipeline and where it is.
    fn invocation(&self) -> String {
        let Carried { local, others } = self.carried();
        let mut words = vec!["pipectl".to_owned()];
        words.extend(local);
        words.extend(others);
        words.join(" ")
    }

    /// How data is written.
    pub fn format(&self) -> Format {
        match self.format {
            FormatFlag::Text | FormatFlag::Env | FormatFlag::Amplify | FormatFlag::AwsExports => Format::Text,
            FormatFlag::Json | FormatFlag::Cdk => Format::Json,
        }
    }

    /// When colours are used.
    pub fn color(&self) -> anstream::ColorChoice {
        match self.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
    }
}

/// A value as a shell reads it back.
pub(super) fn quoted(value: &str) -> String {
    shlex::try_quote(value).unwrap_or(value.into()).into_owned()
}

/// How data is asked to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatFlag {
    /// For people
    Text,
    /// For programs
    Json,
    /// For programs that read what the CDK CLI writes; only where a verb offers it.
    #[value(skip)]
    Cdk,
    /// For shells; only where a verb offers it.
    #[value(skip)]
    Env,
    /// For the clients of an Amplify Gen 2 backend; only where a verb offers it.
    #[value(skip)]
    Amplify,
    /// For the clients of an Amplify Gen 1 backend; only where a verb offers it.
    #[value(skip)]
    AwsExports,
}

/// How data on the standard output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document on the standard output, one JSON object a line on the standard error.
    Json,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How far a verb reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Not beyond this machine's files: nothing has to run.
    Files,
    /// To AWS, or with `--local` to the local endpoint, which then has to run.
    Aws,
}

/// What all verbs share, resolved once from flags and environment. Nobody reads the environment after this.
#[derive(Debug, Clone)]
pub struct Global {
    /// The definition's path, as the user gave it.
    pub definition: Utf8PathBuf,
    /// Whom to speak to on AWS, and as whom.
    pub aws: Settings,
    /// Base address of GitHub's REST API.
    pub github_api: String,
    /// The endpoint of all AWS services, where it is not AWS itself.
    pub endpoint: Option<String>,
    /// The folder of the local endpoint, where `--local=DIR` names one.
    pub local: Option<Utf8PathBuf>,
    /// The local endpoint, where `--local` chose it.
    instance: Option<Instance>,
    /// How data is written.
    pub format: Format,
    /// How to call pipectl for the same pipeline, as messages show it: `pipectl` and the global flags that choose it.
    pub invocation: String,
}

impl Global {
    /// How often progress is looked at: an endpoint on this computer answers sooner, and costs nothing.
    pub fn pace(&self) -> Pace {
        if self.endpoint.as_deref().is_some_and(is_loopback) { Pace::LOCAL } else { Pace::AWS }
    }

    /// Whom to speak to in an account. On AWS the credentials decide about it; the local endpoint has some for each.
    pub fn settings_in(&self, account: &AccountId) -> Settings {
        match &self.instance {
            Some(instance) => instance.settings(Some(account), self.aws.region.as_ref()),
            None => self.aws.clone(),
        }
    }

    /// How often executions are looked at while they are followed.
    pub fn look_interval(&self) -> Duration {
        // Looks at a pipeline take several calls each, and what they show changes slowly.
        3 * self.pace().interval
    }

    /// Resolves flags and environment.
    pub(super) fn resolve(flags: Flags, reach: Reach) -> Result<Self, Failure> {
        if let (Some(folder), Reach::Aws) = (&flags.local, reach) {
            let instance = nearby::open(folder.as_deref())?;
            let account = nearby::account(&flags.file);
            return Ok(Self {
                format: flags.format(),
                invocation: flags.invocation(),
                aws: instance.settings(account.as_ref(), flags.region.as_ref()),
                github_api: instance.github_api(),
                endpoint: Some(instance.endpoint.clone()),
                local: flags.local.flatten(),
                definition: flags.file,
                instance: Some(instance),
            });
        }
        let github_api = std::env::var("GITHUB_API_URL").ok().filter(|base| !base.is_empty());
        let endpoint = std::env::var("AWS_ENDPOINT_URL").ok().filter(|endpoint| !endpoint.is_empty());
        Ok(Self {
            format: flags.format(),
            invocation: flags.invocation(),
            local: flags.local.flatten(),
            instance: None,
            definition: flags.file,
            aws: Settings {
                profile: flags.profile,
                region: flags.region,
                endpoint: None,
                credentials: None,
                patience: match endpoint.as_deref().is_some_and(is_loopback) {
                    true => Patience::LOCAL,
                    false => Patience::AWS,
                },
            },
            github_api: github_api.unwrap_or_else(|| GITHUB_API.to_owned()),
            endpoint,
        })
    }
}

/// Whether an endpoint is on this computer.
fn is_loopback(endpoint: &str) -> bool {
    LOOPBACK.iter().any(|host| endpoint.strip_prefix("http://").is_some_and(|rest| rest.starts_with(host)))
}
