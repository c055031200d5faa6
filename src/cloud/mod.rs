//! The ClickHouse Cloud client: authentication, the rate limit, retries by class, and errors that say what to do.
//!
//! Every request of this program passes here. Must not know HCL, plans, state, or what a request is for.

mod content;
mod error;
mod limiter;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::call::{Method, ORGANIZATION};
use crate::clock::Clock;

pub use content::{Content, ItemText};
pub use error::{CloudError, ErrorKind};
use limiter::Slot;
pub use limiter::{Limit, Limiter, Warner};
pub use transport::{HttpRequest, HttpResponse, HttpTransport, Transport, TransportError};

/// The real service.
pub const DEFAULT_API: &str = "https://api.clickhouse.cloud";

/// Waits between tries of a request that may be sent again: 1, 2, 4, 8, 16 seconds.
const TRIES: u32 = 6;

/// Tries of a request that reaches nobody, or not the API: an address that is wrong stays wrong.
const TRIES_ASTRAY: u32 = 4;

/// An API key.
#[derive(Clone)]
pub struct Credentials {
    pub key_id: String,
    pub key_secret: SecretString,
}

/// One request as the log shows it: never a body, never a header.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    pub method: Method,
    pub path: String,
    /// `None`: no answer came.
    pub status: Option<u16>,
}

/// Told of every request that was sent.
pub type RequestObserver = Arc<dyn Fn(&RequestRecord) + Send + Sync>;

/// A client for one API key.
#[derive(Clone)]
pub struct Client {
    pub transport: Arc<dyn Transport>,
    pub clock: Arc<dyn Clock>,
    pub limiter: Arc<Limiter>,
    pub credentials: Credentials,
    /// As [`normal_api`] gives it.
    pub api: String,
    pub observer: RequestObserver,
}

/// The address of an API without a final slash and without `/v1`, which every path brings along.
pub fn normal_api(api: &str) -> String {
    let api = api.trim().trim_end_matches('/');
    api.strip_suffix("/v1").unwrap_or(api).trim_end_matches('/').to_owned()
}

/// Whether a failed request may have taken effect, and so whether it may be sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    /// Sending it twice is as good as once.
    Safe,
    /// Only when it certainly had no effect.
    Certain,
}

/// What a successful request gave.
struct Answer<R> {
    /// Where there is none, nothing was told.
    result: Option<R>,
    /// The cursor of the next page, when the list goes on.
    next_page: Option<String>,
}

/// A text as it can stand in a query.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

