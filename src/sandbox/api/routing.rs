//! Replica-aware routing of a service.

use serde::Deserialize;
use serde_json::json;

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::ReplicaAwareRouting;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    http_enabled: Option<bool>,
    native_enabled: Option<bool>,
}

/// `replicaAwareRoutingGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    Ok(Reply::Result(json!(service.sub_objects.replica_aware_routing)))
}

/// `replicaAwareRoutingUpdate`.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let request: Patch = call.read(shapes::REPLICA_AWARE_ROUTING_PATCH)?;
    if request.http_enabled.is_none() && request.native_enabled.is_none() {
        return Err(ApiError::bad_request("request body: needs one of httpEnabled, nativeEnabled"));
    }
    if !world.organization.entitlements.replica_aware_routing {
        return Err(ApiError::forbidden("Replica aware routing is not enabled for this organization"));
    }
    lifecycle::must_exist(service.state, "Replica aware routing")?;
    let stored = service.sub_objects.replica_aware_routing;
    let routing = ReplicaAwareRouting {
        http_enabled: request.http_enabled.unwrap_or(stored.http_enabled),
        native_enabled: request.native_enabled.unwrap_or(stored.native_enabled),
    };
    world.service_mut(id)?.sub_objects.replica_aware_routing = routing;
    Ok(Reply::Result(json!(routing)))
}
