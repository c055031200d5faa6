//! The organization of the key. A key belongs to exactly one.

use serde_json::{Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::world::World;

const PAGE: u64 = 250;

/// `organizationGetList`: exactly the key's own organization.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let limit = match call.query.iter().find(|(key, _)| key == "limit") {
        Some((_, text)) => limit(text)?,
        None => PAGE,
    };
    Ok(Reply::Page(json!([view(world)]), vec![("limit", json!(limit)), ("nextCursor", Value::Null)]))
}

fn limit(text: &str) -> Result<u64, ApiError> {
    let wrong = || ApiError::bad_request("request query.limit: must be a whole number of at least 1");
    let limit: u64 = text.parse().map_err(|_| wrong())?;
    if limit == 0 { Err(wrong()) } else { Ok(limit.min(PAGE)) }
}

/// `organizationGet`.
pub fn get(world: &mut World, _call: &Call<'_>) -> Answer {
    Ok(Reply::Result(view(world)))
}

fn view(world: &World) -> Value {
    let organization = &world.organization;
    let byoc: Vec<Value> = organization
        .byoc_infrastructures
        .iter()
        .map(|byoc| {
            json!({
                "id": byoc.id,
                "state": byoc.state,
                "accountId": byoc.account_id,
                "accountName": byoc.account_id,
                "regionId": byoc.region_id,
                "cloudProvider": byoc.cloud_provider,
                "displayName": byoc.display_name,
            })
        })
        .collect();
    json!({
        "id": organization.id,
        "createdAt": world.settings.start,
        "name": organization.name,
        "privateEndpoints": organization.private_endpoints,
        "byocConfig": byoc,
        "enableCoreDumps": organization.enable_core_dumps,
        "capabilities": { "snapshots": organization.entitlements.snapshots },
    })
}
