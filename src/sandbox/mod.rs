//! The sandbox: an embedded ClickHouse Cloud control plane with the API of the real one, virtual time, and faults on
//! demand. Runs in the process ([`Sandbox`]) or as a server ([`serve`]).
//!
//! It knows nothing of the engine that talks to it: it reads the API's own description, so that a misreading on one
//! side shows on the other. [`World`] is the whole state and pure; files are `store`'s, sockets are `server`'s.

mod access;
mod api;
mod autoscale;
mod control;
mod control_life;
mod draw;
mod events;
mod faults;
mod http;
mod idling;
mod life;
mod lifecycle;
mod load;
mod metering;
mod model;
mod operations;
mod rate_limit;
mod record;
mod redact;
mod releases;
mod replicas;
mod request_log;
mod routes;
mod runtime;
mod server;
mod settings;
mod shape;
mod shapes;
mod store;
mod timeline;
mod view;
mod world;

use std::borrow::Cow;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

pub use autoscale::Policy;
pub use faults::{Effect, Fault, When};
pub use http::{Request, Response};
pub use life::{IdleStatus, LoadStatus, ReplicaStatus};
pub use lifecycle::Work;
pub use load::Load;
pub use model::{
    ByocInfrastructure, Entitlements, Fate, Organization, PrivateEndpoint, Provider, ServiceProfile, ServiceState, Tier,
};
pub use operations::page as operations_page;
pub use rate_limit::RateLimit;
pub use request_log::LoggedRequest;
pub use routes::ROUTES;
pub use server::{ServeError, Server, ServerOptions, serve};
pub use settings::{Autoscaling, Credentials, Defaults, Durations, Idling, Settings};
pub use store::{Held, StoreError};
pub use timeline::{TimelineEntry, What};
pub use world::World;

use http::ApiError;
use rate_limit::Limiter;
use store::{Entry, Store};

/// How to open a sandbox.
#[derive(Debug, Clone)]
pub struct Options {
    /// What a new world starts from; a directory that has one keeps its own.
    pub settings: Settings,
    /// The API key that is accepted. Never written to a file, so it is given each time.
    pub credentials: Credentials,
    /// After how many requests the snapshot is renewed: after as many as there are services, where these are more.
    pub snapshot_every: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { settings: Settings::default(), credentials: Credentials::default(), snapshot_every: 1_000 }
    }
}

/// A world with its files.
#[derive(Debug)]
pub struct Sandbox {
    world: World,
    store: Option<Store>,
    /// Requests so far that may have changed the world.
    position: u64,
    snapshot_position: u64,
    snapshot_every: u64,
    limiter: Option<Limiter>,
}

/// What there is, in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Virtual time.
    pub now: Timestamp,
    /// When something happens next without a request.
    pub next_event: Option<Timestamp>,
    /// The organization in every path.
    pub organization_id: Uuid,
    /// Key id that is accepted.
    pub key_id: String,
    /// Services in the order of their creation.
    pub services: Vec<ServiceStatus>,
}

/// A service, in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceStatus {
    /// Identifier.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// State.
    pub state: ServiceState,
    /// Replicas it has while it runs; during a change, those it had before.
    pub replicas: u32,
    /// GB of each replica.
    pub memory_gb: u32,
    /// Cloud provider.
    pub provider: Provider,
    /// Region.
    pub region: String,
    /// The replicas themselves.
    pub replica_list: Vec<ReplicaStatus>,
    /// Which autoscaler works on it, or why none does.
    pub autoscaler: String,
    /// Whether it may idle, and what keeps it awake.
    pub idling: IdleStatus,
    /// What users do to it.
    pub load: LoadStatus,
}

impl Sandbox {
    /// Opens the sandbox of a directory, or starts a new one there.
    ///
    /// # Errors
    /// When the directory cannot be used, is open elsewhere, or holds damaged files.
    pub fn open(directory: &Path, options: Options) -> Result<Self, StoreError> {
        Self::read(Held::take(directory)?, options)
    }

    /// Reads the sandbox of a directory that is held, or starts a new one there.
    ///
    /// # Errors
    /// When the directory cannot be used, or holds damaged files.
    pub fn read(held: Held, options: Options) -> Result<Self, StoreError> {
        let (store, stored) = Store::open(held)?;
        let is_new = stored.world.is_none();
        let mut world = match stored.world {
            Some(world) => world.opened_with(options.credentials),
            None => World::new(options.settings, options.credentials),
        };
        let (mut position, known) = (stored.position, stored.position);
        for entry in &stored.entries {
            position = entry.position;
            let request = Request {
                method: entry.method.clone(),
                target: entry.target.clone(),
                headers: Vec::new(),
                body: entry.body.clone().into(),
            };
            match entry.refused {
                Some(reset) => world.refuse(entry.at, &request, reset),
                None => world.process(entry.at, entry.caller.as_deref(), &request),
            };
        }
        let mut sandbox = Self {
            world,
            store: Some(store),
            position,
            snapshot_position: position,
            snapshot_every: options.snapshot_every.max(1),
            limiter: None,
        };
        // What was just read need not be written again.
        if is_new || position > known {
            sandbox.snapshot()?;
        }
        Ok(sandbox)
    }

