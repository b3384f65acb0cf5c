//! A stage with an Amplify Gen 1 backend on the local endpoint: deployed, used by a stage after it, called by a client.

use crate::support::project::{Project, REPOSITORY, definition};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const STAGES: &str = r#"
[[stage]]
name = "Backend"

[[stage.amplify]]
name = "notes"
export = "export"
environment = "prod"

[[stage]]
name = "Front"

[[stage.stack]]
name = "app"
template = "app.yaml"
parameters = { Api = { output = "Backend/notes.api.GraphQLAPIIdOutput" }, Users = { output = "Backend/notes.auth.UserPoolId" } }
"#;

/// A stack that is given what the backend's nested stacks put out.
const APP: &str = "Parameters:\n  Api: {Type: String}\n  Users: {Type: String}\n\
    Resources:\n  Thing:\n    Type: Pipectl::Test::Resource\n    Properties: {Value: !Sub '${Api} ${Users}'}\n\
    Outputs:\n  Value: {Value: !GetAtt Thing.Value}\n";

const ROOT: &str = "amplify-notes-prod-20202";

/// The outputs of the backend's nested stack whose logical id begins so.
fn nested(project: &Project, logical_id: &str) -> Value {
    let all = project.pipectl(&["outputs", "--stack", ROOT, "--nested", "--format", "json"]).code(0).json();
    let prefix = format!("{ROOT}-{logical_id}");
    let found = all.as_array().unwrap().iter().find(|told| told["stack"].as_str().unwrap().starts_with(&prefix));
    found.unwrap_or_else(|| panic!("no {prefix} in {all:#}"))["outputs"].clone()
}

/// Sends a query to the API as its clients do: with its key, and to its host.
async fn ask(project: &Project, api: &Value, query: &str, variables: Value) -> Value {
    let variables_of = project.pipectl(&["local", "env", "--format", "json"]).code(0).json();
    let endpoint = variables_of["AWS_ENDPOINT_URL"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let host = api["GraphQLAPIEndpointOutput"].as_str().unwrap();
    let host = host.trim_start_matches("https://").split('/').next().unwrap();
    let body = json!({ "query": query, "variables": variables }).to_string();
    let key = api["GraphQLAPIKeyOutput"].as_str().unwrap();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {host}\r\nx-api-key: {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(endpoint).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await.unwrap();
    let json = answer.find("\r\n\r\n").map(|head| answer[head..].trim()).unwrap_or_default();
    serde_json::from_str(json).unwrap_or_else(|_| panic!("{answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_is_deployed_used_and_called() {
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &definition("", STAGES));
    project.write("app.yaml", APP);
    project.copy_fixture("amplify-gen1/notes/export", "export");
    project.bring_up().await;
    let _ = project.watch().code(0);

    // The stage after it was given what its nested stacks put out.
    let (api, users) = (nested(&project, "apinotes"), nested(&project, "authnotes"));
    let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
    let given = format!("{} {}", text(&api, "GraphQLAPIIdOutput"), text(&users, "UserPoolId"));
    assert_eq!(project.outputs("shop-Front-app").await.unwrap()["Value"], given);

    // The API answers by the schema and with the resolvers that the export brought.
    let create = "mutation ($input: CreateNoteInput!) { createNote(input: $input) { id text } }";
    let note = json!({ "id": "1", "text": "milk" });
    let made = ask(&project, &api, create, json!({ "input": note })).await;
    assert_eq!(made["data"]["createNote"], note, "{made:#}");
    let read = ask(&project, &api, "query { getNote(id: \"1\") { text } }", json!({})).await;
    assert_eq!(read["data"]["getNote"]["text"], "milk", "{read:#}");
    let wrong = ask(&project, &api, "query { getNote(id: \"1\") { author } }", json!({})).await;
    assert!(wrong["errors"][0]["message"].as_str().unwrap().contains("author"), "{wrong:#}");

    // The next export of it: `diff` tells where it changes, and a push changes it in place.
    let schema = project.path().join("export/api/notes/amplify-appsync-files/schema.graphql");
    let changed = std::fs::read_to_string(&schema).unwrap().replace("text: String!", "text: String!\n  author: String");
    std::fs::write(&schema, changed).unwrap();
    let told = project.pipectl(&["diff", "Backend"]).code(7).output;
    assert!(told.contains("AWS::AppSync::GraphQLSchema  GraphQLAPITransformerSchema"), "{told}");
    assert!(!told.contains("authnotes"), "{told}");
    let _ = project.push("notes have authors");
    let _ = project.watch().code(0);
    let note = json!({ "id": "2", "text": "bread", "author": "Ada" });
    let create = create.replace("id text", "id text author");
    let made = ask(&project, &api, &create, json!({ "input": note })).await;
    assert_eq!(made["data"]["createNote"], note, "{made:#}");
    let kept = ask(&project, &api, "query { getNote(id: \"1\") { text author } }", json!({})).await;
    assert_eq!(kept["data"]["getNote"], json!({ "text": "milk", "author": null }), "what was there is kept: {kept:#}");
}
