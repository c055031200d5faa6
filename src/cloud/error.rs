//! What can go wrong with a request, sorted by what it means for the caller.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;

use super::Answer;
use super::transport::{HttpResponse, TransportError};
use crate::call::Method;
use crate::diag::Code;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// 401: the key is not known.
    Unauthorized,
    /// 403: the key may not do that.
    Forbidden,
    NotFound,
    /// 409: not in this state.
    Conflict,
    /// 429.
    RateLimited,
    /// Any other refusal: the request is wrong.
    Rejected,
    /// 5xx.
    Server,
    /// It never reached a server.
    NotSent,
    /// It was sent and no answer came, or a broken one: it may have taken effect.
    Ambiguous,
    /// Something answered that is not the API.
    NotJson,
}

/// A request that did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{method} {path}: {message}")]
pub struct CloudError {
    pub kind: ErrorKind,
    pub method: &'static str,
    pub path: String,
    pub message: String,
    pub help: Option<String>,
    pub request_id: Option<String>,
    /// How long to wait after 429.
    pub retry_after: Duration,
}

impl CloudError {
    /// A request of another interface that failed; what to do about it is the caller's to say.
    pub fn of(kind: ErrorKind, method: Method, path: &str, message: impl Into<String>) -> Self {
        Self { help: None, ..Self::new(kind, method, path, message) }
    }

    fn new(kind: ErrorKind, method: Method, path: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            method: method.as_str(),
            path: path.to_owned(),
            message: message.into(),
            help: help(kind).map(str::to_owned),
            request_id: None,
            retry_after: Duration::ZERO,
        }
    }

    /// The code it is reported under; nothing for a refusal, whose meaning depends on what was asked.
    pub fn code(&self) -> Option<Code> {
        Some(Code(match self.kind {
            ErrorKind::Unauthorized => "HW0701",
            ErrorKind::Forbidden => "HW0702",
            ErrorKind::NotSent => "HW0703",
            ErrorKind::NotJson => "HW0704",
            ErrorKind::Ambiguous => "HW0705",
            ErrorKind::Server => "HW0706",
            ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::RateLimited | ErrorKind::Rejected => return None,
        }))
    }

    /// All there is to say about it, with the platform's own id of the request.
    pub fn describe(&self) -> String {
        match &self.request_id {
            Some(id) => format!("{self} (request {id})"),
            None => self.to_string(),
        }
    }

    /// An answer that is not what was asked for.
    pub fn unexpected(method: Method, path: &str, message: &str) -> Self {
        Self::new(ErrorKind::NotJson, method, path, message)
    }

    pub(super) fn from_transport(method: Method, path: &str, api: &str, error: TransportError) -> Self {
        let kind = if error.sent { ErrorKind::Ambiguous } else { ErrorKind::NotSent };
        Self::new(kind, method, path, format!("no answer from {api}: {}", error.message))
    }

    /// After the last try: a POST that failed on the server's side may have taken effect.
    pub fn certain_or_ambiguous(mut self, not_repeatable: bool) -> Self {
        if not_repeatable && matches!(self.kind, ErrorKind::Server | ErrorKind::NotJson) {
            self.kind = ErrorKind::Ambiguous;
            self.help = help(ErrorKind::Ambiguous).map(str::to_owned);
        }
        self
    }
}

fn help(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Unauthorized => {
            "Check CLICKHOUSE_CLOUD_API_KEY and CLICKHOUSE_CLOUD_API_SECRET: the key may be mistyped, disabled or expired. \
             Keys are made in the console under API keys."
        }
        ErrorKind::Forbidden => "Give the API key a role with this permission, or use another key.",
        ErrorKind::NotSent => {
            "Check the network, and CLICKHOUSE_API_URL or `api_url` in the `cloud` block if one of them is set. Nothing was changed; run the command again."
        }
        ErrorKind::NotJson => {
            "Something between here and the API answered: a proxy, a login page or a wrong address. Check HTTPS_PROXY and CLICKHOUSE_API_URL."
        }
        ErrorKind::Ambiguous => "It is not known whether the request took effect. Run `plan` again: it looks first.",
        ErrorKind::Server => {
            "The platform failed. Run the command again in a while; https://status.clickhouse.com tells of outages."
        }
        ErrorKind::NotFound | ErrorKind::Conflict | ErrorKind::RateLimited | ErrorKind::Rejected => return None,
    })
}

