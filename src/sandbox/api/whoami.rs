//! Who is calling.

use serde_json::json;

use super::Call;
use crate::sandbox::http::{Answer, Reply};
use crate::sandbox::world::World;

/// `whoamiGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let name = world.access.key(call.caller).map(|key| key.name.as_str());
    Ok(Reply::Result(json!({
        "actorType": "apiKey",
        "keyId": call.caller,
        "name": name.unwrap_or_default(),
        "organizationId": world.organization.id,
    })))
}
