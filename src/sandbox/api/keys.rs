//! API keys. A key's secret is in the answer to its creation and nowhere else.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, pages, roles};
use crate::sandbox::access::{self, LEGACY_KEY_ROLES};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::{ApiKey, IpAccessListEntry, KeyState, Proof};
use crate::sandbox::shapes;
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Post {
    name: String,
    expire_at: Option<String>,
    state: Option<KeyState>,
    hash_data: Option<HashData>,
    roles: Option<Vec<String>>,
    assigned_role_ids: Option<Vec<Uuid>>,
    #[serde(default)]
    ip_access_list: Vec<IpAccessListEntry>,
}

/// Hashes of a key that the caller has made. They arrive sealed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HashData {
    key_id_hash: String,
    key_id_suffix: String,
    key_secret_hash: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    name: Option<String>,
    roles: Option<Vec<String>>,
    assigned_role_ids: Option<Vec<Uuid>>,
    #[serde(default, deserialize_with = "present")]
    expire_at: Option<Option<String>>,
    state: Option<KeyState>,
    ip_access_list: Option<Vec<IpAccessListEntry>>,
}

/// `Some(None)` is an explicit null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `openapiKeyGetList`, oldest first.
pub fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let keys = world.access.keys.iter().map(|key| view(world, key)).collect();
    pages::page(call, keys, pages::Total::Shown)
}

/// `openapiKeyGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(view(world, find(world, call)?)))
}

/// `openapiKeyCreate`.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let request: Post = call.read(shapes::API_KEY_POST)?;
    let limit = world.organization.api_keys_quota;
    if world.access.keys.len() >= limit as usize {
        return Err(ApiError::bad_request(format!("The organization has reached its limit of {limit} API keys")));
    }
    let legacy = request.roles.as_deref().map(|words| ("roles", words));
    let role_ids = roles::requested(world, request.assigned_role_ids.as_deref(), legacy, LEGACY_KEY_ROLES)?;
    let role_ids = role_ids.unwrap_or_default();
    may_assign(world, call, &role_ids)?;

    let id = world.draw.id("api-key");
    let (proof, suffix, shown) = match request.hash_data {
        Some(hashes) => {
            let proof = Proof::Sealed { id: hashes.key_id_hash, key: hashes.key_secret_hash };
            (proof, hashes.key_id_suffix, None)
        }
        None => {
            let (key_id, secret) = world.new_key();
            let proof =
                Proof::Sealed { id: world.credentials.seal_text(&key_id), key: world.credentials.seal_text(&secret) };
            (proof, access::suffix(&key_id), Some((key_id, secret)))
        }
    };
    let key = ApiKey {
        id,
        name: request.name,
        state: request.state.unwrap_or_default(),
        proof,
        suffix,
        created_at: world.now,
        expire_at: expiry(request.expire_at.as_deref()),
        used_at: None,
        ip_access_list: request.ip_access_list,
    };
    world.access.assign(&key.actor(), &role_ids);
    world.access.keys.push(key.clone());
    world.note_more(call, "openapi_key_update", None, json!({ "targetKeyId": id, "keyUpdateType": "created" }));
    let mut result = json!({ "key": view(world, &key) });
    if let Some((key_id, secret)) = shown {
        result["keyId"] = json!(key_id);
        result["keySecret"] = json!(secret);
    }
    Ok(Reply::Result(result))
}

/// `openapiKeyUpdate`. Fields that are given replace what was there.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    world.require(call, "organization:update-api-keys")?;
    let mut key = find(world, call)?.clone();
    let request: Patch = call.read(shapes::API_KEY_PATCH)?;
    let legacy = request.roles.as_deref().map(|words| ("roles", words));
    let role_ids = roles::requested(world, request.assigned_role_ids.as_deref(), legacy, LEGACY_KEY_ROLES)?;
    let mut changes = Vec::new();
    if let Some(role_ids) = &role_ids {
        may_assign(world, call, role_ids)?;
        changes.push("roles-v2-changed");
    }
    if let Some(name) = request.name {
        key.name = name;
        changes.push("name-changed");
    }
    if let Some(state) = request.state {
        key.state = state;
        changes.push("state-changed");
    }
    if let Some(expire_at) = request.expire_at {
        key.expire_at = expiry(expire_at.as_deref());
        changes.push("date-changed");
    }
    if let Some(list) = request.ip_access_list {
        key.ip_access_list = list;
        changes.push("ip-access-list-changed");
    }
    if let Some(role_ids) = role_ids {
        world.access.assign(&key.actor(), &role_ids);
    }
    for change in changes {
        let more = json!({ "targetKeyId": key.id, "keyUpdateType": change });
        world.note_more(call, "openapi_key_update", None, more);
    }
    for known in world.access.keys.iter_mut().filter(|known| known.id == key.id) {
        known.clone_from(&key);
    }
    Ok(Reply::Result(view(world, &key)))
}

/// `openapiKeyDelete`. A key cannot delete itself.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    world.require(call, "organization:delete-api-keys")?;
    let key = find(world, call)?.clone();
    if key.id == call.caller {
        return Err(ApiError::bad_request("The API key that makes the request cannot be deleted by it"));
    }
    world.access.forget(&key.actor());
    world.access.keys.retain(|known| known.id != key.id);
    world.note_more(call, "openapi_key_update", None, json!({ "targetKeyId": key.id, "keyUpdateType": "deleted" }));
    Ok(Reply::Done)
}

fn find<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a ApiKey, ApiError> {
    let id = call.uuid("keyId")?;
    world.access.key(id).ok_or_else(|| ApiError::not_found(format!("API key {id} does not exist")))
}

fn may_assign(world: &World, call: &Call<'_>, role_ids: &[Uuid]) -> Result<(), ApiError> {
    let mut given = world.access.roles.iter().filter(|role| role_ids.contains(&role.id));
    given.try_for_each(|role| roles::may_grant(world, call, role))
}

/// An empty text means never, as null does.
fn expiry(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(|text| text.parse().ok())
}

fn view(world: &World, key: &ApiKey) -> Value {
    let actor = key.actor();
    let mut view = json!({
        "id": key.id,
        "name": key.name,
        "state": key.state,
        "assignedRoles": roles::assigned(world, &actor),
        "keySuffix": key.suffix,
        "createdAt": key.created_at,
        "expireAt": key.expire_at,
        "ipAccessList": key.ip_access_list,
    });
    if !world.organization.custom_roles_only {
        view["roles"] = json!(roles::legacy_words(world, &actor, LEGACY_KEY_ROLES));
    }
    if let Some(used_at) = key.used_at {
        view["usedAt"] = json!(used_at);
    }
    view
}
