//! Starting and ending the whole endpoint.
//!
//! ```text
//! up: lock ─▶ port ─▶ services ─▶ emulator ─▶ front ─▶ announced
//! down: withdrawn ─▶ front ends ─▶ services' tasks end ─▶ emulator saves and ends ─▶ unlocked
//! ```

use std::time::Duration;

use camino::Utf8PathBuf;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::account_key::{Seed, random_text};
use super::authority::Authority;
use super::emulator::environment::Interpreter;
use super::emulator::process::{self, Emulator, free_port};
use super::error::Error;
use super::front::{Front, Keys, Proxy, Routes, Server};
use super::instance::{Folder, Instance, Lock};
use super::registry;
use crate::aws::{self, Patience};
use crate::event::Events;
use crate::git::Git;
use crate::id::{AccountId, Region, Secret};

/// How long the services' tasks may go on after the front ended.
const TASK_GRACE: Duration = Duration::from_secs(10);

/// What an endpoint is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The instance's folder.
    pub folder: Utf8PathBuf,
    /// The account of its own credentials.
    pub account: AccountId,
    /// The region that clients use unless they wish another.
    pub region: Region,
    /// The port; without a wish, the one of the last start, or a free one.
    pub port: Option<u16>,
    /// Where the emulator's Python comes from.
    pub interpreter: Interpreter,
    /// CloudFormation types that the emulator lacks and that are only to be recorded.
    pub simulated: Vec<String>,
    /// Where programs are found: `PATH`.
    pub path: String,
}

/// What the services behind the front are made of.
#[derive(Debug, Clone)]
pub struct Context {
    /// The front's address.
    pub endpoint: String,
    /// The account of the instance's own credentials.
    pub account: AccountId,
    /// The region that clients use unless they wish another.
    pub region: Region,
    /// Settings of a client that speaks to the front as the account's root.
    pub settings: aws::Settings,
    /// The emulator's IAM.
    pub authority: Authority,
    /// Where services keep their files.
    pub state: Utf8PathBuf,
    /// Where programs are found: `PATH`.
    pub path: String,
    /// Cancelled when the endpoint ends.
    pub end: CancellationToken,
    /// Where services spawn their tasks; they are waited for at the end, while the emulator still answers.
    pub tasks: TaskTracker,
    seed: Seed,
}

impl Context {
    /// The token that the endpoint's GitHub accepts.
    pub fn github_token(&self) -> Secret {
        self.seed.github_token()
    }

    /// Settings of a client that speaks to the front as another account's root, in another region.
    pub fn settings_of(&self, account: &AccountId, region: &Region) -> aws::Settings {
        aws::Settings {
            profile: None,
            region: Some(region.clone()),
            endpoint: Some(self.endpoint.clone()),
            credentials: Some(self.seed.credentials(account)),
            patience: Patience::LOCAL,
        }
    }
}

/// Why a running endpoint came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody asked for it.
    Asked,
    /// The emulator ended by itself.
    EmulatorLost,
}

/// A running endpoint. Dropping it kills the emulator; [`Running::shutdown`] also saves its state.
#[derive(Debug)]
pub struct Running {
    instance: Instance,
    folder: Folder,
    context: Context,
    server: AbortOnDropHandle<()>,
    emulator: AbortOnDropHandle<Result<Ending, process::Error>>,
    emulator_end: CancellationToken,
    _lock: Lock,
}

