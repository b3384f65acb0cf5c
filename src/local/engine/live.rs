//! The running engine: it holds all pipelines, feeds events to their machines and carries their commands out.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use tokio::sync::{Notify, OnceCell, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::action::{self, Task};
use super::machine::{ActionId, AlarmOrder, Command, ExecutionId, External, Outcome, Refusal};
use super::record::{PipelineKey, Record, secret_name};
use super::store::Store;
use super::webhook::Webhook;
use crate::aws::{Aws, Credentials, Settings};
use crate::id::{AccountId, Region, Secret};
use crate::local::authority::Authority;
use crate::local::codebuild::Handoff;
use crate::local::{Context, Fault, Repositories};

/// Gives the settings of a client that is the root of an account, in a region.
pub type Roots = Arc<dyn Fn(&AccountId, &Region) -> Settings + Send + Sync>;

/// What the engine needs of the endpoint around it.
#[derive(Clone)]
pub struct Surroundings {
    /// The endpoint's URL.
    pub endpoint: String,
    /// The folder for files that outlive the endpoint.
    pub state: Utf8PathBuf,
    /// The emulator's IAM.
    pub authority: Authority,
    /// The accounts' own credentials, for what AWS does with rights of its own.
    pub roots: Roots,
    /// Where tasks are spawned.
    pub tasks: TaskTracker,
    /// Cancelled when the endpoint ends.
    pub end: CancellationToken,
    /// How long actions wait for an emulator that is still starting.
    pub patience: Duration,
    /// The endpoint's Git.
    pub repositories: Arc<dyn Repositories>,
    /// Where builds find what the engine hands them.
    pub handoff: Handoff,
}

impl Surroundings {
    /// Takes from the endpoint what the engine needs.
    pub fn new(context: &Context, repositories: Arc<dyn Repositories>, handoff: Handoff) -> Self {
        let roots = context.clone();
        Self {
            endpoint: context.endpoint.clone(),
            state: context.state.clone(),
            authority: context.authority.clone(),
            roots: Arc::new(move |account, region| roots.settings_of(account, region)),
            tasks: context.tasks.clone(),
            end: context.end.clone(),
            patience: Duration::from_secs(60),
            repositories,
            handoff,
        }
    }
}

/// The engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine(pub(super) Arc<Inner>);

/// What all clones share.
pub(super) struct Inner {
    pub(super) surroundings: Surroundings,
    /// A connection to the endpoint without credentials of its own; made when it is first needed.
    aws: OnceCell<Aws>,
    /// Becomes true when the emulator answers; the engine is there before.
    emulator: watch::Sender<bool>,
    pub(super) store: Store,
    pub(super) books: Mutex<Books>,
    /// Tells the clock that deadlines may have changed.
    pub(super) deadlines: Notify,
}

/// Everything that the engine knows.
#[derive(Default)]
pub(super) struct Books {
    pub(super) pipelines: BTreeMap<PipelineKey, Record>,
    pub(super) webhooks: BTreeMap<String, Webhook>,
    pub(super) connections: BTreeMap<String, super::connection::Connection>,
    /// The actions that are followed, with what ends that.
    pub(super) followed: HashMap<ActionId, CancellationToken>,
}

impl Engine {
    /// Reads back what is known, fails what was under way when the endpoint last ended, and goes on.
    pub fn open(surroundings: Surroundings) -> io::Result<Self> {
        let store = Store::new(surroundings.state.clone());
        let mut books = Books { pipelines: store.load()?, ..Books::default() };
        super::webhook::load(&store, &mut books)?;
        super::connection::load(&store, &mut books)?;
        let engine = Self(Arc::new(Inner {
            surroundings,
            aws: OnceCell::new(),
            emulator: watch::Sender::new(false),
            store,
            books: Mutex::new(books),
            deadlines: Notify::new(),
        }));
        engine.spawn(await_emulator(engine.clone()));
        engine.recover()?;
        engine.spawn(super::clock::run(engine.clone()));
        engine.spawn(super::poll::run(engine.clone()));
        Ok(engine)
    }

