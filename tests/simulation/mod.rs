//! A simulation of whole applies: engine, control plane and state store in one process and one virtual time, with
//! everything that can break between them. What breaks is decided by a [`Script`]; a run that is killed is dropped where
//! it stands, as a process is.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use housewright::apply::{Cancel, Event};
use housewright::clock::{BoxFuture, Clock, VirtualClock};
use housewright::cloud::{HttpRequest, HttpResponse, Transport, TransportError};
use housewright::diag::Diagnostics;
use housewright::host::Host;
use housewright::ops::{self, Applied, Connections, Options, PlanOptions, Session, StatePlace};
use housewright::sandbox::{Credentials, Request, Settings, World};
use housewright_state::journal::{Entry, Header, Journal};
use housewright_state::{Lock, LockInfo, MemoryPlace, MemoryStore, Past, Revision, State, Store, StoreError};
use serde_json::Value as Json;

/// What happens at one step: a request, or something that is written to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Fine,
    /// The process dies before it.
    DieBefore,
    /// It takes effect, and the process dies before it learns of it.
    DieAfter,
    /// A request takes effect, and its answer is lost.
    LoseAnswer,
    /// A request takes effect, and the platform says that it failed.
    FailAfter,
    /// A request has no effect, and the platform says that it failed.
    FailBefore,
    /// The platform has had enough requests.
    TooMany,
}

/// Decides what happens, step by step.
pub trait Script: Send {
    fn next(&mut self, step: &Step<'_>) -> Fate;
}

/// One step.
#[derive(Debug)]
pub enum Step<'a> {
    Request { method: &'a str, path: &'a str },
    Write(&'static str),
}

/// Everything goes well.
pub struct Undisturbed;

impl Script for Undisturbed {
    fn next(&mut self, _: &Step<'_>) -> Fate {
        Fate::Fine
    }
}

/// The process dies at one point: two to a step, before it and after it.
pub struct DieAt {
    pub point: u64,
    pub passed: u64,
}

impl Script for DieAt {
    fn next(&mut self, _: &Step<'_>) -> Fate {
        let here = self.passed;
        self.passed += 2;
        match self.point.checked_sub(here) {
            Some(0) => Fate::DieBefore,
            Some(1) => Fate::DieAfter,
            _ => Fate::Fine,
        }
    }
}

/// What outlives a process: the control plane and the place of the state.
#[derive(Clone)]
pub struct Universe {
    pub world: Arc<Mutex<World>>,
    pub place: MemoryPlace,
    /// Names of services by id, of all that ever were.
    pub names: Arc<Mutex<BTreeMap<String, String>>>,
    pub log: Arc<Mutex<Vec<Logged>>>,
    pub directory: PathBuf,
    organization: String,
}

/// One request as the control plane saw it.
#[derive(Debug, Clone)]
pub struct Logged {
    pub method: String,
    pub path: String,
    pub body: Json,
    pub status: u16,
}

/// How a run ended.
pub enum End {
    Killed,
    Done(Box<Applied>),
    Refused(Diagnostics),
}

impl Universe {
    pub fn new(directory: &Path) -> Self {
        let settings = Settings { request_log_limit: 0, timeline_limit: 0, ..Settings::default() };
        let world = World::new(settings, Credentials::default());
        let organization = world.to_json()["organization"]["id"].as_str().expect("an id").to_owned();
        Self {
            world: Arc::new(Mutex::new(world)),
            place: MemoryPlace::new(),
            names: Arc::default(),
            log: Arc::default(),
            directory: directory.to_owned(),
            organization,
        }
    }

    /// The same once more, on its own.
    pub async fn fork(&self, directory: &Path) -> Self {
        let place = MemoryPlace::new();
        if let Some(bytes) = self.place.bytes() {
            let state = housewright_state::format::decode(&bytes).expect("what was written can be read");
            let store = place.open();
            let lock = store.lock(lock_info()).await.expect("nobody holds it");
            store.write(&state, None).await.expect("a first state");
            store.unlock(lock.info.id).await.expect("it is held");
        }
        Self {
            world: Arc::new(Mutex::new(self.world.lock().unwrap().clone())),
            place,
            names: Arc::new(Mutex::new(self.names.lock().unwrap().clone())),
            log: Arc::default(),
            directory: directory.to_owned(),
            organization: self.organization.clone(),
        }
    }

