//! The attributes of a BYOC infrastructure. Names are the official provider's; facts are the API document's.

use std::sync::LazyLock;

use crate::kinds::timeouts;
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "byoc_infrastructure",
        1,
        "A ClickHouse data plane in an AWS account, GCP project or Azure subscription of your own. The account has to \
              trust ClickHouse first. Services run in it by their `byoc_id`.",
        [place(), managed_vpc(), own_vpc(), onboarding(), connections(), extras(), computed()].concat(),
    )
});

const PLACE: &str = "an infrastructure cannot move: it is built into an account and a region";
const NETWORK: &str = "the network of an infrastructure is fixed when it is built";
const TRUST: &str = "how the account trusts ClickHouse is told when the infrastructure is built";

fn text(name: &'static str, doc: &'static str) -> Attribute {
    Attribute::optional(name, AttrType::String, doc)
}

fn texts(name: &'static str, doc: &'static str) -> Attribute {
    Attribute::optional(name, AttrType::List(Box::new(AttrType::String)), doc).set_of(Value::clone).refused(NETWORK)
}

fn place() -> Vec<Attribute> {
    vec![
        Attribute::required("region_id", AttrType::String, "Region it is built in, such as `us-east-1`.").refused(PLACE),
        Attribute::required(
            "account_id",
            AttrType::String,
            "AWS account, GCP project or Azure subscription it is built in; one infrastructure for each account and region.",
        )
        .refused(PLACE),
        text("display_name", "Name for people. Left out, the platform gives one."),
    ]
}

fn managed_vpc() -> Vec<Attribute> {
    vec![
        text("vpc_cidr_range", "Range of the VPC that ClickHouse makes. Excludes `vpc_id`.").refused(NETWORK),
        texts("availability_zone_suffixes", "Letters of its availability zones, at least three of `a` to `f`."),
    ]
}

fn own_vpc() -> Vec<Attribute> {
    vec![
        text("vpc_id", "Id, or on GCP the name, of a VPC of your own to build in. Needs `private_subnet_ids`.")
            .refused(NETWORK),
        texts("private_subnet_ids", "Private subnets in that VPC: one to six on AWS, exactly one on GCP."),
        texts("public_subnet_ids", "Public subnets in that VPC, on AWS: at most six.").unreported(),
        texts("gcp_pod_cidr_range_names", "Secondary ranges of the subnet for pods. Left out: all of them."),
        text("gcp_shared_vpc_host_project_id", "Project that owns the VPC, where that is another.").refused(NETWORK),
    ]
}

fn onboarding() -> Vec<Attribute> {
    let told = |name, doc| text(name, doc).unreported().refused(TRUST);
    vec![
        told("external_id", "On AWS: external id in the trust policy of the management role."),
        told("tenant_id", "On Azure: Entra tenant of the subscription."),
        told("service_principal_client_id", "On Azure: client id of the service principal that ClickHouse uses."),
    ]
}

fn connections() -> Vec<Attribute> {
    let switch = |name, doc| Attribute::optional(name, AttrType::Bool, doc);
    vec![
        switch("enable_private_link", "Whether it can be reached by private link. Needs the private load balancer."),
        text("gcp_psc_subnet_id", "Subnet for Private Service Connect, in a VPC of your own on GCP."),
        switch("enable_private_load_balancer", "Whether there is a load balancer inside the VPC."),
        switch("enable_public_load_balancer", "Whether there is a load balancer on the internet."),
    ]
}

fn extras() -> Vec<Attribute> {
    vec![
        Attribute::optional(
            "tags",
            AttrType::Map(Box::new(AttrType::String)),
            "Tags of its cloud resources, at most 49 beside the mark of ownership; all of them.",
        )
        .resets_to("no tags"),
        Attribute::optional(
            "skip_preflight_validation",
            AttrType::Bool,
            "Whether to build it without asking first what the account allows.",
        )
        .local(),
        Attribute::optional(
            "vcpu_quota",
            AttrType::Number,
            "vCPUs that the account may have in the region, as its quotas say. With it the plan warns when the services in \
             the infrastructure need more.",
        )
        .local(),
        timeouts::attribute("How long to wait, where three hours are not right."),
    ]
}

fn computed() -> Vec<Attribute> {
    let text = |name, doc| Attribute::computed(name, AttrType::String, doc);
    vec![
        text("id", "Id, for `byoc_id`."),
        text("cloud_provider", "`aws`, `gcp` or `azure`: that of the region."),
        Attribute::computed("is_byo_vpc", AttrType::Bool, "Whether it is in a VPC of your own."),
        text("state", "State, in the API's word."),
    ]
}
