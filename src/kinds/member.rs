//! The kind `member`: somebody who belongs to the organization, and the roles they have. Members come by invitation.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::body::Fields;
use super::{
    Answers, Change, Effect, EffectSort, Finding, Foresight, Identity, Kind, Listed, Listing, Observed, Operation,
    RuleContext, part, role,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::diag::{Code, Severity};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct Member;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let text = |name, doc| Attribute::computed(name, AttrType::String, doc);
    Schema::new(
        "member",
        1,
        "A member of the organization with all their roles. Members come by `invitation`; destroying the block \
                  removes the member.",
        vec![
            Attribute::required("user_id", AttrType::String, "Id of the user; the data source `user` finds it.")
                .refused("another user is another member"),
            Attribute::optional(
                "assigned_role_ids",
                AttrType::List(Box::new(AttrType::String)),
                "All roles of the member. Leave it out where `role_assignment` blocks name the member.",
            )
            .set_of(Value::clone),
            text("id", "The same as `user_id`."),
            text("name", "Name."),
            text("email", "Mail address."),
            text("joined_at", "When they became a member, in RFC 3339."),
        ],
    )
});

pub(super) fn list() -> Read {
    Read::list("memberGetList", "/v1/organizations/{organizationId}/members")
}

fn path(id: &str) -> String {
    format!("{}/{id}", list().path)
}

/// The member of a list whose user has this id.
pub(super) fn find<'j>(members: &'j Json, user: &str) -> Option<&'j Json> {
    members.as_array()?.iter().find(|member| member.get("userId").and_then(Json::as_str) == Some(user))
}

impl Kind for Member {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn located(&self, values: &Value) -> Identity {
        let id = values.get("user_id").and_then(Value::as_str);
        id.map(|id| Identity::from_iter([("id".to_owned(), id.to_owned())])).unwrap_or_default()
    }

    fn check(&self, _context: &RuleContext<'_>) -> Vec<Finding> {
        Vec::new()
    }

    fn reads(&self, _identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        vec![list()]
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let members = answers.get(&list())?;
        let member = find(&members, identity.get("id")?)?;
        let names =
            [("id", "userId"), ("user_id", "userId"), ("name", "name"), ("email", "email"), ("joined_at", "joinedAt")];
        let mut fields = part::picked(member, &names);
        fields.insert("assigned_role_ids", role::assigned(member));
        Some(Observed { values: part::typed(&SCHEMA, &fields), status: None, usable: true })
    }

    /// Nobody becomes a member by a call.
    fn foresee(&self, change: &Change<'_>) -> Foresight {
        let id = change.get("user_id").and_then(Value::as_str);
        let (Operation::Create, Some(id)) = (change.operation, id) else { return Foresight::default() };
        match change.answers.get(&list()) {
            None => Foresight::Ask(vec![list()]),
            Some(members) if find(&members, id).is_some() => Foresight::default(),
            Some(_) => Foresight::Told(vec![Finding {
                code: Code("HW0632"),
                severity: Severity::Error,
                attributes: ["user_id"].map(str::to_owned).to_vec(),
                beside: Vec::new(),
                summary: "No member of the organization has this id".to_owned(),
                detail: "Nobody becomes a member by a call: people are invited, and accept.".to_owned(),
                help: "Invite them with an `invitation` block, and add this one once they have accepted.".to_owned(),
            }]),
        }
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        if !answers.holds(&list()) {
            return Listing::Ask(vec![list()]);
        }
        let members = answers.get(&list());
        let text = |member: &Json, field: &str| Some(member.get(field)?.as_str()?.to_owned());
        let listed = |member: &Json| {
            let identity = Identity::from_iter([("id".to_owned(), text(member, "userId")?)]);
            Some(Listed::named(identity, text(member, "name").or(text(member, "email")).unwrap_or_default()))
        };
        let members = members.as_deref().and_then(Json::as_array).into_iter().flatten();
        Listing::Found(members.filter_map(listed).collect())
    }

    fn is_listed_by_name_only(&self) -> bool {
        true
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let route = path(part::id(change));
        let mut call = match change.operation {
            Operation::Delete => {
                let mut call = Call::new("remove", "memberDelete", Method::Delete, route);
                call.tolerance = Tolerance::Gone;
                call
            }
            Operation::Create | Operation::Update if !change.changes("assigned_role_ids") => return Vec::new(),
            Operation::Create | Operation::Update => {
                let mut f = Fields::of(change);
                let roles = f.texts("assignedRoleIds", "assigned_role_ids");
                let mut body = f.body.finish(&json!({}));
                if let (Some(roles), Json::Object(map)) = (roles, &mut body.json) {
                    map.insert("assignedRoleIds".to_owned(), Json::from(roles));
                }
                let mut call = Call::new("assign", "memberUpdate", Method::Patch, route);
                call.body = Some(body);
                call
            }
        };
        // The answer may still show the roles of before.
        call.outdates = vec![list()];
        call.writes = change.changed.iter().cloned().collect();
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        match change.operation {
            Operation::Delete => vec![Effect::new(
                EffectSort::Unavailable,
                "the member is removed from the organization; only another invitation brings them back",
            )],
            _ if change.changes("assigned_role_ids") => {
                vec![Effect::new(EffectSort::Unavailable, "the member may do what the roles say from then on")]
            }
            _ => Vec::new(),
        }
    }
}
