//! Connections (CodeConnections, and under their older name CodeStar connections): available as soon as they are made.

use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::page;
use super::{environment, input, unknown_operation, without_nulls};
use crate::id::Environment;
use crate::local::engine::{Connection, Engine, Tags, new_execution_id};
use crate::local::{Call, Fault, Permission, Service};

const MOST_LISTED: usize = 100;

/// Under which name the service is spoken to: ARNs and actions begin with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `codestar-connections`.
    CodeStar,
    /// `codeconnections`.
    CodeConnections,
}

impl Spelling {
    /// The prefixes of `X-Amz-Target`: botocore's, and the one of SDKs that are made from the service's newer model.
    pub fn targets(self) -> [&'static str; 2] {
        match self {
            Self::CodeStar => {
                ["com.amazonaws.codestar.connections.CodeStar_connections_20191201", "CodeStar_connections_20191201"]
            }
            Self::CodeConnections => {
                ["com.amazonaws.codeconnections.CodeConnections_20231201", "CodeConnections_20231201"]
            }
        }
    }

    /// The CloudFormation type.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::CodeStar => "AWS::CodeStarConnections::Connection",
            Self::CodeConnections => "AWS::CodeConnections::Connection",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::CodeStar => "codestar-connections",
            Self::CodeConnections => "codeconnections",
        }
    }
}

/// The connections service under one of its names.
#[derive(Debug, Clone)]
pub struct Connections {
    engine: Engine,
    spelling: Spelling,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateInput {
    provider_type: Option<String>,
    connection_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    host_arn: Option<String>,
}

/// A tag as this API writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NamedInput {
    connection_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    provider_type_filter: Option<String>,
    host_arn_filter: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

impl Connections {
    /// Makes the service of an engine.
    pub fn new(engine: Engine, spelling: Spelling) -> Self {
        Self { engine, spelling }
    }

    fn answer(&self, call: &Call) -> Result<Value, Fault> {
        match call.operation.as_str() {
            "CreateConnection" => {
                let CreateInput { provider_type, connection_name, tags, host_arn } = input(call)?;
                let tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
                let wish = Wish { name: connection_name, provider: provider_type, host: host_arn, tags };
                let connection = make(&self.engine, &environment(call), self.spelling, wish)?;
                Ok(json!({ "ConnectionArn": connection.arn }))
            }
            "GetConnection" => {
                let NamedInput { connection_arn } = input(call)?;
                let connection = self.find(call, &connection_arn)?;
                Ok(json!({ "Connection": shape(&connection) }))
            }
            "ListConnections" => self.list(call),
            "DeleteConnection" => {
                let NamedInput { connection_arn } = input(call)?;
                self.find(call, &connection_arn)?;
                self.engine.delete_connection(&connection_arn)?;
                Ok(json!({}))
            }
            "ListTagsForResource" => {
                let arn = call.body.get("ResourceArn").and_then(Value::as_str).unwrap_or_default();
                let tags: Vec<Value> = self
                    .find(call, arn)?
                    .tags
                    .iter()
                    .map(|(key, value)| json!({ "Key": key, "Value": value }))
                    .collect();
                Ok(json!({ "Tags": tags }))
            }
            operation => Err(unknown_operation(operation)),
        }
    }

    fn list(&self, call: &Call) -> Result<Value, Fault> {
        let ListInput { provider_type_filter, host_arn_filter, max_results, next_token } = input(call)?;
        let wanted = |connection: &Connection| {
            provider_type_filter.as_ref().is_none_or(|wanted| connection.provider.as_ref() == Some(wanted))
                && host_arn_filter.as_ref().is_none_or(|wanted| connection.host.as_ref() == Some(wanted))
        };
        let connections = self.engine.connections(&environment(call)).into_iter().filter(wanted).collect();
        let page = page(connections, |known| known.arn.clone(), MOST_LISTED, max_results, next_token.as_deref())?;
        let connections: Vec<Value> = page.items.iter().map(shape).collect();
        Ok(without_nulls(json!({ "Connections": connections, "NextToken": page.next })))
    }

    /// Finds a connection of the caller's account, whatever region it is in.
    fn find(&self, call: &Call, arn: &str) -> Result<Connection, Fault> {
        self.engine
            .connection(arn)
            .filter(|connection| connection.environment.account == call.caller.account)
            .ok_or_else(|| {
                Fault::client("ResourceNotFoundException", format!("Connection with ARN {arn} was not found"))
            })
    }
}

/// What a new connection shall be.
pub(super) struct Wish {
    /// Its name.
    pub name: String,
    /// The provider, such as `GitHub`.
    pub provider: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// Makes a connection.
pub(super) fn make(
    engine: &Engine,
    environment: &Environment,
    spelling: Spelling,
    wish: Wish,
) -> Result<Connection, Fault> {
    let Wish { name, provider, host, tags } = wish;
    if !(1..=32).contains(&name.chars().count()) {
        return Err(Fault::client("ValidationException", "the connection's name must have 1 to 32 characters"));
    }
    let Environment { account, region } = environment;
    let connection = Connection {
        arn: format!("arn:aws:{}:{region}:{account}:connection/{}", spelling.prefix(), new_execution_id()?),
        environment: environment.clone(),
        name,
        provider,
        host,
        tags,
    };
    engine.put_connection(connection.clone())?;
    Ok(connection)
}

fn shape(connection: &Connection) -> Value {
    without_nulls(json!({
        "ConnectionName": connection.name,
        "ConnectionArn": connection.arn,
        "ProviderType": connection.provider,
        "OwnerAccountId": connection.environment.account,
        "ConnectionStatus": "AVAILABLE",
        "HostArn": connection.host,
    }))
}

impl Service for Connections {
    fn permissions(&self, call: &Call) -> Result<Vec<Permission>, Fault> {
        let named = ["ConnectionArn", "ResourceArn"].iter().find_map(|key| call.body.get(*key)?.as_str());
        let action = format!("{}:{}", self.spelling.prefix(), call.operation);
        Ok(vec![Permission::new(action, named.unwrap_or("*"))])
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Value, Fault>> {
        Box::pin(async move { self.answer(&call) })
    }
}
