//! Requests and answers: documents read and written, locked and unlocked, with what the protocol says of each.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::RESTORE;
use crate::error::{ErrorKind, StoreError};
use crate::lock::LockInfo;

/// The `version` that documents claim to have, because Terraform's states have one.
pub(super) const VERSION: u64 = 4;

/// Where a document and its lock are.
pub(super) struct Document {
    pub address: String,
    pub lock_address: String,
    pub unlock_address: String,
}

/// What stands at an address.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Content {
    pub version: u64,
    pub serial: u64,
    pub lineage: String,
    #[serde(default)]
    pub content: String,
    /// Who holds the lock; in the journal's document alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockInfo>,
}

/// What came back.
struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

/// The methods of HTTP that change something.
#[derive(Default)]
pub(super) struct Methods {
    pub update: Method,
    pub lock: Method,
    pub unlock: Method,
}

/// How the service is talked to.
pub(super) struct Wire {
    pub client: Client,
    /// As people know the place.
    pub name: String,
    pub methods: Methods,
    pub username: Option<String>,
    pub password: Option<SecretString>,
    /// How often a request is sent at most.
    pub attempts: u32,
}

impl Wire {
    /// Sends a request; one that got no answer, or a server's error, is sent again: all of them can be.
    async fn send(&self, method: &Method, address: &str, body: Option<&[u8]>) -> Result<Answer, StoreError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut request = self.client.request(method.clone(), address);
            if let Some(username) = &self.username {
                request = request.basic_auth(username, self.password.as_ref().map(ExposeSecret::expose_secret));
            }
            if let Some(body) = body {
                request = request.header("content-type", "application/json").body(body.to_vec());
            }
            let answered = async {
                let response = request.send().await?;
                Ok::<_, reqwest::Error>(Answer { status: response.status(), body: response.bytes().await?.to_vec() })
            };
            match answered.await {
                Ok(answer) if answer.status.is_server_error() && tries < self.attempts => {}
                Ok(answer) => return Ok(answer),
                Err(_) if tries < self.attempts => {}
                Err(error) => return Err(self.unreachable(&error)),
            }
            tokio::time::sleep(Duration::from_millis(200 << tries.min(5))).await;
        }
    }

    pub(super) fn unreachable(&self, error: &reqwest::Error) -> StoreError {
        let cause = std::error::Error::source(error).map(|c| format!(": {c}")).unwrap_or_default();
        StoreError::new(
            ErrorKind::Unreachable,
            &self.name,
            "The service that keeps the state cannot be reached",
            crate::error::without_secrets(&format!("{error}{cause}.")),
            "Check the network and the address, and run again: what was noted is not lost.",
        )
    }

    pub(super) fn refused(&self, what: &str, status: StatusCode) -> StoreError {
        let (kind, next) = match status.as_u16() {
            401 | 403 => (
                ErrorKind::Refused,
                "Check `username` and TF_HTTP_PASSWORD, and what this user may do; docs/backends.md lists what is needed.",
            ),
            404 | 405 => (ErrorKind::Misconfigured, "Correct the addresses and methods in the `state` block."),
            _ => (ErrorKind::Unreachable, "Run again; what was noted is not lost."),
        };
        let why = format!("The service answered {status}.");
        StoreError::new(kind, &self.name, format!("The state cannot be {what}"), why, next)
    }

    pub(super) async fn get(&self, document: &Document) -> Result<Option<Content>, StoreError> {
        let body = self.bytes(&document.address).await?;
        body.map(|body| serde_json::from_slice(&body).map_err(|_| self.foreign())).transpose()
    }

    /// What stands at an address; `None` where nothing does.
    pub(super) async fn bytes(&self, address: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let answer = self.send(&Method::GET, address, None).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK if answer.body.iter().all(u8::is_ascii_whitespace) => Ok(None),
            StatusCode::OK => Ok(Some(answer.body)),
            status => Err(self.refused("read", status)),
        }
    }

    pub(super) fn foreign(&self) -> StoreError {
        StoreError::undecodable(&self.name, crate::format::DecodeError::Foreign, RESTORE)
    }

    /// Writes a document under the lock.
    pub(super) async fn post(&self, document: &Document, content: &Content, lock: Uuid) -> Result<(), StoreError> {
        let joint = if document.address.contains('?') { '&' } else { '?' };
        let address = format!("{}{joint}ID={lock}", document.address);
        let body = serde_json::to_vec(content).expect("plain data");
        let answer = self.send(&self.methods.update, &address, Some(&body)).await?;
        match answer.status {
            status if status.is_success() => Ok(()),
            StatusCode::CONFLICT | StatusCode::LOCKED | StatusCode::UNPROCESSABLE_ENTITY => {
                // It may be there already: an answer got lost, and the request was sent again.
                let there = self.get(document).await?.is_some_and(|now| now == *content);
                if there { Ok(()) } else { Err(StoreError::lock_lost(&self.name)) }
            }
            status => Err(self.refused("written", status)),
        }
    }

    /// What the protocol wants to know of a lock.
    pub(super) fn request(&self, info: &LockInfo) -> Vec<u8> {
        let who = format!("{}@{}", info.owner, info.host);
        let details = format!("process {}", info.process);
        let body = json!({
            "ID": info.id.to_string(), "Operation": info.operation, "Info": details, "Who": who,
            "Version": env!("CARGO_PKG_VERSION"), "Created": info.since.to_string(), "Path": "",
        });
        body.to_string().into_bytes()
    }

    /// Locks one document; `Err(Ok(body))` says who holds it.
    pub(super) async fn lock_one(&self, document: &Document, info: &LockInfo) -> Result<Result<(), Value>, StoreError> {
        let answer = self.send(&self.methods.lock, &document.lock_address, Some(&self.request(info))).await?;
        match answer.status {
            status if status.is_success() => Ok(Ok(())),
            StatusCode::CONFLICT | StatusCode::LOCKED => {
                let holder: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                // An answer that was lost may have been ours.
                let ours = holder["ID"] == json!(info.id.to_string());
                Ok(if ours { Ok(()) } else { Err(holder) })
            }
            status => Err(self.refused("locked", status)),
        }
    }

    /// Unlocks one document; answers whether it was locked with that id.
    pub(super) async fn unlock_one(&self, document: &Document, id: &str) -> Result<bool, StoreError> {
        let body = json!({ "ID": id }).to_string().into_bytes();
        let answer = self.send(&self.methods.unlock, &document.unlock_address, Some(&body)).await?;
        match answer.status {
            status if status.is_success() => Ok(true),
            StatusCode::CONFLICT | StatusCode::LOCKED | StatusCode::NOT_FOUND => Ok(false),
            status => Err(self.refused("unlocked", status)),
        }
    }
}
