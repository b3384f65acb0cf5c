//! What a deployment costs when nothing is to change: five calls, none of which writes.

use crate::support::listener::Listener;
use crate::support::project::Project;

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_without_a_change_makes_five_calls() {
    let project = Project::start("octo-org/calm");
    project.write("templates/app.yaml", include_str!("../fixtures/definitions/minimal/templates/app.yaml"));
    let definition = include_str!("../fixtures/definitions/minimal/pipeline.toml").replace("minimal\"", "calm\"");
    project.write("pipeline.toml", &definition);
    project.bring_up().await;

    let listener = Listener::before(&project).await;
    let said = listener.client(&project, &["deploy"]).code(0);
    assert!(said.errors.contains("up to date"), "{}", said.errors);
    assert_eq!(
        listener.calls(),
        ["getcalleridentity", "getparameter", "getsecretvalue", "describestacks", "gettemplate"]
    );
}
