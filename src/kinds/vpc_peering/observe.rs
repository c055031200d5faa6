//! What the answers say about a peering, and what it is held to.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::networks::{self, Route, Side};
use super::{AWS, OVER, PEER_AWS, STATUS, connections, places, schema};
use crate::call::Read;
use crate::kinds::{Answers, Identity, Item, Observed, ec2, part};
use crate::lang::value::{Type, Value};

fn connection(identity: &Identity, answers: &dyn Answers) -> Option<Item> {
    answers.item(&connections(&ec2::noted(identity, AWS)?), identity.get("id")?)
}

/// The VPCs of a connection: of whom asked for it, and of the other.
fn vpcs(connection: &Json) -> [Option<String>; 2] {
    ["/requesterVpcInfo/vpcId", "/accepterVpcInfo/vpcId"].map(|p| ec2::text(connection, p).map(str::to_owned))
}

/// VPCs and route tables of both sides.
pub(super) fn further_reads(identity: &Identity, answers: &dyn Answers) -> Vec<Read> {
    let Some(connection) = connection(identity, answers) else { return Vec::new() };
    let sides = [AWS, PEER_AWS].into_iter().zip(vpcs(&connection));
    let known = sides.filter_map(|(name, vpc)| Some((ec2::noted(identity, name)?, vpc?)));
    known.flat_map(|(place, vpc)| [ec2::vpcs(&place, "vpc-id", &vpc), ec2::route_tables(&place, &vpc)]).collect()
}

pub(super) fn observe(identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
    let (id, connection) = (identity.get("id")?, connection(identity, answers)?);
    let status = ec2::text(&connection, STATUS).unwrap_or_default().to_owned();
    if ec2::is_one_of(&status, &OVER) {
        return None;
    }
    let [vpc, peer] = vpcs(&connection);
    let field = |pointer: &str| json!(ec2::text(&connection, pointer));
    let mut fields = BTreeMap::from([("id", json!(id)), ("status", json!(status))]);
    fields.insert("vpc_id", json!(vpc));
    fields.insert("peer_vpc_id", json!(peer));
    fields.insert("peer_owner_id", field("/accepterVpcInfo/ownerId"));
    let resolves = ["requester", "accepter"].map(|who| {
        let pointer = format!("/{who}VpcInfo/peeringOptions/allowDnsResolutionFromRemoteVpc");
        ec2::text(&connection, &pointer) == Some("true")
    });
    fields.insert("allow_remote_vpc_dns_resolution", json!(resolves == [true, true]));
    let sides = [(AWS, vpc, "cidr_blocks", "routes"), (PEER_AWS, peer, "peer_cidr_blocks", "peer_routes")];
    for (name, vpc, ranges, routes) in sides {
        let side = ec2::noted(identity, name).zip(vpc).and_then(|(place, vpc)| networks::side(place, vpc, answers));
        let Some(side) = side else { continue };
        let through: BTreeMap<String, &str> =
            side.through(id).iter().map(|route| (route.name(), id.as_str())).collect();
        fields.insert(ranges, json!(side.ranges));
        fields.insert(routes, json!(through));
    }
    let usable = status == "active";
    Some(Observed { values: part::typed(&schema::SCHEMA, &fields), status: Some(status), usable })
}

/// What a peering is held to: an active connection, and the routes of both sides through it and no others.
pub(super) fn due(desired: &Value, identity: &Identity, answers: &dyn Answers) -> Vec<(&'static str, Value)> {
    let mut due = vec![("status", Value::from("active"))];
    let (Some(id), Some((here, there))) = (identity.get("id"), both(desired, identity, answers)) else { return due };
    let map = |routes: Vec<Route>| {
        let entries = routes.iter().map(|route| (route.name().into(), Value::from(id.as_str()))).collect();
        Value::map(Type::String, entries)
    };
    due.push(("routes", map(here.wanted(desired.get("route_table_ids"), &there.ranges))));
    due.push(("peer_routes", map(there.wanted(desired.get("peer_route_table_ids"), &here.ranges))));
    due
}

/// Both sides, once both were read.
pub(super) fn both(desired: &Value, identity: &Identity, answers: &dyn Answers) -> Option<(Side, Side)> {
    places(identity)?;
    networks::here(desired, identity, answers).zip(networks::there(desired, identity, answers))
}

/// Whether a route's target is a peering connection that is no more.
pub(super) fn is_dead(target: &str, identity: &Identity, answers: &dyn Answers) -> bool {
    let Some(place) = ec2::noted(identity, AWS).filter(|_| target.starts_with("pcx-")) else { return false };
    let list = connections(&place);
    let over = |c: &Json| ec2::text(c, STATUS).is_some_and(|s| ec2::is_one_of(s, &OVER));
    answers.holds(&list) && answers.item(&list, target).is_none_or(|c| over(&c))
}