/// Starts the endpoint and returns when it answers. `provide` makes what stands behind the front besides the emulator.
pub async fn up(
    options: Options,
    provide: impl FnOnce(&Context) -> std::io::Result<Routes> + Send,
    events: &Events,
) -> Result<Running, Error> {
    let folder = Folder::new(&options.folder);
    folder.prepare()?;
    let lock = folder.lock()?;
    folder.withdraw()?;
    Git::isolated(&options.folder).check().await?;
    let python = options.interpreter.ensure(events).await?;

    let mut identity = folder.identity(options.port)?;
    let server = bind(identity.port, options.port).await?;
    identity.port = server.port();
    identity.account = Some(options.account.clone());
    identity.region = Some(options.region.clone());
    folder.remember(&identity)?;
    let seed = Seed::new(Secret::new(&identity.seed));
    let token = Secret::new(random_text().map_err(|error| Error::System(error.to_string()))?);
    let port = free_port().map_err(process::Error::from)?;
    let emulator_address = format!("http://127.0.0.1:{port}");
    let authority = Authority::new(&emulator_address, token.clone());

    let end = CancellationToken::new();
    let context = Context {
        endpoint: server.endpoint(),
        account: options.account.clone(),
        region: options.region.clone(),
        settings: aws::Settings {
            profile: None,
            region: Some(options.region.clone()),
            endpoint: Some(server.endpoint()),
            credentials: Some(seed.credentials(&options.account)),
            patience: Patience::LOCAL,
        },
        authority: authority.clone(),
        state: options.folder.join("state"),
        path: options.path.clone(),
        end: end.clone(),
        tasks: TaskTracker::new(),
        seed: seed.clone(),
    };
    let routes = provide(&context).map_err(|error| Error::System(error.to_string()))?;
    let images = Proxy::new(emulator_address.clone(), token.clone());
    let routes = registry::add(routes, &context.endpoint, authority.clone(), images);

    events.step("starting the emulator");
    let settings = process::Settings {
        python: &python,
        folder: &options.folder.join("emulator"),
        front: &context.endpoint,
        token: &token,
        account: &options.account,
        region: &options.region,
        types: &routes.resource_names(),
        simulated: &options.simulated,
        path: &options.path,
    };
    let emulator = Emulator::start(&settings, port, &authority).await?;

    let instance = Instance {
        endpoint: context.endpoint.clone(),
        account: options.account,
        region: options.region,
        process: std::process::id(),
        emulator: emulator.id().unwrap_or_default(),
        seed: identity.seed,
        token: token.expose().to_owned(),
        folder: options.folder,
    };
    let keys = Keys::new(seed, authority.clone());
    let front = Front::new(authority, keys, emulator_address, token, routes, end.clone());
    let server = AbortOnDropHandle::new(tokio::spawn(server.run(front, end.clone())));
    let emulator_end = CancellationToken::new();
    let emulator = AbortOnDropHandle::new(tokio::spawn(supervise(emulator, end, emulator_end.clone())));
    folder.announce(&instance)?;
    events.done(format!("the local endpoint answers at {}", instance.endpoint));
    Ok(Running { instance, folder, context, server, emulator, emulator_end, _lock: lock })
}

/// Takes the wished port. The port of the last start is only preferred.
async fn bind(preferred: u16, wished: Option<u16>) -> Result<Server, Error> {
    match (Server::bind(Some(preferred)).await, wished) {
        (Ok(server), _) => Ok(server),
        (Err(source), Some(port)) => Err(Error::Port { port, source }),
        (Err(_), None) => Server::bind(None).await.map_err(|source| Error::Port { port: 0, source }),
    }
}

/// Watches the emulator. When it ends by itself, so does the endpoint.
async fn supervise(
    mut emulator: Emulator,
    end: CancellationToken,
    emulator_end: CancellationToken,
) -> Result<Ending, process::Error> {
    tokio::select! {
        _ = emulator.ended() => {
            end.cancel();
            Ok(Ending::EmulatorLost)
        }
        () = emulator_end.cancelled() => emulator.stop().await.map(|()| Ending::Asked),
    }
}

impl Running {
    /// The address of all services.
    pub fn endpoint(&self) -> &str {
        &self.instance.endpoint
    }

    /// What others find in the instance's folder.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// What the services behind the front were made of.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Waits until the end is asked for, by `local down` or because the emulator is gone.
    pub async fn ended(&self) {
        self.context.end.cancelled().await;
    }

    /// Ends everything: the front, the services' tasks, the emulator with all its children. Its state is saved.
    pub async fn shutdown(self) -> Result<Ending, Error> {
        self.folder.withdraw()?;
        self.context.end.cancel();
        self.server.await.map_err(|error| Error::System(error.to_string()))?;
        self.context.tasks.close();
        // A task that does not end is cut off with the emulator.
        let _ = tokio::time::timeout(TASK_GRACE, self.context.tasks.wait()).await;
        self.emulator_end.cancel();
        Ok(self.emulator.await.map_err(|error| Error::System(error.to_string()))??)
    }
}
