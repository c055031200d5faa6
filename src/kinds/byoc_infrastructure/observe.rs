//! What the API's answers say about a BYOC infrastructure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::schema::SCHEMA;
use super::{READY, TERMINATED, TERMINATING, UPGRADING};
use crate::call::Read;
use crate::kinds::service::OWNERSHIP_TAG;
use crate::kinds::{Alike, Answers, Holder, Identity, Observed, part, service, trace};

const ORGANIZATION: &str = "/v1/organizations/{organizationId}";

/// All infrastructures in short, as the organization lists them.
pub(in crate::kinds) fn list() -> Read {
    Read::list_within("organizationGet", ORGANIZATION, "/byocConfig")
}

pub(super) fn all() -> String {
    format!("{ORGANIZATION}/byocInfrastructure")
}

pub(super) fn path(id: &str, rest: &str) -> String {
    format!("{}/{id}{rest}", all())
}

pub(in crate::kinds) fn details(id: &str) -> Read {
    Read::one("organizationByocInfrastructureGet", path(id, ""))
}

pub(in crate::kinds) fn tags(id: &str) -> Read {
    Read::one("organizationByocInfrastructureTagsGet", path(id, "/tags"))
}

/// What a private connection to it needs; there is none without private link.
pub(in crate::kinds) fn private_endpoint_config(id: &str) -> Read {
    Read::one("organizationByocInfrastructurePrivateEndpointConfigGet", path(id, "/privateEndpointConfig"))
}

/// How far its building has come.
pub(super) fn stages(id: &str) -> Read {
    Read::one("organizationByocInfrastructureProgressGet", path(id, "/progress"))
}

/// While it is not known, the list in which it will be found; then it alone, and the services that may run in it.
pub(super) fn reads(identity: &Identity, wanted: &BTreeSet<&str>) -> Vec<Read> {
    let Some(id) = identity.get("id") else { return vec![list()] };
    let tags = wanted.contains("tags").then(|| tags(id));
    [details(id), service::list()].into_iter().chain(tags).collect()
}

/// Attributes that stand in the details under another name, unchanged.
pub(in crate::kinds) const SAME: [(&str, &str); 13] = [
    ("id", "id"),
    ("state", "state"),
    ("region_id", "regionId"),
    ("account_id", "accountId"),
    ("cloud_provider", "cloudProvider"),
    ("display_name", "displayName"),
    ("enable_private_link", "enablePrivateLink"),
    ("enable_private_load_balancer", "enablePrivateLoadBalancer"),
    ("enable_public_load_balancer", "enablePublicLoadBalancer"),
    ("vpc_cidr_range", "vpcCidrRange"),
    ("is_byo_vpc", "isByoVpc"),
    ("gcp_psc_subnet_id", "gcpPscSubnetId"),
    ("vpc_availability_zone_list", "vpcAvailabilityZoneList"),
];

/// Attributes of a VPC of the customer's own, as they are stated and as the details name them.
const OWN_VPC: [(&str, &str); 4] = [
    ("vpc_id", "byoVpcId"),
    ("private_subnet_ids", "byoVpcPrivateSubnetIds"),
    ("gcp_pod_cidr_range_names", "byoVpcPodCidrRangeNames"),
    ("gcp_shared_vpc_host_project_id", "byoVpcSharedVpcHostProjectId"),
];

pub(super) fn observe(identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
    let id = identity.get("id")?;
    let found = answers.get(&details(id))?;
    let status = found.get("state").and_then(Json::as_str).map(str::to_owned);
    if status.as_deref() == Some(TERMINATED) {
        return None;
    }
    let mut fields = part::picked(&found, &SAME);
    fields.extend(part::picked(&found, &OWN_VPC));
    fields.insert("availability_zone_suffixes", suffixes(&found));
    fields.insert("tags", stated_tags(id, answers));
    let usable = matches!(status.as_deref(), Some(READY | UPGRADING));
    Some(Observed { values: part::typed(&SCHEMA, &fields), status, usable })
}

/// The tags of an infrastructure without the mark of ownership; null where they were not read.
pub(in crate::kinds) fn stated_tags(id: &str, answers: &dyn Answers) -> Json {
    let mut tags = answers.get(&tags(id)).and_then(|answer| answer.get("tags").cloned()).unwrap_or(Json::Null);
    if let Json::Object(tags) = &mut tags {
        tags.remove(OWNERSHIP_TAG);
    }
    tags
}