/// The `result` of a successful answer, or the error that the answer tells of.
pub(super) fn answer_of<R: for<'de> Deserialize<'de>>(
    method: Method,
    path: &str,
    response: &HttpResponse,
) -> Result<Answer<R>, CloudError> {
    if (200..300).contains(&response.status) {
        return success(&response.body).ok_or_else(|| not_json(method, path, response));
    }
    let json: Option<Json> = serde_json::from_slice(&response.body).ok();
    let envelope = json.as_ref().and_then(Json::as_object);
    let said = envelope.and_then(|m| m.get("error")).and_then(Json::as_str);
    let kind = match response.status {
        401 => ErrorKind::Unauthorized,
        429 => ErrorKind::RateLimited,
        500.. => ErrorKind::Server,
        _ if said.is_none() => return Err(not_json(method, path, response)),
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        _ => ErrorKind::Rejected,
    };
    let message = match said {
        Some(text) => format!("{} ({})", text, response.status),
        None => format!("the answer was {}", response.status),
    };
    let mut error = CloudError::new(kind, method, path, message);
    error.request_id = envelope.and_then(|m| m.get("requestId")).and_then(Json::as_str).map(str::to_owned);
    error.retry_after = retry_after(response);
    Err(error)
}

/// What surrounds the result of every answer but a few.
#[derive(Deserialize)]
struct Envelope<R> {
    #[serde(default = "Option::default")]
    result: Option<R>,
    #[serde(default, rename = "nextCursor")]
    next_cursor: Json,
}

fn success<R: for<'de> Deserialize<'de>>(body: &[u8]) -> Option<Answer<R>> {
    match body.trim_ascii_start().first()? {
        b'{' => {
            let envelope: Envelope<R> = serde_json::from_slice(body).ok()?;
            let next_page = envelope.next_cursor.as_str().filter(|c| !c.is_empty()).map(str::to_owned);
            Some(Answer { result: envelope.result, next_page })
        }
        // What other programs read as well has no envelope (organizationPrometheusDiscoveryGet).
        b'[' => Some(Answer { result: Some(serde_json::from_slice(body).ok()?), next_page: None }),
        _ => None,
    }
}

/// `X-RateLimit-Reset` holds seconds, possibly with a fraction; `Retry-After` seconds or a date. The longer of the two;
/// without either, ten.
fn retry_after(response: &HttpResponse) -> Duration {
    let seconds = |name: &str| response.header(name).and_then(|v| v.trim().parse::<f64>().ok());
    let told = [seconds("x-ratelimit-reset"), seconds("retry-after"), until_date(response)];
    let told = told.into_iter().flatten().filter(|s| (0.0..=3600.0).contains(s)).reduce(f64::max);
    Duration::from_secs_f64(told.unwrap_or(10.0) + 0.1)
}

/// Seconds from the answer's own date, by the platform's clock, to the one after which to come again.
fn until_date(response: &HttpResponse) -> Option<f64> {
    let date = |name: &str| jiff::fmt::rfc2822::parse(response.header(name)?.trim()).ok();
    Some(date("retry-after")?.timestamp().duration_since(date("date")?.timestamp()).as_secs_f64())
}

fn not_json(method: Method, path: &str, response: &HttpResponse) -> CloudError {
    let kind_of = response.header("content-type").unwrap_or("no content type");
    let message = format!("the answer ({}) is not from the API: it is {kind_of}, not its JSON", response.status);
    CloudError::new(ErrorKind::NotJson, method, path, message)
}
