//! Who may do what: keys, their roles, and what of a key is kept.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

mod sandbox_support;

use std::fs;

use base64::Engine as _;
use housewright::sandbox::{Options, Organization, Sandbox, Settings};
use sandbox_support::{Api, service_with};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const NONE: Value = Value::Null;

/// A key that was made through the API.
#[derive(Clone)]
struct Key {
    id: String,
    key_id: String,
    secret: String,
}

impl Key {
    fn made(answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self { id: text(&answer["key"]["id"]), key_id: text(&answer["keyId"]), secret: text(&answer["keySecret"]) }
    }

    /// Status and answer of a request of this key, below the organization.
    fn call(&self, api: &mut Api, method: &str, path: &str, body: Value) -> (u16, Value) {
        let path = format!("/v1/organizations/{}{path}", api.sandbox.organization_id());
        let body = (!body.is_null()).then_some(&body);
        let response = api.raw_as((&self.key_id, &self.secret), method, &path, body);
        (response.status, response.body_json())
    }
}

fn policy(effect: &str, permissions: &[&str], resource: &str) -> Value {
    let permissions: Vec<String> = permissions.iter().map(|name| format!("control-plane:{name}")).collect();
    json!({ "allowDeny": effect, "permissions": permissions, "resources": [resource] })
}

fn role(api: &mut Api, name: &str, policies: &[Value]) -> String {
    let role = api.ok("POST", "/roles", json!({ "name": name, "actors": [], "policies": policies }));
    role["id"].as_str().unwrap().to_owned()
}

fn key(api: &mut Api, body: Value) -> Key {
    Key::made(&api.ok("POST", "/keys", body))
}

