//! The service: what it needs, and how builds begin.

use std::io;
use std::sync::Arc;

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::drive::drive;
use super::handoff::Handoff;
use super::record::{Build, GivenArtifact, LogPlace, Record};
use super::run::{self, Moment, PhaseType, Status};
use super::start::{StartBuild, Wish, invalid};
use super::store::{Admission, Home, Store, comparable};
use crate::aws::Aws;
use crate::aws::build_project::BuildProject;
use crate::id::AccountId;
use crate::local::{Call, Context, Fault};

/// How long an idempotency token holds, in seconds.
const TOKEN_SECONDS: i64 = 300;

/// What the service needs of the endpoint around it.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The endpoint.
    pub context: Context,
    /// The base of GitHub's REST API for builds.
    pub github_api: String,
    /// The folder in which builds get folders of their own; not inside anybody's repository, which tools would find.
    pub scratch: Utf8PathBuf,
    /// Further variables that builds find, such as `CARGO_HOME`; nothing else of the endpoint's environment is passed.
    pub passed: IndexMap<String, String>,
    /// What the pipeline engine hands over.
    pub handoff: Handoff,
    /// How many builds may run at once in an account and region.
    pub concurrent_builds: usize,
}

impl Surroundings {
    /// How many builds an account may run at once unless it asks for more.
    pub const CONCURRENT_BUILDS: usize = 20;
}

/// The CodeBuild service. Cheap to clone.
#[derive(Clone)]
pub struct CodeBuild(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) surroundings: Surroundings,
    pub(super) store: Arc<Store>,
    /// A connection to the endpoint, made once.
    connection: OnceCell<Aws>,
}

impl Inner {
    /// A connection to the endpoint, to be given other credentials and another region.
    pub(super) async fn connection(&self) -> &Aws {
        self.connection.get_or_init(|| Aws::connect(self.surroundings.context.settings.clone())).await
    }
}

impl CodeBuild {
    /// Opens the service. Builds that ran when an earlier endpoint died are ended, with all that they left.
    pub fn open(surroundings: Surroundings) -> io::Result<Self> {
        let (store, abandoned) = Store::open(surroundings.context.state.join("builds"))?;
        for record in abandoned {
            run::end_leftovers(&record.build.id, record.folder.as_deref())?;
        }
        Ok(Self(Arc::new(Inner { surroundings, store: Arc::new(store), connection: OnceCell::new() })))
    }

    /// Starts a build, or finds the one that the same call started before.
    pub(super) async fn start(&self, call: &Call) -> Result<Build, Fault> {
        let request = &call.body;
        let wanted: StartBuild = serde_json::from_value(request.clone())
            .map_err(|error| invalid(format!("The request is malformed: {error}")))?;
        let project = self.project(call, &wanted.project_name).await?;
        let limit = project.concurrent_builds;
        let wish = Wish::new(wanted, project, &self.0.surroundings.handoff)?;
        let home = Home { account: call.caller.account.clone(), region: call.region.clone() };
        let name = wish.project.name.clone();
        let admission = self.0.store.add(&home, |known| {
            if let Some(before) = repeated(known, request)? {
                return Ok(Admission::Known(Box::new(before)));
            }
            let running = || known.iter().filter(|record| record.is_running());
            let of_project = running().filter(|record| record.build.project_name == name).count();
            let most = self.0.surroundings.concurrent_builds;
            if running().count() >= most {
                return Err(Refused(too_many(most, "account")));
            }
            if let Some(limit) = limit.filter(|limit| of_project >= *limit as usize) {
                return Err(Refused(too_many(limit as usize, "project")));
            }
            let numbers = known.iter().filter(|record| record.build.project_name == name);
            let number = numbers.map(|record| record.build.build_number).max().unwrap_or_default() + 1;
            let record = new_record(call, &wish, number)?;
            Ok(Admission::New(Box::new(record), self.0.surroundings.context.end.child_token()))
        });
        match admission.map_err(|refused| refused.0)? {
            Admission::Known(record) => Ok(record.build),
            Admission::New(record, stop) => {
                let build = record.build.clone();
                self.0.surroundings.context.tasks.spawn(drive(self.0.clone(), *record, wish, stop));
                Ok(build)
            }
        }
    }

