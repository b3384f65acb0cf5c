//! `AWS::CodeStarConnections::Connection` and `AWS::CodeConnections::Connection`.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::properties::{tags, text};
use super::{environment, reason};
use crate::local::api::connection::{Spelling, Wish, make};
use crate::local::engine::{Connection, Engine};
use crate::local::{Provisioned, ResourceCall, ResourceType};

/// The resource type of connections under one of its names.
#[derive(Debug, Clone)]
pub struct ConnectionType {
    engine: Engine,
    spelling: Spelling,
}

impl ConnectionType {
    /// Makes the type of an engine.
    pub fn new(engine: Engine, spelling: Spelling) -> Self {
        Self { engine, spelling }
    }

    /// The name of the type.
    pub fn name(spelling: Spelling) -> &'static str {
        match spelling {
            Spelling::CodeStar => "AWS::CodeStarConnections::Connection",
            Spelling::CodeConnections => "AWS::CodeConnections::Connection",
        }
    }

    fn make(&self, call: &ResourceCall) -> Result<Provisioned, String> {
        let property = |name: &str| call.properties.get(name).map(text);
        let wish = Wish {
            name: property("ConnectionName").ok_or("Properties validation failed: ConnectionName is missing")?,
            provider: property("ProviderType"),
            host: property("HostArn"),
            tags: tags(&call.properties),
        };
        make(&self.engine, &environment(call), self.spelling, wish).map(provisioned).map_err(reason)
    }

    fn change(&self, call: &ResourceCall) -> Result<Provisioned, String> {
        let is_same = ["ConnectionName", "ProviderType", "HostArn"]
            .iter()
            .all(|name| call.properties.get(*name) == call.old_properties.get(*name));
        match self.engine.connection(&call.physical_id) {
            Some(mut connection) if is_same => {
                connection.tags = tags(&call.properties);
                self.engine.put_connection(connection.clone()).map_err(reason)?;
                Ok(provisioned(connection))
            }
            _ => self.make(call),
        }
    }
}

fn provisioned(connection: Connection) -> Provisioned {
    Provisioned {
        attributes: BTreeMap::from([
            ("ConnectionArn".to_owned(), json!(connection.arn)),
            ("ConnectionStatus".to_owned(), json!("AVAILABLE")),
            ("OwnerAccountId".to_owned(), json!(connection.environment.account)),
        ]),
        physical_id: connection.arn,
    }
}

impl ResourceType for ConnectionType {
    fn create(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>> {
        Box::pin(async move { self.make(&call) })
    }

    fn update(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>> {
        Box::pin(async move { self.change(&call) })
    }

    fn delete(&self, call: ResourceCall) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move { self.engine.delete_connection(&call.physical_id).map(drop).map_err(reason) })
    }
}
