//! One build from its record to its end.

use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::aws_world::AwsWorld;
use super::log_writer;
use super::record::Record;
use super::run::{Job, Log, PhaseFailure, PhaseType, Status, Step};
use super::service::Inner;
use super::start::Wish;
use crate::aws::codebuild::LogStream;
use crate::aws::{Aws, Credentials};
use crate::local::authority::SessionRequest;

/// Runs a build and keeps its record.
pub(super) async fn drive(service: Arc<Inner>, record: Record, wish: Wish, stop: CancellationToken) {
    let id = record.build.id.clone();
    let note = |step: Step| {
        // A record that cannot be written is still right in memory; the next step tries again.
        let _ = service.store.change(&id, |record| record.step(step));
    };
    for phase in [PhaseType::Submitted, PhaseType::Queued] {
        note(Step::Begin(phase));
        note(Step::End(phase, Status::Succeeded, None));
    }
    note(Step::Begin(PhaseType::Provisioning));
    let status = match provision(&service, &record).await {
        Ok(provisioned) => {
            note(Step::End(PhaseType::Provisioning, Status::Succeeded, None));
            run(&service, &record, wish, provisioned, &stop).await
        }
        Err(failure) => {
            note(Step::End(PhaseType::Provisioning, Status::Failed, Some(failure)));
            Status::Failed
        }
    };
    let _ = service.store.change(&id, |record| {
        // Nobody but the endpoint itself stopped it.
        if status == Status::Stopped && service.surroundings.context.end.is_cancelled() {
            record.abandon();
        } else {
            record.complete(status);
        }
    });
}

/// What a build gets before its phases.
struct Provisioned {
    credentials: Credentials,
    aws: Aws,
    folder: Utf8PathBuf,
}

async fn provision(service: &Inner, record: &Record) -> Result<Provisioned, PhaseFailure> {
    let build = &record.build;
    let request = SessionRequest {
        role_arn: &build.service_role,
        service: "codebuild.amazonaws.com",
        session_name: &format!("AWSCodeBuild-{}", uuid_of(&build.id)),
        source_account: &record.account,
        source_arn: &project_arn(record),
        policy: None,
    };
    let credentials = service.surroundings.context.authority.session(&request).await.map_err(|fault| {
        PhaseFailure::new(
            "ACCESS_DENIED",
            format!(
                "CodeBuild is not authorized to perform: sts:AssumeRole on {}: {}",
                build.service_role, fault.message
            ),
        )
    })?;
    let aws = service.connection().await.with_credentials(&credentials).in_region(&record.region);
    if let Some(stream) = stream_of(record) {
        aws.make_log_stream(&stream).await.map_err(|error| {
            PhaseFailure::new(
                "ACCESS_DENIED",
                format!("{} does not allow to create the log stream of the build: {error}", build.service_role),
            )
        })?;
    }
    let folder = service.surroundings.scratch.join(format!("pipectl-build-{}", uuid_of(&build.id)));
    make_private(&folder).map_err(|error| PhaseFailure::new("INTERNAL_ERROR", error.to_string()))?;
    let folder = folder.canonicalize_utf8().unwrap_or(folder);
    let kept = service.store.change(&build.id, |record| record.folder = Some(folder.clone()));
    kept.map_err(|error| PhaseFailure::new("INTERNAL_ERROR", error.to_string()))?;
    Ok(Provisioned { credentials, aws, folder })
}

