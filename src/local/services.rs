//! What stands behind the front of every instance besides the emulator: the pipeline engine, builds, and GitHub.

use std::io;
use std::sync::Arc;

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::Context;
use super::api::{self, CodePipeline, ConnectionType, Connections, Deliveries, PipelineType, Spelling, WebhookType};
use super::codebuild::{self, CodeBuild, Handoff};
use super::engine::{self, Engine};
use super::front::Routes;
use super::github::{self, GitPages, Hub, RestPages, Token};

/// The prefix of `X-Amz-Target` for CodeBuild.
const CODEBUILD: &str = "CodeBuild_20161006";

/// What builds get from the surroundings of the endpoint.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The folder in which builds get folders of their own.
    pub scratch: Utf8PathBuf,
    /// Variables that builds find besides their own, such as `CARGO_HOME`.
    pub passed: IndexMap<String, String>,
}

/// Makes all services of an instance and introduces them to each other.
pub fn all(context: &Context, surroundings: Surroundings) -> io::Result<Routes> {
    let settings = github::Settings::new(&context.state, &context.endpoint, Token::new(context.github_token()));
    let hub = Hub::open(settings)?;
    let handoff = Handoff::default();
    let engine = Engine::open(engine::Surroundings::new(context, hub.clone(), handoff.clone()))?;
    hub.add_webhooks(Arc::new(engine.clone()));
    hub.add_listener(Arc::new(engine.clone()));
    let builds = CodeBuild::open(codebuild::Surroundings {
        context: context.clone(),
        github_api: hub.api_url(),
        scratch: surroundings.scratch,
        passed: surroundings.passed,
        handoff,
        concurrent_builds: codebuild::Surroundings::CONCURRENT_BUILDS,
    })?;
    let mut routes = Routes::default()
        .service(api::TARGET, Arc::new(CodePipeline::new(engine.clone())))
        .service(CODEBUILD, Arc::new(builds))
        .page("/webhooks/", Arc::new(Deliveries::new(engine.clone())))
        .page("/git/", Arc::new(GitPages(hub.clone())))
        .page("/github/", Arc::new(RestPages(hub)))
        .resource("AWS::CodePipeline::Pipeline", Arc::new(PipelineType::new(engine.clone())))
        .resource("AWS::CodePipeline::Webhook", Arc::new(WebhookType::new(engine.clone())));
    for spelling in [Spelling::CodeStar, Spelling::CodeConnections] {
        for target in spelling.targets() {
            routes = routes.service(target, Arc::new(Connections::new(engine.clone(), spelling)));
        }
        routes = routes.resource(spelling.resource_type(), Arc::new(ConnectionType::new(engine.clone(), spelling)));
    }
    Ok(routes)
}
