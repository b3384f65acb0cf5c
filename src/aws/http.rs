//! One pool of connections for all services.
//!
//! Left to itself, every client of the SDK has a pool of its own, and so each call would open a connection and read
//! the certificates of the system anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared;

/// Connectors by the time-outs that they keep: connecting, and waiting for an answer.
type Connectors = HashMap<(Option<Duration>, Option<Duration>), SharedHttpConnector>;

/// Hands every client the same connector, and thereby the same connections.
#[derive(Debug, Clone, Default)]
struct SharedPool {
    connectors: Arc<Mutex<Connectors>>,
}

/// Makes an HTTP client that all services share. It heeds `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
pub(super) fn client() -> SharedHttpClient {
    SharedPool::default().into_shared()
}

impl HttpClient for SharedPool {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        connectors
            .entry((settings.connect_timeout(), settings.read_timeout()))
            .or_insert_with(|| {
                let mut builder = Connector::builder()
                    .proxy_config(ProxyConfig::from_env())
                    .connector_settings(settings.clone())
                    .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
                builder.set_sleep_impl(components.sleep_impl());
                SharedHttpConnector::new(builder.build())
            })
            .clone()
    }
}
