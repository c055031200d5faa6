//! Looking into the sandbox of a configuration: in its files, or, while another process serves it, over that one's
//! control endpoints.

use serde_json::Value as Json;

use super::connect::SandboxPlace;
use crate::call::Method;
use crate::cloud::{HttpRequest, HttpTransport, Transport as _};
use crate::diag::{Code, Diagnostic};
use crate::sandbox::{Options, Sandbox, StoreError};

/// The sandbox of a directory, however it can be reached.
pub enum SandboxView {
    /// Nobody has it open: its time stands still.
    Files(Box<Sandbox>),
    /// Another process serves it.
    Served(Served),
}

/// A sandbox that another process serves.
pub struct Served {
    url: String,
    transport: HttpTransport,
}

impl SandboxView {
    /// Finds the sandbox; nothing when it has not been used yet.
    ///
    /// # Errors
    /// When its files cannot be used, or another process has it open and does not serve it.
    pub fn open(place: &SandboxPlace) -> Result<Option<Self>, Diagnostic> {
        if !place.directory.exists() {
            return Ok(None);
        }
        match Sandbox::open(&place.directory, Options::default()) {
            Ok(sandbox) => Ok(Some(Self::Files(Box::new(sandbox)))),
            Err(StoreError::InUse { served_at: Some(url), .. }) => {
                let transport = HttpTransport::new().map_err(|error| unreachable(&url, &error.message))?;
                Ok(Some(Self::Served(Served { url, transport })))
            }
            Err(_) => place.open().map(|sandbox| Some(Self::Files(Box::new(sandbox)))),
        }
    }

    /// Whether time goes on in it.
    pub fn is_served(&self) -> bool {
        matches!(self, Self::Served(_))
    }

    /// What there is, in short.
    ///
    /// # Errors
    /// When whoever serves it does not answer.
    pub async fn status(&self) -> Result<Json, Diagnostic> {
        match self {
            Self::Files(sandbox) => Ok(serde_json::json!(sandbox.status())),
            Self::Served(served) => served.get("/_sandbox/status").await,
        }
    }

    /// The timeline after that entry, oldest first; of one service, by its name or id, or of all.
    ///
    /// # Errors
    /// As [`SandboxView::status`].
    pub async fn events(&self, since: u64, service: Option<&str>) -> Result<Vec<Json>, Diagnostic> {
        let entries = match self {
            Self::Files(sandbox) => sandbox.timeline(since).map(|entry| serde_json::json!(entry)).collect(),
            Self::Served(served) => match served.get(&format!("/_sandbox/events?since={since}")).await? {
                Json::Array(entries) => entries,
                _ => return Err(unreachable(&served.url, "the answer is no list of events")),
            },
        };
        let is = |entry: &Json, member: &str, wanted: &str| entry.get(member).and_then(Json::as_str) == Some(wanted);
        let concerns = |entry: &Json| service.is_none_or(|s| is(entry, "service", s) || is(entry, "serviceId", s));
        Ok(entries.into_iter().filter(concerns).collect())
    }
}

impl Served {
    async fn get(&self, path: &str) -> Result<Json, Diagnostic> {
        let request =
            HttpRequest { method: Method::Get, url: format!("{}{path}", self.url), headers: Vec::new(), body: None };
        let response = self.transport.send(request).await.map_err(|error| unreachable(&self.url, &error.message))?;
        let body: Json = serde_json::from_slice(&response.body).unwrap_or_default();
        if response.status == 200 {
            return Ok(body);
        }
        let text = body.get("error").and_then(Json::as_str).unwrap_or("no reason was given");
        Err(unreachable(&self.url, &format!("it answered {}: {text}", response.status)))
    }
}

fn unreachable(url: &str, why: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0925"), "The served sandbox does not tell")
        .with_detail(format!("Another process serves it at {url}: {why}."))
        .with_help("Look at that process; its control endpoints are for this machine only, so serve on 127.0.0.1.")
}
