//! `pipectl bootstrap`: prepare accounts and regions.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde::Serialize;

use super::executable;
use crate::aws::Aws;
use crate::aws::cloudformation::Protection;
use crate::cli::{Failure, Format, Global, Outcome, Ui, UsageError};
use crate::discovery::LeftOut;
use crate::disk;
use crate::event::Events;
use crate::id::{AccountId, Environment, Qualifier, StackName};
use crate::ops::bootstrap::{self, Bootstrapped, Boundary, Execution, Key, Options, Overwrite, Provenance, Switch};
use crate::ops::discover::{Discovered, discover};
use crate::ops::load::{self, LoadError};
use crate::ops::preflight;

/// Prepare accounts and regions with the toolkit stack that deployments go through
///
/// The stack is the one that `cdk bootstrap` makes: the same name, roles, bucket and version, so that either tool works
/// with what the other prepared. What is not chosen by a flag stays as it is deployed. A second run changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl bootstrap
      the environment of the credentials, and those of the definition in the same account
  pipectl bootstrap aws://222222222222/eu-west-1 --profile production \\
      --trust 111111111111 \\
      --cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess
      an environment that a pipeline in another account deploys to
  pipectl bootstrap --show-template > toolkit.yaml
      what would be deployed")]
pub struct Args {
    /// Environments; without any, that of the credentials and those of the definition
    #[arg(value_name = "aws://ACCOUNT/REGION")]
    environments: Vec<Environment>,

    /// Accounts that may publish assets and deploy here; replaces those that may now
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',')]
    trust: Option<Vec<AccountId>>,

    /// Accounts that may look values up here; replaces those that may now
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',')]
    trust_for_lookup: Option<Vec<AccountId>>,

    /// Accounts that may no longer do either
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',')]
    untrust: Vec<AccountId>,

    /// Managed policies that CloudFormation works with here; required with `--trust`
    #[arg(long, value_name = "ARN", value_delimiter = ',')]
    cloudformation_execution_policies: Option<Vec<String>>,

    /// Part of all names, which tells several toolkit stacks of one environment apart
    #[arg(long)]
    qualifier: Option<Qualifier>,

    /// Name of the stack
    #[arg(long, value_name = "NAME", default_value = bootstrap::STACK_NAME)]
    toolkit_stack_name: StackName,

    /// Name of the bucket for file assets
    #[arg(short = 'b', long, value_name = "NAME", visible_alias = "toolkit-bucket-name")]
    bootstrap_bucket_name: Option<String>,

    /// Key that encrypts file assets, by its id or ARN
    #[arg(long, value_name = "KEY", conflicts_with = "bootstrap_customer_key")]
    bootstrap_kms_key_id: Option<String>,

    /// Create a key that encrypts file assets
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    bootstrap_customer_key: Option<bool>,

    /// Refuse public access to the bucket expressly
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    public_access_block_configuration: Option<bool>,

    /// Refuse that roles are assumed with an external id
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    deny_external_id: Option<bool>,

    /// Create an example of a permissions boundary, and bound the execution role by it
    #[arg(long, visible_alias = "epb", conflicts_with = "custom_permissions_boundary")]
    example_permissions_boundary: bool,

    /// Bound the execution role by the managed policy of this name
    #[arg(long, visible_alias = "cpb", value_name = "NAME")]
    custom_permissions_boundary: Option<String>,

    /// Bound all roles, and not the execution role alone
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    apply_permissions_boundary_to_all_roles: Option<bool>,

    /// Tags of the stack; replaces those that it has
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,

    /// Protect the stack from deletion
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    termination_protection: Option<bool>,

    /// Overwrite a newer stack, or one of another variant
    #[arg(short, long)]
    force: bool,

    /// Make the change set and leave its execution to someone else
    #[arg(long)]
    no_execute: bool,

    /// Deploy this template instead of the embedded one
    #[arg(long, value_name = "PATH")]
    template: Option<Utf8PathBuf>,

    /// Print the template and do nothing
    #[arg(long)]
    show_template: bool,
}

/// The longest template that is read: what CloudFormation takes.
const TEMPLATE_LIMIT: u64 = crate::cfn::TEMPLATE_LIMIT as u64;

/// Prepares one environment after the other.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let template = args.template.as_ref().map(|path| {
        disk::read_text(path, TEMPLATE_LIMIT).map_err(|error| {
            UsageError::new(format!("the template cannot be read: {error}")).hint(disk::remedy(path, &error))
        })
    });
    let template = template.transpose()?;
    if args.show_template {
        ui.data(template.as_deref().unwrap_or(bootstrap::TEMPLATE));
        return Ok(Outcome::Done);
    }
    let executable = executable()?;
    let events = ui.events();
    let environments = match args.environments.is_empty() {
        false => args.environments.clone(),
        true => known_environments(&Aws::connect(global.aws.clone()).await, global, &events).await?,
    };
    let options = options(args, template);
    let mut prepared = Vec::new();
    for environment in environments {
        events.step(format!("preparing {environment}"));
        let aws = Aws::connect(global.settings_in(&environment.account)).await;
        let done = bootstrap::bootstrap(&aws, &environment, &options, &executable, global.pace(), &events).await?;
        events.done(told(&environment, &done));
        prepared.push(Prepared::of(environment, &done));
    }
    if global.format == Format::Json {
        ui.json(&prepared);
    }
    Ok(Outcome::Done)
}

