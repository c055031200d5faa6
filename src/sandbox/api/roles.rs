//! Roles: those of the system, and the organization's own.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Call;
use crate::sandbox::access::{self, Scope};
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::model::{AllowDeny, Policy, PolicyTags, Role, RoleKind};
use crate::sandbox::shape::shown;
use crate::sandbox::shapes;
use crate::sandbox::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyRequest {
    allow_deny: AllowDeny,
    permissions: Vec<String>,
    resources: Vec<String>,
    tags: Option<PolicyTags>,
}

#[derive(Deserialize)]
struct Post {
    name: String,
    actors: Vec<String>,
    policies: Vec<PolicyRequest>,
}

#[derive(Deserialize)]
struct Patch {
    name: Option<String>,
    actors: Option<Vec<String>>,
    policies: Option<Vec<PolicyRequest>>,
}

/// `organizationRolesGetList`: those of the system first.
pub fn list(world: &mut World, _call: &Call<'_>) -> Answer {
    Ok(Reply::Result(world.access.roles.iter().map(|role| view(world, role)).collect()))
}

/// `organizationRoleGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Reply::Result(view(world, find(world, call)?)))
}

/// `organizationRolePost`.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let request: Post = call.read(shapes::ROLE_POST)?;
    check_name(world, &request.name, None)?;
    check_actors(world, &request.actors)?;
    let policies = policies(world, request.policies)?;
    let role = Role {
        id: world.draw.id("role"),
        name: request.name,
        kind: RoleKind::Custom,
        actors: distinct(request.actors),
        policies,
        created_at: world.now,
        updated_at: world.now,
    };
    may_grant(world, call, &role)?;
    let reply = view(world, &role);
    world.note_more(call, "role_create", None, named(&role));
    world.access.roles.push(role);
    Ok(Reply::Result(reply))
}

/// `organizationRolePatch`. Fields that are given replace what was there. Of a role of the system only the actors can
/// change: that is how the official provider assigns one.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let mut role = find(world, call)?.clone();
    let request: Patch = call.read(shapes::ROLE_PATCH)?;
    if request.name.is_some() || request.policies.is_some() || request.actors.is_none() {
        custom_only(&role, "updated")?;
    }
    if let Some(name) = request.name {
        check_name(world, &name, Some(role.id))?;
        role.name = name;
    }
    if let Some(actors) = request.actors {
        check_actors(world, &actors)?;
        let member = |actor: &String| actor.starts_with("user/");
        if role.kind == RoleKind::System && role.name == access::ADMIN && !actors.iter().any(member) {
            return Err(ApiError::bad_request("The organization needs at least one member with the role Admin"));
        }
        role.actors = distinct(actors);
    }
    if let Some(requests) = request.policies {
        role.policies = policies(world, requests)?;
    }
    may_grant(world, call, &role)?;
    role.updated_at = world.now;
    let reply = view(world, &role);
    world.note_more(call, "role_update", None, named(&role));
    for known in world.access.roles.iter_mut().filter(|known| known.id == role.id) {
        known.clone_from(&role);
    }
    Ok(Reply::Result(reply))
}

/// `organizationRoleDelete`. Whoever had it has it no more.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let role = find(world, call)?.clone();
    custom_only(&role, "deleted")?;
    world.access.roles.retain(|known| known.id != role.id);
    for invitation in &mut world.access.invitations {
        invitation.role_ids.retain(|id| *id != role.id);
    }
    world.note_more(call, "role_delete", None, named(&role));
    Ok(Reply::Done)
}

fn find<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Role, ApiError> {
    let id = call.uuid("roleId")?;
    let role = world.access.roles.iter().find(|role| role.id == id);
    role.ok_or_else(|| ApiError::not_found(format!("Role {id} does not exist")))
}

fn named(role: &Role) -> Value {
    json!({ "targetRoleIds": [role.id], "targetRoleNames": [role.name] })
}

fn custom_only(role: &Role, verb: &str) -> Result<(), ApiError> {
    match role.kind {
        RoleKind::Custom => Ok(()),
        RoleKind::System => Err(ApiError::bad_request(format!("System roles cannot be {verb}"))),
    }
}

fn check_name(world: &World, name: &str, own: Option<Uuid>) -> Result<(), ApiError> {
    let taken = world.access.roles.iter().any(|role| role.name == name && Some(role.id) != own);
    if taken { Err(ApiError::conflict(format!("There is a role with the name '{name}' already"))) } else { Ok(()) }
}

fn check_actors(world: &World, actors: &[String]) -> Result<(), ApiError> {
    let known = |actor: &String| {
        world.access.keys.iter().any(|key| key.actor() == *actor)
            || world.access.members.iter().any(|member| member.actor() == *actor)
    };
    match actors.iter().position(|actor| !known(actor)) {
        Some(index) => {
            let value = actors.get(index).map_or(Value::Null, |actor| Value::from(actor.as_str()));
            let words = "is not a member or an API key of this organization, such as user/<id> or apiKey/<id>";
            Err(ApiError::field(&format!("actors[{index}]"), words, &shown(&value)))
        }
        None => Ok(()),
    }
}

fn distinct(actors: Vec<String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::with_capacity(actors.len());
    for actor in actors {
        if !seen.contains(&actor) {
            seen.push(actor);
        }
    }
    seen
}

fn policies(world: &mut World, requests: Vec<PolicyRequest>) -> Result<Vec<Policy>, ApiError> {
    for (index, request) in requests.iter().enumerate() {
        check_policy(world, request, &format!("policies[{index}]"))?;
    }
    let policy = |request: PolicyRequest| Policy {
        id: world.draw.id("policy"),
        allow_deny: request.allow_deny,
        permissions: access::with_implied(request.permissions),
        resources: request.resources,
        tags: request.tags,
    };
    Ok(requests.into_iter().map(policy).collect())
}

