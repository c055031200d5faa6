//! What a caller may do: the permissions of the API, the roles every organization has, and how policies decide.
//!
//! Pure over [`Access`]; knows no requests and no operations.

use jiff::Timestamp;
use uuid::Uuid;

use super::draw::Draw;
use super::model::{Access, AllowDeny, ApiKey, KeyState, Member, Policy, Proof, Role, RoleKind};

/// First word of the permissions that concern the API.
pub const PREFIX: &str = "control-plane:";

/// Permissions on the organization as a whole.
pub const OF_ORGANIZATION: &[&str] = &[
    "control-plane:organization:view",
    "control-plane:organization:manage",
    "control-plane:organization:create-service",
    "control-plane:organization:view-activities",
    "control-plane:organization:view-billing",
    "control-plane:organization:manage-billing",
    "control-plane:organization:view-api-keys",
    "control-plane:organization:create-api-keys",
    "control-plane:organization:update-api-keys",
    "control-plane:organization:delete-api-keys",
    "control-plane:postgres-service:view",
    "control-plane:postgres-service:manage",
    "control-plane:support:manage",
];

/// Permissions that only look at a service.
const SERVICE_VIEWS: &[&str] = &[
    "control-plane:service:view",
    "control-plane:service:view-backups",
    "control-plane:service:view-snapshots",
    "control-plane:service:view-query-api-endpoints",
    "control-plane:service:view-private-endpoints",
    "control-plane:service:view-scaling-config",
];

/// Permissions that change a service.
const SERVICE_CHANGES: &[&str] = &[
    "control-plane:service:manage",
    "control-plane:service:delete",
    "control-plane:service:manage-backups",
    "control-plane:service:manage-snapshots",
    "control-plane:service:manage-ip-access-list",
    "control-plane:service:manage-generative-ai",
    "control-plane:service:manage-query-api-endpoints",
    "control-plane:service:manage-private-endpoints",
    "control-plane:service:manage-clickpipes",
    "control-plane:service:manage-scaling-config",
    "control-plane:service:manage-clickstack-api",
];

/// The one permission that concerns databases.
const SQL_ACCESS: &str = "sql-console:database:access";

/// What a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The organization.
    Organization,
    /// A service.
    Service,
}

/// What the permission is about; nothing when there is no such permission.
pub fn scope_of(permission: &str) -> Option<Scope> {
    if OF_ORGANIZATION.contains(&permission) {
        return Some(Scope::Organization);
    }
    let known = SERVICE_VIEWS.contains(&permission) || SERVICE_CHANGES.contains(&permission);
    (known || permission == SQL_ACCESS).then_some(Scope::Service)
}

/// The permissions a policy really gives: whoever manages services may delete them as well.
pub fn with_implied(mut permissions: Vec<String>) -> Vec<String> {
    let has = |all: &[String], word: &str| all.iter().any(|permission| permission == word);
    let (manage, delete) = ("control-plane:service:manage", "control-plane:service:delete");
    if has(&permissions, manage) && !has(&permissions, delete) {
        permissions.push(delete.to_owned());
    }
    permissions
}

/// What somebody wants to touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The organization.
    Organization,
    /// This service.
    Service(Uuid),
    /// Every service there is and will be.
    EveryService,
}

impl Resource {
    /// What a policy's text names.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('/')? {
            ("organization", _) => Some(Self::Organization),
            ("instance", "*") => Some(Self::EveryService),
            ("instance", id) => Uuid::try_parse(id).ok().map(Self::Service),
            _ => None,
        }
    }
}

/// Name of the role that may do everything.
pub const ADMIN: &str = "Admin";

/// What the older, simpler role names of keys stand for.
pub const LEGACY_KEY_ROLES: &[(&str, &[&str])] = &[
    ("admin", &[ADMIN]),
    ("developer", &["Org API reader", "Service API reader"]),
    ("query_endpoints", &["Basic service API reader"]),
];