#[test]
fn a_key_that_may_read_but_not_write_and_may_not_see_one_service() {
    let mut api = Api::new();
    let (seen, hidden) = (api.running(json!({})), api.running(json!({ "name": "hidden" })));
    let views = ["service:view", "service:view-backups", "service:view-private-endpoints"];
    let policies =
        [policy("ALLOW", &views, "instance/*"), policy("DENY", &["service:view"], &format!("instance/{hidden}"))];
    let reader = role(&mut api, "reader", &policies);
    let key = key(&mut api, json!({ "name": "reader", "assignedRoleIds": [reader] }));

    let (status, list) = key.call(&mut api, "GET", "/services", NONE);
    let ids: Vec<&str> = list["result"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!((status, ids), (200, vec![seen.as_str()]));
    assert_eq!(key.call(&mut api, "GET", &format!("/services/{seen}"), NONE).0, 200);
    assert_eq!(key.call(&mut api, "GET", &format!("/services/{seen}/backupConfiguration"), NONE).0, 200);

    let refused = |api: &mut Api, method: &str, path: String, body: Value, permission: &str, place: &str| {
        let before = api.control("GET", "/world", NONE)["services"].clone();
        let (status, answer) = key.call(api, method, &path, body);
        assert_eq!(status, 403, "{method} {path}: {answer}");
        let expected = format!("FORBIDDEN: The API key lacks the permission control-plane:{permission} on {place}");
        assert_eq!(answer["error"], expected);
        assert_eq!(api.control("GET", "/world", NONE)["services"], before);
    };
    let (of_seen, of_hidden) = (format!("service {seen}"), format!("service {hidden}"));
    refused(&mut api, "GET", format!("/services/{hidden}"), NONE, "service:view", &of_hidden);
    let rename = json!({ "name": "renamed" });
    refused(&mut api, "PATCH", format!("/services/{seen}"), rename, "service:manage", &of_seen);
    let stop = json!({ "command": "stop" });
    refused(&mut api, "PATCH", format!("/services/{seen}/state"), stop, "service:manage", &of_seen);
    let scale = json!({ "numReplicas": 5 });
    let manage = "service:manage-scaling-config";
    refused(&mut api, "PATCH", format!("/services/{seen}/replicaScaling"), scale, manage, &of_seen);
    refused(&mut api, "DELETE", format!("/services/{seen}"), NONE, "service:delete", &of_seen);
    let create = service_with(json!({}));
    let organization = "the organization";
    refused(&mut api, "POST", "/services".to_owned(), create, "organization:create-service", organization);
    refused(&mut api, "GET", "/keys".to_owned(), NONE, "organization:view-api-keys", organization);
    refused(&mut api, "GET", "/roles".to_owned(), NONE, "organization:manage", organization);
    // Waking needs no more than seeing.
    let awake = json!({ "command": "awake" });
    assert_eq!(key.call(&mut api, "PATCH", &format!("/services/{seen}/state"), awake).0, 200);
}

#[test]
fn an_organization_may_hide_what_a_key_may_not_see() {
    let organization = Organization { hides_services: true, ..Organization::default() };
    let mut api = Api::with(Settings { organization, ..Settings::default() });
    let (seen, hidden) = (api.create(json!({})), api.create(json!({})));
    let one = role(&mut api, "one", &[policy("ALLOW", &["service:view"], &format!("instance/{seen}"))]);
    let key = key(&mut api, json!({ "name": "one", "assignedRoleIds": [one] }));
    let (status, answer) = key.call(&mut api, "GET", &format!("/services/{hidden}"), NONE);
    assert_eq!((status, &answer["error"]), (404, &json!(format!("NOT_FOUND: Service {hidden} does not exist"))));
    assert_eq!(key.call(&mut api, "PATCH", &format!("/services/{hidden}"), json!({ "name": "x" })).0, 404);
    assert_eq!(key.call(&mut api, "PATCH", &format!("/services/{seen}"), json!({ "name": "x" })).0, 403);
}

#[test]
fn creating_services_needs_the_permission_on_all_of_them() {
    let mut api = Api::new();
    let service = api.create(json!({}));
    let organization = format!("organization/{}", api.sandbox.organization_id());
    let create = policy("ALLOW", &["organization:create-service"], &organization);
    let one = policy("ALLOW", &["service:manage"], &format!("instance/{service}"));
    let all = policy("ALLOW", &["service:manage"], "instance/*");
    let narrow = role(&mut api, "narrow", &[create.clone(), one]);
    let wide = role(&mut api, "wide", &[create, all]);
    let narrow = key(&mut api, json!({ "name": "narrow", "assignedRoleIds": [narrow] }));
    let (status, answer) = narrow.call(&mut api, "POST", "/services", service_with(json!({})));
    assert_eq!(status, 403);
    assert!(answer["error"].as_str().unwrap().ends_with("control-plane:service:manage on all services"), "{answer}");
    let wide = key(&mut api, json!({ "name": "wide", "assignedRoleIds": [wide] }));
    assert_eq!(wide.call(&mut api, "POST", "/services", service_with(json!({}))).0, 200);
}

#[test]
fn a_secret_comes_once_and_the_files_cannot_tell_it() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Api::over(Sandbox::open(directory.path(), Options::default()).unwrap());
    let digest = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    let mut api = open();
    let made = key(&mut api, json!({ "name": "ci", "roles": ["admin"] }));
    let hashes = json!({ "keyIdHash": digest("my-own-key-id"), "keyIdSuffix": "y-id",
        "keySecretHash": digest("my-own-secret") });
    let answer = api.ok("POST", "/keys", json!({ "name": "own", "roles": ["admin"], "hashData": hashes }));
    assert!(answer.get("keyId").is_none() && answer.get("keySecret").is_none(), "{answer}");
    assert_eq!(answer["key"]["keySuffix"], "y-id");
    let id = answer["key"]["id"].as_str().unwrap().to_owned();
    let own = Key { id, key_id: "my-own-key-id".to_owned(), secret: "my-own-secret".to_owned() };
    for text in [&api.ok("GET", "/keys", NONE).to_string(), &api.control("GET", "/requests", NONE).to_string()] {
        assert!(!text.contains(&made.secret) && !text.contains(&digest("my-own-secret")), "{text}");
    }

    // From the journal first, from the snapshot then.
    for _ in 0..2 {
        for key in [&made, &own] {
            assert_eq!(key.call(&mut api, "GET", "/services", NONE).0, 200);
            let wrong = Key { secret: format!("{}x", key.secret), ..key.clone() };
            let (status, answer) = wrong.call(&mut api, "GET", "/services", NONE);
            assert_eq!((status, &answer["error"]), (401, &json!("UNAUTHORIZED: Key is not found")));
        }
        drop(api);
        for entry in fs::read_dir(directory.path()).unwrap() {
            let path = entry.unwrap().path();
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            for secret in [&made.secret, &digest(&made.secret), &digest("my-own-secret"), &digest("my-own-key-id")] {
                assert!(!text.contains(secret.as_str()), "{} holds {secret}", path.display());
            }
        }
        api = open();
    }
}

