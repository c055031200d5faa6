//! Requests and responses as plain data, and the envelope every answer of the API comes in.
//!
//! Knows nothing of sockets (see [`super::server`]) and nothing of what an operation does.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use uuid::Uuid;

/// One HTTP request, complete in memory.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Upper-case method, such as `GET`.
    pub method: String,
    /// Path with its query, such as `/v1/organizations?limit=1`.
    pub target: String,
    /// Header names in any case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Bytes,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() }
    }

    /// The same request with a JSON body.
    pub fn json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        self
    }

    /// The same request with HTTP Basic credentials.
    pub fn basic_auth(mut self, key_id: &str, secret: &str) -> Self {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{key_id}:{secret}"));
        self.headers.push(("authorization".to_owned(), format!("Basic {encoded}")));
        self
    }

    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query's pairs in order, percent-decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        let Some((_, query)) = self.target.split_once('?') else { return Vec::new() };
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }
}

/// One HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// True when a fault asks that nothing of this answer reaches the client: the connection breaks instead.
    pub dropped: bool,
    /// By how many milliseconds of real time a server answers later.
    pub delay_milliseconds: u32,
}

impl Response {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::with_body(status, "application/json", Bytes::from(body.to_string()))
    }

    /// An HTML answer, as a proxy in front of the API would give.
    pub fn html(status: u16, body: &str) -> Self {
        Self::with_body(status, "text/html; charset=utf-8", Bytes::from(body.to_owned()))
    }

    fn with_body(status: u16, content_type: &str, body: Bytes) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body, dropped: false, delay_milliseconds: 0 }
    }

    /// The body read as JSON; `Null` when it is not JSON.
    pub fn body_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// What an operation answers when it succeeds.
#[derive(Debug, Clone)]
pub enum Reply {
    /// `{status, requestId, result}`.
    Result(Value),
    /// The same with a list of what is text already.
    List(Vec<Box<RawValue>>),
    /// The same with the status 201.
    Created(Value),
    /// The same with more members beside `result`, as paged lists have.
    Page(Value, Vec<(&'static str, Value)>),
    /// `{status, requestId}`, as deletions answer.
    Done,
    /// JSON without an envelope.
    Bare(Value),
    /// Plain text without an envelope.
    Text(String),
}

/// A refusal, in the API's terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// The code word the text starts with.
    pub code: Cow<'static, str>,
    /// What is wrong. Never holds a secret.
    pub message: String,
}

impl ApiError {
    /// 400, the request itself is wrong.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BAD_REQUEST", message)
    }

    /// 400, a field of the body breaks a rule. `shown` is `<type:value>`.
    pub fn field(field: &str, rule: &str, shown: &str) -> Self {
        Self::bad_request(format!("request body.{field}: {rule} {shown}"))
    }

    /// 401, no or wrong credentials.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "UNAUTHORIZED", message)
    }

    /// 403, the key, the tier or an entitlement does not allow it.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "FORBIDDEN", message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", message)
    }

    /// 409, the object's state does not allow it.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "CONFLICT", message)
    }

    /// 429, the key has made too many requests.
    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self::new(429, "TOO_MANY_REQUESTS", message)
    }

    /// 501, an operation of the API that the sandbox does not have.
    pub fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(501, "NOT_IMPLEMENTED", message)
    }

    /// 500, the sandbox itself failed.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "INTERNAL_SERVER_ERROR", message)
    }

    /// 413, the body is larger than the server takes.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(413, "PAYLOAD_TOO_LARGE", message)
    }

    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: Cow::Borrowed(code), message: message.into() }
    }
}

/// What an operation returns.
pub type Answer = Result<Reply, ApiError>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    status: u16,
    request_id: Uuid,
    result: Vec<Box<RawValue>>,
}

/// Puts an answer into the API's envelope.
pub fn envelope(request_id: Uuid, answer: Answer) -> Response {
    match answer {
        Ok(Reply::Result(result)) => {
            let mut body = json!({ "status": 200, "requestId": request_id });
            body["result"] = result;
            Response::json(200, &body)
        }
        Ok(Reply::List(items)) => {
            // Grown step by step, a long list would be copied as often.
            let length: usize = items.iter().map(|item| item.get().len() + 1).sum();
            let mut text = Vec::with_capacity(length + 128);
            let list = List { status: 200, request_id, result: items };
            serde_json::to_writer(&mut text, &list).expect("text keys and text that is JSON already");
            Response::with_body(200, "application/json", Bytes::from(text))
        }
        Ok(Reply::Created(result)) => {
            Response::json(201, &json!({ "status": 201, "requestId": request_id, "result": result }))
        }
        Ok(Reply::Page(result, members)) => {
            let mut body = json!({ "status": 200, "requestId": request_id });
            body["result"] = result;
            for (name, value) in members {
                body[name] = value;
            }
            Response::json(200, &body)
        }
        Ok(Reply::Bare(value)) => Response::json(200, &value),
        Ok(Reply::Text(text)) => Response::with_body(200, "text/plain; charset=utf-8", Bytes::from(text)),
        Ok(Reply::Done) => Response::json(200, &json!({ "status": 200, "requestId": request_id })),
        Err(error) => Response::json(
            error.status,
            &json!({ "requestId": request_id, "error": error.to_string(), "status": error.status }),
        ),
    }
}

/// The answer to one request too many, with the seconds until the next is taken.
pub fn too_many_requests(request_id: Uuid, reset_seconds: u64) -> Response {
    let error = ApiError::too_many_requests("The API key has made too many requests, try again later");
    let mut response = envelope(request_id, Err(error));
    response.headers.push(("x-ratelimit-reset".to_owned(), reset_seconds.to_string()));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_split_and_decoded() {
        let request = Request::new("GET", "/v1/x?filter=tag:a%3Db&filter=tag%3Ac+d&flag&bad=%zz%4");
        assert_eq!(request.path(), "/v1/x");
        let pairs: Vec<_> = request.query();
        let expected = [("filter", "tag:a=b"), ("filter", "tag:c d"), ("flag", ""), ("bad", "%zz%4")]
            .map(|(k, v)| (k.into(), v.into()));
        assert_eq!(pairs, expected);
    }

    #[test]
    fn an_error_keeps_the_observed_members() {
        let response = envelope(Uuid::nil(), Err(ApiError::conflict("busy")));
        assert_eq!(response.status, 409);
        let body = response.body_json();
        assert_eq!(body["error"], "CONFLICT: busy");
        assert_eq!(body["status"], 409);
    }
}
