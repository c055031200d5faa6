//! The kind `role`: a role of the organization's own, and what everybody needs who speaks of roles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::body::Fields;
use super::checker::Checker;
use super::{
    Alike, Answers, Change, Effect, EffectSort, Finding, Foresight, Identity, Kind, Listing, Observed, Operation,
    RuleContext, listing, part,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::diag::{Code, Severity};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct Role;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "role",
        1,
        "A role of the organization's own: what those may do to whom a `role_assignment` gives it.",
        [
            vec![
            Attribute::optional("name", AttrType::String, "Name. Left out, it is the block's label."),
            Attribute::optional(
                "policies",
                AttrType::List(Box::new(AttrType::Object(policy()))),
                "What the role gives and takes. The platform adds what a permission implies; that is no difference.",
            )
            .judged(same_policies)
            .resets_to("no policies"),
        ],
            computed(),
        ]
        .concat(),
    )
});

/// The attributes of a policy.
fn policy() -> Vec<Attribute> {
    let texts = || AttrType::List(Box::new(AttrType::String));
    let tags = vec![
        Attribute::optional("role", AttrType::String, "`sql-console-readonly` or `sql-console-admin`."),
        Attribute::optional("grants", texts(), "Databases.").extension("API document, RBACPolicyTags.grants"),
    ];
    vec![
        Attribute::required("effect", AttrType::String, "`ALLOW` or `DENY`."),
        Attribute::required("permissions", texts(), "Permissions, all of one scope."),
        Attribute::required("resources", texts(), "`organization/<id>`, `instance/<id>` or `instance/*`."),
        Attribute::optional("tags", AttrType::Object(tags), "What the SQL console takes from it."),
    ]
}

fn computed() -> Vec<Attribute> {
    let text = |name, doc| Attribute::computed(name, AttrType::String, doc);
    vec![
        text("id", "Id of the role."),
        text("type", "`custom`."),
        text("tenant_id", "The organization it is in."),
        text("owner_id", "The organization that owns it."),
        text("created_at", "When it was made, in RFC 3339."),
        text("updated_at", "When it was changed last, in RFC 3339."),
    ]
}

/// All roles, those of the system among them.
pub(super) fn list() -> Read {
    Read::list("organizationRolesGetList", "/v1/organizations/{organizationId}/roles")
}

pub(super) fn path(id: &str) -> String {
    format!("{}/{id}", list().path)
}

/// Ids of the roles that a key, a member or an invitation has.
pub(super) fn assigned(of: &Json) -> Json {
    let roles = of.get("assignedRoles").and_then(Json::as_array).into_iter().flatten();
    Json::Array(roles.filter_map(|role| role.get("roleId").cloned()).collect())
}

/// What is the same in two policies about one thing: everything but the permissions.
fn about(policy: &Value) -> (Option<String>, Vec<String>, Option<String>, Vec<String>) {
    let text = |path: &str| crate::schema::at_path(policy, path).and_then(Value::as_str).map(str::to_owned);
    let texts = |path: &str| sorted(crate::schema::at_path(policy, path));
    (text("effect"), texts("resources"), text("tags.role"), texts("tags.grants"))
}

fn sorted(list: Option<&Value>) -> Vec<String> {
    let texts: BTreeSet<&str> = list.into_iter().flat_map(Value::elements).filter_map(Value::as_str).collect();
    texts.into_iter().map(str::to_owned).collect()
}

/// Each wanted policy is there with its permissions, no other is, and nothing that was taken out of one is left in it.
fn same_policies(want: &Value, applied: Option<&Value>, standing: &Value) -> bool {
    let mut left: Vec<&Value> = standing.elements().collect();
    let met = |want: &Value, have: &&&Value| {
        let (wanted, there) = (sorted(want.get("permissions")), sorted(have.get("permissions")));
        let before = applied.into_iter().flat_map(Value::elements).filter(|a| about(a) == about(want));
        let taken = before.flat_map(|a| sorted(a.get("permissions"))).filter(|p| !wanted.contains(p));
        about(want) == about(have)
            && wanted.iter().all(|p| there.contains(p))
            && !taken.into_iter().any(|p| there.contains(&p))
    };
    for policy in want.elements() {
        let Some(index) = left.iter().position(|have| met(policy, &have)) else { return false };
        left.remove(index);
    }
    left.is_empty()
}

