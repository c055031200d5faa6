//! The calls a change of a BYOC infrastructure needs: it is built by one, and all that can change is one PATCH.

use std::collections::BTreeMap;
use std::time::Duration;

use clickhouse_cloud_api::models as wire;
use serde_json::Value as Json;

use super::observe::{self, all, details, list, path, stages, tags};
use super::{DEGRADED, PROVISIONING, READY, TERMINATED, TERMINATING};
use crate::call::{Body, Call, Method, Tolerance, Until, Wait};
use crate::kinds::body::{Fields, word};
use crate::kinds::service::OWNERSHIP_TAG;
use crate::kinds::{Change, Operation, part, timeouts};
use crate::lang::value::Value;

/// How long a wait lasts unless `timeouts` says otherwise: an hour is normal, and a couple of hours happen.
const TIMEOUT: Duration = Duration::from_secs(3 * 3600);

/// How long the platform usually takes.
const BUILDING: Duration = Duration::from_secs(40 * 60);
const REMOVING: Duration = Duration::from_secs(30 * 60);

/// What a creation cannot say.
const SWITCHES: [&str; 4] =
    ["enable_private_link", "gcp_psc_subnet_id", "enable_private_load_balancer", "enable_public_load_balancer"];

pub(super) fn calls(change: &Change<'_>) -> Vec<Call> {
    match change.operation {
        Operation::Create => [Some(create(change)), patch(change, &SWITCHES)].into_iter().flatten().collect(),
        Operation::Update => patch(change, &[&SWITCHES[..], &["display_name", "tags"]].concat()).into_iter().collect(),
        Operation::Delete if change.status() == Some(TERMINATING) => Vec::new(),
        Operation::Delete => vec![delete(change)],
    }
}

/// The wait that an interrupted building or removal still owes.
pub(super) fn resume(change: &Change<'_>) -> Option<Wait> {
    match (change.operation, change.status()?) {
        (Operation::Delete, TERMINATING) => Some(until_gone(change)),
        (Operation::Update, PROVISIONING | DEGRADED | TERMINATING) => Some(until_built(change)),
        _ => None,
    }
}

fn until_built(change: &Change<'_>) -> Wait {
    let why = "It could not be built. The platform tries again by itself; mend in the account what stands in its way.";
    Wait {
        read: stages(part::id(change)),
        until: Until::Field {
            pointer: "/status".to_owned(),
            good: vec!["ready".to_owned()],
            bad: BTreeMap::from([("failed".to_owned(), why.to_owned())]),
        },
        timeout: timeouts::of(change, "create", TIMEOUT),
        typical: BUILDING,
        what: "until it is built".to_owned(),
    }
}

fn until_changed(change: &Change<'_>) -> Wait {
    let gone = "Somebody is removing it.".to_owned();
    Wait {
        read: list(),
        until: Until::Field {
            pointer: "/state".to_owned(),
            good: [READY, DEGRADED].map(str::to_owned).to_vec(),
            bad: [TERMINATING, TERMINATED].map(|state| (state.to_owned(), gone.clone())).into(),
        },
        timeout: timeouts::of(change, "update", TIMEOUT),
        // The answer mostly shows it ready: what was asked for goes on behind that.
        typical: Duration::ZERO,
        what: "until the change is carried out".to_owned(),
    }
}

fn until_gone(change: &Change<'_>) -> Wait {
    let until = Until::Gone { pointer: "/state".to_owned(), ended: vec![TERMINATED.to_owned()] };
    let (read, timeout) = (details(part::id(change)), timeouts::of(change, "delete", TIMEOUT));
    Wait { read, until, timeout, typical: REMOVING, what: "until it is gone".to_owned() }
}

/// What a creation says; the preflight says the same without the name.
pub(super) fn creation(change: &Change<'_>) -> Body {
    let mut f = Fields::of(change);
    let zones = f.texts("availabilityZoneSuffixes", "availability_zone_suffixes");
    let tags = f.take("tags", "tags").map(tag_map);
    let wire = wire::ByocInfrastructurePostRequest {
        region_id: f.word("regionId", "region_id").unwrap_or_default(),
        account_id: f.text("accountId", "account_id").unwrap_or_default(),
        availability_zone_suffixes: zones.map(|zones| zones.iter().filter_map(|zone| word(zone)).collect()),
        vpc_cidr_range: f.text("vpcCidrRange", "vpc_cidr_range"),
        external_id: f.text("externalId", "external_id"),
        tenant_id: f.text("tenantId", "tenant_id"),
        service_principal_client_id: f.text("servicePrincipalClientId", "service_principal_client_id"),
        vpc_id: f.text("vpcId", "vpc_id"),
        private_subnet_ids: f.texts("privateSubnetIds", "private_subnet_ids"),
        public_subnet_ids: f.texts("publicSubnetIds", "public_subnet_ids"),
        gcp_pod_cidr_range_names: f.texts("gcpPodCidrRangeNames", "gcp_pod_cidr_range_names"),
        gcp_shared_vpc_host_project_id: f.text("gcpSharedVpcHostProjectId", "gcp_shared_vpc_host_project_id"),
        display_name: f.text("displayName", "display_name"),
        ..wire::ByocInfrastructurePostRequest::default()
    };
    with_tags(f.body.finish(&wire), tags)
}