    pub fn services(&self) -> BTreeMap<String, Json> {
        let world = self.world.lock().unwrap().to_json();
        let services = world["services"].clone();
        let all: Vec<Json> = match services {
            Json::Object(map) => map.into_iter().map(|(_, s)| s).collect(),
            Json::Array(items) => items,
            _ => Vec::new(),
        };
        all.into_iter().map(|s| (s["id"].as_str().unwrap_or_default().to_owned(), s)).collect()
    }

    /// One `apply` in a process of its own.
    pub async fn apply(&self, script: Box<dyn Script>, options: PlanOptions) -> (End, u64) {
        let killed = Arc::new(AtomicBool::default());
        let hand = Arc::new(Hand { script: Mutex::new(script), killed: killed.clone(), steps: AtomicU64::new(0) });
        let clock = VirtualClock::new(self.world.lock().unwrap().now(), Duration::ZERO);
        let transport = Arc::new(Wire { universe: self.clone(), hand: hand.clone(), clock: clock.clone() });
        let connections = Connections::over(transport, clock, "simulation", &self.organization);
        let store = Arc::new(Shaky { inner: self.place.open(), hand: hand.clone() });
        let place = StatePlace { store, path: None };
        let session = Session::open(settings(&self.directory), host(&self.directory), connections.clock.now());
        let mut approve = |_: &ops::Planned<'_>| true;
        let mut observe = |_: Event<'_>| {};
        let cancel = Cancel::default();
        let mut work =
            Box::pin(ops::apply(&session, &connections, &place, &options, &mut approve, &mut observe, cancel));
        // The dead do not go on, whatever else they wait for.
        let mortal = std::future::poll_fn(|context| {
            let result = work.as_mut().poll(context);
            if killed.load(Ordering::SeqCst) { Poll::Ready(None) } else { result.map(Some) }
        });
        let end = match connections.drive(mortal).await {
            None => End::Killed,
            Some(Ok(applied)) => End::Done(Box::new(applied)),
            Some(Err(found)) => End::Refused(found),
        };
        drop(work);
        (end, hand.steps.load(Ordering::SeqCst))
    }
}

fn settings(directory: &Path) -> Options {
    Options {
        directory: directory.to_owned(),
        variables: Vec::new(),
        variable_files: Vec::new(),
        state: None,
        sandbox: false,
        targets: Vec::new(),
        parallelism: 10,
        update_modules: false,
        lock_timeout: Duration::ZERO,
        notice: Arc::new(|_| {}),
    }
}

fn host(directory: &Path) -> Host {
    Host {
        environment: BTreeMap::new(),
        directory: directory.to_owned(),
        user: "tester".to_owned(),
        name: "simulation".to_owned(),
        process: 1,
        birth: String::new(),
    }
}

fn lock_info() -> LockInfo {
    LockInfo {
        id: uuid::Uuid::from_u128(1),
        owner: "tester".to_owned(),
        host: "simulation".to_owned(),
        process: 1,
        birth: String::new(),
        operation: "fork".to_owned(),
        since: jiff::Timestamp::UNIX_EPOCH,
        heartbeat: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// What all parts of one process share.
struct Hand {
    script: Mutex<Box<dyn Script>>,
    killed: Arc<AtomicBool>,
    steps: AtomicU64,
}

impl Hand {
    fn fate(&self, step: &Step<'_>) -> Fate {
        self.steps.fetch_add(1, Ordering::SeqCst);
        self.script.lock().unwrap().next(step)
    }

    async fn die<T>(&self) -> T {
        self.killed.store(true, Ordering::SeqCst);
        std::future::pending().await
    }
}

/// The network.
struct Wire {
    universe: Universe,
    hand: Arc<Hand>,
    clock: VirtualClock,
}

impl Wire {
    /// The control plane answers.
    fn deliver(&self, request: &HttpRequest) -> HttpResponse {
        let target = request.url.strip_prefix("simulation").unwrap_or(&request.url).to_owned();
        let body = request.body.clone().unwrap_or_default();
        let asked = Request {
            method: request.method.as_str().to_owned(),
            target: target.clone(),
            headers: request.headers.clone(),
            body: body.clone().into(),
        };
        let mut world = self.universe.world.lock().unwrap();
        let response = world.handle(self.clock.now(), &asked);
        drop(world);
        self.universe.log.lock().unwrap().push(Logged {
            method: asked.method,
            path: target,
            body: serde_json::from_slice(&body).unwrap_or(Json::Null),
            status: response.status,
        });
        let made = serde_json::from_slice::<Json>(&response.body).unwrap_or_default();
        let made = &made["result"]["service"];
        if let (Some(id), Some(name)) = (made["id"].as_str(), made["name"].as_str()) {
            self.universe.names.lock().unwrap().insert(id.to_owned(), name.to_owned());
        }
        let headers = response.headers.iter().map(|(n, v)| (n.to_lowercase(), v.to_string())).collect();
        HttpResponse { status: response.status, headers, body: response.body.to_vec() }
    }
}

fn refusal(status: u16, headers: &[(&str, &str)]) -> HttpResponse {
    let body = serde_json::json!({ "status": status, "error": "simulated", "requestId": "0" });
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    let headers = headers.chain([("content-type".to_owned(), "application/json".to_owned())]).collect();
    HttpResponse { status, headers, body: body.to_string().into_bytes() }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            let path = request.url.clone();
            let fate = self.hand.fate(&Step::Request { method: request.method.as_str(), path: &path });
            match fate {
                Fate::Fine => Ok(self.deliver(&request)),
                Fate::DieBefore => self.hand.die().await,
                Fate::DieAfter => {
                    self.deliver(&request);
                    self.hand.die().await
                }
                Fate::LoseAnswer => {
                    self.deliver(&request);
                    Err(TransportError { sent: true, message: "the connection broke".to_owned() })
                }
                Fate::FailAfter => {
                    self.deliver(&request);
                    Ok(refusal(500, &[]))
                }
                Fate::FailBefore => Ok(refusal(503, &[])),
                Fate::TooMany => Ok(refusal(429, &[("x-ratelimit-reset", "3")])),
            }
        })
    }
}

