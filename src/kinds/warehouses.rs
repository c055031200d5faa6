//! What a warehouse's services have together, as a configuration states it, and how much of that is allowed.

use serde_json::Value as Json;

use super::checker::Checker;
use super::{Among, Neighbour};
use crate::call::Read;
use crate::lang::value::Value;

/// Replicas that the services of one warehouse may have together, unless the organization has another limit (the
/// platform's usage limits).
const USUAL_REPLICAS: i64 = 50;

/// Services an organization may have, unless it has another limit (the platform's usage limits).
const USUAL_SERVICES: i64 = 20;

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    pub value: i64,
    /// Whether the organization's own limit was read, or the usual one stands in for it.
    pub certain: bool,
}

fn quotas() -> Read {
    Read::list("organizationQuotasGetList", "/v1/organizations/{organizationId}/quotas")
}

/// The limit of that code: the organization's own where a data source read it, else the usual one; none where the
/// organization has no such limit.
fn limit(usual: i64, code: &str, among: &Among<'_>) -> Option<Quota> {
    let answer = among.answer(&quotas());
    let list = answer.as_deref().and_then(Json::as_array);
    let value = list.and_then(|l| l.iter().find(|q| q.get("quotaCode").and_then(Json::as_str) == Some(code)));
    let value = value.and_then(|q| q.get("value")).and_then(Json::as_i64);
    let quota = Quota { value: value.unwrap_or(usual), certain: value.is_some() };
    // An organization without such a limit is told by a list that does not name it.
    let unlimited = list.is_some() && value.is_none();
    (!unlimited).then_some(quota)
}

/// The limit of replicas of one warehouse, when so many exceed it.
pub(super) fn exceeded(replicas: i64, among: &Among<'_>) -> Option<Quota> {
    limit(USUAL_REPLICAS, "replicas-per-warehouse", among).filter(|quota| replicas > quota.value)
}

/// The limit of services of the organization.
pub(super) fn services(among: &Among<'_>) -> Option<Quota> {
    limit(USUAL_SERVICES, "services-per-organization", among)
}

impl Quota {
    /// An error where the limit is certain, a warning where it is the usual one.
    pub fn report(self, c: &mut Checker<'_>, attributes: &[&str], summary: String) {
        let value = self.value;
        if self.certain {
            let detail = format!("The organization's limit is {value}, and the platform would refuse it.");
            c.error("HW1056", attributes, summary, detail, "Ask for less, or have ClickHouse support raise the limit.");
        } else {
            let detail = format!(
                "The usual limit is {value}. Whether this organization has another one is not known; with a block data \
                 \"quotas\" \"all\" {{}} it is read."
            );
            c.warn("HW1056", attributes, summary, detail, "Ask for less, or have ClickHouse support raise the limit.");
        }
    }
}

/// Most replicas that a service has by itself.
pub(super) fn replicas(service: &Neighbour<'_>) -> i64 {
    let count = |name: &str| service.gives(name).and_then(Value::as_i64);
    count("num_replicas").or_else(|| count("max_replicas")).unwrap_or(1)
}

/// All services of a service's warehouse that the configuration states, itself among them.
pub(super) fn members<'a>(service: &Neighbour<'a>, among: &Among<'a>) -> Vec<Neighbour<'a>> {
    let warehouse = service.gives("warehouse_id");
    let found = warehouse.map(|id| among.with("service", "warehouse_id", id)).unwrap_or_default();
    if found.is_empty() { vec![*service] } else { found }
}

/// Replicas and memory of one that a service has at most, a window of its schedule counted.
pub(super) fn peak(service: &Neighbour<'_>, among: &Among<'_>) -> (i64, i64) {
    let bound = |name: &str| service.gives(name).and_then(Value::as_i64).unwrap_or(0);
    let own = (replicas(service), bound("max_replica_memory_gb").max(bound("min_replica_memory_gb")));
    let id = service.gives("id");
    let schedules = id.map(|id| among.with("service_scheduled_scaling", "service_id", id)).unwrap_or_default();
    let windows = schedules.iter().filter_map(|s| s.states("entries")).flat_map(Value::elements);
    let most = |(count, memory): (i64, i64), window: &Value| {
        let number = |name: &str| window.get(name).and_then(Value::as_i64).unwrap_or(0);
        (count.max(number("max_replicas")), memory.max(number("max_replica_memory_gb")))
    };
    windows.fold(own, most)
}