    /// A sandbox that nothing remembers.
    pub fn in_memory(options: Options) -> Self {
        Self {
            world: World::new(options.settings, options.credentials),
            store: None,
            position: 0,
            snapshot_position: 0,
            snapshot_every: options.snapshot_every.max(1),
            limiter: None,
        }
    }

    /// Answers a request at that virtual time. An earlier time than the world has reached counts as the world's own.
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Response {
        let caller = self.world.authenticate(now, request);
        let request = &self.world.without_secrets(request);
        let refused = self.count(now, caller.as_deref(), request);
        if let Err(error) = self.write_down(now, caller.as_deref(), request, refused) {
            return failed(&error);
        }
        let response = match refused {
            Some(reset_seconds) => self.world.refuse(now, request, reset_seconds),
            None => self.world.process(now, caller.as_deref(), request),
        };
        // A snapshot is as long as there are services: each is to be worth it.
        let worth = self.snapshot_every.max(self.world.count_services() as u64);
        if self.position - self.snapshot_position >= worth && self.snapshot().is_err() {
            // The journal holds everything the snapshot would; the next try is as far away again.
            self.snapshot_position = self.position;
        }
        response
    }

    /// From now on no key may make more requests than that.
    pub fn limit(&mut self, limit: Option<RateLimit>) {
        self.limiter = limit.map(Limiter::new);
    }

    /// Seconds until the next request is taken, when this one is one too many.
    fn count(&mut self, now: Timestamp, caller: Option<&str>, request: &Request) -> Option<u64> {
        if control::is_control(request.path()) {
            return None;
        }
        self.limiter.as_mut()?.count(caller?, now.max(self.world.now()))
    }

    /// Writes a request down, which must hold no secret any more.
    fn write_down(
        &mut self,
        now: Timestamp,
        caller: Option<&str>,
        request: &Request,
        refused: Option<u64>,
    ) -> Result<(), StoreError> {
        let Some(store) = &mut self.store else { return Ok(()) };
        // Looking changes nothing, unless something happens on the way to that time.
        if !control::changes(request) && !self.world.has_due(now) {
            return Ok(());
        }
        store.append(&Entry {
            position: self.position + 1,
            at: now.max(self.world.now()),
            caller: caller.map(str::to_owned),
            method: request.method.clone(),
            target: redact::target(&request.target).into_owned(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            refused,
        })?;
        self.position += 1;
        Ok(())
    }

    /// Writes the snapshot. Not needed for safety, but the next opening is faster.
    ///
    /// # Errors
    /// When it could not be written; nothing is lost then.
    pub fn snapshot(&mut self) -> Result<(), StoreError> {
        if let Some(store) = &mut self.store {
            store.snapshot(&self.world, self.position)?;
        }
        self.snapshot_position = self.position;
        Ok(())
    }

    /// Virtual time the world has reached.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// When something happens next without a request: where a clock may jump to while everybody waits.
    pub fn next_event(&self) -> Option<Timestamp> {
        self.world.next_event()
    }

    /// The organization in every path.
    pub fn organization_id(&self) -> Uuid {
        self.world.organization.id
    }

    /// What there is, in short.
    pub fn status(&self) -> Status {
        self.world.status()
    }

    /// The timeline after that entry, oldest first.
    pub fn timeline(&self, since: u64) -> impl Iterator<Item = Cow<'_, TimelineEntry>> {
        self.world.timeline.since(since)
    }

    /// Lets others who want to open the same directory know where this sandbox is served.
    ///
    /// # Errors
    /// When it could not be written down.
    pub fn announce(&mut self, url: &str) -> Result<(), StoreError> {
        self.store.as_mut().map_or(Ok(()), |store| store.announce(url))
    }

    /// Starts anew with the same settings; time goes on.
    ///
    /// # Errors
    /// When the reset could not be written down; then nothing changed.
    pub fn reset(&mut self) -> Result<(), StoreError> {
        let request = Request::new("POST", "/_sandbox/reset");
        self.write_down(self.now(), None, &request, None)?;
        self.world.process(self.now(), None, &request);
        self.snapshot()
    }

    /// Recorded requests, oldest first.
    pub fn requests(&self) -> impl Iterator<Item = Cow<'_, LoggedRequest>> {
        self.world.requests()
    }

    /// The whole world as JSON.
    pub fn world_json(&self) -> Value {
        self.world.to_json()
    }
}

fn failed(error: &StoreError) -> Response {
    http::envelope(Uuid::nil(), Err(ApiError::internal(format!("The sandbox could not record the request: {error}"))))
}
