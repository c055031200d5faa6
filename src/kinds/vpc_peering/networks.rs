//! The two networks of a peering: which VPCs they are, their ranges and route tables, as far as answers tell.

use serde_json::Value as Json;

use super::{AWS, PEER_AWS};
use crate::call::{Ec2, Read};
use crate::kinds::{Answers, Identity, ec2};
use crate::lang::value::Value;

/// One side: a VPC, and the route tables that are to lead out of it.
pub(super) struct Side {
    pub place: Ec2,
    pub vpc: String,
    pub owner: Option<String>,
    pub ranges: Vec<String>,
    /// The route tables as they were read.
    pub tables: Vec<Json>,
}

/// The infrastructure alone.
pub(super) fn infrastructure(id: &str) -> Read {
    let path = format!("/v1/organizations/{{organizationId}}/byocInfrastructure/{id}");
    Read::one("organizationByocInfrastructureGet", path)
}

fn byoc_id(desired: &Value) -> Option<&str> {
    desired.get("byoc_id").and_then(Value::as_str)
}

/// The VPCs of an account that belong to infrastructures.
fn managed(place: &Ec2) -> Read {
    ec2::vpcs(place, "tag-key", "clickhouse-byoc")
}

/// What has to be read before the calls can be told: the infrastructure, both VPCs, the route tables of both.
pub(super) fn asks(desired: &Value, identity: &Identity, answers: &dyn Answers) -> Vec<Read> {
    let mut asked: Vec<Read> = byoc_id(desired).map(infrastructure).into_iter().collect();
    if let Some(place) = ec2::noted(identity, AWS) {
        // What is there before a creation tells afterwards what it made, and which routes lead to what is no more.
        asked.push(super::connections(&place));
        match vpc(desired, &place, answers) {
            Ok(vpc) => asked.extend([ec2::vpcs(&place, "vpc-id", &vpc), ec2::route_tables(&place, &vpc)]),
            Err(Missing::Unread) => asked.push(managed(&place)),
            Err(_) => {}
        }
    }
    let peer = desired.get("peer_vpc_id").and_then(Value::as_str);
    if let (Some(place), Some(vpc)) = (ec2::noted(identity, PEER_AWS), peer) {
        asked.extend([ec2::vpcs(&place, "vpc-id", vpc), ec2::route_tables(&place, vpc)]);
    }
    asked
}

/// Why the infrastructure's VPC is not known.
pub(super) enum Missing {
    /// The account's VPCs were not read yet.
    Unread,
    /// The infrastructure is not there, or not known yet.
    Infrastructure,
    /// No VPC of the account fits, or more than one.
    Vpc { range: String, found: Vec<String> },
}

/// The infrastructure's VPC: as stated, as brought along, or the one in its account with its range.
pub(super) fn vpc(desired: &Value, place: &Ec2, answers: &dyn Answers) -> Result<String, Missing> {
    if let Some(vpc) = desired.get("vpc_id").filter(|v| !v.is_null()) {
        return vpc.as_str().map(str::to_owned).ok_or(Missing::Infrastructure);
    }
    let details = byoc_id(desired).and_then(|id| answers.get(&infrastructure(id))).ok_or(Missing::Infrastructure)?;
    let own = ec2::text(&details, "/byoVpcId").filter(|vpc| !vpc.is_empty());
    if let Some(vpc) = own {
        return Ok(vpc.to_owned());
    }
    let range = ec2::text(&details, "/vpcCidrRange").unwrap_or_default();
    let list = answers.get(&managed(place)).ok_or(Missing::Unread)?;
    let fits = |vpc: &&Json| ec2::ranges_of(vpc).iter().any(|r| r == range);
    let found = ec2::items(Some(&list)).filter(fits).filter_map(|v| ec2::text(v, "/id").map(str::to_owned));
    match found.collect::<Vec<_>>() {
        found if found.len() == 1 => Ok(found.into_iter().next().unwrap_or_default()),
        found => Err(Missing::Vpc { range: range.to_owned(), found }),
    }
}

