//! The control endpoints under `/_sandbox/`: what tests and people do to a world that no API allows.
//!
//! They need no credentials; the server offers them on loopback addresses only. Answers are plain JSON, errors
//! `{"error": …}`.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::api::invitations;
use super::api::scaling::{self, Baseline, ScalingRequest};
use super::faults::{Effect, Fault};
use super::http::{ApiError, Request, Response};
use super::model::{Backup, BackupKind, BackupStatus, Service, ServiceState};
use super::routes::ROUTES;
use super::world::World;
use super::{control_life, shape, shapes};

const PREFIX: &str = "/_sandbox";

/// Whether the path is one of the control endpoints.
pub fn is_control(path: &str) -> bool {
    path == PREFIX || path.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the request may change the world.
pub fn changes(request: &Request) -> bool {
    !(is_control(request.path()) && request.method == "GET")
}

/// Answers a control request. Secrets are replaced before anything else, as they are when it runs again.
pub fn handle(world: &mut World, request: &Request) -> Response {
    let request = &world.without_secrets(request);
    let parts: Vec<&str> = request.path().split('/').skip(2).collect();
    let answer = match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["requests"]) => requests(world, request),
        ("DELETE", ["requests"]) => {
            world.requests.clear();
            Ok(json!({ "sequence": world.sequence }))
        }
        ("GET", ["world"]) => Ok(world.to_json()),
        ("GET", ["clock"]) => Ok(clock(world)),
        ("POST", ["clock"]) => advance(world, request),
        ("POST", ["reset"]) => {
            world.reset();
            Ok(clock(world))
        }
        ("PATCH", ["services", id]) => change_service(world, id, request),
        ("POST", ["services", id, "backups"]) => add_backup(world, id),
        ("POST", ["invitations", id, "accept"]) => accept_invitation(world, id, request),
        ("POST", ["members"]) => add_member(world, request),
        ("GET", ["organization"]) => Ok(json!(world.organization)),
        ("PATCH", ["organization"]) => change_organization(world, request),
        ("GET", ["faults"]) => Ok(json!(world.faults.waiting())),
        ("POST", ["faults"]) => add_fault(world, request),
        ("DELETE", ["faults"]) => {
            world.faults.clear();
            Ok(json!({}))
        }
        (method, parts) => control_life::handle(world, method, parts, request)
            .unwrap_or_else(|| Err(ApiError::not_found("There is no such control endpoint"))),
    };
    match answer {
        Ok(value) => Response::json(200, &value),
        Err(error) => Response::json(error.status, &json!({ "error": error.to_string() })),
    }
}

pub(super) type Outcome = Result<Value, ApiError>;

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| ApiError::bad_request(format!("request body: {error}")))
}

/// Recorded requests, with `?since=<sequence>` those after that one.
fn requests(world: &World, request: &Request) -> Outcome {
    let since = match request.query().iter().find(|(key, _)| key == "since") {
        Some((_, text)) => text
            .parse()
            .map_err(|_| ApiError::bad_request("request query.since: must be the sequence number of a request"))?,
        None => 0_u64,
    };
    Ok(world.requests.iter().filter(|request| request.sequence > since).map(|request| json!(request)).collect())
}

