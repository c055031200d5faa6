//! Control endpoints about what goes on inside services: their load, queries, the autoscaler, and the timeline.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::autoscale::Policy;
use super::control::{Outcome, merged, read, service_id};
use super::http::{ApiError, Request};
use super::load::{LoadRule, ProfileRequest};
use super::model::ServiceState;
use super::releases::Release;
use super::settings::Settings;
use super::timeline::What;
use super::world::World;

/// Answers those of the control endpoints that are about the inside of services.
pub fn handle(world: &mut World, method: &str, parts: &[&str], request: &Request) -> Option<Outcome> {
    let outcome = match (method, parts) {
        ("GET", ["status"]) => Ok(json!(world.status())),
        ("GET", ["events"]) => events(world, request),
        ("GET", ["settings"]) => Ok(json!(world.settings)),
        ("PATCH", ["settings"]) => change_settings(world, request),
        ("GET", ["releases"]) => Ok(json!(world.releases)),
        ("POST", ["releases"]) => release(world, request),
        ("GET", ["load"]) => Ok(json!(world.loads)),
        ("PUT", ["load"]) => set_rules(world, request),
        ("GET", ["services", id, "load"]) => load(world, id),
        ("PUT", ["services", id, "load"]) => set_load(world, id, request),
        ("DELETE", ["services", id, "load"]) => with_service(world, id, |world, id| world.set_load(id, None)),
        ("POST", ["services", id, "queries"]) => start_query(world, id, request),
        ("GET", ["services", id, "queries"]) => queries(world, id),
        ("POST", ["services", id, "ping"]) => ping(world, id),
        ("PATCH", ["services", id, "behaviour"]) => change_behaviour(world, id, request),
        _ => return None,
    };
    Some(outcome)
}

/// Entries of the timeline, with `?since=<sequence>` those after that one, with `?service=<id or name>` one service's.
fn events(world: &World, request: &Request) -> Outcome {
    let query = request.query();
    let given = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let since = given("since").unwrap_or("0").parse();
    let since =
        since.map_err(|_| ApiError::bad_request("request query.since: must be the sequence number of an entry"))?;
    let service = given("service");
    let concerns = |name: &str, id: Uuid| service.is_none_or(|wanted| wanted == name || wanted == id.to_string());
    let entries = world.timeline.since(since).filter(|entry| concerns(&entry.service, entry.service_id));
    Ok(entries.map(|entry| json!(entry)).collect())
}

/// Durations, defaults and rules of behaviour, as a JSON merge patch. The seed, the beginning and the organization are
/// not among them.
fn change_settings(world: &mut World, request: &Request) -> Outcome {
    let patch: serde_json::Map<String, Value> = read(&request.body)?;
    let fixed = ["seed", "start", "organization"];
    if let Some(name) = fixed.iter().find(|name| patch.contains_key(**name)) {
        return Err(ApiError::bad_request(format!("request body.{name}: a world keeps what it was born with")));
    }
    let settings: Settings = merged(&world.settings, Value::Object(patch))?;
    world.settings = settings;
    replan_all(world);
    Ok(json!(world.settings))
}