/// The infrastructure's side, once its VPC is known and was read.
pub(super) fn here(desired: &Value, identity: &Identity, answers: &dyn Answers) -> Option<Side> {
    let place = ec2::noted(identity, AWS)?;
    let vpc = vpc(desired, &place, answers).ok()?;
    side(place, vpc, answers)
}

/// The other side, once it is known and was read.
pub(super) fn there(desired: &Value, identity: &Identity, answers: &dyn Answers) -> Option<Side> {
    let vpc = desired.get("peer_vpc_id").and_then(Value::as_str)?.to_owned();
    side(ec2::noted(identity, PEER_AWS)?, vpc, answers)
}

pub(super) fn side(place: Ec2, vpc: String, answers: &dyn Answers) -> Option<Side> {
    let read = answers.item(&ec2::vpcs(&place, "vpc-id", &vpc), &vpc)?;
    let tables = answers.get(&ec2::route_tables(&place, &vpc))?;
    let owner = ec2::text(&read, "/ownerId").map(str::to_owned);
    let ranges = ec2::ranges_of(&read);
    Some(Side { owner, ranges, tables: tables.as_array().cloned().unwrap_or_default(), place, vpc })
}

/// A route through a peering, or to be one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    pub table: String,
    pub range: String,
}

impl Route {
    /// How it is named among the attributes.
    pub fn name(&self) -> String {
        format!("{} {}", self.table, self.range)
    }

    pub fn parse(name: &str) -> Option<Self> {
        let (table, range) = name.split_once(' ')?;
        Some(Self { table: table.to_owned(), range: range.to_owned() })
    }
}

impl Side {
    /// The routes it should have: from each of its tables, or those named, to each range of the other side.
    pub fn wanted(&self, named: Option<&Value>, ranges: &[String]) -> Vec<Route> {
        let ids = self.tables.iter().filter_map(|t| ec2::text(t, "/id"));
        let names: Option<Vec<&str>> =
            named.filter(|v| !v.is_null()).map(|v| v.elements().filter_map(Value::as_str).collect());
        let tables: Vec<&str> = names.unwrap_or_else(|| ids.collect());
        let each = |table: &&str| {
            let table = (*table).to_owned();
            ranges.iter().map(move |range| Route { table: table.clone(), range: range.clone() })
        };
        let mut routes: Vec<Route> = tables.iter().flat_map(each).collect();
        routes.sort();
        routes
    }

    /// The routes that lead through a peering connection.
    pub fn through(&self, connection: &str) -> Vec<Route> {
        self.all().filter(|(_, to)| to == connection).map(|(route, _)| route).collect()
    }

    /// Where a route leads, when there is one for exactly its range.
    pub fn leads(&self, route: &Route) -> Option<String> {
        self.all().find(|(other, _)| other == route).map(|(_, to)| to)
    }

    fn all(&self) -> impl Iterator<Item = (Route, String)> {
        let of = |table: &Json| {
            let id = ec2::text(table, "/id").unwrap_or_default().to_owned();
            let route = move |route: &Json| {
                let range = ec2::text(route, "/destinationCidrBlock")?.to_owned();
                Some((Route { table: id.clone(), range }, target(route)))
            };
            ec2::items(table.get("routeSet")).filter_map(route).collect::<Vec<_>>()
        };
        self.tables.iter().flat_map(of)
    }
}

/// What a route leads to.
fn target(route: &Json) -> String {
    const TARGETS: [&str; 9] = [
        "vpcPeeringConnectionId",
        "natGatewayId",
        "gatewayId",
        "transitGatewayId",
        "networkInterfaceId",
        "instanceId",
        "egressOnlyInternetGatewayId",
        "carrierGatewayId",
        "localGatewayId",
    ];
    let named = TARGETS.iter().filter_map(|t| route.get(*t).and_then(Json::as_str)).find(|t| !t.is_empty());
    named.unwrap_or("nowhere").to_owned()
}