async fn run(
    service: &Arc<Inner>,
    record: &Record,
    wish: Wish,
    provisioned: Provisioned,
    stop: &CancellationToken,
) -> Status {
    let Provisioned { credentials, aws, folder } = provisioned;
    let id = record.build.id.clone();
    let caches = service.surroundings.context.state.join("builds/cache");
    let cache = (wish.project.cache.kind != "NO_CACHE")
        .then(|| caches.join(format!("{}-{}-{}", record.account, record.region, wish.project.name)));
    let mut secrets = vec![credentials.secret_key.expose().to_owned()];
    secrets.extend(credentials.session_token.as_ref().map(|token| token.expose().to_owned()));
    let job = Job {
        id: id.clone(),
        buildspec: wish.buildspec.clone(),
        variables: wish.variables.clone(),
        surroundings: surroundings(service, record, &credentials),
        computer: service.surroundings.passed.clone(),
        path: service.surroundings.context.path.clone(),
        secrets,
        folder: folder.clone(),
        cache,
    };
    let limit = Duration::from_secs(u64::from(record.build.timeout_in_minutes) * 60);
    let world = AwsWorld { store: service.store.clone(), id: id.clone(), aws: aws.clone(), wish, transit: folder };
    let (sender, lines) = mpsc::channel(Log::WAITING);
    let written = async {
        match stream_of(record) {
            Some(stream) => log_writer::write(&aws, &stream, lines).await,
            None => log_writer::discard(lines).await,
        }
    };
    let (outcome, written) = tokio::join!(job.run(&world, Log::new(sender), limit, stop), written);

    let cleaned = tokio::task::spawn_blocking(move || job.clean_up()).await;
    let left = cleaned.map_err(std::io::Error::other).and_then(|cleaned| cleaned).err();
    let failure = left.map(|error| format!("the build's folder could not be removed: {error}"));
    let failure = failure.or(written.err().map(|error| format!("the log is not complete: {error}")));
    let failure = failure.map(PhaseFailure::client);
    let status = outcome.status;
    let _ = service.store.change(&id, |record| {
        record.step(Step::Begin(PhaseType::Finalizing));
        record.step(Step::End(PhaseType::Finalizing, Status::Succeeded, failure));
        record.export(outcome.exported);
        record.report(outcome.reports);
    });
    status
}

/// What a build finds in its environment besides its variables. The variables of CodeBuild are those of "Environment
/// variables in build environments" in its user guide.
fn surroundings(service: &Inner, record: &Record, credentials: &Credentials) -> IndexMap<String, String> {
    let build = &record.build;
    let settings = &service.surroundings;
    let mut variables = IndexMap::new();
    let mut set = |name: &str, value: &str| {
        variables.insert(name.to_owned(), value.to_owned());
    };
    set("AWS_ENDPOINT_URL", &settings.context.endpoint);
    set("AWS_REGION", record.region.as_str());
    set("AWS_DEFAULT_REGION", record.region.as_str());
    set("AWS_EC2_METADATA_DISABLED", "true");
    set("AWS_ACCESS_KEY_ID", &credentials.access_key);
    set("AWS_SECRET_ACCESS_KEY", credentials.secret_key.expose());
    if let Some(token) = &credentials.session_token {
        set("AWS_SESSION_TOKEN", token.expose());
    }
    set("GITHUB_API_URL", &settings.github_api);
    set("CODEBUILD_BUILD_ARN", &build.arn);
    set("CODEBUILD_BUILD_IMAGE", &build.environment.image);
    set("CODEBUILD_BUILD_NUMBER", &build.build_number.to_string());
    set("CODEBUILD_INITIATOR", &build.initiator);
    set("CODEBUILD_PROJECT_ARN", &project_arn(record));
    set("CODEBUILD_START_TIME", &build.start_time.0.as_millisecond().to_string());
    set("CODEBUILD_KMS_KEY_ID", build.encryption_key.as_deref().unwrap_or_default());
    set("CODEBUILD_LOG_PATH", build.logs.stream_name.as_deref().unwrap_or_default());
    set("CODEBUILD_SOURCE_VERSION", build.source_version.as_deref().unwrap_or_default());
    if let Some(version) = &build.resolved_source_version {
        set("CODEBUILD_RESOLVED_SOURCE_VERSION", version);
    }
    variables
}

/// The log stream of a build, unless its project wants none.
fn stream_of(record: &Record) -> Option<LogStream> {
    let logs = &record.build.logs;
    Some(LogStream { group: logs.group_name.clone()?, stream: logs.stream_name.clone()? })
}

/// The ARN of a build's project.
pub(super) fn project_arn(record: &Record) -> String {
    format!("arn:aws:codebuild:{}:{}:project/{}", record.region, record.account, record.build.project_name)
}

/// The part of a build's id that is its own.
pub(super) fn uuid_of(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, uuid)| uuid)
}

/// Makes a folder that only its owner can enter.
fn make_private(folder: &Utf8Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    let made = std::fs::DirBuilder::new().mode(0o700).create(folder);
    made.map_err(|error| std::io::Error::new(error.kind(), format!("`{folder}` cannot be made: {error}")))
}
