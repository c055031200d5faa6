//! The data sources `byoc_infrastructure` and `byoc_infrastructures`: data planes in accounts of the customer.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::{DataSource, Look};
use crate::kinds::byoc_infrastructure::observe::{SAME, details, list, private_endpoint_config, stated_tags, tags};
use crate::kinds::{Answers, part};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct ByocInfrastructure;
pub struct ByocInfrastructures;

static ONE: LazyLock<Schema> = LazyLock::new(|| {
    use AttrType::{Bool, List, Map, Object, String};
    let part = |name, ty, doc| Attribute::computed(name, ty, doc);
    let texts = || List(Box::new(String));
    let private = vec![
        part("endpoint_name", String, "Endpoint service, service attachment or alias to connect to."),
        part("private_dns_hostname", String, "Host name of its services behind private link."),
    ];
    Schema::new(
        "byoc_infrastructure",
        1,
        "A BYOC infrastructure that exists, by its id.",
        vec![
            Attribute::required("id", String, "Id of the infrastructure."),
            part("state", String, "State, in the API's word."),
            part("account_id", String, "Account, project or subscription it is in."),
            part("region_id", String, "Region it is in."),
            part("cloud_provider", String, "`aws`, `gcp` or `azure`."),
            part("display_name", String, "Name for people."),
            part("enable_private_link", Bool, "Whether it can be reached by private link."),
            part("enable_private_load_balancer", Bool, "Whether there is a load balancer inside the VPC."),
            part("enable_public_load_balancer", Bool, "Whether there is a load balancer on the internet."),
            part("vpc_cidr_range", String, "Range of the VPC that ClickHouse made."),
            part("vpc_availability_zone_list", texts(), "Availability zones it spans."),
            part("is_byo_vpc", Bool, "Whether it is in a VPC of your own."),
            part("byo_vpc_id", String, "That VPC."),
            part("byo_vpc_private_subnet_ids", texts(), "Private subnets in it."),
            part("byo_vpc_pod_cidr_range_names", texts(), "Secondary ranges for pods, on GCP."),
            part("byo_vpc_shared_vpc_host_project_id", String, "Project that owns the VPC, on GCP."),
            part("gcp_psc_subnet_id", String, "Subnet for Private Service Connect, on GCP."),
            part("tags", Map(Box::new(String)), "Tags of its cloud resources."),
            part(
                "private_endpoint_config",
                Object(private),
                "What a private connection needs; null without private link.",
            ),
        ],
    )
});

const OWN_VPC: [(&str, &str); 4] = [
    ("byo_vpc_id", "byoVpcId"),
    ("byo_vpc_private_subnet_ids", "byoVpcPrivateSubnetIds"),
    ("byo_vpc_pod_cidr_range_names", "byoVpcPodCidrRangeNames"),
    ("byo_vpc_shared_vpc_host_project_id", "byoVpcSharedVpcHostProjectId"),
];

impl DataSource for ByocInfrastructure {
    fn schema(&self) -> &'static Schema {
        &ONE
    }

    fn look(&self, arguments: &Value, wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
        let (labels, private) = (tags(id), private_endpoint_config(id));
        let reads = [
            Some(details(id)),
            wanted.contains("tags").then(|| labels.clone()),
            wanted.contains("private_endpoint_config").then(|| private.clone()),
        ];
        let missing: Vec<_> = reads.into_iter().flatten().filter(|r| !answers.holds(r)).collect();
        if !missing.is_empty() {
            return Look::Ask(missing);
        }
        let Some(found) = answers.get(&details(id)) else {
            return Look::Missing {
                attribute: "id",
                detail: format!("The organization has no BYOC infrastructure with the id {id}."),
                help: "The data source `byoc_infrastructures` lists all of them.".to_owned(),
            };
        };
        let mut fields = part::picked(&found, &SAME);
        fields.extend(part::picked(&found, &OWN_VPC));
        fields.insert("tags", stated_tags(id, answers));
        let private = answers.get(&private).map(|config| {
            json!({
                "endpoint_name": config.get("endpointName"),
                "private_dns_hostname": config.get("privateDnsHostname"),
            })
        });
        fields.insert("private_endpoint_config", private.unwrap_or(Json::Null));
        Look::Found(part::typed(&ONE, &fields))
    }
}

/// What the organization lists of each.
const LISTED: [(&str, &str); 6] = [
    ("id", "id"),
    ("state", "state"),
    ("account_id", "accountId"),
    ("region_id", "regionId"),
    ("cloud_provider", "cloudProvider"),
    ("display_name", "displayName"),
];

static ALL: LazyLock<Schema> = LazyLock::new(|| {
    let element = LISTED.iter().map(|(name, _)| Attribute::computed(name, AttrType::String, "Of the infrastructure."));
    let list = AttrType::List(Box::new(AttrType::Object(element.collect())));
    Schema::new(
        "byoc_infrastructures",
        1,
        "All BYOC infrastructures of the organization, in short.",
        vec![Attribute::computed("infrastructures", list, "The infrastructures, as they are listed.")],
    )
});

impl DataSource for ByocInfrastructures {
    fn schema(&self) -> &'static Schema {
        &ALL
    }

    fn look(&self, _arguments: &Value, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Look {
        if !answers.holds(&list()) {
            return Look::Ask(vec![list()]);
        }
        let known = answers.get(&list());
        let all = known.as_deref().and_then(Json::as_array).into_iter().flatten();
        let all: Vec<Json> = all.map(|one| json!(part::picked(one, &LISTED))).collect();
        Look::Found(part::typed(&ALL, &[("infrastructures", Json::Array(all))].into()))
    }
}
