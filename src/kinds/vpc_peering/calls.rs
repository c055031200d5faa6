//! The calls of a peering: the private load balancer, the connection, its acceptance, the routes; and back.

use std::collections::BTreeMap;
use std::time::Duration;

use clickhouse_cloud_api::models as wire;
use serde_json::{Value as Json, json};

use super::networks::{self, Missing, Route, Side};
use super::observe::{both, is_dead};
use super::{AWS, PEER_AWS, STATUS, connections, places};
use crate::call::{Body, BodyBuilder, Call, Ec2, Method, Tolerance, Until, Wait};
use crate::kinds::{Change, Operation, ec2, timeouts};
use crate::lang::value::Value;

const TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// How long AWS usually takes for a peering, to make or to remove it.
const MAKING: Duration = Duration::from_secs(20);

pub(super) fn calls(change: &Change<'_>) -> Vec<Call> {
    match change.operation {
        Operation::Create => creation(change),
        Operation::Update => update(change),
        Operation::Delete => deletion(change),
    }
}

fn creation(change: &Change<'_>) -> Vec<Call> {
    let mut calls: Vec<Call> = load_balancer(change).into_iter().collect();
    calls.push(connection(change));
    calls.push(acceptance(change));
    calls.extend(resolution(change));
    calls.extend(routes(change));
    calls
}

fn update(change: &Change<'_>) -> Vec<Call> {
    let mut calls: Vec<Call> = load_balancer(change).filter(|_| change.changes("status")).into_iter().collect();
    if change.changes("status")
        && change.status().is_some_and(|s| s == "pending-acceptance" || s == "initiating-request")
    {
        calls.push(acceptance(change));
    }
    calls.extend(resolution(change));
    calls.extend(routes(change));
    calls
}

/// The place of a side; while it is not known, one without a region.
fn place(change: &Change<'_>, name: &str) -> Ec2 {
    ec2::noted(change.identity, name).unwrap_or_default()
}

fn id<'a>(change: &'a Change<'_>) -> Option<&'a str> {
    change.identity.get("id").map(String::as_str)
}

/// Switches the infrastructure's private load balancer on, unless it is: nothing else can be reached from a peering.
fn load_balancer(change: &Change<'_>) -> Option<Call> {
    let byoc = change.get("byoc_id").and_then(Value::as_str);
    let details = byoc.and_then(|id| change.answers.get(&networks::infrastructure(id)));
    if details.is_some_and(|d| d.get("enablePrivateLoadBalancer").and_then(Json::as_bool) == Some(true)) {
        return None;
    }
    let wire = wire::ByocInfrastructurePatchRequest {
        enable_private_load_balancer: Some(true),
        ..wire::ByocInfrastructurePatchRequest::default()
    };
    let path = networks::infrastructure(byoc.unwrap_or("{byoc_id}")).path;
    let mut call = Call::new("private load balancer", "organizationByocInfrastructureUpdate", Method::Patch, path);
    call.body = Some(BodyBuilder::default().finish(&wire));
    call.outdates = byoc.map(networks::infrastructure).into_iter().collect();
    Some(call)
}

