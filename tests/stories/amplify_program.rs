//! A Gen 2 backend of Amplify as a stage, on the local endpoint: synthesised by the pipeline's build, deployed as stacks and
//! assets, asked about, told to its clients.

use crate::support::project::{Project, REPOSITORY, definition};
use serde_json::json;

/// The build installs what stands in for `tsx`, as `npm ci` would.
const TABLES: &str = r#"[build]
commands = ["mkdir -p node_modules/.bin", "cp -R tools/. node_modules/.bin/", "chmod +x node_modules/.bin/tsx"]

[[stage]]
name = "Beta"
approval = {}

[[stage.amplify]]
name = "todo"
backend = "amplify/backend.ts"

[[stage.stack]]
name = "user"
template = "app.yaml"
parameters = { Alerts = { output = "todo.customOutputs" } }
"#;

const USER: &str = "Parameters:\n  Alerts: {Type: String}\nResources:\n  Thing:\n    Type: Pipectl::Test::Resource\n    \
                    Properties: {Value: !Ref Alerts}\nOutputs:\n  Value: {Value: !GetAtt Thing.Value}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_is_synthesised_by_the_build_and_deployed_by_the_stage() {
    let project = Project::start(REPOSITORY);
    project.copy_fixture("amplify-gen2", "tools");
    project.write("amplify/backend.ts", "defineBackend({});\n");
    project.write(".gitignore", "node_modules\n.amplify\n.pipectl\n");
    project.write("app.yaml", USER);
    project.write("pipeline.toml", &definition("", TABLES));
    // From nothing: no checkout has synthesised the backend, so the pipeline's first run finds the stage.
    project.bring_up().await;
    let _ = project.under_way("Beta", "Approve");
    let _ = project.pipectl(&["approve", "Beta"]).code(0);
    let _ = project.watch().code(0);

    let stack = "amplify-shop-Beta-standalone-b9a2712806";
    let outputs = project.outputs(stack).await.unwrap();
    assert_eq!(outputs["deploymentType"], "standalone");
    let user = project.outputs("shop-Beta-user").await.unwrap();
    assert_eq!(user["Value"], outputs["customOutputs"]);

    let told = project.pipectl(&["outputs", "--stage", "Beta", "--format", "amplify"]).code(0).json();
    let alerts = told["custom"]["alerts"].as_str().unwrap();
    assert!(alerts.starts_with("arn:aws:sns:us-east-1:"), "{told}");
    assert_eq!(told, json!({ "version": "1.5", "custom": { "alerts": alerts } }));
}
