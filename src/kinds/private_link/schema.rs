//! The attributes of a private link. The official provider has none of this kind; names follow its style and EC2's.

use std::sync::LazyLock;

use crate::kinds::{ec2, timeouts};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "private_link",
        1,
        "A private connection to services: the endpoint in a customer's network, and its id on each of the services.",
        [connected(), endpoint(), computed()].concat(),
    )
});

fn same(value: &Value) -> Value {
    value.clone()
}

fn strings() -> AttrType {
    AttrType::List(Box::new(AttrType::String))
}

fn connected() -> Vec<Attribute> {
    vec![
        Attribute::optional(
            "service_ids",
            strings(),
            "Ids of the services that may be reached through the endpoint. Services that others have attached to it stay \
             attached.",
        )
        .set_of(same)
        .shared()
        .resets_to("those attached by this block are detached"),
        Attribute::optional(
            "byoc_id",
            AttrType::String,
            "Id of the BYOC infrastructure whose network the endpoint connects to. Left out, it connects to the network \
             of the first of `service_ids`.",
        )
        .replaces()
        .unreported(),
        Attribute::optional(
            "endpoint_id",
            AttrType::String,
            "Id of an endpoint that was made elsewhere: `vpce-…` in AWS, the connection's number in GCP, the resource \
             id or GUID in Azure. Left out, an endpoint is made in AWS.",
        )
        .replaces()
        .unreported(),
    ]
}

fn endpoint() -> Vec<Attribute> {
    vec![
        ec2::access("aws", "Account and region in which the endpoint is made."),
        Attribute::optional("vpc_id", AttrType::String, "VPC in which the endpoint is made.").replaces(),
        Attribute::optional("subnet_ids", strings(), "Subnets of the endpoint, at most one for each zone.")
            .set_of(same),
        Attribute::optional(
            "security_group_ids",
            strings(),
            "Security groups of the endpoint; they have to let in TCP 443, 8443 and 9440. Default: the VPC's own.",
        )
        .set_of(same),
        Attribute::optional(
            "private_dns_enabled",
            AttrType::Bool,
            "Whether the services' private host names lead to the endpoint inside the VPC. Default: what works, which is \
             `true` for BYOC and `false` otherwise.",
        ),
        Attribute::optional(
            "service_region",
            AttrType::String,
            "Region of the services, where it is not the endpoint's. ClickHouse Cloud allows it in selected regions.",
        )
        .replaces()
        .unreported(),
        timeouts::attribute("How long to wait for the endpoint, where an hour is not right."),
    ]
}

fn computed() -> Vec<Attribute> {
    use AttrType::{Map, String};
    vec![
        Attribute::computed("id", String, "Id of the endpoint."),
        Attribute::computed("status", String, "State of the endpoint, in EC2's word."),
        Attribute::computed("endpoint_service_name", String, "Endpoint service it connects to."),
        Attribute::computed("dns_names", strings(), "Host names that AWS gives the endpoint."),
        Attribute::computed(
            "private_dns_hostnames",
            Map(Box::new(String)),
            "The services' private host names, by service id. For ClickHouse Cloud make DNS records of them that lead to \
             the endpoint.",
        ),
    ]
}
