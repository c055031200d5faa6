//! The scaling schedule of a service: windows of the week in which it has another size.
//!
//! What an entry leaves out is the base configuration's, which `replicaScaling` changes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::{AutoscalingMode, MemoryRange, Organization, Replicas, ScheduleEntry, Service};
use crate::sandbox::shape::shown;
use crate::sandbox::shapes;
use crate::sandbox::view;
use crate::sandbox::world::World;

#[derive(Deserialize)]
struct Post {
    entries: Vec<EntryRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryRequest {
    name: String,
    weekdays: Vec<u32>,
    start_hour_utc: u32,
    end_hour_utc: u32,
    autoscaling_mode: Option<AutoscalingMode>,
    min_replica_memory_gb: Option<u32>,
    max_replica_memory_gb: Option<u32>,
    num_replicas: Option<u32>,
    min_replicas: Option<u32>,
    max_replicas: Option<u32>,
    idle_scaling: Option<bool>,
    idle_timeout_minutes: Option<u32>,
}

/// `scalingScheduleGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    entitled(&world.organization)?;
    let service = world.service(call.service_id()?)?;
    if service.sub_objects.scaling_schedule.is_empty() {
        return Err(absent());
    }
    Ok(Reply::Result(view::schedule(service, world.now)))
}

/// `scalingScheduleUpsert`. Replaces the whole schedule; no entries clear it.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let request: Post = call.read(shapes::SCALING_SCHEDULE_POST)?;
    entitled(&world.organization)?;
    lifecycle::must_exist(service.state, "The scaling schedule")?;
    let entries = entries(service, &request.entries, &world.organization)?;
    let entries = entries.into_iter().map(|entry| ScheduleEntry { id: world.draw.id("schedule-entry"), ..entry });
    let entries: Vec<ScheduleEntry> = entries.collect();
    world.service_mut(id)?.sub_objects.scaling_schedule = entries;
    world.note(call, "service_update_autoscaling_schedule");
    let service = world.service(id)?;
    match service.sub_objects.scaling_schedule.is_empty() {
        true => Ok(Reply::Result(json!({ "entries": [], "baseConfig": {} }))),
        false => Ok(Reply::Result(view::schedule(service, world.now))),
    }
}

/// `scalingScheduleDelete`.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    entitled(&world.organization)?;
    let id = call.service_id()?;
    let service = world.service_mut(id)?;
    if service.sub_objects.scaling_schedule.is_empty() {
        return Err(absent());
    }
    service.sub_objects.scaling_schedule.clear();
    world.note(call, "service_update_autoscaling_schedule");
    Ok(Reply::Done)
}

fn entitled(organization: &Organization) -> Result<(), ApiError> {
    match organization.entitlements.scheduled_autoscaling {
        true => Ok(()),
        false => Err(ApiError::forbidden("Scheduled autoscaling is not enabled for this organization")),
    }
}

fn absent() -> ApiError {
    ApiError::not_found("The service has no scaling schedule")
}

fn entries(
    service: &Service,
    requests: &[EntryRequest],
    organization: &Organization,
) -> Result<Vec<ScheduleEntry>, ApiError> {
    let entry = |(index, request)| entry(service, request, organization, &format!("entries[{index}]"));
    let entries = requests.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
    let mut taken: BTreeMap<u32, &str> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        for hour in entry.hours() {
            if let Some(other) = taken.insert(hour, &entry.name) {
                let words = format!("overlaps the entry '{other}'");
                return Err(ApiError::field(&format!("entries[{index}]"), &words, "<object>"));
            }
        }
    }
    Ok(entries)
}

