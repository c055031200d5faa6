//! The vCPUs that an account has to have for the services in an infrastructure, by ClickHouse's formula.
//!
//! Must not know what the account has: nobody is asked, and the configuration may say it.

use crate::diag::Severity;
use crate::kinds::checker::Checker;
use crate::kinds::service::cloud_of;
use crate::kinds::{Among, Finding, Neighbour, RuleContext, warehouses};

/// What the account's quota has to be for these vCPUs of servers and so many services; none where no formula is known.
fn needed(cloud: &str, servers: i64, services: i64) -> Option<i64> {
    // Half as much again, for replicas that join before others leave.
    let exchanged = servers + (servers + 1) / 2;
    match cloud {
        // What the cluster itself runs on.
        "aws" => Some(exchanged + 100),
        // The system's nodes, and the keepers of each service.
        "gcp" => Some(exchanged + 16 + 12 * services),
        _ => None,
    }
}

/// The vCPUs of the node that a replica of so many GB has to itself: nodes have 16 vCPUs for 64 GB, of which the system
/// takes a part.
fn vcpus(memory: i64) -> i64 {
    const STEP: i64 = 64;
    const SYSTEM: i64 = 12;
    (memory + SYSTEM + STEP - 1) / STEP * 16
}

pub(super) fn check<'a>(context: &RuleContext<'_>, this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    let (Some(id), Some(cloud)) = (this.gives("id"), c.text("region_id").and_then(cloud_of)) else { return c.findings };
    let services = among.with("service", "byoc_id", id);
    let peak = |service: &Neighbour<'_>| {
        let (replicas, memory) = warehouses::peak(service, among);
        replicas.saturating_mul(vcpus(memory))
    };
    let servers = services.iter().map(peak).fold(0, i64::saturating_add);
    let count = i64::try_from(services.len()).unwrap_or(i64::MAX);
    let Some(needed) = needed(cloud, servers, count).filter(|_| count > 0) else { return c.findings };
    let detail = format!(
        "The services in it have {servers} vCPUs at their peak; ClickHouse asks for half as much again, and what the \
         cluster itself needs."
    );
    match c.number("vcpu_quota") {
        Some(quota) if quota < needed as f64 => {
            let summary = format!("The account's quota of {quota} vCPUs is too small: {needed} are needed");
            let help = format!("Have {cloud} raise the quota for the account and region, or ask for smaller services.");
            c.warn("HW1057", &["vcpu_quota"], summary, detail, help);
        }
        Some(_) => {}
        None if c.set("vcpu_quota") => {}
        None => {
            let summary =
                format!("The account needs a quota of {needed} vCPUs in the region; whether it has that is unverified");
            let help = "Compare it with the quotas of the account, and write the quota as vcpu_quota: then it is held against it.";
            c.report(Severity::Note, "HW1057", &["account_id"], [summary, detail, help.to_owned()]);
        }
    }
    c.findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_those_of_the_usual_sizes() {
        assert_eq!([48, 116, 172, 232].map(vcpus), [16, 32, 48, 64]);
    }

    #[test]
    fn quotas_follow_the_formulas() {
        assert_eq!(needed("aws", 64, 2), Some(196));
        assert_eq!(needed("gcp", 64, 2), Some(136));
        assert_eq!(needed("azure", 64, 2), None);
    }
}
