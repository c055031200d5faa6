//! The kind `service`: a ClickHouse Cloud service with everything the API lets one say about it.

mod calls;
mod effects;
pub(super) mod existing;
pub(super) mod observe;
mod profiles;
mod rules;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::call::{Call, Read, Wait};
use crate::kinds::part::path;
use crate::kinds::{
    Alike, Among, Answers, Change, Effect, Finding, Foresight, Holder, Identity, Kind, Listing, Neighbour, Observed,
    OwnDoing, RuleContext,
};
use crate::lang::value::Value;
use crate::schema::Schema;

pub(super) use calls::ip_entries;
pub(super) use rules::{REGIONS, cloud_of};
pub(super) use schema::{ip_entry_attributes, same_ip_entry};

pub struct Service;

/// The key of the tag that marks a service as one of ours. Its value is the call id of the creation.
pub const OWNERSHIP_TAG: &str = "housewright";

/// States in which a service can be used. Idle counts as up: the first query wakes it.
const UP: [&str; 4] = ["running", "idle", "partially_running", "awaking"];

/// States of a service that is stopped, or about to be.
const DOWN: [&str; 2] = ["stopped", "stopping"];

pub(super) fn list() -> Read {
    Read::list("instanceGetList", "/v1/organizations/{organizationId}/services")
}

/// A service in the list, unless it is gone.
pub(super) fn service_of(identity: &Identity, answers: &dyn Answers) -> Option<crate::kinds::Item> {
    let service = answers.item(&list(), identity.get("id")?)?;
    let state = service.get("state").and_then(serde_json::Value::as_str);
    (!matches!(state, Some("terminated" | "softdeleted"))).then_some(service)
}

impl Kind for Service {
    fn schema(&self) -> &'static Schema {
        &schema::SCHEMA
    }

    fn named_by(&self) -> Option<&'static str> {
        Some("name")
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        rules::check(context)
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        rules::among::check(context, this, among)
    }

    fn refuses(&self, attribute: &str, before: &Value, after: &Value) -> Option<&'static str> {
        let legacy = |v: &Value| v.as_str().is_some_and(|t| rules::LEGACY_TIERS.contains(&t));
        (attribute == "tier" && before != after && (legacy(before) || legacy(after)))
            .then_some("a legacy tier is fixed when the service is created")
    }

    fn reads(&self, identity: &Identity, wanted: &BTreeSet<&str>) -> Vec<Read> {
        observe::reads(identity, wanted)
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        observe::observe(identity, answers)
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        calls::calls(change)
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        effects::effects(change)
    }

    fn resume(&self, change: &Change<'_>) -> Option<Wait> {
        calls::resume(change)
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        let text = |name: &str| observed.get(name).and_then(Value::as_str);
        let primary = observed.get("is_primary").and_then(Value::as_bool).unwrap_or(true);
        let warehouse = text("warehouse_id").map(|id| (format!("warehouse {id}"), u32::from(primary)));
        // Before it, what hangs on it; after it, what it runs in.
        let parts = text("id").map(|id| (format!("service {id}"), 1));
        let infrastructure = text("byoc_id").map(|id| (format!("byoc {id}"), 0));
        warehouse.into_iter().chain(parts).chain(infrastructure).collect()
    }

    fn holders(&self, identity: &Identity, answers: &dyn Answers) -> Vec<Holder> {
        observe::secondaries(identity, answers)
    }

    fn carries_mark(&self) -> bool {
        true
    }

    fn recognise(&self, answer: &serde_json::Value, ownership: &str) -> Option<Identity> {
        observe::recognise(answer, ownership)
    }

    fn traits(&self, body: &serde_json::Value) -> BTreeMap<String, String> {
        observe::traits(body)
    }

    fn alike(&self, answer: &serde_json::Value, traits: &BTreeMap<String, String>) -> Vec<Alike> {
        observe::alike(answer, traits)
    }

    fn confirmation(&self, identity: &Identity) -> Option<(Read, Read)> {
        identity.get("id").map(|id| (observe::alone(id), list()))
    }

    fn foresee(&self, change: &Change<'_>) -> Foresight {
        profiles::foresee(change)
    }

    fn renewal(&self, change: &Change<'_>) -> Vec<Call> {
        calls::renewal(change)
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        existing::list(answers)
    }

    fn is_usual(&self, path: &str, observed: &Observed) -> bool {
        existing::is_usual(path, observed)
    }

    fn referred_by(&self, observed: &Observed) -> Vec<&'static str> {
        existing::referred_by(observed)
    }

    fn own_doing(&self, identity: &Identity, answers: &dyn Answers) -> Vec<OwnDoing> {
        existing::own_doing(identity, answers)
    }

    fn terraform_attributes(
        &self,
        attributes: serde_json::Map<String, serde_json::Value>,
    ) -> serde_json::Map<String, serde_json::Value> {
        existing::terraform_attributes(attributes)
    }

    fn secret_advice(&self, identity: &Identity, api: Option<&str>) -> Option<String> {
        let id = identity.get("id")?;
        let another = api.map(|api| {
            format!(
                ", or have another one made with: curl -X PATCH -u \"$CLICKHOUSE_CLOUD_API_KEY:$CLICKHOUSE_CLOUD_API_SECRET\" \
                 -H 'content-type: application/json' -d '{{}}' \
                 {api}/v1/organizations/$CLICKHOUSE_ORG_ID/services/{id}/password"
            )
        });
        Some(format!(
            "the platform made up a password for the user `default`; set one with `password` or `password_wo` in the block{}",
            another.unwrap_or_default()
        ))
    }
}