/// What the older, simpler role names of members stand for.
pub const LEGACY_MEMBER_ROLES: &[(&str, &[&str])] =
    &[("admin", &[ADMIN]), ("developer", &["Org API reader", "Service reader"])];

impl Access {
    /// The roles every organization has, one admin, and the key the sandbox is opened with.
    pub fn new(organization: Uuid, key_name: &str, draw: &Draw, now: Timestamp) -> Self {
        let member = Member {
            user_id: draw.id_of("member", ""),
            name: "Sandbox Admin".to_owned(),
            email: "admin@sandbox.example".to_owned(),
            joined_at: now,
        };
        let key = ApiKey {
            id: draw.id_of("api-key", ""),
            name: key_name.to_owned(),
            state: KeyState::Enabled,
            proof: Proof::Given,
            suffix: suffix(key_name),
            created_at: now,
            expire_at: None,
            used_at: None,
            ip_access_list: Vec::new(),
        };
        let mut roles = system_roles(organization, draw, now);
        for role in roles.iter_mut().filter(|role| role.name == ADMIN) {
            role.actors = vec![member.actor(), key.actor()];
        }
        Self { keys: vec![key], roles, members: vec![member], invitations: Vec::new() }
    }

    /// A key.
    pub fn key(&self, id: Uuid) -> Option<&ApiKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The roles an actor has.
    pub fn roles_of<'a>(&'a self, actor: &'a str) -> impl Iterator<Item = &'a Role> {
        self.roles.iter().filter(move |role| role.actors.iter().any(|known| known == actor))
    }

    /// Whether the actor holds the permission there. What one policy takes no other gives.
    pub fn allows(&self, actor: &str, permission: &str, resource: Resource) -> bool {
        let policies =
            || self.roles_of(actor).flat_map(|role| &role.policies).filter(|policy| policy.names(permission));
        let denied = policies().any(|policy| policy.allow_deny == AllowDeny::Deny && policy.touches(resource));
        !denied && policies().any(|policy| policy.allow_deny == AllowDeny::Allow && policy.covers(resource))
    }

    /// Gives the actor exactly these roles.
    pub fn assign(&mut self, actor: &str, role_ids: &[Uuid]) {
        for role in &mut self.roles {
            role.actors.retain(|known| known != actor);
            if role_ids.contains(&role.id) {
                role.actors.push(actor.to_owned());
            }
        }
    }

    /// Forgets an actor that is gone.
    pub fn forget(&mut self, actor: &str) {
        self.assign(actor, &[]);
    }

    /// The role of the system with that name.
    pub fn system_role(&self, name: &str) -> Option<Uuid> {
        self.roles.iter().find(|role| role.kind == RoleKind::System && role.name == name).map(|role| role.id)
    }
}

impl Policy {
    fn names(&self, permission: &str) -> bool {
        self.permissions.iter().any(|known| known == permission)
    }

    /// Whether it holds for all of the resource.
    fn covers(&self, resource: Resource) -> bool {
        self.resources.iter().any(|known| match resource {
            Resource::Organization => known.starts_with("organization/"),
            Resource::Service(id) => known == "instance/*" || *known == format!("instance/{id}"),
            Resource::EveryService => known == "instance/*",
        })
    }

    /// Whether it holds for a part of the resource.
    fn touches(&self, resource: Resource) -> bool {
        let every = resource == Resource::EveryService;
        self.covers(resource) || (every && self.resources.iter().any(|known| known.starts_with("instance/")))
    }
}

/// The last four signs.
pub fn suffix(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    signs.iter().skip(signs.len().saturating_sub(4)).collect()
}

