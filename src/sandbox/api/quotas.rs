//! Limits of the organization, and how much of them is used.

use serde_json::{Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::world::World;

/// `organizationQuotasGetList`. A limit that does not exist is not in it.
pub fn list(world: &mut World, _call: &Call<'_>) -> Answer {
    Ok(Reply::Result(quotas(world).into()))
}

/// `organizationQuotaGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let code = call.text("quotaCode");
    let quota = quotas(world).into_iter().find(|quota| quota["quotaCode"] == code);
    quota.map(Reply::Result).ok_or_else(|| ApiError::not_found(format!("The organization has no quota {code}")))
}

fn quotas(world: &World) -> Vec<Value> {
    let organization = &world.organization;
    let quota = |code: &str, name: &str, description: &str, scope: &str, value: u32| {
        json!({
            "quotaCode": code,
            "name": name,
            "description": description,
            "scope": scope,
            "value": value,
            "adjustable": true,
        })
    };
    let mut quotas = Vec::new();
    if let Some(limit) = organization.services_quota {
        let about = "Services the organization may have at a time";
        let mut services = quota("services-per-organization", "Services", about, "organization", limit);
        services["usage"] = json!(world.services.len());
        quotas.push(services);
    }
    let about = "Replicas the services of one warehouse may have together";
    let limit = organization.replicas_per_warehouse;
    quotas.push(quota("replicas-per-warehouse", "Replicas per warehouse", about, "warehouse", limit));
    let about = "API keys the organization may have at a time";
    let mut keys = quota("api-keys-per-organization", "API keys", about, "organization", organization.api_keys_quota);
    keys["usage"] = json!(world.access.keys.len());
    quotas.push(keys);
    quotas
}