fn clock(world: &World) -> Value {
    json!({ "now": world.now, "nextEvent": world.next_event() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    advance_seconds: Option<u32>,
    to: Option<Timestamp>,
    #[serde(default)]
    to_next_event: bool,
}

/// Moves the clock forward; what is due on the way happens.
fn advance(world: &mut World, request: &Request) -> Outcome {
    let advance: Advance = read(&request.body)?;
    let target = match advance {
        Advance { advance_seconds: Some(seconds), to: None, to_next_event: false } => world
            .now
            .checked_add(SignedDuration::from_secs(i64::from(seconds)))
            .map_err(|_| ApiError::bad_request("request body.advanceSeconds: leads beyond the end of time"))?,
        Advance { advance_seconds: None, to: Some(time), to_next_event: false } => time,
        Advance { advance_seconds: None, to: None, to_next_event: true } => world.next_event().unwrap_or(world.now),
        _ => return Err(ApiError::bad_request("request body: needs one of advanceSeconds, to, toNextEvent")),
    };
    world.advance(target);
    Ok(clock(world))
}

/// Changes a service behind everybody's back: `state`, the scaling fields of the API, and any other stored field, given
/// as a JSON merge patch. A forced state stays until a command or another force changes it.
fn change_service(world: &mut World, id: &str, request: &Request) -> Outcome {
    let id = service_id(world, id)?;
    let mut changes: Map<String, Value> = read(&request.body)?;
    let state: Option<ServiceState> = take(&mut changes, "state")?;
    let scaling = scaling_changes(&mut changes)?;
    let mut service: Service = merged(world.service(id)?, Value::Object(changes))?;
    let stored = world.service(id)?;
    if (service.id, service.number) != (id, stored.number) {
        return Err(ApiError::bad_request("request body.id: cannot be changed, neither can number"));
    }
    service.password_changes = stored.password_changes;
    if let Some(request) = scaling {
        service.scaling = scaling::resolve(service.scaling, &request, Baseline::Stored, &world.organization)?;
        service.scaling_in_force = service.scaling;
        service.allocation = service.allocation.within(&service.scaling);
    }
    let resized = service.allocation != stored.allocation;
    service.state = state.unwrap_or(service.state);
    world.services.insert(id, Box::new(service));
    match state {
        Some(_) => world.force_state(id),
        None => world.force_size(id, resized),
    }
    world.view(id)
}

pub(super) fn service_id(world: &World, id: &str) -> Result<Uuid, ApiError> {
    let id = Uuid::try_parse(id).map_err(|_| ApiError::bad_request("request path: the service id must be a UUID"))?;
    world.service(id).map(|service| service.id)
}

fn take<T: DeserializeOwned>(changes: &mut Map<String, Value>, name: &str) -> Result<Option<T>, ApiError> {
    let Some(value) = changes.remove(name) else { return Ok(None) };
    let value = serde_json::from_value(value);
    value.map(Some).map_err(|error| ApiError::bad_request(format!("request body.{name}: {error}")))
}

/// The scaling fields among the changes, under the API's names.
fn scaling_changes(changes: &mut Map<String, Value>) -> Result<Option<ScalingRequest>, ApiError> {
    let mut found = Map::new();
    for field in shapes::REPLICA_SCALING_PATCH {
        if let Some(value) = changes.remove(field.name) {
            found.insert(field.name.to_owned(), value);
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let checked = shape::read(Value::Object(found).to_string().as_bytes(), shapes::REPLICA_SCALING_PATCH)?;
    let request = serde_json::from_value(checked);
    request.map(Some).map_err(|error| ApiError::bad_request(format!("request body: {error}")))
}

/// A stored thing with a JSON merge patch (RFC 7396) applied.
pub(super) fn merged<T: serde::Serialize + DeserializeOwned>(stored: &T, patch: Value) -> Result<T, ApiError> {
    let mut value = json!(stored);
    merge(&mut value, patch);
    serde_json::from_value(value).map_err(|error| ApiError::bad_request(format!("request body: {error}")))
}

fn merge(target: &mut Value, patch: Value) {
    let Value::Object(members) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(stored) = target else { return };
    for (name, value) in members {
        if value.is_null() {
            stored.remove(&name);
        } else {
            merge(stored.entry(name).or_insert(Value::Null), value);
        }
    }
}

/// A finished backup of the service, which a create request can name.
fn add_backup(world: &mut World, id: &str) -> Outcome {
    let id = service_id(world, id)?;
    let backup_id = world.draw.id("backup");
    let service = world.service(id)?;
    let backup = Backup {
        id: backup_id,
        service_id: id,
        provider: service.provider,
        region: service.region.clone(),
        has_transparent_data_encryption: service.has_transparent_data_encryption,
        status: BackupStatus::Done,
        kind: BackupKind::Full,
        started_at: world.now,
        finished_at: Some(world.now),
        size_in_bytes: 0,
        bucket: None,
    };
    let answer = json!(backup);
    world.backups.insert(backup_id, backup);
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Acceptance {
    name: Option<String>,
}

/// Somebody accepts an invitation and becomes a member.
fn accept_invitation(world: &mut World, id: &str, request: &Request) -> Outcome {
    let id = Uuid::try_parse(id).map_err(|_| ApiError::bad_request("request path: the id must be a UUID"))?;
    let acceptance: Acceptance = read(&request.body)?;
    invitations::accept(world, id, acceptance.name.as_deref().unwrap_or("New Member"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Joining {
    name: String,
    email: String,
}

/// Somebody is a member all at once, without any role.
fn add_member(world: &mut World, request: &Request) -> Outcome {
    let Joining { name, email } = read(&request.body)?;
    Ok(invitations::join(world, &name, email.to_lowercase(), &[]))
}

fn change_organization(world: &mut World, request: &Request) -> Outcome {
    let patch: Map<String, Value> = read(&request.body)?;
    world.organization = merged(&world.organization, Value::Object(patch))?;
    Ok(json!(world.organization))
}

fn add_fault(world: &mut World, request: &Request) -> Outcome {
    let fault: Fault = read(&request.body)?;
    if let Effect::Answer { status, .. } = fault.effect
        && !(200..=599).contains(&status)
    {
        return Err(ApiError::bad_request("request body.effect.answer.status: must be between 200 and 599"));
    }
    if fault.probability.is_some_and(|probability| !(probability > 0.0 && probability <= 1.0)) {
        return Err(ApiError::bad_request("request body.probability: must be above 0 and at most 1"));
    }
    if let Some(operation) = &fault.operation
        && !ROUTES.iter().any(|route| route.operation == operation)
    {
        return Err(ApiError::bad_request("request body.operation: is not an operation of the API"));
    }
    if fault.times == Some(0) {
        return Err(ApiError::bad_request("request body.times: must be at least 1, or null for without end"));
    }
    Ok(json!({ "id": world.faults.add(fault) }))
}