/// A store whose process may die around every write.
#[derive(Debug)]
struct Shaky {
    inner: MemoryStore,
    hand: Arc<Hand>,
}

impl std::fmt::Debug for Hand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hand")
    }
}

impl Shaky {
    async fn around<T>(&self, what: &'static str, write: impl Future<Output = T>) -> T {
        match self.hand.fate(&Step::Write(what)) {
            Fate::DieBefore => self.hand.die().await,
            Fate::DieAfter => {
                write.await;
                self.hand.die().await
            }
            // Stores have no other troubles here: their own tests have.
            _ => write.await,
        }
    }
}

#[async_trait]
impl Store for Shaky {
    fn place(&self) -> String {
        self.inner.place()
    }

    async fn read(&self) -> Result<Option<State>, StoreError> {
        self.inner.read().await
    }

    async fn write(&self, state: &State, expected: Option<Revision>) -> Result<(), StoreError> {
        self.around("state", self.inner.write(state, expected)).await
    }

    async fn journal(&self) -> Result<Option<Journal>, StoreError> {
        self.inner.journal().await
    }

    async fn begin(&self, header: &Header) -> Result<(), StoreError> {
        self.around("journal begins", self.inner.begin(header)).await
    }

    async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        self.around("journal", self.inner.append(entry)).await
    }

    async fn end(&self) -> Result<(), StoreError> {
        self.around("journal ends", self.inner.end()).await
    }

    async fn lock(&self, info: LockInfo) -> Result<Lock, StoreError> {
        self.around("lock", self.inner.lock(info)).await
    }

    async fn unlock(&self, id: uuid::Uuid) -> Result<(), StoreError> {
        self.around("unlock", self.inner.unlock(id)).await
    }

    async fn lock_info(&self) -> Result<Option<LockInfo>, StoreError> {
        self.inner.lock_info().await
    }

    async fn beat(&self, now: jiff::Timestamp) -> Result<(), StoreError> {
        self.inner.beat(now).await
    }

    async fn history(&self) -> Result<Vec<Past>, StoreError> {
        self.inner.history().await
    }

    async fn version(&self, serial: u64) -> Result<State, StoreError> {
        self.inner.version(serial).await
    }
}
