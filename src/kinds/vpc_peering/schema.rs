//! The attributes of a peering. The official provider has none of this kind; names follow its style and EC2's.

use std::sync::LazyLock;

use crate::kinds::{ec2, timeouts};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "vpc_peering",
        1,
        "A peering of the network of a BYOC infrastructure in AWS with a VPC of your own, with the routes of both sides.",
        [infrastructure(), peer(), both(), computed()].concat(),
    )
});

fn same(value: &Value) -> Value {
    value.clone()
}

fn strings() -> AttrType {
    AttrType::List(Box::new(AttrType::String))
}

fn tables(name: &'static str, doc: &'static str) -> Attribute {
    Attribute::optional(name, strings(), doc).set_of(same).local()
}

fn infrastructure() -> Vec<Attribute> {
    vec![
        Attribute::required("byoc_id", AttrType::String, "Id of the BYOC infrastructure.").replaces().unreported(),
        ec2::access("aws", "Account and region of the infrastructure: it asks for the peering."),
        Attribute::optional(
            "vpc_id",
            AttrType::String,
            "VPC of the infrastructure. Default: the one that was brought along, or the one in the account with the tag \
             `clickhouse-byoc` and the infrastructure's CIDR.",
        )
        .replaces(),
        tables(
            "route_table_ids",
            "Route tables of the infrastructure's VPC that get routes to the other. Default: all of them.",
        ),
    ]
}

fn peer() -> Vec<Attribute> {
    vec![
        ec2::access("peer_aws", "Account and region of the other VPC: it accepts the peering."),
        Attribute::required("peer_vpc_id", AttrType::String, "The other VPC.").replaces(),
        Attribute::optional(
            "peer_vpc_cidr_range",
            AttrType::String,
            "Range of the other VPC, where somebody knows it: overlaps are then told without asking AWS.",
        )
        .local(),
        tables(
            "peer_route_table_ids",
            "Route tables of the other VPC that get routes to the infrastructure's. Default: all of them.",
        ),
    ]
}

fn both() -> Vec<Attribute> {
    vec![
        Attribute::optional(
            "allow_remote_vpc_dns_resolution",
            AttrType::Bool,
            "Whether host names of either VPC resolve to private addresses when they are asked for from the other.",
        ),
        Attribute::optional(
            "security_group_opened",
            AttrType::Bool,
            "Say `true` once ClickHouse support has opened the security group of the private load balancer: until then the \
             plan reminds of it.",
        )
        .local(),
        timeouts::attribute("How long to wait for the connection, where a quarter of an hour is not right."),
    ]
}

fn computed() -> Vec<Attribute> {
    use AttrType::{Map, String};
    vec![
        Attribute::computed("id", String, "Id of the peering connection."),
        Attribute::computed("status", String, "State of the connection, in EC2's word; it is held to `active`."),
        Attribute::computed("peer_owner_id", String, "AWS account of the other VPC."),
        Attribute::computed("cidr_blocks", strings(), "Ranges of the infrastructure's VPC."),
        Attribute::computed("peer_cidr_blocks", strings(), "Ranges of the other VPC."),
        Attribute::computed(
            "routes",
            Map(Box::new(String)),
            "Routes of the infrastructure's side, by route table and range: what they lead to. Each is held to the connection.",
        ),
        Attribute::computed("peer_routes", Map(Box::new(String)), "Routes of the other side, likewise."),
    ]
}