fn system_roles(organization: Uuid, draw: &Draw, now: Timestamp) -> Vec<Role> {
    let views: Vec<&str> = OF_ORGANIZATION.iter().copied().filter(|name| name.contains(":view")).collect();
    let services: Vec<&str> = SERVICE_VIEWS.iter().chain(SERVICE_CHANGES).copied().chain([SQL_ACCESS]).collect();
    let billing = ["control-plane:organization:view-billing", "control-plane:organization:manage-billing"];
    let endpoints = ["control-plane:service:view-query-api-endpoints"];
    let table: [(&str, &[&str], &[&str]); 9] = [
        (ADMIN, OF_ORGANIZATION, &services),
        ("Billing", &billing, &[]),
        ("Org API reader", &views, &[]),
        ("Member", &[], &[]),
        ("Service reader", &[], SERVICE_VIEWS),
        ("Service admin", &[], &services),
        ("Service API reader", &[], SERVICE_VIEWS),
        ("Service API admin", &[], &services),
        ("Basic service API reader", &[], &endpoints),
    ];
    let policy = |name: &str, what: &str, permissions: &[&str], resource: String| Policy {
        id: draw.id_of("system-policy", &format!("{name}/{what}")),
        allow_deny: AllowDeny::Allow,
        permissions: permissions.iter().map(|&permission| permission.to_owned()).collect(),
        resources: vec![resource],
        tags: None,
    };
    let role = |(name, on_organization, on_services): &(&str, &[&str], &[&str])| Role {
        id: draw.id_of("system-role", name),
        name: (*name).to_owned(),
        kind: RoleKind::System,
        actors: Vec::new(),
        policies: [
            policy(name, "organization", on_organization, format!("organization/{organization}")),
            policy(name, "services", on_services, "instance/*".to_owned()),
        ]
        .into_iter()
        .filter(|policy| !policy.permissions.is_empty())
        .collect(),
        created_at: now,
        updated_at: now,
    };
    table.iter().map(role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: &str = "control-plane:service:view";

    fn with_policies(policies: Vec<(AllowDeny, &str)>) -> Access {
        let mut access = Access::new(Uuid::from_u128(1), "key", &Draw::new(0), Timestamp::UNIX_EPOCH);
        let policy = |(allow_deny, resource): (AllowDeny, &str)| Policy {
            id: Uuid::nil(),
            allow_deny,
            permissions: vec![VIEW.to_owned()],
            resources: vec![resource.to_owned()],
            tags: None,
        };
        access.roles.push(Role {
            id: Uuid::from_u128(7),
            name: "own".to_owned(),
            kind: RoleKind::Custom,
            actors: vec!["apiKey/a".to_owned()],
            policies: policies.into_iter().map(policy).collect(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        });
        access
    }

    #[test]
    fn what_one_policy_takes_no_other_gives() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let hidden = format!("instance/{one}");
        let access = with_policies(vec![(AllowDeny::Allow, "instance/*"), (AllowDeny::Deny, &hidden)]);
        assert!(!access.allows("apiKey/a", VIEW, Resource::Service(one)));
        assert!(access.allows("apiKey/a", VIEW, Resource::Service(other)));
        assert!(!access.allows("apiKey/a", VIEW, Resource::EveryService));
        assert!(!access.allows("apiKey/b", VIEW, Resource::Service(other)));
        assert!(!access.allows("apiKey/a", "control-plane:service:manage", Resource::Service(other)));
    }

    #[test]
    fn a_policy_on_one_service_covers_that_one_only() {
        let one = Uuid::from_u128(1);
        let access = with_policies(vec![(AllowDeny::Allow, &format!("instance/{one}"))]);
        assert!(access.allows("apiKey/a", VIEW, Resource::Service(one)));
        assert!(!access.allows("apiKey/a", VIEW, Resource::Service(Uuid::from_u128(2))));
        assert!(!access.allows("apiKey/a", VIEW, Resource::EveryService));
    }

    #[test]
    fn the_admin_of_a_new_organization_may_do_everything() {
        let access = with_policies(Vec::new());
        let actor = access.keys[0].actor();
        for permission in OF_ORGANIZATION {
            assert!(access.allows(&actor, permission, Resource::Organization), "{permission}");
        }
        for permission in SERVICE_VIEWS.iter().chain(SERVICE_CHANGES) {
            assert!(access.allows(&actor, permission, Resource::EveryService), "{permission}");
        }
    }
}
