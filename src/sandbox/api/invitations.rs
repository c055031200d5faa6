//! Invitations to the organization. Who accepts one becomes a member; that happens outside the API.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, roles};
use crate::sandbox::access::LEGACY_MEMBER_ROLES;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::{Invitation, Member};
use crate::sandbox::settings::after;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// Seconds until an invitation expires.
const LIFETIME: u32 = 7 * 24 * 3600;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Post {
    email: String,
    role: Option<String>,
    assigned_role_ids: Option<Vec<Uuid>>,
}

/// `invitationGetList`.
pub fn list(world: &mut World, _call: &Call<'_>) -> Answer {
    Ok(Reply::Result(world.access.invitations.iter().map(|invitation| view(world, invitation)).collect()))
}

/// `invitationGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(view(world, find(world, call)?)))
}

/// `invitationCreate`.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let request: Post = call.read(shapes::INVITATION_POST)?;
    let email = request.email.to_lowercase();
    let words: Option<Vec<String>> = request.role.map(|role| vec![role]);
    let legacy = words.as_deref().map(|words| ("role", words));
    let role_ids = roles::requested(world, request.assigned_role_ids.as_deref(), legacy, LEGACY_MEMBER_ROLES)?;
    let role_ids = role_ids.unwrap_or_default();
    for role in world.access.roles.iter().filter(|role| role_ids.contains(&role.id)) {
        roles::may_grant(world, call, role)?;
    }
    if world.access.members.iter().any(|member| member.email == email) {
        return Err(ApiError::conflict(format!("{email} is a member of the organization already")));
    }
    if world.access.invitations.iter().any(|known| known.email == email && known.expire_at > world.now) {
        return Err(ApiError::conflict(format!("{email} is invited already")));
    }
    let invitation = Invitation {
        id: world.draw.id("invitation"),
        email,
        created_at: world.now,
        expire_at: after(world.now, LIFETIME),
        role_ids,
    };
    let reply = view(world, &invitation);
    world.access.invitations.push(invitation);
    world.note(call, "organization_invite_create");
    Ok(Reply::Result(reply))
}

/// `invitationDelete`.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let id = find(world, call)?.id;
    world.access.invitations.retain(|known| known.id != id);
    world.note(call, "organization_invite_delete");
    Ok(Reply::Done)
}

/// Somebody accepts the invitation and becomes a member: what the console does.
///
/// # Errors
/// 404 when there is no such invitation, 409 when it has expired.
pub fn accept(world: &mut World, id: Uuid, name: &str) -> Result<Value, ApiError> {
    let position = world.access.invitations.iter().position(|known| known.id == id);
    let position = position.ok_or_else(|| ApiError::not_found(format!("Invitation {id} does not exist")))?;
    if world.access.invitations.get(position).is_some_and(|known| known.expire_at <= world.now) {
        return Err(ApiError::conflict(format!("Invitation {id} has expired")));
    }
    let invitation = world.access.invitations.remove(position);
    Ok(join(world, name, invitation.email, &invitation.role_ids))
}

/// Somebody becomes a member, with these roles.
pub fn join(world: &mut World, name: &str, email: String, role_ids: &[Uuid]) -> Value {
    let user_id = world.draw.id("member");
    let member = Member { user_id, name: name.to_owned(), email, joined_at: world.now };
    world.access.assign(&member.actor(), role_ids);
    let reply = json!(member);
    world.access.members.push(member);
    reply
}

fn find<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Invitation, ApiError> {
    let id = call.uuid("invitationId")?;
    let invitation = world.access.invitations.iter().find(|invitation| invitation.id == id);
    invitation.ok_or_else(|| ApiError::not_found(format!("Invitation {id} does not exist")))
}

fn view(world: &World, invitation: &Invitation) -> Value {
    let roles = world.access.roles.iter().filter(|role| invitation.role_ids.contains(&role.id));
    let names: Vec<&str> = roles.clone().map(|role| role.name.as_str()).collect();
    let mut view = json!({
        "id": invitation.id,
        "email": invitation.email,
        "createdAt": invitation.created_at,
        "expireAt": invitation.expire_at,
        "assignedRoles": roles.map(roles::short).collect::<Vec<_>>(),
    });
    let means = |(_, all): &&(&str, &[&str])| all.iter().all(|name| names.contains(name));
    let word = LEGACY_MEMBER_ROLES.iter().find(means).map(|(word, _)| *word);
    if let Some(word) = word.filter(|_| !world.organization.custom_roles_only) {
        view["role"] = json!(word);
    }
    view
}
