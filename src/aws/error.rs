//! What EC2's refusals mean for the caller, in the classes of the Cloud API's.
//!
//! Must not know what a request was for.

use serde_json::Value as Json;

use super::shown;
use crate::call::{Ec2, Method};
use crate::cloud::{CloudError, ErrorKind, TransportError};

const CREDENTIALS: &str = "Check the credentials of this side: `profile` and `assume_role` in the block's `aws`, or AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment.";

/// A refusal with EC2's own code and words.
pub fn refusal(place: &Ec2, action: &str, status: u16, answer: &Json) -> CloudError {
    let errors = answer.get("Errors").or_else(|| answer.get("errors"));
    let first = errors.and_then(|e| e.get("Error").or_else(|| e.get("error"))).or_else(|| answer.get("Error"));
    let text = |name: &str| first.and_then(|e| e.get(name)).and_then(Json::as_str).unwrap_or_default();
    let (code, message) = (text("Code"), text("Message"));
    let mut error = said(place, action, class(code, status), code, message);
    error.request_id =
        answer.get("RequestID").or_else(|| answer.get("RequestId")).and_then(Json::as_str).map(str::to_owned);
    error
}

/// An answer that says that something in it did not succeed.
pub fn unsuccessful(place: &Ec2, action: &str, answer: &Json) -> Option<CloudError> {
    let first = answer.get("unsuccessful")?.as_array()?.first()?;
    let text = |name: &str| first.pointer(&format!("/error/{name}")).and_then(Json::as_str).unwrap_or_default();
    Some(said(place, action, class(text("code"), 400), text("code"), text("message")))
}

fn said(place: &Ec2, action: &str, kind: ErrorKind, code: &str, message: &str) -> CloudError {
    let words = if code.is_empty() { message.to_owned() } else { format!("{code}: {message}") };
    let mut error = CloudError::of(kind, Method::Post, &shown(place, action), words);
    error.help = match kind {
        ErrorKind::Unauthorized => Some(CREDENTIALS.to_owned()),
        ErrorKind::Forbidden => Some(format!(
            "Allow ec2:{action} in the policy of the user or role (docs/aws.md has whole policies), and run the command again: it goes on from here."
        )),
        _ => None,
    };
    error
}

fn class(code: &str, status: u16) -> ErrorKind {
    match code {
        "AuthFailure"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "RequestExpired"
        | "MissingAuthenticationToken"
        | "OptInRequired"
        | "UnrecognizedClientException" => ErrorKind::Unauthorized,
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" | "OperationNotPermitted" => {
            ErrorKind::Forbidden
        }
        "RequestLimitExceeded" | "Throttling" | "ThrottlingException" | "EC2ThrottledException" => {
            ErrorKind::RateLimited
        }
        "IncorrectState"
        | "InvalidStateTransition"
        | "DependencyViolation"
        | "RouteAlreadyExists"
        | "VpcPeeringConnectionAlreadyExists" => ErrorKind::Conflict,
        "InternalError" | "InternalFailure" | "ServiceUnavailable" | "Unavailable" => ErrorKind::Server,
        code if code.ends_with(".NotFound") || code.ends_with("NotFound") => ErrorKind::NotFound,
        _ if status >= 500 => ErrorKind::Server,
        _ => ErrorKind::Rejected,
    }
}

pub fn no_answer(place: &Ec2, action: &str, error: &TransportError) -> CloudError {
    let kind = if error.sent { ErrorKind::Ambiguous } else { ErrorKind::NotSent };
    let mut error = CloudError::of(kind, Method::Post, &shown(place, action), format!("no answer: {}", error.message));
    if kind == ErrorKind::NotSent {
        error.help = Some("Check the network, the region and `endpoint_url` of the block's `aws`.".to_owned());
    }
    error
}

pub fn unreadable(place: &Ec2, action: &str, status: u16, why: &str) -> CloudError {
    let kind = if status >= 500 { ErrorKind::Server } else { ErrorKind::NotJson };
    let words = format!("status {status}, and the answer is not EC2's: {why}");
    let mut error = CloudError::of(kind, Method::Post, &shown(place, action), words);
    error.help = Some("Check `endpoint_url` of the block's `aws`, and proxies on the way.".to_owned());
    error
}

#[cfg(feature = "aws")]
pub fn no_credentials(place: &Ec2, action: &str, why: &str) -> CloudError {
    let words = format!("there are no AWS credentials to sign it with: {why}");
    let mut error = CloudError::of(ErrorKind::Unauthorized, Method::Post, &shown(place, action), words);
    error.help = Some(CREDENTIALS.to_owned());
    error
}

#[cfg(not(feature = "aws"))]
pub fn left_out(place: &Ec2, action: &str) -> CloudError {
    let words = "this program was built without its feature `aws`";
    let mut error = CloudError::of(ErrorKind::Rejected, Method::Post, &shown(place, action), words);
    error.help = Some("Use a program that was built with it: cargo build --features aws.".to_owned());
    error
}

/// The clouds are played, and Amazon is not: nothing real is made beside them.
pub fn only_played(place: &Ec2, action: &str) -> CloudError {
    let words = "with --sandbox the real EC2 is not asked";
    let mut error = CloudError::of(ErrorKind::Rejected, Method::Post, &shown(place, action), words);
    error.help = Some(
        "The sandbox plays ClickHouse Cloud alone. Set `endpoint_url` in the block's `aws` to something that plays EC2, or leave --sandbox out."
            .to_owned(),
    );
    error
}
