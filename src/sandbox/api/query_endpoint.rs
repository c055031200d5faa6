//! The query endpoint of a service, which lets API keys run queries over HTTP.

use serde::Deserialize;
use serde_json::json;

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::QueryEndpoint;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Post {
    roles: Vec<String>,
    open_api_keys: Vec<String>,
    allowed_origins: Option<String>,
}

/// `instanceQueryEndpointGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    match &service.query_endpoint {
        Some(endpoint) => Ok(Reply::Result(json!(endpoint))),
        None => Err(absent()),
    }
}

/// `instanceQueryEndpointUpsert`. Replaces the whole endpoint and keeps its id.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let request: Post = call.read(shapes::QUERY_ENDPOINT_POST)?;
    lifecycle::must_exist(service.state, "The query endpoint")?;
    let known = service.query_endpoint.as_ref().map(|endpoint| endpoint.id);
    let endpoint = QueryEndpoint {
        id: known.unwrap_or_else(|| world.draw.id("query-endpoint")),
        open_api_keys: request.open_api_keys,
        roles: request.roles,
        allowed_origins: request.allowed_origins.unwrap_or_default(),
    };
    let reply = json!(endpoint);
    world.service_mut(id)?.query_endpoint = Some(endpoint);
    world.note(call, "service_update_query_endpoints");
    Ok(Reply::Result(reply))
}

/// `instanceQueryEndpointDelete`.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service_mut(call.service_id()?)?;
    if service.query_endpoint.take().is_none() {
        return Err(absent());
    }
    world.note(call, "service_update_query_endpoints");
    Ok(Reply::Done)
}

fn absent() -> ApiError {
    ApiError::not_found("The service has no query endpoint")
}
