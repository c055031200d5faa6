//! The rules of a peering that rest on what was read: both networks; and the step that only ClickHouse support can take.

use super::AWS;
use super::networks::{self, Missing, Route, Side};
use super::observe::{both, is_dead};
use crate::diag::{Code, Severity};
use crate::kinds::{Answers, Finding, Identity, ec2};
use crate::lang::value::Value;

/// The step that no call can take.
pub(super) const GATE: &str = "by hand: connections pass only once ClickHouse support has opened the security group of the private load balancer; the request to send is in a warning of each plan";

/// What was read about both networks, held against what is stated.
pub(super) fn examine(desired: &Value, identity: &Identity, answers: &dyn Answers) -> Vec<Finding> {
    let mut findings = missing(desired, identity, answers);
    let Some((here, there)) = both(desired, identity, answers) else { return findings };
    findings.extend(overlapping(&here, &there));
    findings.extend(taken(desired, identity, answers, &here, &there));
    findings.extend(unknown_tables(desired, &here, &there));
    findings.extend(gate(desired, &here, &there));
    findings
}

fn finding(
    severity: Severity,
    code: &'static str,
    attributes: &[&'static str],
    [summary, detail, help]: [String; 3],
) -> Finding {
    let attributes = attributes.iter().map(ToString::to_string).collect();
    Finding { code: Code(code), severity, attributes, beside: Vec::new(), summary, detail, help }
}

fn missing(desired: &Value, identity: &Identity, answers: &dyn Answers) -> Vec<Finding> {
    let mut findings = Vec::new();
    let texts = |summary: String, detail: &str, help: &str| [summary, detail.to_owned(), help.to_owned()];
    if let Some(place) = ec2::noted(identity, AWS)
        && let Err(Missing::Vpc { range, found }) = networks::vpc(desired, &place, answers)
        && (found.len() > 1 || is_ready(desired, answers))
    {
        let summary = match found.as_slice() {
            [] => "The infrastructure's VPC is not found in its account".to_owned(),
            several => format!("{} VPCs may be the infrastructure's: {}", several.len(), several.join(", ")),
        };
        let detail = format!("It is looked for in {} by the tag clickhouse-byoc and the range {range}.", place.region);
        findings.push(finding(
            Severity::Error,
            "HW1213",
            &["byoc_id"],
            texts(summary, &detail, "Say which it is with vpc_id, or check the account that `aws` enters."),
        ));
    }
    let peer = desired.get("peer_vpc_id").and_then(Value::as_str);
    if let (Some(place), Some(vpc)) = (ec2::noted(identity, super::PEER_AWS), peer)
        && answers.get(&ec2::vpcs(&place, "vpc-id", vpc)).is_some_and(|list| list.as_array().is_some_and(Vec::is_empty))
    {
        let summary = format!("There is no VPC {vpc} in {} of that account", place.region);
        let detail = "The credentials of peer_aws do not see it there.";
        findings.push(finding(
            Severity::Error,
            "HW1213",
            &["peer_vpc_id", "peer_aws"],
            texts(summary, detail, "Check the id, the region and the account."),
        ));
    }
    findings
}

fn is_ready(desired: &Value, answers: &dyn Answers) -> bool {
    let details =
        desired.get("byoc_id").and_then(Value::as_str).and_then(|id| answers.get(&networks::infrastructure(id)));
    details.is_some_and(|d| ec2::text(&d, "/state") == Some("infra-ready"))
}

fn overlapping(here: &Side, there: &Side) -> Option<Finding> {
    let pairs = || here.ranges.iter().flat_map(|one| there.ranges.iter().map(move |other| (one, other)));
    let (one, other) = pairs().find(|(one, other)| ec2::overlap(one, other))?;
    Some(finding(Severity::Error, "HW1214", &["peer_vpc_id"], [
        format!("The networks overlap: {one} and {other}"),
        format!("{} is the infrastructure's VPC, {} the other. AWS refuses a peering of networks with common addresses.", here.vpc, there.vpc),
        "Peer another VPC. The range of an infrastructure cannot be changed: where it has to be another, a new infrastructure is needed.".to_owned(),
    ]))
}

/// Routes that lead elsewhere already: they are somebody's, and are not taken over.
fn taken(desired: &Value, identity: &Identity, answers: &dyn Answers, here: &Side, there: &Side) -> Vec<Finding> {
    let own = identity.get("id").map(String::as_str);
    let sides = [(here, there, "route_table_ids"), (there, here, "peer_route_table_ids")];
    let of = |(side, other, named): (&Side, &Side, &'static str)| {
        let wanted = side.wanted(desired.get(named), &other.ranges);
        let elsewhere = |route: &Route| {
            let to = side.leads(route).filter(|to| Some(to.as_str()) != own && !is_dead(to, identity, answers))?;
            let summary = format!("{} already leads {} to {to}", route.table, route.range);
            let help = format!("Remove that route, or name the tables that are to get routes in {named}.");
            let texts = [summary, "The peering needs this route, and does not take another's over.".to_owned(), help];
            Some(finding(Severity::Error, "HW1215", &[named], texts))
        };
        wanted.iter().filter_map(elsewhere).collect::<Vec<_>>()
    };
    sides.into_iter().flat_map(of).collect()
}

fn unknown_tables(desired: &Value, here: &Side, there: &Side) -> Vec<Finding> {
    let of = |(side, named): (&Side, &'static str)| {
        let has = |id: &&str| side.tables.iter().any(|t| ec2::text(t, "/id") == Some(id));
        let stated = desired.get(named).into_iter().flat_map(Value::elements).filter_map(Value::as_str);
        let wrong: Vec<&str> = stated.filter(|id| !has(id)).collect();
        (!wrong.is_empty()).then(|| {
            let summary = format!("{} has no route table {}", side.vpc, wrong.join(", "));
            let texts = [
                summary,
                "Routes are made in tables of the VPC alone.".to_owned(),
                "Name tables of the VPC, or leave the attribute out for all of them.".to_owned(),
            ];
            finding(Severity::Error, "HW1216", &[named], texts)
        })
    };
    [(here, "route_table_ids"), (there, "peer_route_table_ids")].into_iter().filter_map(of).collect()
}

/// The request for the one step that only ClickHouse support can take, until somebody says that it is done.
fn gate(desired: &Value, here: &Side, there: &Side) -> Option<Finding> {
    if desired.get("security_group_opened").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let byoc = desired.get("byoc_id").and_then(Value::as_str).unwrap_or_default();
    let request = format!(
        "Please open the security group of the private load balancer of our BYOC infrastructure {byoc} (VPC {}, {}) for TCP 443, 8443 and 9440 from {}.",
        here.vpc,
        here.place.region,
        there.ranges.join(" and "),
    );
    Some(finding(Severity::Warning, "HW1217", &["security_group_opened"], [
        "One step is by hand: ClickHouse support has to open a security group".to_owned(),
        format!("Until then nothing passes the peering. Send this to ClickHouse support (console, Help, Support): \"{request}\""),
        "Once they have done it, write security_group_opened = true in the block: it is remembered, and this warning ends.".to_owned(),
    ]))
}
