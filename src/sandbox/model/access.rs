//! Who may use the API: keys, members, invitations, and the roles that say what each may do.
//!
//! A key's secret is not part of it: only a seal that nobody can compute who has the files alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::IpAccessListEntry;

/// Everybody who may do something, and what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Access {
    /// API keys, oldest first.
    pub keys: Vec<ApiKey>,
    /// Roles: those of the system first, then the organization's own.
    pub roles: Vec<Role>,
    /// Members of the organization.
    pub members: Vec<Member>,
    /// Invitations nobody has accepted.
    pub invitations: Vec<Invitation>,
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKey {
    /// Identifier of the key as a thing; not what a caller gives as its name.
    pub id: Uuid,
    /// Name shown to people.
    pub name: String,
    /// Whether it is accepted.
    pub state: KeyState,
    /// How a caller shows that it has the key.
    pub proof: Proof,
    /// Last four signs of the key id.
    pub suffix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is not accepted.
    pub expire_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub used_at: Option<Timestamp>,
    /// Who may use it, as it was written.
    pub ip_access_list: Vec<IpAccessListEntry>,
}

impl ApiKey {
    /// The name that roles know it by.
    pub fn actor(&self) -> String {
        format!("apiKey/{}", self.id)
    }
}

/// Whether a key is accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the API's and say it")]
pub enum KeyState {
    #[default]
    Enabled,
    Disabled,
}

/// How a caller shows that it has the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Proof {
    /// The key the sandbox is opened with; nothing of it is stored.
    Given,
    /// Seals of the key id and of the secret.
    Sealed {
        /// Of the key id.
        id: String,
        /// Of the secret.
        key: String,
    },
}

/// A role: what its actors may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// Identifier.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Whose it is.
    #[serde(rename = "type")]
    pub kind: RoleKind,
    /// `user/<id>` and `apiKey/<id>`.
    pub actors: Vec<String>,
    /// What they may do.
    pub policies: Vec<Policy>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Whose a role is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoleKind {
    /// Every organization has it, and cannot change it.
    System,
    /// Made by the organization.
    Custom,
}

/// One rule of a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Identifier; another one after every change of the role.
    pub id: Uuid,
    /// Whether it gives or takes.
    pub allow_deny: AllowDeny,
    /// Permissions, such as `control-plane:service:view`.
    pub permissions: Vec<String>,
    /// On what: `organization/<id>`, `instance/<id>`, `instance/*`.
    pub resources: Vec<String>,
    /// What the SQL console takes from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<PolicyTags>,
}

/// Whether a rule gives or takes. What one takes no other gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names are the API's and say it")]
pub enum AllowDeny {
    Allow,
    Deny,
}

/// What the SQL console takes from a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyTags {
    /// Database grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<String>>,
    /// `sql-console-readonly`, `sql-console-admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_v2: Option<String>,
}

/// Somebody who belongs to the organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// Identifier, the same in every organization.
    pub user_id: Uuid,
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Since when.
    pub joined_at: Timestamp,
}

impl Member {
    /// The name that roles know them by.
    pub fn actor(&self) -> String {
        format!("user/{}", self.user_id)
    }
}

/// An invitation nobody has accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invitation {
    /// Identifier.
    pub id: Uuid,
    /// Who is invited, in lower case.
    pub email: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it cannot be accepted.
    pub expire_at: Timestamp,
    /// Roles they will have.
    pub role_ids: Vec<Uuid>,
}
