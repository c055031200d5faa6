//! A server that speaks the protocol GitLab offers for Terraform's states, over real HTTP: documents, each with a lock.
//!
//! As GitLab does, it ties writes to the lock's id, answers 409 where it does not fit, demands a `serial` that grows,
//! and tells of a lock no more than its id, who took it and when.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, post};
use base64::Engine as _;
use serde_json::{Value, json};

pub const USER: &str = "anna";
pub const PASSWORD: &str = "canary-in-a-password";

#[derive(Default)]
struct Document {
    versions: Vec<Value>,
    lock: Option<(String, String)>,
}

/// All documents, by name.
#[derive(Clone, Default)]
struct Documents(Arc<Mutex<BTreeMap<String, Document>>>);

/// A running server.
pub struct GitLab {
    pub address: String,
    documents: Documents,
}

impl GitLab {
    pub async fn start() -> Self {
        let documents = Documents::default();
        let router = Router::new()
            .route("/state/{name}", any(document))
            .route("/state/{name}/lock", post(lock).delete(unlock))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(documents.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, documents }
    }

    /// The last version of a document.
    pub fn last(&self, name: &str) -> String {
        let documents = self.documents.0.lock().unwrap();
        documents.get(name).and_then(|d| d.versions.last()).map(Value::to_string).unwrap_or_default()
    }

    /// The serials that were written of a document.
    pub fn serials(&self, name: &str) -> Vec<u64> {
        let documents = self.documents.0.lock().unwrap();
        let versions = documents.get(name).map(|d| d.versions.as_slice()).unwrap_or_default();
        versions.iter().filter_map(|v| v["serial"].as_u64()).collect()
    }
}

fn is_authorized(headers: &HeaderMap) -> bool {
    let expected = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
    headers.get("authorization").is_some_and(|given| given.as_bytes() == format!("Basic {expected}").as_bytes())
}

async fn document(
    State(documents): State<Documents>,
    Path(name): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    method: axum::http::Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_authorized(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut documents = documents.0.lock().unwrap();
    let document = documents.entry(name).or_default();
    match method.as_str() {
        "GET" => match document.versions.last() {
            Some(version) => version.to_string().into_response(),
            None => StatusCode::NO_CONTENT.into_response(),
        },
        "POST" => {
            if document.lock.as_ref().map(|(id, _)| id) != query.get("ID") {
                return StatusCode::CONFLICT.into_response();
            }
            let Ok(content) = serde_json::from_slice::<Value>(&body) else {
                return StatusCode::BAD_REQUEST.into_response();
            };
            let last = document.versions.last().and_then(|v| v["serial"].as_u64());
            match content["serial"].as_u64() {
                Some(serial) if last.is_none_or(|last| serial > last) => document.versions.push(content),
                _ => return StatusCode::UNPROCESSABLE_ENTITY.into_response(),
            }
            StatusCode::OK.into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

async fn lock(
    State(documents): State<Documents>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let complete =
        ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"].iter().all(|f| asked[f].is_string());
    if !is_authorized(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if !complete {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let mut documents = documents.0.lock().unwrap();
    let document = documents.entry(name).or_default();
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let status = if document.lock.is_none() { StatusCode::OK } else { StatusCode::CONFLICT };
    let (id, created) = document.lock.get_or_insert_with(|| (text("ID"), text("Created"))).clone();
    let told =
        json!({ "ID": id, "Who": USER, "Created": created, "Operation": asked["Operation"], "Info": asked["Info"] });
    (status, told.to_string()).into_response()
}

async fn unlock(
    State(documents): State<Documents>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_authorized(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut documents = documents.0.lock().unwrap();
    let document = documents.entry(name).or_default();
    match (&document.lock, asked["ID"].as_str()) {
        (Some((id, _)), Some(asked)) if id == asked => {
            document.lock = None;
            StatusCode::OK.into_response()
        }
        _ => StatusCode::CONFLICT.into_response(),
    }
}