fn connection(change: &Change<'_>) -> Call {
    let (here, there) = (place(change, AWS), place(change, PEER_AWS));
    let side = networks::there(change.desired, change.identity, change.answers);
    let vpc = networks::vpc(change.desired, &here, change.answers);
    let mut parameters = json!({
        "PeerVpcId": change.get("peer_vpc_id").and_then(Value::as_str),
        "PeerRegion": Some(&there.region).filter(|region| !region.is_empty() && **region != here.region),
        "PeerOwnerId": side.and_then(|side| side.owner),
        "TagSpecification": ec2::tags("vpc-peering-connection", "clickhouse-byoc", change.ownership),
    });
    let mut holes = BTreeMap::new();
    let lacks = match vpc {
        Ok(vpc) => {
            parameters["VpcId"] = json!(vpc);
            None
        }
        Err(missing) => {
            holes.insert("VpcId".to_owned(), "vpc_id".to_owned());
            let what = match missing {
                Missing::Vpc { range, .. } => {
                    format!("the VPC of the infrastructure, with the tag clickhouse-byoc and the range {range}")
                }
                Missing::Unread | Missing::Infrastructure => "the VPC of the infrastructure".to_owned(),
            };
            Some(what)
        }
    };
    let region = there.region.is_empty().then_some(("PeerRegion", "peer_aws"));
    let open = [("PeerVpcId", "peer_vpc_id"), ("PeerOwnerId", "peer_owner_id")];
    for (field, attribute) in open.into_iter().chain(region) {
        if parameters[field].is_null() {
            holes.insert(field.to_owned(), attribute.to_owned());
        }
    }
    if let Json::Object(fields) = &mut parameters {
        fields.retain(|_, value| !value.is_null());
    }
    let mut call = Call::ec2("create", &here, "CreateVpcPeeringConnection", parameters);
    if let Some(body) = &mut call.body {
        body.holes = holes;
    }
    call.lacks = lacks;
    call.identity = BTreeMap::from([("id".to_owned(), "/vpcPeeringConnection/vpcPeeringConnectionId".to_owned())]);
    call.shows = Some((connections(&here), "/vpcPeeringConnection".to_owned()));
    let later = ["allow_remote_vpc_dns_resolution"];
    call.writes = change.changed.iter().filter(|a| !later.contains(&a.as_str())).cloned().collect();
    call.wait = Some(until(
        change,
        &here,
        &["pending-acceptance", "provisioning", "active"],
        "until the other side can accept it",
    ));
    call
}

/// A call with the connection's id at `field`, whether it is known or an earlier call tells it.
fn about(change: &Change<'_>, mut call: Call, field: &str) -> Call {
    if let Some(Body { json, identities, .. }) = &mut call.body {
        match id(change) {
            Some(id) => json[field] = Json::from(id),
            None => {
                json[field] = Json::from("");
                identities.push(format!("/{field}"));
            }
        }
    }
    call
}

fn acceptance(change: &Change<'_>) -> Call {
    let (here, there) = (place(change, AWS), place(change, PEER_AWS));
    let call = Call::ec2("accept", &there, "AcceptVpcPeeringConnection", json!({}));
    let mut call = about(change, call, "VpcPeeringConnectionId");
    call.tolerance = Tolerance::Done;
    call.outdates = vec![connections(&here)];
    call.wait = Some(until(change, &here, &["active"], "until it is active"));
    call
}

/// The options of either side, which only that side may set.
fn resolution(change: &Change<'_>) -> Vec<Call> {
    let attribute = "allow_remote_vpc_dns_resolution";
    let Some(allowed) = change.get(attribute).filter(|_| change.changes(attribute)) else { return Vec::new() };
    let sides = [(AWS, "Requester", "dns resolution"), (PEER_AWS, "Accepter", "dns resolution of the peer")];
    let of = |(name, who, step): (&str, &str, &str)| {
        let field = format!("{who}PeeringConnectionOptions");
        let mut parameters = json!({});
        parameters[&field] = json!({ "AllowDnsResolutionFromRemoteVpc": allowed.as_bool() });
        let call = Call::ec2(step, &place(change, name), "ModifyVpcPeeringConnectionOptions", parameters);
        let mut call = about(change, call, "VpcPeeringConnectionId");
        if let (false, Some(body)) = (allowed.is_known(), &mut call.body) {
            body.holes.insert(field, attribute.to_owned());
        }
        call.outdates = vec![connections(&place(change, AWS))];
        call
    };
    let mut calls = sides.map(of);
    calls[1].writes = vec![attribute.to_owned()];
    calls.to_vec()
}

/// The routes that are missing on either side, and those that are there without being wanted.
fn routes(change: &Change<'_>) -> Vec<Call> {
    let Some((here, there)) = both(change.desired, change.identity, change.answers) else { return open_routes(change) };
    let mut calls = Vec::new();
    let sides = [(&here, &there, "route", "route_table_ids"), (&there, &here, "peer route", "peer_route_table_ids")];
    for (side, other, step, named) in sides {
        let wanted = side.wanted(change.get(named), &other.ranges);
        let had = id(change).map(|id| side.through(id)).unwrap_or_default();
        calls.extend(wanted.iter().filter(|r| !had.contains(r)).map(|r| route(change, side, step, r)));
        calls.extend(had.iter().filter(|r| !wanted.contains(r)).map(|r| removal(&side.place, &side.vpc, r)));
    }
    calls
}

