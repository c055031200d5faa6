//! Private endpoints: what a client needs to build one, and attaching it to a service.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Call, byoc};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::{Organization, PrivateEndpoint, Provider, Service, Tier};
use crate::sandbox::shape;
use crate::sandbox::shapes;
use crate::sandbox::view;
use crate::sandbox::world::World;

#[derive(Deserialize)]
struct Post {
    id: String,
    description: Option<String>,
}

/// `instancePrivateEndpointConfigGet`. A BYOC service has what its infrastructure has, once private link can be used.
pub fn config(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    if let Some(infrastructure) = service.byoc_id.as_deref().and_then(|id| world.organization.byoc(id)) {
        let Ok((service_id, domain)) = byoc::endpoint_service(world, infrastructure) else {
            return Ok(Reply::Result(json!({})));
        };
        let label = view::host_label(service, &world.draw);
        return Ok(Reply::Result(json!({
            "endpointServiceId": service_id,
            "privateDnsHostname": format!("{label}.{domain}"),
        })));
    }
    let (service_id, network) = endpoint_service(world, service);
    let (label, region) = (view::host_label(service, &world.draw), &service.region);
    Ok(Reply::Result(json!({
        "endpointServiceId": service_id,
        "privateDnsHostname": format!("{label}.{region}.{network}.clickhouse.cloud"),
    })))
}

/// The endpoint service of the service's region, and what its host names have in the middle.
pub fn endpoint_service(world: &World, service: &Service) -> (String, &'static str) {
    let region = &service.region;
    let place = format!("{}/{region}/{}", service.provider.word(), service.byoc_id.as_deref().unwrap_or_default());
    match service.provider {
        Provider::Aws => {
            let id = world.draw.hex_of("endpoint-service", &place, 17);
            (format!("com.amazonaws.vpce.{region}.vpce-svc-{id}"), "vpce.aws")
        }
        Provider::Gcp => {
            let id = world.draw.label_of("endpoint-service", &place, 8);
            (format!("projects/clickhouse-sandbox/regions/{region}/serviceAttachments/ch-{id}"), "p.gcp")
        }
        Provider::Azure => {
            let id = world.draw.id_of("endpoint-service", &place);
            (format!("ch-sandbox.{id}.{region}.azure.privatelinkservice"), "privatelink.azure")
        }
    }
}

/// `instancePrivateEndpointCreate`: registers the endpoint with the organization and attaches it to the service. One
/// that is there already gets the new description.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let request: Post = call.read(shapes::PRIVATE_ENDPOINT_POST)?;
    lifecycle::must_exist(service.state, "Private endpoints")?;
    let attached = attach(service, &world.organization, "id", std::slice::from_ref(&request.id), &[])?;
    let endpoint = PrivateEndpoint {
        id: request.id,
        description: request.description.unwrap_or_default(),
        cloud_provider: service.provider,
        region: service.region.clone(),
    };
    let reply = json!(endpoint);
    world.organization.private_endpoints.retain(|other| other.id != endpoint.id);
    world.organization.private_endpoints.push(endpoint);
    world.service_mut(id)?.private_endpoint_ids = attached;
    world.note(call, "service_update_private_endpoints");
    Ok(Reply::Result(reply))
}

/// The attached endpoints once `remove` and then `add` are done.
///
/// # Errors
/// 400 for an id that cannot be one of the service's provider, 403 on the Basic tier.
pub fn attach(
    service: &Service,
    organization: &Organization,
    field: &str,
    add: &[String],
    remove: &[String],
) -> Result<Vec<String>, ApiError> {
    check_ids(service.provider, organization, field, add)?;
    let mut attached: Vec<String> =
        service.private_endpoint_ids.iter().filter(|id| !remove.contains(id)).cloned().collect();
    for id in add {
        if !attached.contains(id) {
            attached.push(id.clone());
        }
    }
    Ok(attached)
}

/// Refuses ids that the provider could not have given, and all of them on the Basic tier.
///
/// # Errors
/// 400 or 403.
pub fn check_ids(provider: Provider, organization: &Organization, field: &str, ids: &[String]) -> Result<(), ApiError> {
    if organization.tier == Tier::Basic && !ids.is_empty() {
        return Err(ApiError::forbidden("Private endpoints are not available on the BASIC tier"));
    }
    match ids.iter().find(|id| !is_endpoint_id(provider, id)) {
        Some(id) => {
            let words = format!("is not a private endpoint of {}", provider.word());
            Err(ApiError::field(field, &words, &shape::shown(&Value::from(id.as_str()))))
        }
        None => Ok(()),
    }
}

/// Registers endpoints that are attached but not known to the organization yet. Deleting a service does not undo it.
pub fn register(world: &mut World, provider: Provider, region: &str, ids: &[String]) {
    for id in ids {
        if !world.organization.private_endpoints.iter().any(|known| known.id == *id) {
            world.organization.private_endpoints.push(PrivateEndpoint {
                id: id.clone(),
                description: String::new(),
                cloud_provider: provider,
                region: region.to_owned(),
            });
        }
    }
}

/// Whether the id has the form its provider gives: `vpce-…`, digits, or a resource id or GUID.
fn is_endpoint_id(provider: Provider, id: &str) -> bool {
    match provider {
        Provider::Aws => id
            .strip_prefix("vpce-")
            .is_some_and(|rest| (8..=17).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_hexdigit())),
        Provider::Gcp => !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()),
        Provider::Azure => {
            let resource = id.to_ascii_lowercase();
            (resource.starts_with("/subscriptions/") && resource.contains("/privateendpoints/"))
                || uuid::Uuid::try_parse(id).is_ok()
        }
    }
}
