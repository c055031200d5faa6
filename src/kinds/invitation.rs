//! The kind `invitation`: somebody who is to become a member. Once it is accepted, the member stands for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::body::Fields;
use super::checker::Checker;
use super::{
    Alike, Answers, Change, Effect, EffectSort, Finding, Identity, Kind, Listed, Listing, Observed, Operation,
    RuleContext, listing, member, part, role,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct Invitation;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let text = |name, doc| Attribute::computed(name, AttrType::String, doc);
    Schema::new(
        "invitation",
        1,
        "An invitation to the organization. Once it is accepted nothing is left to do: the roles of a member are \
                  the business of `role_assignment` or `member`.",
        vec![
            Attribute::required("email", AttrType::String, "Address of whoever is invited; case does not matter.")
                .judged(same_address)
                .replaces(),
            Attribute::optional(
                "assigned_role_ids",
                AttrType::List(Box::new(AttrType::String)),
                "Roles the member will have. Excludes `role`.",
            )
            .set_of(Value::clone)
            .unreported()
            .replaces(),
            Attribute::optional("role", AttrType::String, "`admin` or `developer`. Excludes `assigned_role_ids`.")
                .unreported()
                .replaces()
                .deprecated("assigned_role_ids"),
            text("id", "Id of the invitation."),
            text("created_at", "When it was made, in RFC 3339."),
            text("expire_at", "From when on it cannot be accepted, in RFC 3339."),
        ],
    )
});

/// The platform writes addresses in small letters.
fn same_address(want: &Value, _applied: Option<&Value>, standing: &Value) -> bool {
    let small = |value: &Value| value.as_str().map(str::to_lowercase);
    small(want) == small(standing)
}

const ACCEPTED: &str = "accepted";

fn list() -> Read {
    Read::list("invitationGetList", "/v1/organizations/{organizationId}/invitations")
}

impl Kind for Invitation {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    /// The address: it tells the member once the invitation is accepted.
    fn located(&self, values: &Value) -> Identity {
        let email = values.get("email").and_then(Value::as_str);
        email.map(|email| Identity::from_iter([("email".to_owned(), email.to_lowercase())])).unwrap_or_default()
    }

    /// `ID`, or `ID:ADDRESS` of one that may be accepted already.
    fn identify(&self, id: &str) -> Identity {
        let (id, email) = id.split_once(':').map_or((id, None), |(id, email)| (id, Some(email)));
        let email = email.map(|email| ("email".to_owned(), email.to_lowercase()));
        [("id".to_owned(), id.to_owned())].into_iter().chain(email).collect()
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        if c.text("email").is_some_and(|text| !text.contains('@')) {
            let detail = "An invitation is sent to it.";
            c.error(
                "HW1064",
                &["email"],
                "`email` is no mail address",
                detail,
                "Write for example \"ann@example.com\".",
            );
        }
        c.one_of("HW1064", "role", &["admin", "developer"]);
        if c.set("role") && c.set("assigned_role_ids") {
            let detail = "`role` is the older way to say what `assigned_role_ids` says.";
            c.error("HW1064", &["role", "assigned_role_ids"], "Roles are given twice", detail, "Remove `role`.");
        }
        c.findings
    }

    fn reads(&self, _identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        vec![list(), member::list()]
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let id = identity.get("id")?;
        let names = [("id", "id"), ("email", "email"), ("created_at", "createdAt"), ("expire_at", "expireAt")];
        if let Some(invitation) = answers.item(&list(), id) {
            let mut fields = part::picked(&invitation, &names);
            fields.insert("assigned_role_ids", role::assigned(&invitation));
            return Some(Observed { values: part::typed(&SCHEMA, &fields), status: None, usable: true });
        }
        let email = identity.get("email")?;
        let of =
            |member: &&Json| member.get("email").and_then(Json::as_str).map(str::to_lowercase).as_ref() == Some(email);
        let members = answers.get(&member::list())?;
        let member = members.as_array()?.iter().find(of)?;
        let fields = BTreeMap::from([("id", Json::from(id.as_str())), ("email", json!(member.get("email")))]);
        Some(Observed { values: part::typed(&SCHEMA, &fields), status: Some(ACCEPTED.to_owned()), usable: true })
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        let found = match listing::all(&list(), answers, |_| true, "email") {
            Listing::Found(found) => found,
            other => return other,
        };
        let whole = |listed: Listed| {
            let email = ("email".to_owned(), listed.name.to_lowercase());
            Listed { identity: listed.identity.into_iter().chain([email]).collect(), ..listed }
        };
        Listing::Found(found.into_iter().map(whole).collect())
    }

    fn is_listed_by_name_only(&self) -> bool {
        true
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        match change.operation {
            Operation::Create => vec![create(change)],
            // Everything it says makes another invitation.
            Operation::Update => Vec::new(),
            Operation::Delete if change.status() == Some(ACCEPTED) => Vec::new(),
            Operation::Delete => {
                let path = format!("{}/{}", list().path, part::id(change));
                let mut call = Call::new("delete", "invitationDelete", Method::Delete, path);
                call.tolerance = Tolerance::Gone;
                vec![call]
            }
        }
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let text = match (change.operation, change.status()) {
            (Operation::Create, _) => "a mail with the invitation is sent",
            (Operation::Delete, Some(ACCEPTED)) => "it was accepted: the member stays",
            (Operation::Delete, _) => "the invitation can no longer be accepted",
            (Operation::Update, _) => return Vec::new(),
        };
        vec![Effect::new(EffectSort::Notice, text)]
    }

    fn traits(&self, body: &Json) -> BTreeMap<String, String> {
        let mut traits = super::trace::texts(body, &["email"]);
        traits.values_mut().for_each(|email| *email = email.to_lowercase());
        traits
    }

    fn alike(&self, answer: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
        super::trace::with_texts(answer, traits, "createdAt")
    }
}

fn create(change: &Change<'_>) -> Call {
    let mut f = Fields::of(change);
    let (email, role) = (f.text("email", "email"), f.text("role", "role"));
    let roles = f.texts("assignedRoleIds", "assigned_role_ids");
    // The wire type leaves the deprecated field out.
    let mut body = f.body.finish(&json!({}));
    if let Json::Object(map) = &mut body.json {
        map.extend(email.map(|email| ("email".to_owned(), Json::from(email))));
        map.extend(role.map(|role| ("role".to_owned(), Json::from(role))));
        map.extend(roles.map(|ids| ("assignedRoleIds".to_owned(), Json::from(ids))));
    }
    let mut call = Call::new("create", "invitationCreate", Method::Post, list().path);
    call.body = Some(body);
    call.identity = BTreeMap::from([("id".to_owned(), "/id".to_owned())]);
    call.shows = Some((list(), String::new()));
    call.writes = change.changed.iter().cloned().collect();
    call
}
