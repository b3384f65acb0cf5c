//! Alarms (CloudWatch).
//!
//! One call is needed of a service whose client brings a dozen crates and a second version of HTTP along. So the call is
//! put together from the parts that all clients are made of: the same credentials, connections, repetitions and errors.

use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
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
use crate::assembly;
use crate::id::Region;

const OPERATION: &str = "cloudwatch:DescribeAlarms";

const SERVICE: &str = "CloudWatch";

/// What the service's hosts begin with, and what signatures call it.
const HOST: &str = "monitoring";

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
        let region = config.region().ok_or_else(|| missing("region"))?;
        let endpoint = match config.endpoint_url() {
            Some(endpoint) => endpoint.to_owned(),
            None => {
                let region: Region = region.as_ref().parse().map_err(|_| missing("usable region"))?;
                let addresses = Addresses::from_dual_stack(config.use_dual_stack().unwrap_or_default());
                endpoint(&region, Cryptography::from_fips(config.use_fips().unwrap_or_default()), addresses)
            }
        };
        let operation = Operation::builder()
            .service_name(SERVICE)
            .operation_name("DescribeAlarms")
            .http_client(config.http_client().unwrap_or_else(super::http::client))
            .endpoint_url(&endpoint)
            .standard_retry(&config.retry_config().cloned().unwrap_or_else(RetryConfig::standard))
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
            .runtime_plugin(signing(config, region)?)
            .serializer(request)
            .deserializer(read)
            .build();
        operation.invoke(input).await.map_err(Error::of(OPERATION))
    }
}

/// What signs a call.
fn signing(config: &SdkConfig, region: &aws_config::Region) -> Result<StaticRuntimePlugin> {
    let signing = SigV4OperationSigningConfig {
        region: Some(region.clone().into()),
        name: Some(HOST.into()),
        ..SigV4OperationSigningConfig::default()
    };
    let mut layer = Layer::new(SERVICE);
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(signing);
    let mut components = RuntimeComponentsBuilder::new(SERVICE);
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    components.set_identity_cache(config.identity_cache());
    let no_credentials = || Error::NoCredentials { cause: "none are configured".to_owned() };
    components.set_identity_resolver(SCHEME_ID, config.credentials_provider().ok_or_else(no_credentials)?);
    Ok(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components))
}

fn request(input: Value) -> std::result::Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(input.to_string()));
    request.set_method("POST")?;
    request.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    request.headers_mut().insert("x-amz-target", "GraniteServiceVersion20100801.DescribeAlarms");
    Ok(request)
}

/// Which kind of endpoint is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cryptography {
    Ordinary,
    Fips,
}

impl Cryptography {
    fn from_fips(is_fips: bool) -> Self {
        if is_fips { Self::Fips } else { Self::Ordinary }
    }
}

/// Which addresses an endpoint has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Addresses {
    /// IPv4.
    Four,
    /// IPv4 and IPv6.
    Dual,
}

impl Addresses {
    fn from_dual_stack(is_dual: bool) -> Self {
        if is_dual { Self::Dual } else { Self::Four }
    }
}

/// The service's endpoint in a region, by the rules of its own client.
fn endpoint(region: &Region, cryptography: Cryptography, addresses: Addresses) -> String {
    let partition = assembly::partition(region);
    let (four, dual) = match partition {
        "aws-cn" => ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        "aws-eusc" => ("amazonaws.eu", "api.amazonwebservices.eu"),
        "aws-iso" => ("c2s.ic.gov", "api.aws.ic.gov"),
        "aws-iso-b" => ("sc2s.sgov.gov", "api.aws.scloud"),
        "aws-iso-e" => ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
        "aws-iso-f" => ("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
        _ => ("amazonaws.com", "api.aws"),
    };
    let (prefix, suffix) = match (cryptography, addresses) {
        // All endpoints of GovCloud are those of FIPS.
        (Cryptography::Fips, Addresses::Four) if partition == "aws-us-gov" => ("", four),
        (Cryptography::Fips, Addresses::Four) => ("-fips", four),
        (Cryptography::Fips, Addresses::Dual) => ("-fips", dual),
        (Cryptography::Ordinary, Addresses::Four) => ("", four),
        (Cryptography::Ordinary, Addresses::Dual) => ("", dual),
    };
    format!("https://{HOST}{prefix}.{region}.{suffix}")
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
    use crate::aws::Settings;

    #[test]
    fn every_partition_has_its_endpoints() {
        use Addresses::{Dual, Four};
        use Cryptography::{Fips, Ordinary};

        for (region, four, four_fips, dual) in [
            ("eu-west-1", "amazonaws.com", "-fips", "api.aws"),
            ("us-gov-west-1", "amazonaws.com", "", "api.aws"),
            ("us-gov-east-1", "amazonaws.com", "", "api.aws"),
            ("cn-north-1", "amazonaws.com.cn", "-fips", "api.amazonwebservices.com.cn"),
            ("us-iso-east-1", "c2s.ic.gov", "-fips", "api.aws.ic.gov"),
            ("us-isob-east-1", "sc2s.sgov.gov", "-fips", "api.aws.scloud"),
            ("eu-isoe-west-1", "cloud.adc-e.uk", "-fips", "api.cloud-aws.adc-e.uk"),
            ("us-isof-south-1", "csp.hci.ic.gov", "-fips", "api.aws.hci.ic.gov"),
            ("eusc-de-east-1", "amazonaws.eu", "-fips", "api.amazonwebservices.eu"),
        ] {
            let of = |cryptography, addresses| endpoint(&region.parse().unwrap(), cryptography, addresses);
            assert_eq!(of(Ordinary, Four), format!("https://monitoring.{region}.{four}"));
            assert_eq!(of(Fips, Four), format!("https://monitoring{four_fips}.{region}.{four}"));
            assert_eq!(of(Ordinary, Dual), format!("https://monitoring.{region}.{dual}"));
            assert_eq!(of(Fips, Dual), format!("https://monitoring-fips.{region}.{dual}"));
        }
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
        let aws = Aws::connect(Settings::of_stand_in("eu-west-1", server.uri())).await;

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