#[test]
fn a_key_that_is_disabled_expired_or_deleted_is_not_found() {
    let mut api = Api::new();
    let key = key(&mut api, json!({ "name": "ci", "roles": ["admin"], "expireAt": "2026-01-01T01:00:00Z" }));
    let path = format!("/keys/{}", key.id);
    let status = |api: &mut Api| key.call(api, "GET", "/services", NONE).0;
    assert_eq!(status(&mut api), 200);
    assert_eq!(api.ok("GET", &path, NONE)["usedAt"], "2026-01-01T00:00:00Z");
    api.ok("PATCH", &path, json!({ "state": "disabled" }));
    assert_eq!(status(&mut api), 401);
    api.ok("PATCH", &path, json!({ "state": "enabled" }));
    api.pass(3599);
    assert_eq!(status(&mut api), 200);
    api.pass(1);
    assert_eq!(status(&mut api), 401);
    api.ok("PATCH", &path, json!({ "expireAt": null }));
    assert_eq!(status(&mut api), 200);
    let (code, answer) = key.call(&mut api, "DELETE", &path, NONE);
    assert_eq!(code, 400, "a key deletes itself: {answer}");
    api.ok("DELETE", &path, NONE);
    assert_eq!(status(&mut api), 401);
    assert!(!api.ok("GET", "/roles", NONE).to_string().contains(&key.id));
}

#[test]
fn nobody_gives_away_what_they_lack() {
    let mut api = Api::new();
    let organization = format!("organization/{}", api.sandbox.organization_id());
    let names = ["organization:create-api-keys", "organization:view-api-keys", "organization:manage"];
    let clerk = role(&mut api, "clerk", &[policy("ALLOW", &names, &organization)]);
    let clerk = key(&mut api, json!({ "name": "clerk", "assignedRoleIds": [clerk] }));
    let (status, answer) = clerk.call(&mut api, "POST", "/keys", json!({ "name": "x", "roles": ["admin"] }));
    assert_eq!(status, 403, "{answer}");
    let much =
        json!({ "name": "much", "actors": [], "policies": [policy("ALLOW", &["service:manage"], "instance/*")] });
    let (status, answer) = clerk.call(&mut api, "POST", "/roles", much);
    assert_eq!(status, 403);
    assert!(answer["error"].as_str().unwrap().contains("cannot give the permission control-plane:service:manage"));
    assert_eq!(clerk.call(&mut api, "POST", "/keys", json!({ "name": "x" })).0, 200);
    let (status, answer) = clerk.call(&mut api, "PATCH", &format!("/keys/{}", clerk.id), json!({ "name": "y" }));
    assert_eq!(status, 403);
    assert!(answer["error"].as_str().unwrap().contains("update-api-keys"), "{answer}");
}

#[test]
fn roles_are_refused_for_what_does_not_fit_together() {
    let mut api = Api::new();
    let organization = format!("organization/{}", api.sandbox.organization_id());
    let mixed = json!({ "allowDeny": "ALLOW", "resources": ["instance/*"],
        "permissions": ["control-plane:service:view", "control-plane:organization:view"] });
    let nowhere = "instance/8f9c1d1e-0000-4000-8000-000000000000";
    for (policies, actors, expected) in [
        (json!([mixed]), json!([]), "All permissions in a policy must target the same resource scope"),
        (json!([policy("ALLOW", &["service:fly"], "instance/*")]), json!([]), "permissions[0]: is not a permission"),
        (json!([policy("ALLOW", &["organization:view"], "organization/*")]), json!([]), "resources[0]: must be organ"),
        (json!([policy("ALLOW", &["service:view"], &organization)]), json!([]), "resources[0]: must be instance/*"),
        (json!([policy("ALLOW", &["service:view"], nowhere)]), json!([]), "resources[0]: must be instance/*"),
        (json!([policy("ALLOW", &[], "instance/*")]), json!([]), "policies[0].permissions: must have at least one"),
        (json!([]), json!(["user/nobody"]), "actors[0]: is not a member"),
    ] {
        let body = json!({ "name": "wrong", "actors": actors, "policies": policies });
        let error = api.refused(400, "POST", "/roles", body);
        assert!(error.contains(expected), "{error}");
    }
    let roles = api.ok("GET", "/roles", NONE);
    let admin = roles.as_array().unwrap().iter().find(|role| role["name"] == "Admin").unwrap();
    let path = format!("/roles/{}", admin["id"].as_str().unwrap());
    assert!(api.refused(400, "PATCH", &path, json!({ "name": "x" })).ends_with("System roles cannot be updated"));
    assert!(api.refused(400, "DELETE", &path, NONE).ends_with("System roles cannot be deleted"));
    let actors = admin["actors"].clone();
    assert_eq!(api.ok("PATCH", &path, json!({ "actors": actors }))["actors"], actors, "who has it can change");
    assert!(api.refused(400, "PATCH", &path, json!({ "actors": [] })).contains("at least one member"));
    let body = json!({ "name": "Admin", "actors": [], "policies": [] });
    assert!(api.refused(409, "POST", "/roles", body).starts_with("CONFLICT: There is a role"));
    let implied = role(&mut api, "operator", &[policy("ALLOW", &["service:manage"], "instance/*")]);
    let permissions = api.ok("GET", &format!("/roles/{implied}"), NONE)["policies"][0]["permissions"].clone();
    assert_eq!(permissions, json!(["control-plane:service:manage", "control-plane:service:delete"]));
}