/// The environment of the credentials, and those that the definition names in the same account. For the others the
/// command is told that prepares them.
async fn known_environments(aws: &Aws, global: &Global, events: &Events) -> Result<Vec<Environment>, Failure> {
    let own = bootstrap::own_environment(aws).await?;
    let Discovered { loaded, left_out, .. } = match load::load(&global.definition).await {
        Err(LoadError::Missing { .. }) => return Ok(vec![own]),
        loaded => discover(loaded?, BTreeMap::new()).await?,
    };
    for LeftOut { stage, .. } in &left_out {
        events.warning(
            format!("where stage `{stage}` goes is not known: its assembly is not built here"),
            vec![
                "build it and run this again, or name its environments: `pipectl bootstrap aws://ACCOUNT/REGION`"
                    .to_owned(),
            ],
        );
    }
    let target = &loaded.definition.target;
    let pipeline = target.within(&own);
    let mut environments = preflight::environments(&loaded.definition, &pipeline);
    if target.region.is_none() {
        environments.insert(own.clone());
    }
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        environments.into_iter().partition(|environment| environment.account == own.account);
    for environment in elsewhere {
        let command = bootstrap::command(&environment, &pipeline.account, &loaded.definition.qualifier);
        events.warning(
            format!("{environment} belongs to another account and is not prepared by this command"),
            vec![format!("`{command}` prepares it")],
        );
    }
    Ok(here)
}

fn options(args: Args, template: Option<String>) -> Options {
    let switch = |given: Option<bool>| given.map(|on| if on { Switch::On } else { Switch::Off });
    let tags: IndexMap<String, String> = args.tags.into_iter().collect();
    Options {
        stack_name: args.toolkit_stack_name,
        template,
        qualifier: args.qualifier,
        bucket_name: args.bootstrap_bucket_name,
        key: match (args.bootstrap_kms_key_id, args.bootstrap_customer_key) {
            (Some(key), _) => Some(Key::Existing(key)),
            (None, Some(true)) => Some(Key::New),
            (None, Some(false)) => Some(Key::Managed),
            (None, None) => None,
        },
        trusted: args.trust,
        trusted_for_lookup: args.trust_for_lookup,
        untrusted: args.untrust,
        execution_policies: args.cloudformation_execution_policies,
        public_access_block: switch(args.public_access_block_configuration),
        boundary: match (args.example_permissions_boundary, args.custom_permissions_boundary) {
            (true, _) => Some(Boundary::Example),
            (false, name) => name.map(Boundary::Named),
        },
        bound_all_roles: switch(args.apply_permissions_boundary_to_all_roles),
        deny_external_id: switch(args.deny_external_id),
        tags: (!tags.is_empty()).then_some(tags),
        protection: args.termination_protection.map(|on| if on { Protection::On } else { Protection::Off }),
        overwrite: if args.force { Overwrite::Always } else { Overwrite::Never },
        execution: if args.no_execute { Execution::Later } else { Execution::Now },
    }
}

fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a tag is written KEY=VALUE".to_owned()),
    }
}

fn told(environment: &Environment, done: &Bootstrapped) -> String {
    match done {
        Bootstrapped::Unchanged(stack) => {
            let version = Provenance::of_stack(stack).version;
            format!("{environment} is prepared already (version {version}); nothing was changed")
        }
        Bootstrapped::Created(stack) => {
            format!("{environment} is prepared (version {})", Provenance::of_stack(stack).version)
        }
        Bootstrapped::Updated(stack) => {
            format!("{environment} is up to date (version {})", Provenance::of_stack(stack).version)
        }
        Bootstrapped::Kept(stack) => format!("{environment} keeps its stack `{}`", stack.name),
        Bootstrapped::Left(change_set) => {
            format!("change set `{}` for {environment} waits for its execution", change_set.name)
        }
    }
}

/// What `--format json` tells of an environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Prepared {
    environment: String,
    outcome: &'static str,
    version: Option<u32>,
    bucket: Option<String>,
    change_set: Option<String>,
}

impl Prepared {
    fn of(environment: Environment, done: &Bootstrapped) -> Self {
        let stack = done.stack();
        Self {
            environment: environment.to_string(),
            outcome: match done {
                Bootstrapped::Unchanged(_) => "unchanged",
                Bootstrapped::Created(_) => "created",
                Bootstrapped::Updated(_) => "updated",
                Bootstrapped::Kept(_) => "kept",
                Bootstrapped::Left(_) => "left",
            },
            version: stack.map(|stack| Provenance::of_stack(stack).version),
            bucket: stack.and_then(|stack| stack.outputs.get("BucketName").cloned()),
            change_set: match done {
                Bootstrapped::Left(change_set) => Some(change_set.id.clone()),
                _ => None,
            },
        }
    }
}
