//! What stands between a client and a server: a relay that can be cut, and one that does for Google's emulator what that
//! does not: it takes uploads of the XML API, and keeps their conditions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Notify};

/// A relay of connections. Cut, it breaks those that are open and takes no new ones.
#[derive(Clone)]
pub struct Relay {
    pub address: String,
    is_cut: Arc<AtomicBool>,
    cut: Arc<Notify>,
}

impl Relay {
    /// Relays to `HOST:PORT`.
    pub async fn start(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        let relay = Self { address, is_cut: Arc::default(), cut: Arc::default() };
        let (target, this) = (target.to_owned(), relay.clone());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                if this.is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let (target, cut) = (target.clone(), Arc::clone(&this.cut));
                tokio::spawn(async move {
                    let Ok(mut server) = TcpStream::connect(target).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        () = cut.notified() => {}
                    }
                });
            }
        });
        relay
    }

    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        self.cut.notify_waiters();
    }

    pub fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

#[derive(Clone)]
struct Upstream {
    address: String,
    client: reqwest::Client,
    /// One upload at a time, so that nothing comes between looking and writing.
    writing: Arc<Mutex<()>>,
}

/// Starts a server that passes requests on to `address`; uploads as ones of the JSON API, if their condition holds.
pub async fn conditional_uploads(address: &str) -> String {
    let upstream = Upstream { address: address.to_owned(), client: reqwest::Client::new(), writing: Arc::default() };
    let router = Router::new().fallback(pass).with_state(upstream);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn pass(State(upstream): State<Upstream>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    if parts.method == "PUT" { upstream.upload(&parts, body).await } else { upstream.send(&parts, body).await }
}

impl Upstream {
    async fn send(&self, parts: &Parts, body: Bytes) -> Response {
        let target = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        let sent = self.client.request(parts.method.clone(), format!("{}{target}", self.address));
        let headers = parts.headers.iter().filter(|(name, _)| !["host", "content-length"].contains(&name.as_str()));
        let sent = headers.fold(sent, |sent, (name, value)| sent.header(name, value));
        let Ok(answer) = sent.body(body).send().await else { return StatusCode::BAD_GATEWAY.into_response() };
        let mut response = Response::builder().status(answer.status());
        let framing = ["transfer-encoding", "content-length"];
        for (name, value) in answer.headers().iter().filter(|(name, _)| !framing.contains(&name.as_str())) {
            response = response.header(name, value);
        }
        response.body(Body::from(answer.bytes().await.unwrap_or_default())).expect("a response")
    }

    /// The generation of the object, 0 when there is none.
    async fn generation(&self, path: &str) -> String {
        let Ok(answer) = self.client.get(format!("{}{path}", self.address)).send().await else { return String::new() };
        let found = answer.headers().get("x-goog-generation").and_then(|v| v.to_str().ok()).map(str::to_owned);
        found.filter(|_| answer.status().is_success()).unwrap_or_else(|| "0".to_owned())
    }

    /// The path is `/BUCKET/OBJECT`, the object's name as it stands in a query.
    async fn upload(&self, parts: &Parts, body: Bytes) -> Response {
        let Some((bucket, object)) = parts.uri.path().trim_start_matches('/').split_once('/') else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let _one_at_a_time = self.writing.lock().await;
        if let Some(generation) = parts.headers.get("x-goog-if-generation-match")
            && self.generation(parts.uri.path()).await.as_bytes() != generation.as_bytes()
        {
            return StatusCode::PRECONDITION_FAILED.into_response();
        }
        let target = format!("{}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={object}", self.address);
        let sent = self.client.post(target).header("content-type", "application/octet-stream").body(body).send();
        let Ok(answer) = sent.await else { return StatusCode::BAD_GATEWAY.into_response() };
        let status = answer.status();
        let text = answer.bytes().await.unwrap_or_default();
        let made: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        let mut response = Response::builder().status(status);
        for (header, field) in [("x-goog-generation", "generation"), ("etag", "etag")] {
            if let Some(value) = made[field].as_str() {
                response = response.header(header, value);
            }
        }
        response.body(Body::from(text)).expect("a response")
    }
}
