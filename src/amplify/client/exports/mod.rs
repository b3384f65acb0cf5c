//! `aws-exports.js` and `amplifyconfiguration.json`: what the clients of a Gen 1 backend are told.
//!
//! The Amplify CLI makes them of what it keeps in `amplify-meta.json`. All of that is in the outputs of the stacks nested in
//! the backend's root, in the parameters that they were given, and in the template of the GraphQL API; a [`Project`] has it,
//! in the words of the CLI. What only the CLI's own questions know (push channels, say) is not told.

mod auth;
mod geo;
mod naming;
mod overridden;
mod predictions;
mod project;
mod recognise;
mod services;

use serde_json::{Map, Value};

use super::Document;

pub use naming::logical_id;
pub use overridden::follow;
pub use project::{Project, Resource, sign_in};
pub use recognise::recognise;

/// A backend's resources of one service, told to clients.
type Part = fn(&[&Resource], &Project) -> Value;

/// How the resources of each service are told.
const SERVICES: [(&[&str], Part); 8] = [
    (&["Cognito"], auth::cognito),
    (&["S3"], services::bucket),
    (&["AppSync"], services::graphql),
    (&["API Gateway", "ElasticContainer"], services::rest),
    (&["Pinpoint"], services::analytics),
    (&["DynamoDB"], services::tables),
    (&["S3AndCloudFront"], services::hosting),
    (&["Lex"], services::bots),
];

/// The client configuration of a Gen 1 backend.
pub fn aws_exports(project: &Project) -> Value {
    let mut exports = Map::from_iter([("aws_project_region".to_owned(), Value::from(project.region.as_str()))]);
    for (names, part) in SERVICES {
        let resources = project.of_services(names);
        if !resources.is_empty() {
            exports.extend(super::json::members(part(&resources, project)));
        }
    }
    exports.extend(predictions::predictions(project).map(|value| ("predictions".to_owned(), value)));
    exports.extend(geo::geo(project).map(|value| ("geo".to_owned(), value)));
    Value::Object(exports)
}

/// The two files in which clients look for it: a module and plain JSON.
pub fn export_documents(exports: &Value) -> [Document; 2] {
    let module = format!(
        "/* eslint-disable */\n// Made from the outputs of the backend's stacks; what is changed here is lost when it is made anew.\n\n\
         const awsmobile = {exports:#};\n\n\nexport default awsmobile;\n"
    );
    [
        Document { file_name: "aws-exports.js".to_owned(), text: module },
        Document { file_name: "amplifyconfiguration.json".to_owned(), text: format!("{exports:#}\n") },
    ]
}