    /// Spawns work that ends with the endpoint.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let end = self.0.surroundings.end.clone();
        self.0.surroundings.tasks.spawn(async move {
            end.run_until_cancelled(work).await;
        });
    }

    /// A connection to the endpoint, as nobody.
    pub(super) async fn aws(&self) -> &Aws {
        let connect = || {
            Aws::connect(Settings {
                endpoint: Some(self.0.surroundings.endpoint.clone()),
                credentials: Some(Credentials {
                    access_key: "nobody".to_owned(),
                    secret_key: Secret::new("none"),
                    session_token: None,
                }),
                ..Settings::default()
            })
        };
        self.0.aws.get_or_init(connect).await
    }

    fn recover(&self) -> io::Result<()> {
        let mut books = self.lock();
        let keys: Vec<PipelineKey> = books.pipelines.keys().cloned().collect();
        for key in keys {
            let Some(record) = books.pipelines.get_mut(&key) else { continue };
            let commands = record.machine.recover(Timestamp::now());
            self.0.store.save(&key, record)?;
            self.carry_out(&mut books, &key, commands);
        }
        Ok(())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Books> {
        self.0.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a pipeline.
    pub fn read<T>(&self, key: &PipelineKey, look: impl FnOnce(&Record) -> T) -> Result<T, Fault> {
        self.lock().pipelines.get(key).map(look).ok_or_else(|| missing(key))
    }

    /// Feeds an event to a pipeline, writes down what it changed and carries out what follows.
    pub fn change<T>(
        &self,
        key: &PipelineKey,
        event: impl FnOnce(&mut Record, Timestamp) -> Result<(T, Vec<Command>), Fault>,
    ) -> Result<T, Fault> {
        let mut books = self.lock();
        let record = books.pipelines.get_mut(key).ok_or_else(|| missing(key))?;
        let (answer, commands) = event(record, Timestamp::now())?;
        self.0.store.save(key, record).map_err(|error| unwritten(&error))?;
        self.carry_out(&mut books, key, commands);
        Ok(answer)
    }

    /// Carries commands out. The books stay locked, so that what follows from one event begins before the next event.
    pub(super) fn carry_out(&self, books: &mut Books, key: &PipelineKey, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Abandon(id) => {
                    if let Some(follower) = books.followed.remove(&id) {
                        follower.cancel();
                    }
                }
                Command::Watch(order) => {
                    let follower = self.0.surroundings.end.child_token();
                    books.followed.insert(order.id.clone(), follower.clone());
                    self.spawn(watch(self.clone(), key.clone(), *order, follower));
                }
                Command::Execute(order) => {
                    let follower = self.0.surroundings.end.child_token();
                    books.followed.insert(order.id.clone(), follower.clone());
                    let secret = books
                        .pipelines
                        .get(key)
                        .and_then(|record| record.secrets.get(&secret_name(&order.stage, &order.action.name)))
                        .cloned();
                    let task = Task { engine: self.clone(), key: key.clone(), order: *order, secret };
                    self.spawn(follow(task, follower));
                }
            }
        }
        self.0.deadlines.notify_one();
    }

    /// Notes what an action caused elsewhere so far.
    pub(super) fn progress(&self, key: &PipelineKey, id: &ActionId, external: External) {
        let noted = self.change(key, |record, at| {
            record.machine.progress(id, external, at);
            Ok(((), Vec::new()))
        });
        if let Err(fault) = noted {
            tracing::warn!(pipeline = %key, %fault, "the progress of an action was not noted");
        }
    }

    /// Notes how an action ended.
    fn finish(&self, key: &PipelineKey, id: &ActionId, outcome: Outcome) {
        let noted = self.change(key, |record, at| Ok(((), record.machine.finish(id, outcome, at))));
        if let Err(fault) = noted {
            tracing::warn!(pipeline = %key, %fault, "the end of an action was not noted");
        }
    }
}

/// Waits until the emulator answers. An action that needs it before fails after that.
async fn await_emulator(engine: Engine) {
    const PAUSE: Duration = Duration::from_millis(50);

    let answers = async {
        while engine.0.surroundings.authority.health().await.is_err() {
            tokio::time::sleep(PAUSE).await;
        }
    };
    let _ = tokio::time::timeout(engine.0.surroundings.patience, answers).await;
    engine.0.emulator.send_replace(true);
}

/// Executes an action until it ends or is followed no longer.
async fn follow(task: Task, follower: CancellationToken) {
    let work = async {
        emulator_answers(&task.engine).await;
        action::execute(&task).await
    };
    let Some(outcome) = follower.run_until_cancelled(work).await else { return };
    task.engine.lock().followed.remove(&task.order.id);
    task.engine.finish(&task.key, &task.order.id, outcome);
}

/// Watches an alarm until that ends or is wanted no longer.
async fn watch(engine: Engine, key: PipelineKey, order: AlarmOrder, follower: CancellationToken) {
    let work = async {
        emulator_answers(&engine).await;
        super::rule::watch(&engine, &key, &order).await
    };
    let Some(verdict) = follower.run_until_cancelled(work).await else { return };
    engine.lock().followed.remove(&order.id);
    let noted = engine.change(&key, |record, at| Ok(((), record.machine.rule_finished(&order.id, verdict, at))));
    if let Err(fault) = noted {
        tracing::warn!(pipeline = %key, %fault, "the state of an alarm was not noted");
    }
}

async fn emulator_answers(engine: &Engine) {
    // The sender lives as long as the engine, so that waiting for it cannot fail.
    let _ = engine.0.emulator.subscribe().wait_for(|answers| *answers).await;
}

/// The fault of a pipeline that is not there.
pub(super) fn missing(key: &PipelineKey) -> Fault {
    Fault::client(
        "PipelineNotFoundException",
        format!("Account '{}' does not have a pipeline with name '{}'", key.environment.account, key.name),
    )
}

/// The fault of a state that could not be written down.
pub(super) fn unwritten(error: &io::Error) -> Fault {
    Fault::internal(format!("the change could not be written down: {error}"))
}

/// A new id for an execution.
pub fn new_execution_id() -> Result<ExecutionId, Fault> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Fault::internal(format!("there is no randomness: {error}")))?;
    // The version and the variant of a random UUID.
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Ok(ExecutionId::of_bytes(bytes))
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::client(refusal.code(), refusal.to_string())
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Engine").field("endpoint", &self.0.surroundings.endpoint).finish_non_exhaustive()
    }
}