impl Kind for Role {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn named_by(&self) -> Option<&'static str> {
        Some("name")
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        let policies: Vec<&Value> = context.get("policies").into_iter().flat_map(Value::elements).collect();
        for (index, policy) in policies.into_iter().enumerate() {
            check_policy(&mut c, index + 1, policy);
        }
        c.findings
    }

    fn reads(&self, _identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        vec![list()]
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let role = answers.item(&list(), identity.get("id")?)?;
        let values = part::typed(&SCHEMA, &fields(&role));
        Some(Observed { values, status: None, usable: true })
    }

    /// The platform's own roles cannot be changed: one may have been imported by its id.
    fn foresee(&self, change: &Change<'_>) -> Foresight {
        let system = change.current("type").and_then(Value::as_str) == Some("system");
        if !system || change.operation != Operation::Update || change.changed.is_empty() {
            return Foresight::default();
        }
        Foresight::Told(vec![Finding {
            code: Code("HW0638"),
            severity: Severity::Error,
            attributes: change.changed.iter().cloned().collect(),
            beside: Vec::new(),
            summary: "This role is one of the platform's own".to_owned(),
            detail: "What the roles of the system are called and allow is for ClickHouse to say.".to_owned(),
            help: "Make a role of your own; who has this one is said by a role_assignment.".to_owned(),
        }])
    }

    /// Those that the organization has made: the platform's own cannot be changed.
    fn list(&self, answers: &dyn Answers) -> Listing {
        let own = |role: &Json| role.get("type").and_then(Json::as_str) == Some("custom");
        listing::all(&list(), answers, own, "name")
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        match change.operation {
            Operation::Create => vec![create(change)],
            Operation::Update => update(change).into_iter().collect(),
            Operation::Delete => {
                let mut call = Call::new("delete", "organizationRoleDelete", Method::Delete, path(part::id(change)));
                call.tolerance = Tolerance::Gone;
                vec![call]
            }
        }
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let text = match change.operation {
            Operation::Create => return Vec::new(),
            Operation::Update if !change.changes("policies") => return Vec::new(),
            Operation::Update => "those who have the role may do what it says now from then on",
            Operation::Delete => "those who have the role lose what it gives",
        };
        vec![Effect::new(EffectSort::Unavailable, text)]
    }

    fn traits(&self, body: &Json) -> BTreeMap<String, String> {
        super::trace::texts(body, &["name"])
    }

    fn alike(&self, answer: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
        super::trace::with_texts(answer, traits, "createdAt")
    }

    fn confirmation(&self, identity: &Identity) -> Option<(Read, Read)> {
        identity.get("id").map(|id| (Read::one("organizationRoleGet", path(id)), list()))
    }

    /// After those to whom it is assigned.
    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        let id = observed.get("id").and_then(Value::as_str);
        id.map(|id| (format!("role {id}"), 1)).into_iter().collect()
    }
}

/// A role of the API under the names of attributes, with its actors.
pub(super) fn fields(role: &Json) -> BTreeMap<&'static str, Json> {
    let names = [
        ("id", "id"),
        ("name", "name"),
        ("type", "type"),
        ("tenant_id", "tenantId"),
        ("owner_id", "ownerId"),
        ("created_at", "createdAt"),
        ("updated_at", "updatedAt"),
        ("actors", "actors"),
    ];
    let mut fields = part::picked(role, &names);
    let policies = role.get("policies").and_then(Json::as_array).into_iter().flatten();
    let policy = |policy: &Json| {
        let tags = policy.get("tags").filter(|t| !t.is_null());
        json!({
            "id": policy.get("id"),
            "role_id": policy.get("roleId"),
            "tenant_id": policy.get("tenantId"),
            "effect": policy.get("allowDeny"),
            "permissions": policy.get("permissions"),
            "resources": policy.get("resources"),
            "tags": tags.map(|t| json!({ "role": t.get("roleV2"), "grants": t.get("grants") })),
        })
    };
    fields.insert("policies", Json::Array(policies.map(policy).collect()));
    fields
}

/// The scopes of permissions, by how they begin, with how their resources begin.
const SCOPES: [(&str, &str); 4] = [
    ("control-plane:organization:", "organization/"),
    ("control-plane:support:", "organization/"),
    ("control-plane:service:", "instance/"),
    ("sql-console:", "instance/"),
];

