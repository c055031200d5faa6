//! The organization of the key. A key belongs to exactly one.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, byoc, pages, private_endpoint};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::{PrivateEndpoint, Provider};
use crate::sandbox::shape::shown;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    name: Option<String>,
    private_endpoints: Option<EndpointsPatch>,
    enable_core_dumps: Option<bool>,
}

#[derive(Deserialize)]
struct EndpointsPatch {
    #[serde(default)]
    add: Vec<EndpointRequest>,
    #[serde(default)]
    remove: Vec<EndpointRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointRequest {
    id: Option<String>,
    description: Option<String>,
    cloud_provider: Option<Provider>,
    region: Option<String>,
}

/// `organizationGetList`: exactly the key's own organization.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    pages::page(call, vec![view(world)], pages::Total::Absent)
}

/// `organizationGet`.
pub fn get(world: &mut World, _call: &Call<'_>) -> Answer {
    Ok(Reply::Result(view(world)))
}

/// `organizationUpdate`. Either all of it takes effect or none.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let request: Patch = call.read(shapes::ORGANIZATION_PATCH)?;
    let endpoints = match request.private_endpoints {
        Some(change) => Some(changed_endpoints(world, change)?),
        None => None,
    };
    if let Some(endpoints) = endpoints {
        world.organization.private_endpoints = endpoints;
        world.note(call, "organization_update_private_endpoints");
    }
    if let Some(name) = request.name {
        world.organization.name = name;
        world.note(call, "organization_update_name");
    }
    if let Some(on) = request.enable_core_dumps {
        world.organization.enable_core_dumps = on;
        // Where the organization collects none, no service does.
        for service in world.services.values_mut().filter(|_| !on) {
            service.enable_core_dumps = false;
        }
        world.note(call, "organization_update_core_dumps");
    }
    Ok(Reply::Result(view(world)))
}

/// The registered endpoints once `remove` and then `add` are done.
fn changed_endpoints(world: &World, change: EndpointsPatch) -> Result<Vec<PrivateEndpoint>, ApiError> {
    let mut endpoints = world.organization.private_endpoints.clone();
    for (index, gone) in change.remove.iter().enumerate() {
        let field = format!("privateEndpoints.remove[{index}].id");
        let id = gone.id.as_ref().ok_or_else(|| ApiError::field(&field, "is required", "<undefined>"))?;
        if let Some(service) = world.all_services().find(|service| service.private_endpoint_ids.contains(id)) {
            return Err(ApiError::conflict(format!("Private endpoint {id} is attached to service {}", service.id)));
        }
        endpoints.retain(|known| known.id != *id);
    }
    for (index, new) in change.add.into_iter().enumerate() {
        let path = format!("privateEndpoints.add[{index}]");
        let needed = |field: &str| ApiError::field(&format!("{path}.{field}"), "is required", "<undefined>");
        let id = new.id.ok_or_else(|| needed("id"))?;
        let cloud_provider = new.cloud_provider.ok_or_else(|| needed("cloudProvider"))?;
        let region = new.region.ok_or_else(|| needed("region"))?;
        let regions = shapes::REGIONS.iter().find(|(name, _)| *name == cloud_provider.word());
        if !regions.is_some_and(|(_, regions)| regions.contains(&region.as_str())) {
            let words = format!("is not a region of provider {}", cloud_provider.word());
            return Err(ApiError::field(&format!("{path}.region"), &words, &shown(&Value::from(region))));
        }
        let (field, ids) = (format!("{path}.id"), std::slice::from_ref(&id));
        private_endpoint::check_ids(cloud_provider, &world.organization, &field, ids)?;
        endpoints.retain(|known| known.id != id);
        let description = new.description.unwrap_or_default();
        endpoints.push(PrivateEndpoint { id, description, cloud_provider, region });
    }
    Ok(endpoints)
}

/// `organizationPrivateEndpointConfigGetList`, deprecated: needs a service in that region.
pub fn private_endpoint_config(world: &mut World, call: &Call<'_>) -> Answer {
    let needed = |name: &str| {
        let value = call.query_value(name).filter(|text| !text.is_empty());
        value.ok_or_else(|| ApiError::bad_request(format!("request query.{name}: is required")))
    };
    let (provider, region) = (needed("cloud_provider")?, needed("region_id")?);
    let there = |service: &&crate::sandbox::model::Service| {
        service.provider.word() == provider && service.region == region && service.byoc_id.is_none()
    };
    match world.all_services().find(there) {
        Some(service) => {
            let (id, _) = private_endpoint::endpoint_service(world, service);
            Ok(Reply::Result(json!({ "endpointServiceId": id })))
        }
        None => Err(ApiError::bad_request(format!("There are no created instances in {provider} {region}"))),
    }
}

fn view(world: &World) -> Value {
    let organization = &world.organization;
    json!({
        "id": organization.id,
        "createdAt": world.settings.start,
        "name": organization.name,
        "privateEndpoints": organization.private_endpoints,
        "byocConfig": organization.byoc_infrastructures.iter().map(byoc::config).collect::<Vec<_>>(),
        "enableCoreDumps": organization.enable_core_dumps,
        "capabilities": { "snapshots": organization.entitlements.snapshots },
    })
}
