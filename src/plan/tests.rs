//! The three-way diff on the kind there is: what changes, what is only noted, what is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::{ActionKind, Desired, PlannedInstance, Prior, Request, plan_deletion, plan_instance};
use crate::address::Address;
use crate::kinds::{self, Identity, Kind, Observed};
use crate::lang::value::{Type, Value};

fn kind() -> &'static dyn Kind {
    kinds::find("service").expect("the kind exists")
}

fn object(json: &Json) -> Value {
    let of = |a: &crate::schema::Attribute| {
        let ty = a.ty.to_type();
        Value::from_json_typed(json.get(a.name).unwrap_or(&Json::Null), &ty).expect("of the schema's type")
    };
    Value::object(kind().schema().attributes.iter().map(|a| (a.name.into(), of(a))).collect())
}

fn desired(json: &Json) -> Desired {
    Desired {
        address: Address::root("service", "x"),
        values: object(json),
        sensitive: BTreeSet::new(),
        shared: BTreeSet::new(),
        ignored: BTreeSet::new(),
        protect: None,
        cloud: String::new(),
        dependencies: Vec::new(),
    }
}

fn prior(applied: &Json, observed: &Json) -> Prior {
    Prior {
        identity: Identity::from_iter([("id".to_owned(), "i".to_owned())]),
        applied: object(applied),
        fingerprints: BTreeMap::new(),
        observed: Some(Observed { values: object(observed), status: Some("running".to_owned()), usable: true }),
        protected: false,
        settled: true,
        renews: false,
        cloud: String::new(),
        dependencies: Vec::new(),
    }
}

fn plan(desired: &Desired, prior: &Prior) -> PlannedInstance {
    let fingerprint = |secret: &str| format!("print of {secret}");
    let request = Request { replace: None, ownership: &|| None, fingerprint: &fingerprint, answers: &kinds::Unasked };
    plan_instance(kind(), desired, Some(prior), &request)
}

/// Paths that change, calls, and whether something is recorded.
fn summary(planned: &PlannedInstance) -> (Vec<&str>, Vec<&str>, bool) {
    let paths = planned.action.attributes.iter().map(|a| a.path.as_str()).collect();
    let calls = planned.action.apply.iter().map(|c| c.step.as_str()).collect();
    (paths, calls, planned.action.records)
}

#[test]
fn desired_and_observed_decide_and_applied_only_notes() {
    let (two, three) = (json!({ "num_replicas": 2 }), json!({ "num_replicas": 3 }));
    let settled = plan(&desired(&three), &prior(&three, &three));
    assert_eq!((summary(&settled), settled.action.kind), ((vec![], vec![], false), ActionKind::NoOp));
    // Somebody made by hand what the configuration now says.
    let followed = plan(&desired(&three), &prior(&two, &three));
    assert_eq!(summary(&followed), (vec![], vec![], true));
    assert_eq!(followed.action.drift.len(), 1);
    // Somebody changed what the configuration says.
    let drifted = plan(&desired(&two), &prior(&two, &three));
    assert_eq!(summary(&drifted), (vec!["num_replicas"], vec!["scale"], false));
    assert_eq!(drifted.action.drift.len(), 1);
    // Only the configuration changed: that is no drift.
    let pending = plan(&desired(&three), &prior(&two, &two));
    assert_eq!(summary(&pending), (vec!["num_replicas"], vec!["scale"], false));
    assert_eq!(pending.action.drift, []);
}

#[test]
fn what_was_never_written_is_nobodys_business() {
    let observed = json!({ "num_replicas": 3, "tags": { "a": "b" }, "idle_scaling": true });
    let planned = plan(&desired(&json!({})), &prior(&json!({}), &observed));
    assert_eq!(summary(&planned), (vec![], vec![], false));
    assert!(!planned.action.is_change());
    assert_eq!(planned.value.get("num_replicas").and_then(Value::as_i64), Some(3), "references see what is there");
}

#[test]
fn a_removed_line_releases_or_resets() {
    let stated = json!({ "num_replicas": 3, "tags": { "a": "b" } });
    let planned = plan(&desired(&json!({})), &prior(&stated, &stated));
    assert_eq!(summary(&planned), (vec!["tags"], vec!["update"], false));
    assert_eq!(planned.action.state_changes.len(), 1, "{:?}", planned.action.state_changes);
    assert!(planned.action.state_changes[0].contains("num_replicas is released"));
}