fn tag_map(tags: &Value) -> BTreeMap<String, String> {
    tags.entries().map(|(key, value)| (key.to_string(), value.as_str().unwrap_or_default().to_owned())).collect()
}

fn with_tags(mut body: Body, tags: Option<BTreeMap<String, String>>) -> Body {
    if let (Some(tags), Json::Object(map)) = (tags, &mut body.json) {
        map.insert("tags".to_owned(), serde_json::json!(tags));
    }
    body
}

/// Tags are replaced as a whole, so that the mark of ownership stands among them each time.
fn marked(body: &mut Body, mark: Option<String>) {
    if let (Some(mark), Json::Object(fields)) = (mark, &mut body.json) {
        let tags = fields.entry("tags").or_insert_with(|| Json::Object(serde_json::Map::new()));
        if let Json::Object(tags) = tags {
            tags.insert(OWNERSHIP_TAG.to_owned(), Json::from(mark));
        }
    }
}

fn create(change: &Change<'_>) -> Call {
    let mut call = Call::new("create", "organizationByocInfrastructureCreate", Method::Post, all());
    let mut body = creation(change);
    if !body.holes.contains_key("tags") {
        marked(&mut body, change.ownership.map(str::to_owned));
    }
    call.body = Some(body);
    call.identity = BTreeMap::from([("id".to_owned(), "/id".to_owned())]);
    call.shows = Some((list(), String::new()));
    call.wait = Some(until_built(change));
    call.writes = change.changed.iter().filter(|a| !SWITCHES.contains(&a.as_str())).cloned().collect();
    call
}

/// The PATCH of those of the attributes that change.
fn patch(change: &Change<'_>, about: &[&str]) -> Option<Call> {
    let changes = |name: &str| about.contains(&name) && change.changes(name);
    if !about.iter().any(|name| change.changes(name)) {
        return None;
    }
    let mut f = Fields::of(change);
    let mut wire = wire::ByocInfrastructurePatchRequest::default();
    if changes("display_name") {
        wire.display_name = f.text("displayName", "display_name");
    }
    // The platform takes the subnet only together with the switch.
    if changes("enable_private_link") || changes("gcp_psc_subnet_id") {
        wire.enable_private_link = f.flag("enablePrivateLink", "enable_private_link");
        wire.gcp_psc_subnet_id =
            f.text("gcpPscSubnetId", "gcp_psc_subnet_id").filter(|_| wire.enable_private_link != Some(false));
    }
    if changes("enable_private_load_balancer") {
        wire.enable_private_load_balancer = f.flag("enablePrivateLoadBalancer", "enable_private_load_balancer");
    }
    if changes("enable_public_load_balancer") {
        wire.enable_public_load_balancer = f.flag("enablePublicLoadBalancer", "enable_public_load_balancer");
    }
    let tags = changes("tags").then(|| match change.get("tags") {
        None => Some(BTreeMap::new()),
        Some(_) => f.take("tags", "tags").map(tag_map),
    });
    let mut call =
        Call::new("update", "organizationByocInfrastructureUpdate", Method::Patch, path(part::id(change), ""));
    let tags = tags.flatten();
    let rewrites = tags.is_some();
    let mut body = with_tags(f.body.finish(&wire), tags);
    if rewrites {
        marked(&mut body, observe::mark(part::id(change), change.answers));
    }
    call.body = Some(body);
    call.shows = Some((list(), String::new()));
    call.outdates = vec![details(part::id(change)), self::tags(part::id(change))];
    call.wait = Some(until_changed(change));
    call.writes = about.iter().filter(|name| change.changes(name)).map(|name| (*name).to_owned()).collect();
    Some(call)
}

fn delete(change: &Change<'_>) -> Call {
    let mut call =
        Call::new("delete", "organizationByocInfrastructureDelete", Method::Delete, path(part::id(change), ""));
    // Its services may be gone for everybody but itself.
    call.tolerance = Tolerance::GoneOrLagging;
    call.wait = Some(until_gone(change));
    call
}
