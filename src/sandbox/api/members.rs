//! Members of the organization.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, roles};
use crate::sandbox::access::{ADMIN, LEGACY_MEMBER_ROLES};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::Member;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    role: Option<String>,
    assigned_role_ids: Option<Vec<Uuid>>,
}

/// `memberGetList`.
pub fn list(world: &mut World, _call: &Call<'_>) -> Answer {
    Ok(Reply::Result(world.access.members.iter().map(|member| view(world, member)).collect()))
}

/// `memberGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(view(world, find(world, call)?)))
}

/// `memberUpdate`.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let member = find(world, call)?.clone();
    let request: Patch = call.read(shapes::MEMBER_PATCH)?;
    let words: Option<Vec<String>> = request.role.map(|role| vec![role]);
    let legacy = words.as_deref().map(|words| ("role", words));
    let role_ids = roles::requested(world, request.assigned_role_ids.as_deref(), legacy, LEGACY_MEMBER_ROLES)?;
    if let Some(role_ids) = role_ids {
        let stays_admin = world.access.system_role(ADMIN).is_some_and(|admin| role_ids.contains(&admin));
        if !stays_admin {
            keep_an_admin(world, &member)?;
        }
        for role in world.access.roles.iter().filter(|role| role_ids.contains(&role.id)) {
            roles::may_grant(world, call, role)?;
        }
        world.access.assign(&member.actor(), &role_ids);
        let more = json!({ "targetActorIds": [member.actor()], "targetRoleIds": role_ids });
        world.note_more(call, "organization_member_update_roles", None, more);
    }
    Ok(Reply::Result(view(world, &member)))
}

/// `memberDelete`.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let member = find(world, call)?.clone();
    keep_an_admin(world, &member)?;
    world.access.forget(&member.actor());
    world.access.members.retain(|known| known.user_id != member.user_id);
    world.note(call, "organization_member_delete");
    Ok(Reply::Done)
}

fn find<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Member, ApiError> {
    let id = call.uuid("userId")?;
    let member = world.access.members.iter().find(|member| member.user_id == id);
    member.ok_or_else(|| ApiError::not_found(format!("Member {id} does not exist")))
}

/// An organization without an admin could not be managed any more.
fn keep_an_admin(world: &World, leaving: &Member) -> Result<(), ApiError> {
    let is_admin = |member: &Member| world.access.roles_of(&member.actor()).any(|role| role.name == ADMIN);
    let others = world.access.members.iter().filter(|member| member.user_id != leaving.user_id);
    match is_admin(leaving) && !others.into_iter().any(is_admin) {
        true => Err(ApiError::bad_request("The organization needs at least one member with the role Admin")),
        false => Ok(()),
    }
}

fn view(world: &World, member: &Member) -> Value {
    let actor = member.actor();
    let mut view = json!({
        "userId": member.user_id,
        "name": member.name,
        "email": member.email,
        "joinedAt": member.joined_at,
        "assignedRoles": roles::assigned(world, &actor),
    });
    let words = roles::legacy_words(world, &actor, LEGACY_MEMBER_ROLES);
    if let Some(word) = words.first().filter(|_| !world.organization.custom_roles_only) {
        view["role"] = json!(word);
    }
    view
}
