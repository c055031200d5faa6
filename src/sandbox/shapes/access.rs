//! Request bodies around keys, members, roles, and the organization itself.

use super::{ALL_REGIONS, IP_ENTRIES, PROVIDERS, is_sha256_base64};
use crate::sandbox::shape::{ANY_TEXT, Field, Rule, TEXTS, optional, required};

const FILLED_TEXT: Rule = Rule::Text { min: 1, max: usize::MAX };
/// Null and an empty text mean: never.
const EXPIRY: Rule = Rule::OrNull(&Rule::Either(&[Rule::Time, Rule::Text { min: 0, max: 0 }]));
const KEY_STATE: Rule = Rule::Choice(&["enabled", "disabled"]);
const KEY_ROLES: Rule = Rule::List { item: &Rule::Choice(&["admin", "developer", "query_endpoints"]), max: usize::MAX };
const MEMBER_ROLE: Rule = Rule::Choice(&["admin", "developer"]);
const IDS: Rule = Rule::List { item: &Rule::Uuid, max: usize::MAX };
const SHA256: Rule = Rule::Secret { valid: is_sha256_base64, words: "must be the base64 of a SHA-256 hash" };
const HASH_DATA: Rule = Rule::Object(&[
    required("keyIdHash", SHA256),
    required("keyIdSuffix", Rule::Text { min: 4, max: 4 }),
    required("keySecretHash", SHA256),
]);

/// `ApiKeyPostRequest`.
pub const API_KEY_POST: &[Field] = &[
    required("name", FILLED_TEXT),
    optional("expireAt", EXPIRY),
    optional("state", KEY_STATE),
    optional("hashData", HASH_DATA),
    optional("roles", KEY_ROLES),
    optional("assignedRoleIds", IDS),
    optional("ipAccessList", IP_ENTRIES),
];

/// `ApiKeyPatchRequest`.
pub const API_KEY_PATCH: &[Field] = &[
    optional("name", FILLED_TEXT),
    optional("roles", KEY_ROLES),
    optional("assignedRoleIds", IDS),
    optional("expireAt", EXPIRY),
    optional("state", KEY_STATE),
    optional("ipAccessList", IP_ENTRIES),
];

/// `MemberPatchRequest`.
pub const MEMBER_PATCH: &[Field] = &[optional("role", MEMBER_ROLE), optional("assignedRoleIds", IDS)];

/// `InvitationPostRequest`.
pub const INVITATION_POST: &[Field] =
    &[required("email", Rule::Email), optional("role", MEMBER_ROLE), optional("assignedRoleIds", IDS)];

const POLICY: Rule = Rule::Object(&[
    required("allowDeny", Rule::Choice(&["ALLOW", "DENY"])),
    required("permissions", TEXTS),
    required("resources", TEXTS),
    optional(
        "tags",
        Rule::Object(&[
            optional("grants", TEXTS),
            optional("roleV2", Rule::Choice(&["sql-console-readonly", "sql-console-admin"])),
        ]),
    ),
]);
const POLICIES: Rule = Rule::List { item: &POLICY, max: usize::MAX };

/// `RoleCreateRequest`.
pub const ROLE_POST: &[Field] =
    &[required("name", FILLED_TEXT), required("actors", TEXTS), required("policies", POLICIES)];

/// `RoleUpdateRequest`.
pub const ROLE_PATCH: &[Field] =
    &[optional("name", FILLED_TEXT), optional("actors", TEXTS), optional("policies", POLICIES)];

const ENDPOINTS: Rule = Rule::List {
    item: &Rule::Object(&[
        optional("id", ANY_TEXT),
        optional("description", ANY_TEXT),
        optional("cloudProvider", Rule::Choice(PROVIDERS)),
        optional("region", Rule::Choice(ALL_REGIONS)),
    ]),
    max: usize::MAX,
};

/// `OrganizationPatchRequest`.
pub const ORGANIZATION_PATCH: &[Field] = &[
    optional("name", FILLED_TEXT),
    optional("privateEndpoints", Rule::Object(&[optional("add", ENDPOINTS), optional("remove", ENDPOINTS)])),
    optional("enableCoreDumps", Rule::Boolean),
];
