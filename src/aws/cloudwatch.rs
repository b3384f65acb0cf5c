//! Alarms (CloudWatch).
//!
//! One call is needed of a service whose client brings a dozen crates and a second version of HTTP along. So the call is
//! put together from the parts that all clients are made of: the same credentials, connections, repetitions and errors.

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Aws, Error, Result};

const OPERATION: &str = "cloudwatch:DescribeAlarms";

/// How many alarms one call may name.
const PAGE: usize = 100;

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// What it is made of.
    pub kind: AlarmKind,
    /// Its state in the service's word: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
}

/// What an alarm is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmKind {
    /// A metric.
    Metric,
    /// Other alarms. The service shows such alarms only to who may see all.
    Composite,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Answer {
    metric_alarms: Vec<Listed>,
    composite_alarms: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    alarm_name: String,
    state_value: String,
}

impl Aws {
    /// Those of the named alarms that there are.
    pub async fn alarms(&self, names: &[&str]) -> Result<Vec<Alarm>> {
        let mut alarms = Vec::new();
        for names in names.chunks(PAGE) {
            let input = json!({
                "AlarmNames": names,
                "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
                "MaxRecords": PAGE,
            });
            let answer = self.describe_alarms(input).await?;
            let of = |kind, listed: Vec<Listed>| {
                listed.into_iter().map(move |alarm| Alarm { name: alarm.alarm_name, kind, state: alarm.state_value })
            };
            alarms.extend(of(AlarmKind::Metric, answer.metric_alarms));
            alarms.extend(of(AlarmKind::Composite, answer.composite_alarms));
        }
        Ok(alarms)
    }

    async fn describe_alarms(&self, input: Value) -> Result<Answer> {
        let config = self.config();
        let missing = |what| Error::Incomplete { operation: OPERATION, what };
        let region = config.region().ok_or_else(|| missing("region"))?.clone();
        let endpoint = match config.endpoint_url() {
            Some(endpoint) => endpoint.to_owned(),
            None => endpoint(region.as_ref(), config.use_fips().unwrap_or_default().into()),
        };
        let signing = SigV4OperationSigningConfig {
            region: Some(region.into()),
            name: Some("monitoring".into()),
            ..SigV4OperationSigningConfig::default()
        };
        let mut layer = Layer::new("cloudwatch");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(signing);
        let mut components = RuntimeComponentsBuilder::new("cloudwatch");
        components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )));
        components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
        components.set_identity_cache(config.identity_cache());
        let no_credentials = || Error::NoCredentials { cause: "none are configured".to_owned() };
        components.set_identity_resolver(SCHEME_ID, config.credentials_provider().ok_or_else(no_credentials)?);
        let plugin = StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components);
        let operation = Operation::builder()
            .service_name("CloudWatch")
            .operation_name("DescribeAlarms")
            .http_client(config.http_client().unwrap_or_else(super::http::client))
            .endpoint_url(&endpoint)
            .standard_retry(&config.retry_config().cloned().unwrap_or_else(RetryConfig::standard))
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
            .runtime_plugin(plugin)
            .serializer(|input: Value| {
                let mut request = HttpRequest::new(SdkBody::from(input.to_string()));
                request.set_method("POST")?;
                request.headers_mut().insert("content-type", "application/x-amz-json-1.0");
                request.headers_mut().insert("x-amz-target", "GraniteServiceVersion20100801.DescribeAlarms");
                Ok(request)
            })
            .deserializer(read)
            .build();
        operation.invoke(input).await.map_err(Error::of(OPERATION))
    }
}

/// Which kind of endpoint is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cryptography {
    Ordinary,
    Fips,
}

impl From<bool> for Cryptography {
    fn from(is_fips: bool) -> Self {
        if is_fips { Self::Fips } else { Self::Ordinary }
    }
}

/// The service's endpoint in a region.
fn endpoint(region: &str, cryptography: Cryptography) -> String {
    let host = match cryptography {
        Cryptography::Ordinary => "monitoring",
        Cryptography::Fips => "monitoring-fips",
    };
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{host}.{region}.{suffix}")
}

fn read(response: &HttpResponse) -> std::result::Result<Answer, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return serde_json::from_slice(body).map_err(|error| OrchestratorError::response(error.into()));
    }
    Err(OrchestratorError::operation(refusal(body)))
}

