//! Instance profiles that a new service can have.

use serde_json::{Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::Tier;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// Custom profiles of an Enterprise organization: 8 GB for each vCPU, except the largest, which ends at 356.
const HIGH_MEMORY: [(&str, u32, u32); 5] = [
    ("v1-highmem-xs", 4, 32),
    ("v1-highmem-s", 8, 64),
    ("v1-highmem-m", 16, 128),
    ("v1-highmem-l", 30, 240),
    ("v1-highmem-xl", 44, 352),
];

/// `serviceProfilesList`.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    if let Some(id) = call.query_value("byoc_id") {
        let infrastructure = world.organization.byoc(id);
        let infrastructure =
            infrastructure.ok_or_else(|| ApiError::not_found(format!("BYOC infrastructure {id} does not exist")))?;
        return Ok(Reply::Result(json!(infrastructure.profiles)));
    }
    let Some(region) = call.query_value("region_id") else {
        return Err(ApiError::bad_request("request query.region_id: is required without byoc_id"));
    };
    if !shapes::ALL_REGIONS.contains(&region) {
        return Err(ApiError::bad_request("request query.region_id: is not a region"));
    }
    let profiles: &[_] = if world.organization.tier == Tier::Enterprise { &HIGH_MEMORY } else { &[] };
    let view = |&(profile, cores, memory): &(&str, u32, u32)| -> Value {
        json!({ "profile": profile, "cpuCores": cores, "memoryGi": memory })
    };
    Ok(Reply::Result(profiles.iter().map(view).collect()))
}
