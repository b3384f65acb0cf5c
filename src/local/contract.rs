//! What the front and the services behind it agree on.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use serde_json::Value;

use crate::id::{AccountId, Region};

/// Any error of a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body that is answered: whole or streamed.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// Makes a body of bytes that are all there.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    http_body_util::Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Who calls: a principal whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The principal's account.
    pub account: AccountId,
    /// The principal's ARN, such as `arn:aws:sts::111111111111:assumed-role/deploy/session`.
    pub arn: String,
    /// The access key id of the signature.
    pub access_key: String,
}

/// One call to a JSON service.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The region that the signature names.
    pub region: Region,
    /// The operation, such as `StartPipelineExecution`.
    pub operation: String,
    /// The request.
    pub body: Value,
}

/// Why a call is refused, in the service's own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// The service's code, such as `PipelineNotFoundException`.
    pub code: String,
    /// The service's message.
    pub message: String,
}

impl Fault {
    /// Makes a fault of the client's doing (HTTP 400, as the JSON services answer).
    pub fn client(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.into(), message: message.into() }
    }

    /// Makes a fault of this program's doing (HTTP 500).
    pub fn internal(message: impl Into<String>) -> Self {
        Self { status: 500, code: "InternalFailure".to_owned(), message: message.into() }
    }
}

/// One right that a call needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The action, such as `codepipeline:StartPipelineExecution` or `iam:PassRole`.
    pub action: String,
    /// The ARN of the resource, or `*` for actions that know none.
    pub resource: String,
    /// Condition keys beyond those that the front knows itself (`aws:RequestedRegion`, `aws:PrincipalArn`, …).
    pub context: Vec<(String, String)>,
}

impl Permission {
    /// Makes a permission without condition keys of its own.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: Vec::new() }
    }

    /// Makes the permission to hand a role to a service, such as `codepipeline.amazonaws.com`.
    pub fn pass_role(role_arn: impl Into<String>, service: impl Into<String>) -> Self {
        Self {
            action: "iam:PassRole".to_owned(),
            resource: role_arn.into(),
            context: vec![("iam:PassedToService".to_owned(), service.into())],
        }
    }
}

/// Whether a service answers an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// The service answers.
    Answer,
    /// The emulator answers, and authorises.
    PassOn,
}

/// A service that speaks the AWS JSON protocol; registered under its `X-Amz-Target` prefix, such as
/// `CodePipeline_20150709`.
pub trait Service: Send + Sync + 'static {
    /// Tells whether the service answers an operation; the emulator answers the others.
    fn handling(&self, operation: &str) -> Handling {
        let _ = operation;
        Handling::Answer
    }

    /// Names the rights that a call needs; the front checks all of them before [`Service::call`].
    ///
    /// A fault refuses the call at once: a body without the name that the resource's ARN is made of, say.
    fn permissions(&self, call: &Call) -> Result<Vec<Permission>, Fault>;

    /// Answers a call whose rights were checked.
    fn call(&self, call: Call) -> BoxFuture<'_, Result<Value, Fault>>;
}

/// Plain HTTP below a path prefix, such as `/git/`. The front checks neither signature nor rights here; it does refuse
/// requests from browsers and for other hosts.
pub trait Pages: Send + Sync + 'static {
    /// Answers a request.
    fn serve(&self, request: http::Request<hyper::body::Incoming>) -> BoxFuture<'_, http::Response<Body>>;
}

/// One wish of CloudFormation for a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceCall {
    /// The stack's account.
    pub account: AccountId,
    /// The stack's region.
    pub region: Region,
    /// The stack's name; empty when the emulator does not tell it (on delete).
    pub stack: String,
    /// The resource's name in the template; empty when the emulator does not tell it.
    pub logical_id: String,
    /// What [`Provisioned::physical_id`] was; empty on create.
    pub physical_id: String,
    /// The wanted properties, with references and dynamic references resolved; the last ones on delete.
    pub properties: Value,
    /// The properties before an update; null otherwise.
    pub old_properties: Value,
}

/// A resource as CloudFormation sees it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Provisioned {
    /// What `Ref` gives.
    pub physical_id: String,
    /// What `Fn::GetAtt` gives.
    pub attributes: BTreeMap<String, Value>,
}

/// A CloudFormation resource type that the emulator lacks; registered under its name, such as
/// `AWS::CodePipeline::Pipeline`. An error is the reason that the stack's event shows, and leaves everything as it was:
/// CloudFormation reverts a failed update by calling `update` only for the resources that were updated before.
pub trait ResourceType: Send + Sync + 'static {
    /// Creates the resource.
    fn create(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>>;

    /// Updates the resource in place.
    fn update(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>>;

    /// Deletes the resource; one that is not there is no error.
    fn delete(&self, call: ResourceCall) -> BoxFuture<'_, Result<(), String>>;
}