/// What the service says when it refuses a call. What is not from the service says nothing.
fn refusal(body: &[u8]) -> ErrorMetadata {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |keys: [&str; 2]| keys.into_iter().find_map(|key| told.get(key)?.as_str());
    let mut metadata = ErrorMetadata::builder();
    // The code may be a shape's full name (`com.amazonaws.cloudwatch#InvalidNextToken`), and more may follow a colon.
    let name = text(["__type", "code"]).and_then(|name| name.rsplit('#').next()?.split(':').next());
    if let Some(name) = name {
        metadata = metadata.code(name);
    }
    if let Some(message) = text(["message", "Message"]) {
        metadata = metadata.message(message);
    }
    metadata.build()
}

#[cfg(test)]
mod tests {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    use super::*;
    use crate::aws::{Credentials, Patience, Settings};
    use crate::id::Secret;

    #[test]
    fn every_partition_has_its_endpoint() {
        assert_eq!(endpoint("eu-west-1", Cryptography::Ordinary), "https://monitoring.eu-west-1.amazonaws.com");
        assert_eq!(endpoint("cn-north-1", Cryptography::Ordinary), "https://monitoring.cn-north-1.amazonaws.com.cn");
        assert_eq!(endpoint("us-gov-west-1", true.into()), "https://monitoring-fips.us-gov-west-1.amazonaws.com");
    }

    #[tokio::test]
    async fn the_call_is_signed_and_repeated_like_any_other() {
        let server = MockServer::start().await;
        let answer = |status: u16, body: Value| {
            let target = matchers::header("x-amz-target", "GraniteServiceVersion20100801.DescribeAlarms");
            Mock::given(target).respond_with(ResponseTemplate::new(status).set_body_json(body))
        };
        let busy = json!({ "__type": "ThrottlingException", "message": "Rate exceeded" });
        answer(400, busy).up_to_n_times(1).mount(&server).await;
        let alarm = |name: &str| json!({ "AlarmName": name, "StateValue": "OK", "Threshold": 0.5 });
        let known = json!({ "MetricAlarms": [alarm("errors")], "CompositeAlarms": [alarm("all")] });
        answer(200, known).up_to_n_times(1).mount(&server).await;
        let denied = json!({ "__type": "AccessDenied", "Message": "not you" });
        answer(400, denied).mount(&server).await;
        let aws = Aws::connect(Settings {
            region: Some("eu-west-1".parse().unwrap()),
            endpoint: Some(server.uri()),
            credentials: Some(Credentials {
                access_key: "AKIA".to_owned(),
                secret_key: Secret::new("secret"),
                session_token: None,
            }),
            patience: Patience::LOCAL,
            ..Settings::default()
        })
        .await;

        let alarms = aws.alarms(&["errors", "all", "none"]).await.unwrap();
        let told: Vec<_> = alarms.iter().map(|alarm| (alarm.name.as_str(), alarm.kind, alarm.state.as_str())).collect();
        assert_eq!(told, [("errors", AlarmKind::Metric, "OK"), ("all", AlarmKind::Composite, "OK")]);
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.len(), 2, "once refused as too many");
        let signature = requests[1].headers["authorization"].to_str().unwrap();
        assert!(signature.contains("/eu-west-1/monitoring/aws4_request"), "{signature}");
        let body: Value = serde_json::from_slice(&requests[1].body).unwrap();
        assert_eq!(body["AlarmNames"], json!(["errors", "all", "none"]));

        let error = aws.alarms(&["errors"]).await.unwrap_err();
        assert_eq!(error.to_string(), "cloudwatch:DescribeAlarms was refused with `AccessDenied`: not you");
        assert!(error.is_denied());
    }

    #[test]
    fn a_refusal_has_its_code_and_message() {
        let refused = refusal(br#"{"__type":"com.amazonaws.cloudwatch#AccessDenied","Message":"not you"}"#);
        assert_eq!((refused.code(), refused.message()), (Some("AccessDenied"), Some("not you")));
        let foreign = refusal(b"<html>sign in</html>");
        assert_eq!((foreign.code(), foreign.message()), (None, None));
    }
}
