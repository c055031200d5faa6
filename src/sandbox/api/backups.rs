//! Backups of a service: the list, and one of them. They are made by themselves, not by a request.

use serde_json::{Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::{Backup, BackupStatus, BucketPlace};
use crate::sandbox::world::World;

/// `backupGetList`, newest first.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?.id;
    let mut backups: Vec<&Backup> = world.backups.values().filter(|backup| backup.service_id == service).collect();
    backups.sort_by_key(|backup| (std::cmp::Reverse(backup.started_at), backup.id));
    Ok(Reply::Result(backups.iter().map(|backup| view(backup, world)).collect()))
}

/// `backupGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?.id;
    let id = call.uuid("backupId")?;
    match world.backups.get(&id).filter(|backup| backup.service_id == service) {
        Some(backup) => Ok(Reply::Result(view(backup, world))),
        None => Err(ApiError::not_found(format!("Backup {id} does not exist"))),
    }
}

fn view(backup: &Backup, world: &World) -> Value {
    let until = backup.finished_at.unwrap_or(world.now);
    let mut view = json!({
        "id": backup.id,
        "status": backup.status,
        "serviceId": backup.service_id,
        "startedAt": backup.started_at,
        "sizeInBytes": backup.size_in_bytes,
        "durationInSeconds": until.duration_since(backup.started_at).as_secs().max(0),
        "type": backup.kind,
    });
    if let Some(finished) = backup.finished_at.filter(|_| backup.status != BackupStatus::InProgress) {
        view["finishedAt"] = json!(finished);
    }
    if let Some(bucket) = &backup.bucket {
        view["backupName"] = json!(format!("{}/{}", backup.service_id, backup.id));
        view["bucket"] = place(&bucket.place);
    }
    view
}

/// A bucket without its identifier.
pub fn place(place: &BucketPlace) -> Value {
    json!(place)
}
