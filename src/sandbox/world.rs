//! The whole state of the control plane, and how it answers: first it lives up to the present, then it answers.
//!
//! Deterministic: the same settings and the same requests at the same virtual times give the same world, byte for byte.
//! Knows no sockets and no files.

use std::collections::BTreeMap;

use base64::Engine as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::Call;
use super::control;
use super::draw::Draw;
use super::events::EventQueue;
use super::faults::{self, Faults};
use super::http::{Answer, ApiError, Reply, Request, Response, envelope};
use super::load::LoadRule;
use super::model::{Backup, Organization, Service, ServiceState};
use super::redact;
use super::request_log::{LoggedRequest, RequestLog};
use super::routes::{self, Route};
use super::runtime::Runtime;
use super::settings::{Credentials, Settings};
use super::timeline::Timeline;
use super::view;

/// The state of the control plane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct World {
    pub(super) settings: Settings,
    pub(super) now: Timestamp,
    pub(super) draw: Draw,
    /// Requests of the API so far.
    pub(super) sequence: u64,
    /// Services created so far.
    pub(super) created: u64,
    pub(super) organization: Organization,
    pub(super) services: BTreeMap<Uuid, Service>,
    pub(super) backups: BTreeMap<Uuid, Backup>,
    pub(super) events: EventQueue,
    pub(super) faults: Faults,
    pub(super) requests: RequestLog,
    pub(super) runtimes: BTreeMap<Uuid, Runtime>,
    pub(super) timeline: Timeline,
    pub(super) loads: Vec<LoadRule>,
    #[serde(skip)]
    pub(super) credentials: Credentials,
}

impl World {
    /// A new world with its organization and no services.
    pub fn new(settings: Settings, credentials: Credentials) -> Self {
        let draw = Draw::new(settings.seed);
        let mut organization = settings.organization.clone();
        if organization.id.is_nil() {
            organization.id = draw.id_of("organization", "");
        }
        Self {
            now: settings.start,
            draw,
            sequence: 0,
            created: 0,
            organization,
            services: BTreeMap::new(),
            backups: BTreeMap::new(),
            events: EventQueue::default(),
            faults: Faults::default(),
            requests: RequestLog::default(),
            runtimes: BTreeMap::new(),
            timeline: Timeline::default(),
            loads: Vec::new(),
            settings,
            credentials,
        }
    }

    /// Lets everything happen that is due by then, and answers. Time never goes back: an earlier `now` counts as the
    /// world's own.
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Response {
        let caller = self.authenticate(request);
        self.process(now, caller.as_deref(), request)
    }

    /// The key id of the caller, if its credentials are right.
    pub(super) fn authenticate(&self, request: &Request) -> Option<String> {
        let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (key_id, secret) = text.split_once(':')?;
        self.credentials.accept(key_id, secret).then(|| key_id.to_owned())
    }

    /// [`World::handle`] for a caller who is known already: also how recorded requests run again.
    pub(super) fn process(&mut self, now: Timestamp, caller: Option<&str>, request: &Request) -> Response {
        self.advance(now);
        if control::is_control(request.path()) {
            return control::handle(self, request);
        }
        self.sequence += 1;
        let request_id = self.draw.id_of("request", &self.sequence.to_string());
        let (method, path) = (request.method.as_str(), request.path());
        let route = routes::find(method, path);
        let fault = self.faults.strike(method, path);
        let own = match &fault {
            Some(fault) if !fault.lets_through() => None,
            _ => Some(envelope(request_id, self.answer(caller, route.clone(), request))),
        };
        let (response, number) = match (fault, own) {
            (Some(fault), own) => (fault.response(request_id, own), Some(fault.id)),
            (None, Some(own)) => (own, None),
            (None, None) => (envelope(request_id, Err(no_such_path())), None),
        };
        self.record(request, route.map(|(route, _)| route), response.status, number);
        response
    }

