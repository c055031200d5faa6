//! The kind `byoc_infrastructure`: a ClickHouse data plane in an account of the customer.

mod calls;
mod capacity;
pub(super) mod observe;
mod preflight;
mod rules;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{
    Alike, Among, Answers, Change, Effect, EffectSort, Finding, Foresight, Holder, Identity, Kind, Listed, Listing,
    Neighbour, Observed, Operation, RuleContext, listing, trace,
};
use crate::call::{Call, Read, Wait};
use crate::lang::value::Value;
use crate::schema::Schema;

pub struct ByocInfrastructure;

const READY: &str = "infra-ready";
const DEGRADED: &str = "infra-degraded";
const UPGRADING: &str = "infra-upgrading";
const PROVISIONING: &str = "infra-provisioning";
const TERMINATING: &str = "infra-terminating";
const TERMINATED: &str = "infra-terminated";

impl Kind for ByocInfrastructure {
    fn schema(&self) -> &'static Schema {
        &schema::SCHEMA
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        rules::check(context)
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        capacity::check(context, this, among)
    }

    fn reads(&self, identity: &Identity, wanted: &BTreeSet<&str>) -> Vec<Read> {
        observe::reads(identity, wanted)
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        observe::observe(identity, answers)
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        let there = |item: &Json| !matches!(item.get("state").and_then(Json::as_str), Some(TERMINATED | TERMINATING));
        match listing::all(&observe::list(), answers, there, "displayName") {
            Listing::Found(found) => {
                Listing::Found(found.into_iter().map(|l| Listed { details: vec!["tags"], ..l }).collect())
            }
            other => other,
        }
    }

    fn foresee(&self, change: &Change<'_>) -> Foresight {
        preflight::foresee(change)
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        calls::calls(change)
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let lost = |text: &str| Effect::new(EffectSort::Unavailable, text);
        let off = |name: &str| change.changes(name) && change.get(name).and_then(Value::as_bool) == Some(false);
        match change.operation {
            Operation::Create => {
                vec![Effect::new(
                    EffectSort::Notice,
                    "building it takes 30 to 90 minutes; the wait can be gone on with",
                )]
            }
            Operation::Delete => vec![Effect::new(
                EffectSort::DataLoss,
                "everything that ClickHouse made in the account for it is removed; this cannot be undone",
            )],
            Operation::Update => {
                let switches = [
                    ("enable_public_load_balancer", "its services can no longer be reached over the internet"),
                    ("enable_private_load_balancer", "its services can no longer be reached from inside its VPC"),
                    ("enable_private_link", "its services can no longer be reached by private link"),
                ];
                switches.into_iter().filter(|(name, _)| off(name)).map(|(_, text)| lost(text)).collect()
            }
        }
    }

    fn resume(&self, change: &Change<'_>) -> Option<Wait> {
        calls::resume(change)
    }

    fn progress(&self, answer: &Json) -> Option<String> {
        observe::progress(answer)
    }

    /// After the services in it.
    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        let id = observed.get("id").and_then(Value::as_str);
        id.map(|id| (format!("byoc {id}"), 1)).into_iter().collect()
    }

    fn holders(&self, identity: &Identity, answers: &dyn Answers) -> Vec<Holder> {
        observe::services(identity, answers)
    }

    fn further_reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Vec<Read> {
        observe::marks(identity, answers)
    }

    fn carries_mark(&self) -> bool {
        true
    }

    fn mark_read(&self, id: &str) -> Option<Read> {
        Some(observe::tags(id))
    }

    fn mark(&self, id: &str, answers: &dyn Answers) -> Option<String> {
        observe::mark(id, answers)
    }

    fn traits(&self, body: &Json) -> BTreeMap<String, String> {
        trace::texts(body, &["accountId", "regionId"])
    }

    fn alike(&self, answer: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
        observe::alike(answer, traits)
    }
}