fn entry(
    service: &Service,
    request: &EntryRequest,
    organization: &Organization,
    path: &str,
) -> Result<ScheduleEntry, ApiError> {
    let refuse = |field: &str, words: &str, value: Option<u32>| {
        let value = value.map_or_else(|| "<undefined>".to_owned(), |value| shown(&Value::from(value)));
        ApiError::field(&format!("{path}.{field}"), words, &value)
    };
    if request.start_hour_utc == request.end_hour_utc {
        return Err(refuse("endHourUtc", "must differ from startHourUtc", Some(request.end_hour_utc)));
    }
    if request.idle_scaling == Some(false) && request.idle_timeout_minutes.is_some() {
        let words = "cannot be set when idleScaling is false";
        return Err(refuse("idleTimeoutMinutes", words, request.idle_timeout_minutes));
    }
    let mode = request.autoscaling_mode.unwrap_or(AutoscalingMode::Vertical);
    let memory = memory(request, &refuse)?;
    let replicas = match mode {
        AutoscalingMode::Vertical => fixed(request, &refuse)?,
        AutoscalingMode::Horizontal => Some(band(request, memory, organization, &refuse)?),
    };
    if memory.is_some() && service.byoc_id.is_some() {
        let size = memory.map(|memory| memory.max);
        if memory.is_some_and(|memory| memory.min != memory.max) {
            return Err(refuse("maxReplicaMemoryGb", "must equal minReplicaMemoryGb for BYOC services", size));
        }
    }
    Ok(ScheduleEntry {
        id: Uuid::nil(),
        name: request.name.clone(),
        weekdays: request.weekdays.iter().copied().collect(),
        start_hour_utc: request.start_hour_utc,
        end_hour_utc: request.end_hour_utc,
        autoscaling_mode: mode,
        memory,
        replicas,
        idle_scaling: request.idle_scaling,
        idle_timeout_minutes: request.idle_timeout_minutes,
    })
}

type Refuse<'a> = &'a dyn Fn(&str, &str, Option<u32>) -> ApiError;

/// Both bounds or none.
fn memory(request: &EntryRequest, refuse: Refuse<'_>) -> Result<Option<MemoryRange>, ApiError> {
    match (request.min_replica_memory_gb, request.max_replica_memory_gb) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(refuse("maxReplicaMemoryGb", "is required with minReplicaMemoryGb", None)),
        (None, Some(_)) => Err(refuse("minReplicaMemoryGb", "is required with maxReplicaMemoryGb", None)),
        (Some(min), Some(max)) if min > max => {
            Err(refuse("minReplicaMemoryGb", "must be lower than or equal to maxReplicaMemoryGb", Some(min)))
        }
        (Some(min), Some(max)) => Ok(Some(MemoryRange { min, max })),
    }
}

/// Both ends of a band or none.
fn ends(request: &EntryRequest, refuse: Refuse<'_>) -> Result<Option<(u32, u32)>, ApiError> {
    let (min, max) = match (request.min_replicas, request.max_replicas) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(refuse("maxReplicas", "is required with minReplicas", None)),
        (None, Some(_)) => return Err(refuse("minReplicas", "is required with maxReplicas", None)),
        (Some(min), Some(max)) => (min, max),
    };
    if request.num_replicas.is_some() {
        let words = "cannot be used together with minReplicas and maxReplicas";
        return Err(refuse("numReplicas", words, request.num_replicas));
    }
    if min > max {
        return Err(refuse("minReplicas", "must be lower than or equal to maxReplicas", Some(min)));
    }
    Ok(Some((min, max)))
}

fn fixed(request: &EntryRequest, refuse: Refuse<'_>) -> Result<Option<Replicas>, ApiError> {
    match ends(request, refuse)? {
        Some((min, max)) if min != max => {
            let words = "must equal minReplicas unless autoscalingMode is 'horizontal'";
            Err(refuse("maxReplicas", words, Some(max)))
        }
        Some((count, _)) => Ok(Some(Replicas::Fixed(count))),
        None => Ok(request.num_replicas.map(Replicas::Fixed)),
    }
}

fn band(
    request: &EntryRequest,
    memory: Option<MemoryRange>,
    organization: &Organization,
    refuse: Refuse<'_>,
) -> Result<Replicas, ApiError> {
    let ends = ends(request, refuse)?;
    if request.num_replicas.is_some() {
        let words = "cannot be used with horizontal autoscaling, give minReplicas and maxReplicas";
        return Err(refuse("numReplicas", words, request.num_replicas));
    }
    if !organization.entitlements.horizontal_autoscaling {
        return Err(ApiError::forbidden("Horizontal autoscaling is not enabled for this organization"));
    }
    let Some((min, max)) = ends else {
        return Err(refuse("minReplicas", "is required with horizontal autoscaling", None));
    };
    match memory {
        None => Err(refuse("minReplicaMemoryGb", "is required with horizontal autoscaling", None)),
        Some(memory) if memory.min != memory.max => {
            let words = "must equal minReplicaMemoryGb with horizontal autoscaling";
            Err(refuse("maxReplicaMemoryGb", words, Some(memory.max)))
        }
        Some(_) => Ok(Replicas::Band { min, max }),
    }
}
