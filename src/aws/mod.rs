//! EC2: the few actions that private links and peerings need, as calls like any other.
//!
//! Owns credentials, signatures, the Query protocol and what EC2's errors mean; requests go over the transport of the
//! Cloud API. Must not know HCL, plans, state, or what a request is for.

mod answer;
#[cfg(feature = "aws")]
mod credentials;
mod error;
mod query;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use crate::call::{Ec2, Method};
use crate::clock::Clock;
use crate::cloud::{CloudError, ErrorKind, HttpRequest, RequestObserver, RequestRecord, Transport};

#[cfg(feature = "aws")]
use credentials::Sources;

/// The version of the EC2 interface that is spoken.
const VERSION: &str = "2016-11-15";

/// Waits between tries of a request that may be sent again: 1, 2, 4, 8, 16 seconds.
const TRIES: u32 = 6;

/// Actions that make something new each time they are sent.
const MAKING: [&str; 3] = ["CreateVpcEndpoint", "CreateVpcPeeringConnection", "CreateRoute"];

/// A client for all accounts and regions that the configuration names.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    observer: RequestObserver,
    /// Amazon's own addresses must not be reached: the clouds beside it are only played.
    played: bool,
    #[cfg(feature = "aws")]
    sources: Sources,
}

impl Client {
    /// A client over `transport`. With `played`, only places with an address of their own are reached.
    pub fn new(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>, observer: RequestObserver, played: bool) -> Self {
        #[cfg(feature = "aws")]
        let sources = Sources::new(transport.clone());
        let inner = Inner {
            transport,
            clock,
            observer,
            played,
            #[cfg(feature = "aws")]
            sources,
        };
        Self { inner: Arc::new(inner) }
    }

    /// All items of a list. `path` is the action with its parameters as a query.
    ///
    /// # Errors
    /// When no answer could be had, or it was a refusal.
    pub async fn read(&self, place: &Ec2, path: &str) -> Result<Option<Json>, CloudError> {
        let (action, query) = path.split_once('?').unwrap_or((path, ""));
        let given: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut items = Vec::new();
        let mut token = None;
        loop {
            let mut parameters = given.clone();
            parameters.extend(token.map(|token| ("NextToken".to_owned(), token)));
            let page = self.send(place, action, parameters).await?;
            let Some(list) = answer::list(&page) else {
                return Err(unexpected(place, action, "the answer holds no list"));
            };
            items.extend(list.iter().cloned());
            token = page.get("nextToken").and_then(Json::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
            if token.is_none() {
                return Ok(Some(Json::Array(items)));
            }
        }
    }

    /// The answer to an action that changes something. One that makes something is sent again only when it certainly had
    /// no effect.
    ///
    /// # Errors
    /// As [`Client::read`]; [`ErrorKind::Ambiguous`] when it may have taken effect.
    pub async fn write(&self, place: &Ec2, action: &str, parameters: Option<&Json>) -> Result<Json, CloudError> {
        let parameters = parameters.map(query::flat).unwrap_or_default();
        let answer = self.send(place, action, parameters).await?;
        match error::unsuccessful(place, action, &answer) {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }

    async fn send(&self, place: &Ec2, action: &str, parameters: Vec<(String, String)>) -> Result<Json, CloudError> {
        let making = MAKING.contains(&action);
        let body = query::body(action, VERSION, &parameters);
        let mut tries = 1;
        loop {
            let error = match self.once(place, action, &body).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let again = match error.kind {
                ErrorKind::RateLimited | ErrorKind::NotSent => true,
                ErrorKind::Ambiguous | ErrorKind::Server | ErrorKind::NotJson => !making,
                _ => false,
            };
            if !again || tries >= TRIES {
                return Err(error.certain_or_ambiguous(making));
            }
            self.inner.clock.sleep(Duration::from_secs(1 << (tries - 1))).await;
            tries += 1;
        }
    }

    async fn once(&self, place: &Ec2, action: &str, body: &str) -> Result<Json, CloudError> {
        if self.inner.played && place.endpoint_url.is_none() {
            return Err(error::only_played(place, action));
        }
        // What goes on outside takes real time, which a clock that jumps must not take for idleness.
        let _outside = self.inner.clock.outside();
        let request = self.signed(place, action, body).await?;
        let answer = self.inner.transport.send(request).await;
        let status = answer.as_ref().ok().map(|r| r.status);
        (self.inner.observer)(&RequestRecord { method: Method::Post, path: shown(place, action), status });
        let response = answer.map_err(|e| error::no_answer(place, action, &e))?;
        let text = String::from_utf8_lossy(&response.body);
        match answer::parse(&text) {
            Ok(answer) if response.status < 300 => Ok(answer),
            Ok(answer) => Err(error::refusal(place, action, response.status, &answer)),
            Err(why) => Err(error::unreadable(place, action, response.status, &why)),
        }
    }

    #[cfg(feature = "aws")]
    async fn signed(&self, place: &Ec2, action: &str, body: &str) -> Result<HttpRequest, CloudError> {
        let credentials =
            self.inner.sources.of(place).await.map_err(|why| error::no_credentials(place, action, &why))?;
        let request = HttpRequest {
            method: Method::Post,
            url: url(place),
            headers: vec![
                ("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned()),
                ("user-agent".to_owned(), format!("housewright/{}", env!("CARGO_PKG_VERSION"))),
            ],
            body: Some(body.as_bytes().to_vec()),
        };
        credentials::sign(request, &credentials, &place.region)
            .map_err(|why| error::no_credentials(place, action, &why))
    }

    #[cfg(not(feature = "aws"))]
    async fn signed(&self, place: &Ec2, action: &str, _body: &str) -> Result<HttpRequest, CloudError> {
        let _ = &self.inner.transport;
        Err(error::left_out(place, action))
    }
}

/// Where a region's EC2 listens.
#[cfg(feature = "aws")]
fn url(place: &Ec2) -> String {
    let region = &place.region;
    let ending = if region.starts_with("cn-") { ".cn" } else { "" };
    let own = place.endpoint_url.as_deref().map(|url| format!("{}/", url.trim_end_matches('/')));
    own.unwrap_or_else(|| format!("https://ec2.{region}.amazonaws.com{ending}/"))
}

/// A request as logs and messages show it.
fn shown(place: &Ec2, action: &str) -> String {
    format!("ec2.{}/{action}", place.region)
}

fn unexpected(place: &Ec2, action: &str, message: &str) -> CloudError {
    CloudError::unexpected(Method::Post, &shown(place, action), message)
}
