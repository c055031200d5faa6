//! Who is calling.

use serde_json::json;

use super::Call;
use crate::sandbox::http::{Answer, Reply};
use crate::sandbox::world::World;

/// `whoamiGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(json!({
        "actorType": "apiKey",
        "keyId": call.caller,
        "name": call.caller,
        "organizationId": world.organization.id,
    })))
}