    /// Reads a project as its account's root, since the emulator keeps it.
    async fn project(&self, call: &Call, name: &str) -> Result<BuildProject, Fault> {
        let settings = self.0.surroundings.context.settings_of(&call.caller.account, &call.region);
        let root = settings.credentials.ok_or_else(|| Fault::internal("the account has no credentials"))?;
        let aws = self.0.connection().await.with_credentials(&root).in_region(&call.region);
        let found = aws.build_project(name).await.map_err(|error| Fault::internal(error.to_string()))?;
        found.ok_or_else(|| {
            let arn = project_arn(&call.caller.account, call, name);
            Fault::client("ResourceNotFoundException", format!("Project cannot be found: {arn}"))
        })
    }
}

/// A refusal while the store is held.
struct Refused(Fault);

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self(Fault::internal(error.to_string()))
    }
}

/// The build that the same call started within the time that a token holds.
fn repeated(known: &[&Record], request: &Value) -> Result<Option<Record>, Refused> {
    let Some(token) = request.get("idempotencyToken").and_then(Value::as_str) else { return Ok(None) };
    let now = Moment::now().0.as_second();
    let recent = known.iter().filter(|record| now - record.build.start_time.0.as_second() < TOKEN_SECONDS);
    for record in recent {
        match record.idempotency() {
            Some((known_token, known_request)) if known_token == token => {
                if known_request == comparable(request) {
                    return Ok(Some((*record).clone()));
                }
                let message = "The idempotency token was used with other parameters".to_owned();
                return Err(Refused(invalid(message)));
            }
            _ => {}
        }
    }
    Ok(None)
}

fn too_many(limit: usize, of: &str) -> Fault {
    Fault::client(
        "AccountLimitExceededException",
        format!("Cannot have more than {limit} builds in queue for the {of}"),
    )
}

fn new_record(call: &Call, wish: &Wish, build_number: u64) -> Result<Record, Refused> {
    let (account, region) = (&call.caller.account, &call.region);
    let project = &wish.project;
    let uuid = new_uuid()?;
    let id = format!("{}:{uuid}", project.name);
    let primary = wish.handed.as_ref().and_then(|inputs| inputs.primary());
    let is_logged = project.log.status != "DISABLED";
    let group = project.log.group_name.clone().unwrap_or_else(|| format!("/aws/codebuild/{}", project.name));
    let stream = project.log.stream_name.as_ref().map_or_else(|| uuid.clone(), |start| format!("{start}/{uuid}"));
    let log_arn = format!("arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}");
    let build = Build {
        arn: format!("arn:aws:codebuild:{region}:{account}:build/{id}"),
        id,
        build_number,
        start_time: Moment::now(),
        end_time: None,
        current_phase: PhaseType::Submitted,
        build_status: Status::InProgress,
        source_version: match primary {
            Some(input) => Some(format!("arn:aws:s3:::{}/{}", input.bucket, input.key)),
            None => project.source_version.clone(),
        },
        resolved_source_version: primary.and_then(|input| input.revision.clone()),
        project_name: project.name.clone(),
        phases: Vec::new(),
        source: project.source.clone(),
        artifacts: GivenArtifact::default(),
        secondary_artifacts: Vec::new(),
        cache: project.cache.clone(),
        environment: project.environment.clone(),
        service_role: project.service_role.clone(),
        logs: LogPlace {
            group_name: is_logged.then_some(group),
            stream_name: is_logged.then_some(stream),
            cloud_watch_logs_arn: is_logged.then_some(log_arn),
            cloud_watch_logs: project.log.clone(),
        },
        timeout_in_minutes: project.timeout_minutes,
        build_complete: false,
        initiator: match &wish.handed {
            Some(inputs) => format!("codepipeline/{}", inputs.pipeline),
            None => initiator(&call.caller.arn),
        },
        encryption_key: project.encryption_key.clone(),
        exported_environment_variables: Vec::new(),
        report_arns: Vec::new(),
    };
    Ok(Record {
        account: account.clone(),
        region: region.clone(),
        build,
        request: call.body.clone(),
        reports: Vec::new(),
        folder: None,
    })
}

/// Who started a build: the user's name, or the role with the session.
fn initiator(arn: &str) -> String {
    let name = arn.rsplit(':').next().unwrap_or(arn);
    name.strip_prefix("user/").or_else(|| name.strip_prefix("assumed-role/")).unwrap_or(name).to_owned()
}

/// The ARN of a project.
pub(super) fn project_arn(account: &AccountId, call: &Call, name: &str) -> String {
    format!("arn:aws:codebuild:{}:{account}:project/{name}", call.region)
}

/// A random UUID (version 4).
fn new_uuid() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex::encode(bytes);
    Ok(format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]))
}
