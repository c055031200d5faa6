//! The whole state of the control plane, and how it answers: first it lives up to the present, then it answers.
//!
//! Deterministic: the same settings and the same requests at the same virtual times give the same world, byte for byte.
//! Knows no sockets and no files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{self, Resource};
use super::api::Call;
use super::control;
use super::draw::Draw;
use super::events::EventQueue;
use super::faults::{self, Faults, Occasion};
use super::http::{self, Answer, ApiError, Reply, Request, Response, envelope};
use super::load::LoadRule;
use super::metering::Meters;
use super::model::{
    Access, Activity, ActivityLog, ApiKey, Backup, KeyState, Organization, Proof, Service, ServiceState,
};
use super::redact;
use super::releases::Release;
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
    #[serde(default)]
    pub(super) access: Access,
    #[serde(default)]
    pub(super) activities: ActivityLog,
    #[serde(default)]
    pub(super) meters: Meters,
    /// Behind pointers: the nodes of a tree are half empty.
    pub(super) services: BTreeMap<Uuid, Box<Service>>,
    pub(super) backups: BTreeMap<Uuid, Backup>,
    pub(super) events: EventQueue,
    pub(super) faults: Faults,
    pub(super) requests: RequestLog,
    pub(super) runtimes: BTreeMap<Uuid, Box<Runtime>>,
    pub(super) timeline: Timeline,
    pub(super) loads: Vec<LoadRule>,
    pub(super) releases: Vec<Release>,
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
        let access = Access::new(organization.id, credentials.key_id(), &draw, settings.start);
        Self {
            access,
            activities: ActivityLog::default(),
            meters: Meters::default(),
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
            releases: Vec::new(),
            settings,
            credentials,
        }
    }

    /// Lets everything happen that is due by then, and answers. Time never goes back: an earlier `now` counts as the
    /// world's own.
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Response {
        let caller = self.authenticate(now, request);
        let request = self.without_secrets(request);
        self.process(now, caller.as_deref(), &request)
    }

    /// The same world with other credentials; the key it was opened with before is the one it is opened with now.
    pub(super) fn opened_with(mut self, credentials: Credentials) -> Self {
        if self.access.roles.is_empty() {
            self.access = Access::new(self.organization.id, credentials.key_id(), &self.draw, self.now);
        }
        for key in self.access.keys.iter_mut().filter(|key| key.proof == Proof::Given) {
            key.name = credentials.key_id().to_owned();
            key.suffix = access::suffix(credentials.key_id());
        }
        Self { credentials, ..self }
    }

    /// The request with worthless values in the place of secrets: nothing that runs it or stores it sees one.
    pub(super) fn without_secrets(&self, request: &Request) -> Request {
        let body = redact::for_replay(&request.body, &|digest| self.credentials.seal(digest));
        Request { body, ..request.clone() }
    }

    /// The caller's key, by its identifier, if the credentials are right and the key is accepted at that time.
    pub(super) fn authenticate(&self, now: Timestamp, request: &Request) -> Option<String> {
        let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (key_id, secret) = text.split_once(':')?;
        let now = now.max(self.now);
        let usable = |key: &&ApiKey| key.state == KeyState::Enabled && key.expire_at.is_none_or(|end| now < end);
        let given = self.credentials.accept(key_id, secret);
        let sealed = Proof::Sealed { id: self.credentials.seal_text(key_id), key: self.credentials.seal_text(secret) };
        let proves = |key: &&ApiKey| key.proof == sealed || (given && key.proof == Proof::Given);
        self.access.keys.iter().find(proves).filter(usable).map(|key| key.id.to_string())
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
        let occasion = Occasion {
            method,
            path,
            operation: route.as_ref().map(|(route, _)| route.operation),
            draw: &self.draw,
            sequence: self.sequence,
        };
        let delay_milliseconds = self.faults.delay(occasion);
        let fault = self.faults.strike(occasion);
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
        Response { delay_milliseconds, ..response }
    }

    /// [`World::process`] for one request too many, which has no effect but its place in the record.
    pub(super) fn refuse(&mut self, now: Timestamp, request: &Request, reset_seconds: u64) -> Response {
        self.advance(now);
        self.sequence += 1;
        let request_id = self.draw.id_of("request", &self.sequence.to_string());
        let route = routes::find(&request.method, request.path()).map(|(route, _)| route);
        let response = http::too_many_requests(request_id, reset_seconds);
        self.record(request, route, response.status, None);
        response
    }

    fn answer(
        &mut self,
        caller: Option<&str>,
        route: Option<(&'static Route, routes::Params<'_>)>,
        request: &Request,
    ) -> Answer {
        let caller = caller.and_then(|id| Uuid::try_parse(id).ok()).and_then(|id| self.access.key(id));
        let Some(key) = caller else { return Err(ApiError::unauthorized("Key is not found")) };
        let Some((route, params)) = route else { return Err(no_such_path()) };
        let call = Call {
            caller: key.id,
            actor: key.actor(),
            params,
            query: request.query(),
            host: request.header("host"),
            body: &request.body,
        };
        if call.params.iter().any(|(name, _)| *name == "organizationId")
            && call.uuid("organizationId")? != self.organization.id
        {
            return Err(ApiError::forbidden("The API key does not belong to this organization"));
        }
        let Some(handler) = route.handler else {
            return Err(ApiError::not_implemented(format!("The sandbox does not have {} yet", route.operation)));
        };
        self.note_use(call.caller);
        for permission in route.permissions {
            self.require(&call, permission)?;
        }
        let service = call.service_id().ok();
        let outcome = handler(self, &call);
        if request.method != "GET"
            && let Some(service) = service
        {
            self.replan(service);
        }
        self.read_meter(service);
        let mut reply = outcome?;
        let occasion = Occasion {
            method: &request.method,
            path: request.path(),
            operation: Some(route.operation),
            draw: &self.draw,
            sequence: self.sequence,
        };
        if self.faults.shuffles(occasion)
            && let Reply::Result(value) | Reply::Page(value, _) = &mut reply
        {
            faults::shuffle(value, &self.draw, self.sequence);
        }
        Ok(reply)
    }

    /// A key's last use, to the minute.
    fn note_use(&mut self, key: Uuid) {
        let second = self.now.as_second();
        let minute = Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(self.now);
        for key in self.access.keys.iter_mut().filter(|known| known.id == key) {
            key.used_at = Some(minute);
        }
    }

    /// Refuses a caller who does not hold the permission on what the path names.
    ///
    /// # Errors
    /// 403; 400 when the path names no service that could exist.
    pub(super) fn require(&self, call: &Call<'_>, permission: &str) -> Result<(), ApiError> {
        let resource = match (permission.starts_with("service:"), call.has("serviceId")) {
            (false, _) => Resource::Organization,
            (true, true) => Resource::Service(call.service_id()?),
            (true, false) => Resource::EveryService,
        };
        let name = format!("{}{permission}", access::PREFIX);
        if self.access.allows(&call.actor, &name, resource) {
            return Ok(());
        }
        if let Resource::Service(id) = resource
            && self.organization.hides_services
            && !self.shows(call, id)
        {
            return Err(no_such_service(id));
        }
        let place = match resource {
            Resource::Organization => "the organization".to_owned(),
            Resource::Service(id) => format!("service {id}"),
            Resource::EveryService => "all services".to_owned(),
        };
        Err(ApiError::forbidden(format!("The API key lacks the permission {name} on {place}")))
    }

    /// Writes down what the caller has done, to the service of the path if there is one.
    pub(super) fn note(&mut self, call: &Call<'_>, kind: &'static str) {
        self.note_more(call, kind, call.service_id().ok(), Value::Null);
    }

    /// Writes down what the caller has done to that service, with members that only this kind of activity has.
    pub(super) fn note_more(&mut self, call: &Call<'_>, kind: &'static str, service: Option<Uuid>, more: Value) {
        let number = self.activities.next_number();
        let key_name = self.access.key(call.caller).map(|key| key.name.clone()).unwrap_or_default();
        let more = match more {
            Value::Object(members) => members,
            _ => serde_json::Map::new(),
        };
        self.activities.push(Activity {
            number,
            id: self.draw.id_of("activity", &number.to_string()),
            created_at: self.now,
            kind: kind.into(),
            key: call.caller,
            key_name,
            service,
            more,
        });
    }

    /// A new API key: its id and its secret. Nothing keeps the secret.
    pub(super) fn new_key(&mut self) -> (String, String) {
        self.draw.api_key(self.credentials.key())
    }

    /// Whether the caller may look at that service.
    pub(super) fn shows(&self, call: &Call<'_>, service: Uuid) -> bool {
        let permission = format!("{}service:view", access::PREFIX);
        self.access.allows(&call.actor, &permission, Resource::Service(service))
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
            self.read_meter(Some(event.service));
        }
        self.now = self.now.max(now);
        self.settle_infrastructures();
    }

    /// Notes how large a service is from now on.
    fn read_meter(&mut self, service: Option<Uuid>) {
        let Some(id) = service else { return };
        match self.services.get(&id) {
            Some(service) => self.meters.read(service, self.now),
            None => self.meters.stop(id, self.now),
        }
    }

    /// Ends the work on BYOC infrastructures that is due.
    fn settle_infrastructures(&mut self) {
        for infrastructure in &mut self.organization.byoc_infrastructures {
            if let Some(work) = infrastructure.work.take_if(|work| work.until <= self.now) {
                infrastructure.state = work.leads_to;
                infrastructure.changed_at = Some(work.until);
            }
        }
    }

    /// When something happens next that somebody may wait for: a state, or a set of replicas, that is reached. What comes
    /// back for ever (looks at the load, idling, schedules, backups) does not count.
    pub fn next_event(&self) -> Option<Timestamp> {
        let works = self.organization.byoc_infrastructures.iter().filter_map(|known| known.work.as_ref());
        self.events.next_awaited().into_iter().chain(works.map(|work| work.until)).min()
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
    pub fn requests(&self) -> impl Iterator<Item = Cow<'_, LoggedRequest>> {
        self.requests.iter()
    }

    /// Starts anew with the same settings; time goes on.
    pub(super) fn reset(&mut self) {
        let now = self.now;
        *self = Self::new(self.settings.clone(), self.credentials.clone());
        self.now = now;
    }

    /// All services, by their ids.
    pub(super) fn all_services(&self) -> impl Iterator<Item = &Service> {
        self.services.values().map(|service| &**service)
    }

    pub(super) fn count_services(&self) -> usize {
        self.services.len()
    }

    /// A service.
    pub(super) fn service(&self, id: Uuid) -> Result<&Service, ApiError> {
        self.services.get(&id).map(|service| &**service).ok_or_else(|| no_such_service(id))
    }

    /// A service, to change it.
    pub(super) fn service_mut(&mut self, id: Uuid) -> Result<&mut Service, ApiError> {
        self.services.get_mut(&id).map(|service| &mut **service).ok_or_else(|| no_such_service(id))
    }

    /// A service as reading it shows it.
    pub(super) fn view(&self, id: Uuid) -> Result<Value, ApiError> {
        Ok(self.view_of(self.service(id)?))
    }

    /// A service as reading it shows it.
    pub(super) fn view_of(&self, service: &Service) -> Value {
        view::service(service, &self.organization, &self.draw, self.now)
    }

    /// [`World::view_of`] as text.
    pub(super) fn text_of(&self, service: &Service) -> Box<RawValue> {
        view::service_text(service, &self.organization, &self.draw, self.now)
    }

    /// The primary service of a warehouse.
    pub(super) fn primary_of(&self, warehouse: &str) -> Option<&Service> {
        let warehouse = Uuid::try_parse(warehouse).ok()?;
        self.all_services().find(|service| {
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
