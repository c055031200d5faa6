//! Query API endpoints of a service: addresses that each run one query over HTTP. The sandbox holds them and runs nothing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, pages};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::QueryApiEndpoint;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// Most entries of a page; also how many there are when nobody says.
const PAGE: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    name: String,
    sql: String,
    database: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    api_key_ids: Vec<Uuid>,
    roles: Vec<String>,
    #[serde(default)]
    allowed_origins: Vec<String>,
}

/// `queryApiEndpointList`: without the queries.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    let short = |endpoint: &QueryApiEndpoint| {
        let mut whole = view(endpoint);
        if let Value::Object(fields) = &mut whole {
            fields.retain(|name, _| name != "sql" && name != "parameters");
        }
        whole
    };
    let all: Vec<Value> = service.sub_objects.query_api_endpoints.iter().map(short).collect();
    pages::page_of(call, all, pages::Total::Shown, PAGE)
}

/// `queryApiEndpointGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(view(find(world, call)?)))
}

/// `queryApiEndpointCreate`.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let service = call.service_id()?;
    let endpoint = read(world, call, None)?;
    let reply = view(&endpoint);
    world.service_mut(service)?.sub_objects.query_api_endpoints.push(endpoint);
    world.note(call, "service_update_query_endpoints");
    Ok(Reply::Created(reply))
}

/// `queryApiEndpointUpdate`. Replaces all of it but the id and the address.
pub fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let service = call.service_id()?;
    let id = changeable(world, call)?;
    let endpoint = read(world, call, Some(id))?;
    let reply = view(&endpoint);
    for known in world.service_mut(service)?.sub_objects.query_api_endpoints.iter_mut().filter(|k| k.id == id) {
        known.clone_from(&endpoint);
    }
    world.note(call, "service_update_query_endpoints");
    Ok(Reply::Result(reply))
}

/// `queryApiEndpointDelete`.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let id = changeable(world, call)?;
    world.service_mut(call.service_id()?)?.sub_objects.query_api_endpoints.retain(|known| known.id != id);
    world.note(call, "service_update_query_endpoints");
    Ok(Reply::Done)
}

fn view(endpoint: &QueryApiEndpoint) -> Value {
    json!({
        "id": endpoint.id,
        "name": endpoint.name,
        "sql": endpoint.sql,
        "database": endpoint.database,
        "parameters": endpoint.parameters,
        "apiKeyIds": endpoint.api_key_ids,
        "roles": endpoint.roles,
        "allowedOrigins": endpoint.allowed_origins,
        "url": format!("https://queries.clickhouse.cloud/run/{}", endpoint.id),
        "ownerType": if endpoint.user_owned { "user" } else { "queryApiEndpoint" },
    })
}

fn find<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a QueryApiEndpoint, ApiError> {
    let id = call.uuid("endpointId")?;
    let service = world.service(call.service_id()?)?;
    let endpoint = service.sub_objects.query_api_endpoints.iter().find(|endpoint| endpoint.id == id);
    endpoint.ok_or_else(|| ApiError::not_found(format!("Query API endpoint {id} does not exist")))
}

/// The id of one that is not of a query that somebody saved.
fn changeable(world: &World, call: &Call<'_>) -> Result<Uuid, ApiError> {
    match find(world, call)? {
        endpoint if endpoint.user_owned => {
            Err(ApiError::conflict(format!("Query API endpoint {} can not be managed via this API", endpoint.id)))
        }
        endpoint => Ok(endpoint.id),
    }
}

/// The endpoint a request describes; `own` is the id of the one it replaces.
fn read(world: &mut World, call: &Call<'_>, own: Option<Uuid>) -> Result<QueryApiEndpoint, ApiError> {
    let service = world.service(call.service_id()?)?;
    let request: Request = call.read(shapes::QUERY_API_ENDPOINT)?;
    lifecycle::must_exist(service.state, "A Query API endpoint")?;
    let texts = [("name", &request.name), ("sql", &request.sql), ("database", &request.database)];
    if let Some((field, _)) = texts.into_iter().find(|(_, text)| text.trim().is_empty()) {
        return Err(ApiError::bad_request(format!("request body.{field}: must hold more than spaces")));
    }
    let Request { name, sql, database, parameters, api_key_ids, roles, allowed_origins } = request;
    let id = own.unwrap_or_else(|| world.draw.id("query-api-endpoint"));
    let user_owned = false;
    Ok(QueryApiEndpoint { id, name, sql, database, parameters, api_key_ids, roles, allowed_origins, user_owned })
}