/// All permissions of a policy are about the same kind of thing, and so are its resources.
fn check_policy(world: &World, request: &PolicyRequest, path: &str) -> Result<(), ApiError> {
    let mut scope = None;
    for (index, permission) in request.permissions.iter().enumerate() {
        let own = access::scope_of(permission).ok_or_else(|| {
            let value = shown(&Value::from(permission.as_str()));
            ApiError::field(&format!("{path}.permissions[{index}]"), "is not a permission", &value)
        })?;
        if scope.is_some_and(|scope| scope != own) {
            return Err(ApiError::bad_request("All permissions in a policy must target the same resource scope"));
        }
        scope = Some(own);
    }
    let Some(scope) = scope else {
        return Err(ApiError::field(&format!("{path}.permissions"), "must have at least one item", "<array>"));
    };
    if request.resources.is_empty() {
        return Err(ApiError::field(&format!("{path}.resources"), "must have at least one item", "<array>"));
    }
    let wrong = request.resources.iter().enumerate().find(|(_, resource)| !fits(world, scope, resource));
    match wrong {
        Some((index, resource)) => {
            let words = match scope {
                Scope::Organization => format!("must be organization/{}", world.organization.id),
                Scope::Service => "must be instance/* or instance/<id> of a service of this organization".to_owned(),
            };
            let value = shown(&Value::from(resource.as_str()));
            Err(ApiError::field(&format!("{path}.resources[{index}]"), &words, &value))
        }
        None => Ok(()),
    }
}

fn fits(world: &World, scope: Scope, resource: &str) -> bool {
    match scope {
        Scope::Organization => resource == format!("organization/{}", world.organization.id),
        Scope::Service => resource.strip_prefix("instance/").is_some_and(|id| {
            id == "*" || Uuid::try_parse(id).is_ok_and(|service| world.services.contains_key(&service))
        }),
    }
}

/// Nobody gives away what they do not have.
///
/// # Errors
/// 403.
pub fn may_grant(world: &World, call: &Call<'_>, role: &Role) -> Result<(), ApiError> {
    let given = role.policies.iter().filter(|policy| policy.allow_deny == AllowDeny::Allow);
    for policy in given {
        for resource in policy.resources.iter().filter_map(|resource| access::Resource::parse(resource)) {
            let lacks = |permission: &&String| !world.access.allows(&call.actor, permission, resource);
            if let Some(permission) = policy.permissions.iter().find(lacks) {
                return Err(ApiError::forbidden(format!(
                    "The API key cannot give the permission {permission} of the role '{}', which it lacks itself",
                    role.name
                )));
            }
        }
    }
    Ok(())
}

/// The roles an actor has, as members and keys show them.
pub fn assigned(world: &World, actor: &str) -> Value {
    world.access.roles_of(actor).map(short).collect()
}

/// A role in short.
pub fn short(role: &Role) -> Value {
    json!({ "roleId": role.id, "roleName": role.name, "roleType": role.kind })
}

/// Which roles a request gives: by their identifiers, or by the older, simpler names. `None`: it says nothing.
///
/// # Errors
/// 400 for a role that does not exist, for both spellings at once, and for the older one where it is out of use.
pub fn requested(
    world: &World,
    ids: Option<&[Uuid]>,
    legacy: Option<(&str, &[String])>,
    table: &[(&str, &[&str])],
) -> Result<Option<Vec<Uuid>>, ApiError> {
    if let Some((field, _)) = legacy {
        if world.organization.custom_roles_only {
            let words = "cannot be used by an organization with custom roles, use assignedRoleIds";
            return Err(ApiError::field(field, words, "<array>"));
        }
        if ids.is_some() {
            return Err(ApiError::field(field, "cannot be used together with assignedRoleIds", "<array>"));
        }
    }
    if let Some(ids) = ids {
        let unknown = ids.iter().enumerate().find(|(_, id)| !world.access.roles.iter().any(|role| role.id == **id));
        return match unknown {
            Some((index, id)) => {
                let value = shown(&Value::from(id.to_string()));
                let words = "is not a role of this organization";
                Err(ApiError::field(&format!("assignedRoleIds[{index}]"), words, &value))
            }
            None => Ok(Some(ids.to_vec())),
        };
    }
    let Some((field, words)) = legacy else { return Ok(None) };
    if words.is_empty() {
        return Err(ApiError::field(field, "must have at least one item", "<array>"));
    }
    let names = table.iter().filter(|(word, _)| words.iter().any(|given| given == word)).flat_map(|(_, names)| *names);
    Ok(Some(names.filter_map(|name| world.access.system_role(name)).collect()))
}

/// The older, simpler names of what an actor has: those whose roles it all has.
pub fn legacy_words<'a>(world: &World, actor: &str, table: &[(&'a str, &[&str])]) -> Vec<&'a str> {
    let has =
        |name: &&str| world.access.roles_of(actor).any(|role| role.kind == RoleKind::System && role.name == **name);
    table.iter().filter(|(_, names)| names.iter().all(&has)).map(|(word, _)| *word).collect()
}

fn view(world: &World, role: &Role) -> Value {
    let tenant = format!("organization/{}", world.organization.id);
    let policies: Vec<Value> = role
        .policies
        .iter()
        .map(|policy| {
            let mut view = json!(policy);
            view["roleId"] = json!(role.id);
            view["tenantId"] = json!(tenant);
            view
        })
        .collect();
    json!({
        "id": role.id,
        "tenantId": tenant,
        "ownerId": tenant,
        "name": role.name,
        "type": role.kind,
        "actors": role.actors,
        "policies": policies,
        "createdAt": role.created_at,
        "updatedAt": role.updated_at,
    })
}
