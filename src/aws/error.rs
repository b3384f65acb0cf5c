//! What can go wrong in a call, without the SDK's types.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::diagnostic::{Explain, FailureKind, chain};

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The service answered, and refused.
    #[error("{operation} was refused with `{code}`: {message}")]
    Refused {
        /// The service and the call, such as `cloudformation:DescribeStacks`.
        operation: &'static str,
        /// The service's code, such as `AccessDenied`.
        code: String,
        /// The service's message.
        message: String,
    },
    /// No answer came.
    #[error("{operation} got no answer: {cause}")]
    Unreachable {
        /// The service and the call.
        operation: &'static str,
        /// Why, as far as the client knows.
        cause: String,
    },
    /// There are no usable credentials.
    #[error("no usable AWS credentials: {cause}")]
    NoCredentials {
        /// Why, as far as the client knows.
        cause: String,
    },
    /// The answer lacks something that the service promises.
    #[error("the answer to {operation} has no {what}")]
    Incomplete {
        /// The service and the call.
        operation: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// A body could not be read or written.
    #[error("{operation} was cut off: {cause}")]
    Body {
        /// The service and the call.
        operation: &'static str,
        /// Why.
        cause: String,
    },
}

impl Error {
    /// Makes an error of the SDK's. Used as `.map_err(Error::of("service:Operation"))`.
    pub(super) fn of<E>(operation: &'static str) -> impl Fn(SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        move |error| match &error {
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                Self::Refused {
                    operation,
                    code: service.err().code().map_or_else(|| format!("HTTP {status}"), str::to_owned),
                    message: service.err().message().unwrap_or("no message").to_owned(),
                }
            }
            _ => {
                let cause = chain(&error);
                let lacks_credentials = cause.contains("credentials") || cause.contains("the SSO session");
                if lacks_credentials { Self::NoCredentials { cause } } else { Self::Unreachable { operation, cause } }
            }
        }
    }

    /// The service's code, when the service answered.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The service's message, when the service answered.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Refused { message, .. } => Some(message),
            _ => None,
        }
    }

    /// Tells whether the same call may succeed a little later: the network failed, or the service was busy or broken.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Body { .. } => true,
            Self::Refused { code, .. } => [
                "Throttling",
                "TooManyRequests",
                "RequestLimitExceeded",
                "ServiceUnavailable",
                "InternalFailure",
                "HTTP 5",
            ]
            .iter()
            .any(|transient| code.starts_with(transient)),
            Self::NoCredentials { .. } | Self::Incomplete { .. } => false,
        }
    }

    /// Tells whether the service lacks permission for the call.
    pub fn is_denied(&self) -> bool {
        matches!(self.code(), Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation"))
    }

    /// Tells whether the service does not take the credentials at all: they are wrong, or have ended.
    fn rejects_credentials(&self) -> bool {
        matches!(
            self.code(),
            Some(
                "ExpiredToken"
                    | "ExpiredTokenException"
                    | "InvalidAccessKeyId"
                    | "InvalidClientTokenId"
                    | "InvalidSignatureException"
                    | "SignatureDoesNotMatch"
                    | "UnrecognizedClientException"
            )
        )
    }
}

impl Explain for Error {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoCredentials { .. } => FailureKind::NotReady,
            _ if self.rejects_credentials() => FailureKind::NotReady,
            _ => FailureKind::Refused,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoCredentials { .. } => vec![
                "`aws configure` or `aws sso login` makes credentials; `--profile NAME` chooses a profile".to_owned(),
            ],
            Self::Unreachable { .. } => vec![
                "check the network, `--region` and, if set, `AWS_ENDPOINT_URL`; then run the same command again".to_owned(),
            ],
            Self::Refused { .. } if self.is_denied() => vec![
                "`aws sts get-caller-identity` tells whose credentials these are; that identity needs the permission named above".to_owned(),
            ],
            Self::Refused { .. } if self.rejects_credentials() => vec![
                "these credentials are wrong or have ended: `aws configure` or `aws sso login` makes new ones, `--profile \
                 NAME` chooses a profile, and keys in the environment (`AWS_ACCESS_KEY_ID`) go before a default profile"
                    .to_owned(),
            ],
            _ => Vec::new(),
        }
    }
}