fn replan_all(world: &mut World) {
    let ids: Vec<Uuid> = world.services.keys().copied().collect();
    ids.into_iter().for_each(|id| world.replan(id));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReleaseRequest {
    version: String,
    #[serde(default)]
    security: bool,
}

/// A new version comes out.
fn release(world: &mut World, request: &Request) -> Outcome {
    let ReleaseRequest { version, security } = read(&request.body)?;
    world.releases.push(Release { version, at: world.now, security });
    replan_all(world);
    Ok(json!(world.releases))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleRequest {
    service: String,
    profile: ProfileRequest,
}

/// The load of services by name: of those that are there and of those that come. The first rule that fits counts.
fn set_rules(world: &mut World, request: &Request) -> Outcome {
    let requests: Vec<RuleRequest> = read(&request.body)?;
    let mut rules = Vec::with_capacity(requests.len());
    for (index, rule) in requests.into_iter().enumerate() {
        let wrong = |error| ApiError::bad_request(format!("request body[{index}].profile: {error}"));
        rules.push(LoadRule { service: rule.service, profile: rule.profile.resolve().map_err(wrong)? });
    }
    world.loads = rules;
    let ids: Vec<Uuid> = world.services.keys().copied().collect();
    for id in ids {
        let Some(service) = world.services.get(&id) else { continue };
        let rule = world.loads.iter().find(|rule| rule.concerns(&service.name));
        if let Some(profile) = rule.map(|rule| rule.profile.clone()) {
            world.set_load(id, Some(profile));
        }
    }
    Ok(json!(world.loads))
}

fn load(world: &World, id: &str) -> Outcome {
    let id = service_id(world, id)?;
    Ok(json!(world.runtimes.get(&id).and_then(|runtime| runtime.load.as_ref())))
}

fn set_load(world: &mut World, id: &str, request: &Request) -> Outcome {
    let profile: ProfileRequest = read(&request.body)?;
    let profile = profile.resolve().map_err(|error| ApiError::bad_request(format!("request body: {error}")))?;
    with_service(world, id, |world, id| world.set_load(id, Some(profile)))
}

/// Does something to a service and answers with its status.
fn with_service(world: &mut World, id: &str, change: impl FnOnce(&mut World, Uuid)) -> Outcome {
    let id = service_id(world, id)?;
    change(world, id);
    world.replan(id);
    let service = world.service(id)?;
    Ok(json!(world.service_status(service)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QueryRequest {
    #[serde(default = "one")]
    seconds: u32,
}

fn one() -> u32 {
    1
}

fn start_query(world: &mut World, id: &str, request: &Request) -> Outcome {
    let query: QueryRequest = read(&request.body)?;
    let id = service_id(world, id)?;
    let answer = world.start_query(id, query.seconds);
    world.rearm(id);
    answer
}

fn queries(world: &World, id: &str) -> Outcome {
    let id = service_id(world, id)?;
    Ok(json!(world.runtimes.get(&id).map(|runtime| runtime.queries.as_slice()).unwrap_or_default()))
}

/// What `GET https://<host>:8443/ping` does: it wakes an idle service, and answers once the service runs.
fn ping(world: &mut World, id: &str) -> Outcome {
    let id = service_id(world, id)?;
    world.wake(id, "a ping came");
    let state = world.service(id)?.state;
    match state {
        ServiceState::Running | ServiceState::PartiallyRunning | ServiceState::Degraded => Ok(json!("Ok.")),
        state => Err(ApiError::conflict(format!("Nothing answers yet. Current state: '{}'", state.word()))),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[derive(Default)]
struct BehaviourRequest {
    policy: Option<Policy>,
    make_before_break: Option<bool>,
    initialization_seconds: Option<u32>,
}

/// How this service behaves, where the settings shall not count.
fn change_behaviour(world: &mut World, id: &str, request: &Request) -> Outcome {
    let behaviour: BehaviourRequest = read(&request.body)?;
    with_service(world, id, |world, id| {
        let runtime = world.runtime_mut(id);
        runtime.policy = behaviour.policy.or(runtime.policy);
        runtime.make_before_break = behaviour.make_before_break.or(runtime.make_before_break);
        runtime.initialization_seconds = behaviour.initialization_seconds.or(runtime.initialization_seconds);
    })
}

impl World {
    /// Gives a service another load from now on.
    fn set_load(&mut self, id: Uuid, profile: Option<super::load::Profile>) {
        self.observe(id);
        let runtime = self.runtime_mut(id);
        if runtime.load == profile {
            return;
        }
        let text = if profile.is_some() { "another load from now on" } else { "no load from now on" };
        runtime.load = profile;
        self.chronicle(id, What::LoadSet, text.to_owned(), Value::Null);
        self.rearm(id);
    }
}