#[test]
fn an_organization_with_custom_roles_only_refuses_the_older_names() {
    let organization = Organization { custom_roles_only: true, ..Organization::default() };
    let mut api = Api::with(Settings { organization, ..Settings::default() });
    for (path, body, field) in [
        ("/keys", json!({ "name": "k", "roles": ["admin"] }), "roles"),
        ("/invitations", json!({ "email": "a@example.com", "role": "admin" }), "role"),
    ] {
        let error = api.refused(400, "POST", path, body);
        let expected =
            format!("BAD_REQUEST: request body.{field}: cannot be used by an organization with custom roles");
        assert!(error.starts_with(&expected) && error.contains("use assignedRoleIds"), "{error}");
    }
    assert!(api.ok("GET", "/keys", NONE)[0].get("roles").is_none());
    assert!(api.ok("GET", "/members", NONE)[0].get("role").is_none());
}

#[test]
fn the_last_admin_stays_and_an_invitation_makes_a_member() {
    let mut api = Api::new();
    let members = api.ok("GET", "/members", NONE);
    let admin = format!("/members/{}", members[0]["userId"].as_str().unwrap());
    assert_eq!(members[0]["role"], "admin");
    for (method, body) in [("DELETE", NONE), ("PATCH", json!({ "role": "developer" }))] {
        let error = api.refused(400, method, &admin, body);
        assert!(error.contains("needs at least one member with the role Admin"), "{error}");
    }
    let invitation = api.ok("POST", "/invitations", json!({ "email": "ADA@example.com", "role": "admin" }));
    assert_eq!((&invitation["email"], &invitation["role"]), (&json!("ada@example.com"), &json!("admin")));
    let again = api.refused(409, "POST", "/invitations", json!({ "email": "ada@example.com" }));
    assert!(again.ends_with("is invited already"), "{again}");
    let path = format!("/invitations/{}", invitation["id"].as_str().unwrap());
    let member = api.control("POST", &format!("{path}/accept"), json!({ "name": "Ada" }));
    api.refused(404, "GET", &path, NONE);
    let ada = api.ok("GET", &format!("/members/{}", member["userId"].as_str().unwrap()), NONE);
    assert_eq!((&ada["name"], &ada["assignedRoles"][0]["roleName"]), (&json!("Ada"), &json!("Admin")));
    api.ok("DELETE", &admin, NONE);
    assert_eq!(api.ok("GET", "/members", NONE).as_array().unwrap().len(), 1);
}

#[test]
fn what_is_done_is_in_the_list_of_activities_newest_first() {
    let mut api = Api::new();
    let id = api.running(json!({}));
    api.pass(60);
    api.ok("PATCH", &format!("/services/{id}"), json!({ "name": "renamed" }));
    api.refused(400, "PATCH", &format!("/services/{id}"), json!({ "name": "" }));
    let activities = api.ok("GET", "/activities", NONE);
    let kinds: Vec<&str> = activities.as_array().unwrap().iter().map(|a| a["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["service_update_name", "service_create"]);
    assert_eq!((&activities[0]["serviceId"], &activities[0]["actorDetails"]), (&json!(id), &json!("sandbox")));
    let late = api.ok("GET", "/activities?from_date=2026-01-01T00:05:30Z", NONE);
    assert_eq!(late.as_array().unwrap().len(), 1);
    api.refused(400, "GET", "/activities?from_date=yesterday", NONE);
}
