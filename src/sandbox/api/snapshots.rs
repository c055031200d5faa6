//! Snapshots of a service: whether they are made, and those there are.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, pages};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::{Service, SnapshotConfiguration};
use crate::sandbox::shape::shown;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// Seconds it takes to make one.
const DURATION: i64 = 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    enabled: Option<bool>,
    gap: Option<u32>,
    time_frame: Option<u32>,
}

/// `snapshotGetList`, newest first.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    let mut snapshots = snapshots(world, service);
    snapshots.reverse();
    pages::page(call, snapshots, pages::Total::Shown)
}

/// `snapshotGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    let id = call.uuid("snapshotId")?.to_string();
    let snapshot = snapshots(world, service).into_iter().find(|snapshot| snapshot["id"] == id);
    snapshot.map(Reply::Result).ok_or_else(|| ApiError::not_found(format!("Snapshot {id} does not exist")))
}

/// The snapshots there are, oldest first. One is made every `gap` minutes since they were switched on, takes a minute,
/// and is there as long as `timeFrame` says: all of it follows from the configuration and the time.
fn snapshots(world: &World, service: &Service) -> Vec<Value> {
    let configuration = service.sub_objects.snapshot_configuration;
    let Some(since) = service.sub_objects.snapshots_since.filter(|_| configuration.enabled) else { return Vec::new() };
    let (gap, frame) = (i64::from(configuration.gap) * 60, i64::from(configuration.time_frame) * 60);
    let passed = world.now.duration_since(since).as_secs().max(0);
    let (newest, oldest) = (passed / gap, (passed - frame).div_euclid(gap) + 1);
    (oldest.max(1)..=newest).map(|number| snapshot(world, service, since, number, gap)).collect()
}

fn snapshot(world: &World, service: &Service, since: Timestamp, number: i64, gap: i64) -> Value {
    let at = |seconds: i64| since.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    let (started, finished) = (at(number * gap), at(number * gap + DURATION));
    let is_done = finished <= world.now;
    let seconds = world.now.min(finished).duration_since(started).as_secs();
    let mut view = json!({
        "id": world.draw.id_of("snapshot", &format!("{}/{since}/{number}", service.id)),
        "status": if is_done { "done" } else { "in_progress" },
        "serviceId": service.id,
        "startedAt": started,
        "sizeInBytes": 0,
        "durationInSeconds": seconds,
        "type": "full",
    });
    if is_done {
        view["finishedAt"] = json!(finished);
    }
    view
}

/// `snapshotConfigurationGet`.
pub fn configuration(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    Ok(Reply::Result(json!(service.sub_objects.snapshot_configuration)))
}

/// `snapshotConfigurationUpdate`.
pub fn configure(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let request: Patch = call.read(shapes::SNAPSHOT_CONFIGURATION_PATCH)?;
    if request.enabled.is_none() && request.gap.is_none() && request.time_frame.is_none() {
        return Err(ApiError::bad_request("request body: needs one of enabled, gap, timeFrame"));
    }
    if !service.is_primary {
        return Err(ApiError::bad_request("Snapshots are available for the primary service of a warehouse only"));
    }
    let changes_cadence = request.gap.is_some() || request.time_frame.is_some();
    if (request.enabled == Some(true) || changes_cadence) && !world.organization.entitlements.snapshots {
        return Err(ApiError::forbidden("Snapshots are not enabled for this organization"));
    }
    lifecycle::must_exist(service.state, "The snapshot configuration")?;
    let stored = service.sub_objects.snapshot_configuration;
    let configuration = SnapshotConfiguration {
        enabled: request.enabled.unwrap_or(stored.enabled),
        gap: request.gap.unwrap_or(stored.gap),
        time_frame: request.time_frame.unwrap_or(stored.time_frame),
    };
    if !SnapshotConfiguration::PAIRS.contains(&(configuration.gap, configuration.time_frame)) {
        let pairs = SnapshotConfiguration::PAIRS.map(|(gap, frame)| format!("({gap}, {frame})")).join(", ");
        let words = format!("must with timeFrame be one of the pairs {pairs}");
        return Err(ApiError::field("gap", &words, &shown(&Value::from(configuration.gap))));
    }
    let now = world.now;
    let sub_objects = &mut world.service_mut(id)?.sub_objects;
    if sub_objects.snapshot_configuration != configuration {
        sub_objects.snapshots_since = configuration.enabled.then_some(now);
    }
    sub_objects.snapshot_configuration = configuration;
    world.note(call, "service_update_snapshot_configuration");
    Ok(Reply::Result(json!(configuration)))
}
