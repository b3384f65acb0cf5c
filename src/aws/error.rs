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
    /// What answered was not the service: a proxy, or the page by which a network wants a sign-in.
    #[error("the answer to {operation} (HTTP {status}) does not come from AWS")]
    Foreign {
        /// The service and the call.
        operation: &'static str,
        /// The status of the answer.
        status: u16,
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
                match service.err().code() {
                    // A refusal without a code is that of a call whose answers have no body, or a server's failure.
                    None if status < 400 => Self::Foreign { operation, status },
                    code => Self::Refused {
                        operation,
                        code: code.map_or_else(|| format!("HTTP {status}"), str::to_owned),
                        message: service.err().message().unwrap_or("no message").to_owned(),
                    },
                }
            }
            SdkError::ResponseError(response) => Self::Foreign { operation, status: response.raw().status().as_u16() },
            _ => {
                let cause = chain(&error);
                let lacks_credentials = cause.contains("credential") || cause.contains("the SSO session");
                match lacks_credentials {
                    true => Self::NoCredentials { cause: cause.trim_start_matches(DISPATCH).to_owned() },
                    // What the layers of the client call it tells nobody anything.
                    false => Self::Unreachable { operation, cause: root(&error) },
                }
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
            Self::Unreachable { .. } | Self::Body { .. } | Self::Foreign { .. } => true,
            Self::Refused { code, .. } => TRANSIENT.iter().any(|transient| code.starts_with(transient)),
            Self::NoCredentials { .. } | Self::Incomplete { .. } => false,
        }
    }

    /// Tells whether the caller lacks permission for the call.
    pub fn is_denied(&self) -> bool {
        matches!(self.code(), Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "HTTP 403"))
    }

    /// Tells whether the service decided against the call itself: neither time nor other credentials of the same
    /// principal change that.
    pub fn is_verdict(&self) -> bool {
        matches!(self, Self::Refused { .. }) && !self.is_transient() && !self.rejects_credentials()
    }

    /// Tells whether the service does not take the credentials at all: they are wrong, or have ended.
    fn rejects_credentials(&self) -> bool {
        self.code().is_some_and(|code| REJECTING.contains(&code))
    }
}

/// The innermost cause of an error.
fn root(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// How the codes begin of what may succeed a little later.
const TRANSIENT: [&str; 10] = [
    "Throttl",
    "TooManyRequests",
    "RequestLimitExceeded",
    "SlowDown",
    "ServiceUnavailable",
    "InternalFailure",
    "InternalError",
    "InternalServ",
    "RequestTimeout",
    "HTTP 5",
];

/// How the client's causes begin where it could not even make a request, which tells nobody anything.
const DISPATCH: &str = "dispatch failure: other: ";

/// The codes by which services turn credentials down. A clock that is wrong makes signatures that are never valid.
const REJECTING: [&str; 11] = [
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

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
                "`aws configure` or `aws sso login` makes credentials; `--profile NAME` chooses a profile, and `aws configure \
                 list-profiles` shows those that there are"
                    .to_owned(),
            ],
            // Services on the internet do not refuse connections.
            Self::Unreachable { cause, .. } if cause.starts_with("Connection refused") => vec![
                "`pipectl local up --detach` starts the local endpoint, if `AWS_ENDPOINT_URL` is that of one".to_owned(),
                "otherwise check the network and `--region`; then run the same command again".to_owned(),
            ],
            Self::Unreachable { .. } => vec![
                "check the network, `--region` and, if set, `AWS_ENDPOINT_URL`; then run the same command again".to_owned(),
            ],
            Self::Foreign { .. } => vec![
                "check the network, `HTTPS_PROXY` and, if set, `AWS_ENDPOINT_URL`; then run the same command again".to_owned(),
            ],
            Self::Refused { .. } | Self::Body { .. } if self.is_transient() => {
                vec!["run the same command again: it goes on where this one stopped".to_owned()]
            }
            Self::Refused { code, .. } if code == "HTTP 400" => vec![
                "`aws sts get-caller-identity` tells whether the credentials are still good: the service says no more \
                 about this call"
                    .to_owned(),
            ],
            Self::Refused { .. } if self.is_denied() => vec![
                "`aws sts get-caller-identity` tells whose credentials these are; that identity needs the permission named above".to_owned(),
            ],
            Self::Refused { .. } if self.rejects_credentials() => vec![
                "these credentials are wrong or have ended: `aws configure` or `aws sso login` makes new ones, `--profile \
                 NAME` chooses a profile, and keys in the environment (`AWS_ACCESS_KEY_ID`) go before a default profile"
                    .to_owned(),
                "if they are new, check this computer's clock: signatures are good for some minutes".to_owned(),
            ],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str) -> Error {
        Error::Refused { operation: "s3:PutObject", code: code.to_owned(), message: "the service's words".to_owned() }
    }

    #[test]
    fn credentials_that_are_turned_down_are_not_ready() {
        for code in ["ExpiredToken", "ExpiredTokenException", "RequestTimeTooSkewed"] {
            assert_eq!(refused(code).kind(), FailureKind::NotReady, "{code}");
            assert!(refused(code).hints()[0].contains("`aws sso login`"), "{code}");
            assert!(!refused(code).is_verdict(), "{code}");
        }
        assert_eq!(refused("AccessDenied").kind(), FailureKind::Refused);
    }

    #[test]
    fn the_innermost_cause_is_told() {
        #[derive(Debug, thiserror::Error)]
        #[error("dispatch failure")]
        struct Outer(#[source] std::io::Error);

        assert_eq!(root(&Outer(std::io::Error::other("Connection refused"))), "Connection refused");
        let refused =
            Error::Unreachable { operation: "s3:PutObject", cause: "Connection refused (os error 111)".to_owned() };
        assert!(refused.hints()[0].contains("`pipectl local up --detach`"));
    }

    #[test]
    fn only_a_decision_of_the_service_is_a_verdict() {
        assert!(refused("AccessDenied").is_verdict() && refused("ValidationError").is_verdict());
        for code in ["SlowDown", "InternalError", "InternalServiceError", "ThrottlingException", "HTTP 502"] {
            assert!(refused(code).is_transient() && !refused(code).is_verdict(), "{code}");
            assert!(!refused(code).hints().is_empty(), "{code}");
        }
        assert!(!Error::Foreign { operation: "s3:PutObject", status: 200 }.is_verdict());
    }
}