    fn answer(
        &mut self,
        caller: Option<&str>,
        route: Option<(&'static Route, routes::Params<'_>)>,
        request: &Request,
    ) -> Answer {
        let Some(caller) = caller else {
            return Err(ApiError::unauthorized("The key id or the key secret is wrong or missing"));
        };
        let Some((route, params)) = route else { return Err(no_such_path()) };
        let call = Call { caller, params, query: request.query(), body: &request.body };
        if call.params.iter().any(|(name, _)| *name == "organizationId")
            && call.uuid("organizationId")? != self.organization.id
        {
            return Err(ApiError::forbidden("The API key does not belong to this organization"));
        }
        let Some(handler) = route.handler else {
            return Err(ApiError::not_implemented(format!("The sandbox does not have {} yet", route.operation)));
        };
        let outcome = handler(self, &call);
        if request.method != "GET"
            && let Ok(service) = call.service_id()
        {
            self.rearm(service);
        }
        let mut reply = outcome?;
        if self.faults.shuffles(&request.method, request.path())
            && let Reply::Result(value) | Reply::Page(value, _) = &mut reply
        {
            faults::shuffle(value, &self.draw, self.sequence);
        }
        Ok(reply)
    }

    fn record(&mut self, request: &Request, route: Option<&Route>, status: u16, fault: Option<u64>) {
        let target = redact::target(&request.target);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let entry = LoggedRequest {
            sequence: self.sequence,
            at: self.now,
            method: request.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            operation: route.map(|route| route.operation.to_owned()),
            body: redact::for_display(&request.body),
            status,
            fault,
        };
        self.requests.push(entry, self.settings.request_log_limit);
    }

    /// Lets everything happen that is due by then.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some(event) = self.events.pop_due(now) {
            self.now = self.now.max(event.due);
            self.happen(&event);
        }
        self.now = self.now.max(now);
    }

    /// When something happens next that somebody may wait for: a state, or a set of replicas, that is reached. What comes
    /// back for ever (looks at the load, idling, schedules, backups) does not count.
    pub fn next_event(&self) -> Option<Timestamp> {
        self.events.next_awaited()
    }

    /// Whether something happens by that time.
    pub(super) fn has_due(&self, now: Timestamp) -> bool {
        self.events.has_due(now)
    }

    /// Virtual time the world has reached.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The world as JSON, the same bytes for the same world.
    pub fn to_json(&self) -> Value {
        json!(self)
    }

    /// Requests that are recorded, oldest first.
    pub fn requests(&self) -> impl Iterator<Item = &LoggedRequest> {
        self.requests.iter()
    }

    /// Starts anew with the same settings; time goes on.
    pub(super) fn reset(&mut self) {
        let now = self.now;
        *self = Self::new(self.settings.clone(), self.credentials.clone());
        self.now = now;
    }

    /// A service.
    pub(super) fn service(&self, id: Uuid) -> Result<&Service, ApiError> {
        self.services.get(&id).ok_or_else(|| no_such_service(id))
    }

    /// A service, to change it.
    pub(super) fn service_mut(&mut self, id: Uuid) -> Result<&mut Service, ApiError> {
        self.services.get_mut(&id).ok_or_else(|| no_such_service(id))
    }

    /// A service as reading it shows it.
    pub(super) fn view(&self, id: Uuid) -> Result<Value, ApiError> {
        Ok(self.view_of(self.service(id)?))
    }

    /// A service as reading it shows it.
    pub(super) fn view_of(&self, service: &Service) -> Value {
        view::service(service, &self.organization, &self.draw)
    }

    /// The primary service of a warehouse.
    pub(super) fn primary_of(&self, warehouse: &str) -> Option<&Service> {
        let warehouse = Uuid::try_parse(warehouse).ok()?;
        self.services.values().find(|service| {
            service.is_primary && service.data_warehouse_id == warehouse && service.state != ServiceState::Terminating
        })
    }

    /// A generated password. Nothing keeps it.
    pub(super) fn password(&mut self) -> String {
        self.draw.password(self.credentials.key())
    }
}

fn no_such_path() -> ApiError {
    ApiError::not_found("There is no such operation")
}

fn no_such_service(id: Uuid) -> ApiError {
    ApiError::not_found(format!("Service {id} does not exist"))
}