impl Client {
    /// The result of a read; `None` when there is no such thing.
    ///
    /// # Errors
    /// When no answer could be had, or it was a refusal.
    pub async fn read(&self, organization: &str, path: &str) -> Result<Option<Json>, CloudError> {
        let path = path.replace(ORGANIZATION, organization);
        match self.send(Method::Get, &path, None, Repeat::Safe).await {
            Ok(answer) => Ok(Some(answer.result.unwrap_or(Json::Null))),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The result of a read that gives a list, with all its pages together.
    ///
    /// # Errors
    /// As [`Client::read`].
    pub async fn read_list(&self, organization: &str, path: &str) -> Result<Option<Content>, CloudError> {
        let path = path.replace(ORGANIZATION, organization);
        let mut all: Option<Content> = None;
        let mut page = path.clone();
        loop {
            let answer = match self.send(Method::Get, &page, None, Repeat::Safe).await {
                Ok(answer) => answer,
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            match (&mut all, answer.result) {
                (Some(Content::List(all)), Some(Content::List(more))) => all.extend(more),
                (None, first) => all = Some(first.unwrap_or(Content::One(Json::Null))),
                _ => {
                    return Err(CloudError::unexpected(Method::Get, &page, "a page of the list holds no list"));
                }
            }
            let Some(next) = answer.next_page else { return Ok(all) };
            let more = if path.contains('?') { '&' } else { '?' };
            let next = format!("{path}{more}cursor={}", escaped(&next));
            if next == page {
                return Err(CloudError::unexpected(Method::Get, &page, "a page of the list leads to itself"));
            }
            page = next;
        }
    }

    /// The result of a question that is asked by POST and changes nothing.
    ///
    /// # Errors
    /// As [`Client::read`].
    pub async fn ask(&self, organization: &str, path: &str, body: &str) -> Result<Option<Json>, CloudError> {
        let path = path.replace(ORGANIZATION, organization);
        let json: Json = serde_json::from_str(body)
            .map_err(|e| CloudError::unexpected(Method::Post, &path, &format!("the question is no JSON: {e}")))?;
        match self.send(Method::Post, &path, Some(&json), Repeat::Safe).await {
            Ok(answer) => Ok(Some(answer.result.unwrap_or(Json::Null))),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The result of a request that changes something. A POST is sent again only when it certainly had no effect.
    ///
    /// # Errors
    /// As [`Client::read`]; [`ErrorKind::Ambiguous`] when it may have taken effect.
    pub async fn write(
        &self,
        organization: &str,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Json, CloudError> {
        let path = path.replace(ORGANIZATION, organization);
        let repeat = if method == Method::Post { Repeat::Certain } else { Repeat::Safe };
        Ok(self.send(method, &path, body, repeat).await?.result.unwrap_or(Json::Null))
    }

    /// The id of the organization the key belongs to.
    ///
    /// # Errors
    /// As [`Client::read`].
    pub async fn own_organization(&self) -> Result<String, CloudError> {
        let path = "/v1/organizations";
        let result: Option<Json> = self.send(Method::Get, path, None, Repeat::Safe).await?.result;
        let id = result.as_ref().and_then(|list| list.get(0)).and_then(|o| o.get("id")).and_then(Json::as_str);
        id.map(str::to_owned)
            .ok_or_else(|| CloudError::unexpected(Method::Get, path, "the list of organizations is empty"))
    }

    async fn send<R: for<'de> Deserialize<'de>>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
        repeat: Repeat,
    ) -> Result<Answer<R>, CloudError> {
        let mut tries = 1;
        loop {
            let slot = self.limiter.permit(&*self.clock).await;
            let error = match self.once(method, path, body, slot).await {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            let again = match error.kind {
                // The platform did not look at it: obey and try as long as it takes.
                ErrorKind::RateLimited => {
                    self.limiter.pause(error.retry_after, &*self.clock);
                    continue;
                }
                ErrorKind::NotSent => true,
                ErrorKind::Ambiguous | ErrorKind::Server | ErrorKind::NotJson => repeat == Repeat::Safe,
                _ => false,
            };
            let astray = matches!(error.kind, ErrorKind::NotSent | ErrorKind::NotJson);
            let most = if astray { TRIES_ASTRAY } else { TRIES };
            if !again || tries >= most {
                return Err(error.certain_or_ambiguous(repeat == Repeat::Certain));
            }
            self.clock.sleep(Duration::from_secs(1 << (tries - 1))).await;
            tries += 1;
        }
    }

    async fn once<R: for<'de> Deserialize<'de>>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
        slot: Slot,
    ) -> Result<Answer<R>, CloudError> {
        let request = self.request(method, path, body);
        let answer = self.transport.send(request).await;
        let status = answer.as_ref().ok().map(|r| r.status);
        (self.observer)(&RequestRecord { method, path: path.to_owned(), status });
        let response = answer.map_err(|e| CloudError::from_transport(method, path, &self.api, e))?;
        self.adopt_speed(&response);
        self.limiter.answered(slot, &*self.clock);
        error::answer_of(method, path, &response)
    }

    fn request(&self, method: Method, path: &str, body: Option<&Json>) -> HttpRequest {
        let pair = format!("{}:{}", self.credentials.key_id, self.credentials.key_secret.expose_secret());
        let basic = base64::engine::general_purpose::STANDARD.encode(pair);
        let mut headers = vec![
            ("authorization".to_owned(), format!("Basic {basic}")),
            ("accept".to_owned(), "application/json".to_owned()),
            ("user-agent".to_owned(), format!("housewright/{}", env!("CARGO_PKG_VERSION"))),
        ];
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let body = body.map(|json| json.to_string().into_bytes());
        HttpRequest { method, url: format!("{}{path}", self.api), headers, body }
    }

    /// A sandbox on this machine says how fast its time runs; waits and the rate limit follow it.
    fn adopt_speed(&self, response: &HttpResponse) {
        let loopback = ["http://127.", "http://localhost", "http://[::1]"].iter().any(|p| self.api.starts_with(p));
        let speed = response.header("x-sandbox-speed").and_then(|s| s.parse().ok());
        if let (true, Some(speed)) = (loopback, speed) {
            self.clock.set_speed(speed);
        }
    }
}

#[cfg(test)]
mod tests;