/// The mark of ownership among its tags.
pub(super) fn mark(id: &str, answers: &dyn Answers) -> Option<String> {
    let answer = answers.get(&tags(id))?;
    Some(answer.get("tags")?.get(OWNERSHIP_TAG)?.as_str()?.to_owned())
}

/// While it is not known which is meant: the marks of those that are there.
pub(super) fn marks(identity: &Identity, answers: &dyn Answers) -> Vec<Read> {
    if identity.contains_key("id") {
        return Vec::new();
    }
    let list = answers.get(&list());
    let all = list.as_deref().and_then(Json::as_array).into_iter().flatten();
    let there = all.filter(|i| !matches!(i.get("state").and_then(Json::as_str), Some(TERMINATED | TERMINATING)));
    there.filter_map(|i| Some(tags(i.get("id")?.as_str()?))).collect()
}

/// What is behind the region in the names of the zones: `us-east-1a` and `us-east1-a` end in `a`.
fn suffixes(details: &Json) -> Json {
    let region = details.get("regionId").and_then(Json::as_str).unwrap_or_default();
    let zones = details.get("vpcAvailabilityZoneList").and_then(Json::as_array).into_iter().flatten();
    let suffix = |zone: &Json| Some(zone.as_str()?.strip_prefix(region)?.trim_start_matches('-').to_owned());
    Json::from(zones.filter_map(suffix).collect::<Vec<_>>())
}

/// The infrastructures in that account and region. There can be one, so that there is no mistaking it.
pub(super) fn alike(list: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
    let gone = |id: &str| {
        let states = list.as_array().into_iter().flatten().filter(|i| i.get("id").and_then(Json::as_str) == Some(id));
        states.filter_map(|i| i.get("state")?.as_str()).any(|state| [TERMINATED, TERMINATING].contains(&state))
    };
    let all = trace::with_texts(list, traits, "createdAt");
    all.into_iter().filter(|a| !gone(&a.id)).map(|a| Alike { only: true, ..a }).collect()
}

/// The services that run in it and are not on their way out.
pub(super) fn services(identity: &Identity, answers: &dyn Answers) -> Vec<Holder> {
    let text = |service: &Json, field: &str| service.get(field).and_then(Json::as_str).unwrap_or_default().to_owned();
    let (Some(id), Some(services)) = (identity.get("id"), answers.get(&service::list())) else { return Vec::new() };
    let lives = |s: &&Json| text(s, "byocId") == *id && !service::observe::is_leaving(s);
    let holder = |s: &Json| Holder { kind: "service", id: text(s, "id"), name: text(s, "name"), how: "runs in it" };
    services.as_array().into_iter().flatten().filter(lives).map(holder).collect()
}

/// Such as `network: nat-gateways in progress, 0 of 5 stages ready`.
pub(super) fn progress(answer: &Json) -> Option<String> {
    let stages = answer.get("stages")?.as_array()?;
    let ready = stages.iter().filter(|stage| status(stage) == "ready").count();
    let count = format!("{ready} of {} stages ready", stages.len());
    // What failed tells most, then what is under way.
    let at = ["failed", "in_progress", "waiting", "pending"];
    let Some(stage) = at.iter().find_map(|word| stages.iter().find(|s| status(s) == *word)) else { return Some(count) };
    let parts = stage.get("subStages").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let inner = at.iter().find_map(|word| parts.iter().find(|s| status(s) == *word));
    let name = |stage: &Json| stage.get("name").and_then(Json::as_str).unwrap_or("a stage").to_owned();
    let what = inner.map_or_else(|| name(stage), |inner| format!("{}: {}", name(stage), name(inner)));
    let word = status(inner.unwrap_or(stage)).replace('_', " ");
    let message = inner.and_then(|i| i.get("message")).or_else(|| stage.get("message")).and_then(Json::as_str);
    let why = message.map(|text| format!(" ({text})")).unwrap_or_default();
    Some(format!("{what} {word}{why}, {count}"))
}

fn status(stage: &Json) -> &str {
    stage.get("status").and_then(Json::as_str).unwrap_or_default()
}