/// What stands for the routes while the networks are not known.
fn open_routes(change: &Change<'_>) -> Vec<Call> {
    let side = |(name, step): (&str, &str)| {
        let call = Call::ec2(step, &place(change, name), "CreateRoute", json!({}));
        let mut call = about(change, call, "VpcPeeringConnectionId");
        if let Some(body) = &mut call.body {
            for (field, what) in [("RouteTableId", "route_table_ids"), ("DestinationCidrBlock", "cidr_blocks")] {
                body.holes.insert(field.to_owned(), what.to_owned());
            }
        }
        call.each = true;
        call
    };
    [(AWS, "route"), (PEER_AWS, "peer route")].map(side).to_vec()
}

/// A route through the connection; in the place of one that leads through a connection that is no more.
fn route(change: &Change<'_>, side: &Side, step: &str, route: &Route) -> Call {
    let stale = side.leads(route).is_some_and(|to| is_dead(&to, change.identity, change.answers));
    let action = if stale { "ReplaceRoute" } else { "CreateRoute" };
    let parameters = json!({ "RouteTableId": route.table, "DestinationCidrBlock": route.range });
    let call = Call::ec2(&format!("{step} {}", route.name()), &side.place, action, parameters);
    let mut call = about(change, call, "VpcPeeringConnectionId");
    // One whose answer was lost is there when it is sent again.
    call.tolerance = Tolerance::Done;
    call.outdates = vec![ec2::route_tables(&side.place, &side.vpc)];
    call
}

fn removal(place: &Ec2, vpc: &str, route: &Route) -> Call {
    let parameters = json!({ "RouteTableId": route.table, "DestinationCidrBlock": route.range });
    let mut call = Call::ec2(&format!("remove route {}", route.name()), place, "DeleteRoute", parameters);
    call.tolerance = Tolerance::Gone;
    call.outdates = vec![ec2::route_tables(place, vpc)];
    call
}

fn deletion(change: &Change<'_>) -> Vec<Call> {
    let Some((here, there)) = places(change.identity) else { return Vec::new() };
    let mut calls = Vec::new();
    for (place, attribute, vpc) in [(&there, "peer_routes", "peer_vpc_id"), (&here, "routes", "vpc_id")] {
        let vpc = change.current(vpc).and_then(Value::as_str).unwrap_or_default();
        let names = change.current(attribute).into_iter().flat_map(Value::entries).map(|(name, _)| name);
        calls.extend(names.filter_map(|name| Route::parse(name)).map(|route| removal(place, vpc, &route)));
    }
    let parameters = json!({ "VpcPeeringConnectionId": id(change) });
    let mut call = Call::ec2("delete", &here, "DeleteVpcPeeringConnection", parameters);
    call.tolerance = Tolerance::Gone;
    let ended = ["deleted", "rejected", "failed", "expired"].map(str::to_owned).to_vec();
    let until = Until::Gone { pointer: STATUS.to_owned(), ended };
    call.wait = Some(Wait {
        read: connections(&here),
        until,
        timeout: timeouts::of(change, "delete", TIMEOUT),
        typical: MAKING,
        what: "until it is gone".to_owned(),
    });
    calls.push(call);
    calls
}

pub(super) fn resume(change: &Change<'_>) -> Option<Wait> {
    let here = ec2::noted(change.identity, AWS)?;
    let waits =
        change.operation == Operation::Update && matches!(change.status()?, "provisioning" | "initiating-request");
    waits.then(|| until(change, &here, &["pending-acceptance", "active"], "until the other side can accept it"))
}

fn until(change: &Change<'_>, here: &Ec2, good: &[&str], what: &str) -> Wait {
    let operation = if change.operation == Operation::Create { "create" } else { "update" };
    let bad = [
        ("rejected", "the other account rejected it"),
        ("failed", "AWS could not make it; do the networks overlap, or does the peer VPC not exist in the account?"),
        ("expired", "it was not accepted within seven days"),
        ("deleting", "somebody is deleting it"),
        ("deleted", "somebody deleted it"),
    ];
    let until = Until::Field {
        pointer: STATUS.to_owned(),
        good: good.iter().map(|s| (*s).to_owned()).collect(),
        bad: bad.map(|(state, why)| (state.to_owned(), why.to_owned())).into(),
    };
    let timeout = timeouts::of(change, operation, TIMEOUT);
    Wait { read: connections(here), until, timeout, typical: MAKING, what: what.to_owned() }
}
