//! The kind `role_assignment`: who has a role, be it one of the system or of the organization.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::body::Fields;
use super::{
    Answers, Change, Effect, EffectSort, Finding, Identity, Kind, Listing, Observed, Operation, RuleContext, listing,
    part, role,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct RoleAssignment;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let ids = |name, doc| {
        Attribute::optional(name, AttrType::List(Box::new(AttrType::String)), doc)
            .set_of(Value::clone)
            .resets_to("nobody of them")
    };
    Schema::new(
        "role_assignment",
        1,
        "Who has a role: all its users, all its keys, or both. What is left out is not managed.",
        vec![
            Attribute::required("role_id", AttrType::String, "Id of the role.").replaces(),
            ids("user_ids", "Ids of the members that have it, all of them."),
            ids("api_key_ids", "Ids of the API keys that have it, all of them."),
            Attribute::computed("id", AttrType::String, "The same as `role_id`: a role has one assignment."),
        ],
    )
});

/// The lists of actors, with how the API writes their names.
const ACTORS: [(&str, &str); 2] = [("user_ids", "user/"), ("api_key_ids", "apiKey/")];

impl Kind for RoleAssignment {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn located(&self, values: &Value) -> Identity {
        let id = values.get("role_id").and_then(Value::as_str);
        id.map(|id| Identity::from_iter([("id".to_owned(), id.to_owned())])).unwrap_or_default()
    }

    fn check(&self, _context: &RuleContext<'_>) -> Vec<Finding> {
        Vec::new()
    }

    fn reads(&self, _identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        vec![role::list()]
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let role = answers.item(&role::list(), identity.get("id")?)?;
        let mut fields = part::picked(&role, &[("id", "id"), ("role_id", "id")]);
        for (attribute, begin) in ACTORS {
            let actors = role.get("actors").and_then(Json::as_array).into_iter().flatten();
            let ids = actors.filter_map(|a| a.as_str()?.strip_prefix(begin).map(Json::from));
            fields.insert(attribute, Json::Array(ids.collect()));
        }
        Some(Observed { values: part::typed(&SCHEMA, &fields), status: None, usable: true })
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let mut f = Fields::of(change);
        let actors: Option<Vec<String>> = ACTORS
            .into_iter()
            .map(|(attribute, begin)| Some(ids(&mut f, attribute)?.into_iter().map(move |id| format!("{begin}{id}"))))
            .collect::<Option<Vec<_>>>()
            .map(|lists| lists.into_iter().flatten().collect());
        let mut body = f.body.finish(&json!({}));
        if let (Some(actors), Json::Object(map)) = (actors, &mut body.json) {
            map.insert("actors".to_owned(), Json::from(actors));
        }
        let step = if change.operation == Operation::Delete { "take away" } else { "assign" };
        let mut call = Call::new(step, "organizationRolePatch", Method::Patch, role::path(part::id(change)));
        call.body = Some(body);
        call.shows = Some((role::list(), String::new()));
        call.writes = change.changed.iter().cloned().collect();
        if change.operation == Operation::Delete {
            // With the role everything about it is gone.
            call.tolerance = Tolerance::Gone;
        }
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let leaving = ACTORS.iter().any(|(attribute, _)| {
            let stays: Vec<&Value> = change.get(attribute).into_iter().flat_map(Value::elements).collect();
            let concerned = change.operation == Operation::Delete || change.changes(attribute);
            concerned && change.current(attribute).into_iter().flat_map(Value::elements).any(|id| !stays.contains(&id))
        });
        let text = "members or keys lose the role, and what it gives";
        if leaving { vec![Effect::new(EffectSort::Unavailable, text)] } else { Vec::new() }
    }

    /// Of the roles that somebody has, be they the platform's or the organization's.
    fn list(&self, answers: &dyn Answers) -> Listing {
        let is_given = |role: &Json| role.get("actors").and_then(Json::as_array).is_some_and(|a| !a.is_empty());
        listing::all(&role::list(), answers, is_given, "name")
    }

    fn is_listed_by_name_only(&self) -> bool {
        true
    }

    /// Before the role.
    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        let id = observed.get("role_id").and_then(Value::as_str);
        id.map(|id| (format!("role {id}"), 0)).into_iter().collect()
    }
}

/// Who is to have the role, of one sort; nothing while that is not known. Those that are not managed keep it.
fn ids(f: &mut Fields<'_, '_>, attribute: &str) -> Option<BTreeSet<String>> {
    let change = f.change;
    let texts = |list: Option<&Value>| -> BTreeSet<String> {
        list.into_iter().flat_map(Value::elements).filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let applied = crate::schema::at_path(change.applied, attribute).filter(|v| !v.is_null());
    let (there, ours) = (texts(change.current(attribute)), texts(applied));
    let wanted = match change.get(attribute) {
        Some(_) => texts(Some(f.take("actors", attribute)?)),
        // It was never managed, or somebody else's part of it stays.
        None => return Some(there.difference(&ours).cloned().collect()),
    };
    let foreign = there.difference(&ours).filter(|_| change.shared.contains(attribute)).cloned();
    Some(foreign.chain(wanted.iter().cloned()).collect())
}