fn check_policy(c: &mut Checker<'_>, number: usize, policy: &Value) {
    const ABOUT: &[&str] = &["policies"];
    let refuse = |c: &mut Checker<'_>, what: String, detail: &str, help: &str| {
        c.error("HW1055", ABOUT, format!("Policy {number} {what}"), detail, help);
    };
    let texts = |name: &str| policy.get(name).into_iter().flat_map(Value::elements).filter_map(Value::as_str);
    if let Some(effect) = policy.get("effect").and_then(Value::as_str).filter(|e| !["ALLOW", "DENY"].contains(e)) {
        let detail = "A policy gives or takes.";
        refuse(c, format!("has the effect \"{effect}\""), detail, "Write \"ALLOW\" or \"DENY\".");
    }
    let begin = |permission: &str| SCOPES.iter().find(|(begin, _)| permission.starts_with(begin)).map(|(_, of)| *of);
    let scopes: BTreeSet<&str> = texts("permissions").filter_map(begin).collect();
    if scopes.len() > 1 {
        refuse(
            c,
            "mixes permissions on the organization with permissions on services".to_owned(),
            "All permissions of a policy are about one sort of resource.",
            "Write a policy for each sort.",
        );
        return;
    }
    let Some(scope) = scopes.first() else { return };
    if let Some(stray) = texts("resources").find(|resource| !resource.starts_with(scope)) {
        let detail = format!("Its permissions are about resources that begin with `{scope}`.");
        refuse(
            c,
            format!("names the resource `{stray}`, which its permissions are not about"),
            &detail,
            "Correct one of them.",
        );
    } else if texts("resources").any(|resource| resource == "organization/*") {
        refuse(
            c,
            "names all organizations".to_owned(),
            "A key belongs to one organization, and the platform wants its id.",
            "Write organization/ and the id of yours.",
        );
    }
}

/// The policies of a request; nothing while they are not known.
fn policies(f: &mut Fields<'_, '_>) -> Option<Json> {
    let change = f.change;
    if change.get("policies").is_none() {
        return Some(json!([]));
    }
    let policy = |policy: &Value| {
        let list =
            |path: &str| crate::schema::at_path(policy, path).filter(|v| !v.is_null()).and_then(|v| v.to_json().ok());
        let mut wire = json!({
            "allowDeny": list("effect"),
            "permissions": list("permissions"),
            "resources": list("resources"),
        });
        let tags = [("roleV2", list("tags.role")), ("grants", list("tags.grants"))];
        let tags: serde_json::Map<_, _> =
            tags.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if !tags.is_empty() {
            wire["tags"] = Json::Object(tags);
        }
        wire
    };
    Some(Json::Array(f.take("policies", "policies")?.elements().map(policy).collect()))
}

fn create(change: &Change<'_>) -> Call {
    let mut f = Fields::of(change);
    let (name, policies) = (f.text("name", "name"), policies(&mut f));
    let mut body = f.body.finish(&json!({ "actors": [] }));
    if let Json::Object(map) = &mut body.json {
        map.extend(name.map(|name| ("name".to_owned(), Json::from(name))));
        map.extend(policies.map(|policies| ("policies".to_owned(), policies)));
    }
    let mut call = Call::new("create", "organizationRolePost", Method::Post, list().path);
    call.body = Some(body);
    call.identity = BTreeMap::from([("id".to_owned(), "/id".to_owned())]);
    call.shows = Some((list(), String::new()));
    call.writes = change.changed.iter().cloned().collect();
    call
}

fn update(change: &Change<'_>) -> Option<Call> {
    if !change.changes_any(&["name", "policies"]) {
        return None;
    }
    let mut f = Fields::of(change);
    let name = f.text("name", "name").filter(|_| change.changes("name"));
    let policies = change.changes("policies").then(|| policies(&mut f)).flatten();
    let mut body = f.body.finish(&json!({}));
    if let Json::Object(map) = &mut body.json {
        map.extend(name.map(|name| ("name".to_owned(), Json::from(name))));
        map.extend(policies.map(|policies| ("policies".to_owned(), policies)));
    }
    let mut call = Call::new("update", "organizationRolePatch", Method::Patch, path(part::id(change)));
    call.body = Some(body);
    call.shows = Some((list(), String::new()));
    call.writes = change.changed.iter().cloned().collect();
    Some(call)
}
