//! Setting the password of a service. Neither passwords nor hashes are kept: only how often one was set.

use serde::Deserialize;
use serde_json::json;

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PasswordPatch {
    new_password_hash: Option<serde::de::IgnoredAny>,
}

/// `instancePasswordUpdate`. Without a hash a password is generated and answered once.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let request: PasswordPatch = call.read(shapes::PASSWORD_PATCH)?;
    if !service.is_primary {
        return Err(ApiError::bad_request("The password of a warehouse is set through its primary service"));
    }
    lifecycle::must_be_provisioned(service.state, "The password")?;
    world.service_mut(id)?.password_changes += 1;
    world.note(call, "service_update_password");
    match request.new_password_hash {
        Some(_) => Ok(Reply::Result(json!({}))),
        None => Ok(Reply::Result(json!({ "password": world.password() }))),
    }
}