#[test]
fn shared_lists_leave_foreign_entries_alone() {
    let entry = |s: &str| json!({ "source": s });
    let mine = json!({ "ip_access": [entry("10.0.0.1")] });
    let both = json!({ "ip_access": [entry("10.0.0.1/32"), entry("10.9.9.9")] });
    let mut wish = desired(&mine);
    assert_eq!(summary(&plan(&wish, &prior(&mine, &both))).0, ["ip_access"], "whole lists are whole");
    wish.shared.insert("ip_access".to_owned());
    let shared = plan(&wish, &prior(&mine, &both));
    assert_eq!(summary(&shared), (vec![], vec![], false));
    assert_eq!(shared.action.notes.len(), 1);
    // Ours goes, the foreign one stays.
    let mut none = desired(&json!({ "ip_access": [] }));
    none.shared.insert("ip_access".to_owned());
    let planned = plan(&none, &prior(&mine, &both));
    let body = planned.action.apply[0].body.as_ref().map(|b| b.json.clone()).unwrap_or_default();
    assert_eq!(body, json!({ "ipAccessList": { "add": [], "remove": [{ "source": "10.0.0.1/32" }] } }));
}

#[test]
fn ignored_attributes_do_not_change() {
    let mut wish = desired(&json!({ "num_replicas": 3, "idle_scaling": false }));
    wish.ignored.insert("num_replicas".to_owned());
    let there = json!({ "num_replicas": 2, "idle_scaling": true });
    assert_eq!(summary(&plan(&wish, &prior(&there, &there))).0, ["idle_scaling"]);
}

#[test]
fn an_unknown_value_of_what_cannot_change_is_refused() {
    let there = json!({ "warehouse_id": "w" });
    let mut wish = desired(&there);
    let mut values: BTreeMap<_, _> = wish.values.entries().map(|(k, v)| (k.clone(), v.clone())).collect();
    values.insert("warehouse_id".into(), Value::unknown(Type::String));
    wish.values = Value::object(values);
    let planned = plan(&wish, &prior(&there, &there));
    assert_eq!(planned.refused.iter().map(|(a, _)| a.as_str()).collect::<Vec<_>>(), ["warehouse_id"]);
}

#[test]
fn secrets_are_compared_by_fingerprint_and_never_planned() {
    let wish = desired(&json!({ "password": "one" }));
    let mut known = prior(&json!({}), &json!({}));
    let planned = plan(&wish, &known);
    assert_eq!(summary(&planned).1, ["password"]);
    assert!(!format!("{:?}", planned.action).contains("one\""), "the plan holds the secret");
    known.fingerprints.insert("password".to_owned(), "print of one".to_owned());
    assert_eq!(summary(&plan(&wish, &known)), (vec![], vec![], false));
    known.fingerprints.insert("password".to_owned(), "print of two".to_owned());
    assert_eq!(summary(&plan(&wish, &known)).1, ["password"]);
}

#[test]
fn an_unfinished_creation_is_gone_on_with() {
    let there = json!({ "num_replicas": 3 });
    let mut unfinished = prior(&there, &there);
    unfinished.settled = false;
    if let Some(observed) = &mut unfinished.observed {
        observed.status = Some("provisioning".to_owned());
    }
    let planned = plan(&desired(&there), &unfinished);
    assert_eq!(planned.action.kind, ActionKind::Update);
    assert!(planned.action.resume.is_some() && planned.action.apply.is_empty());
}

#[test]
fn deletion_stops_what_runs_and_forgets_what_is_gone() {
    let address = Address::root("service", "x");
    let mut there = prior(&json!({}), &json!({}));
    let steps = |prior: &Prior| {
        let action = plan_deletion(kind(), &address, prior, "its block was removed", &kinds::Unasked);
        (action.kind, action.destroy.iter().map(|c| c.step.clone()).collect::<Vec<_>>())
    };
    assert_eq!(steps(&there), (ActionKind::Delete, vec!["stop".to_owned(), "delete".to_owned()]));
    if let Some(observed) = &mut there.observed {
        observed.status = Some("stopped".to_owned());
    }
    assert_eq!(steps(&there).1, ["delete"]);
    there.observed = None;
    assert_eq!(steps(&there), (ActionKind::Forget, vec![]));
}
