//! Saved queries of a service. Their names are unique among those of the service.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, pages};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::SavedQuery;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// Most entries of a page; also how many there are when nobody says.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Request {
    name: String,
    sql: String,
    database: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// `savedQueryList`: without the queries' texts.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    let short = |query: &SavedQuery| json!({ "id": query.id, "name": query.name, "database": query.database });
    let all: Vec<Value> = service.sub_objects.saved_queries.iter().map(short).collect();
    pages::page_of(call, all, pages::Total::Shown, PAGE)
}

/// `savedQueryGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(json!(find(world, call)?)))
}

/// `savedQueryCreate`.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let service = call.service_id()?;
    let query = read(world, call, None)?;
    let reply = json!(query);
    world.service_mut(service)?.sub_objects.saved_queries.push(query);
    Ok(Reply::Created(reply))
}

/// `savedQueryUpdate`. Replaces all of it but the id.
pub fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let service = call.service_id()?;
    let id = find(world, call)?.id;
    let query = read(world, call, Some(id))?;
    let reply = json!(query);
    for known in world.service_mut(service)?.sub_objects.saved_queries.iter_mut().filter(|k| k.id == query.id) {
        known.clone_from(&query);
    }
    Ok(Reply::Result(reply))
}

/// `savedQueryDelete`.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let id = find(world, call)?.id;
    world.service_mut(call.service_id()?)?.sub_objects.saved_queries.retain(|known| known.id != id);
    Ok(Reply::Done)
}

fn find<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a SavedQuery, ApiError> {
    let id = call.uuid("queryId")?;
    let service = world.service(call.service_id()?)?;
    let query = service.sub_objects.saved_queries.iter().find(|query| query.id == id);
    query.ok_or_else(|| ApiError::not_found(format!("Saved query {id} does not exist")))
}

/// The query a request describes; `own` is the id of the one it replaces.
fn read(world: &mut World, call: &Call<'_>, own: Option<Uuid>) -> Result<SavedQuery, ApiError> {
    let service = world.service(call.service_id()?)?;
    let Request { name, sql, database, parameters } = call.read(shapes::SAVED_QUERY)?;
    lifecycle::must_exist(service.state, "A saved query")?;
    if service.sub_objects.saved_queries.iter().any(|known| known.name == name && Some(known.id) != own) {
        return Err(ApiError::conflict(format!("There is a saved query with the name '{name}' already")));
    }
    let id = own.unwrap_or_else(|| world.draw.id("saved-query"));
    Ok(SavedQuery { id, name, sql, database, parameters })
}
