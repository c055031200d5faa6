//! The calls of a private link: the endpoint, then its id on each service; and back in the opposite order.

use std::collections::BTreeMap;
use std::time::Duration;

use clickhouse_cloud_api::models as wire;
use serde_json::{Value as Json, json};

use super::{AWS, byoc_config, endpoints, texts};
use crate::call::{Body, BodyBuilder, Call, Ec2, Method, Read, Tolerance, Until, Wait};
use crate::kinds::{Change, Operation, ec2, part, service, timeouts};
use crate::lang::value::Value;

/// How long an endpoint is waited for.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// How long AWS usually takes for an endpoint, to make or to remove it.
const MAKING: Duration = Duration::from_secs(60);

/// States in which it is good enough to attach the endpoint: some platforms accept it only once it is.
const ATTACHABLE: [&str; 2] = ["available", "pendingAcceptance"];

pub(super) fn calls(change: &Change<'_>) -> Vec<Call> {
    let place = ec2::noted(change.identity, AWS);
    let mut calls = match change.operation {
        Operation::Create => creation(change, place.as_ref()),
        Operation::Update => update(change, place.as_ref()),
        Operation::Delete => return deletion(change, place.as_ref()),
    };
    // Everything is asked for; what is left is that somebody accepts it.
    if let (Some(place), Some(last)) = (place, calls.last_mut().filter(|c| c.step.starts_with("attach"))) {
        last.wait = Some(until(change, &place, &["available"]));
    }
    calls
}

fn creation(change: &Change<'_>, place: Option<&Ec2>) -> Vec<Call> {
    let mut calls = Vec::new();
    let Some(place) = place else {
        calls.extend(attachments(change, &stated(change)));
        return calls;
    };
    if let Some(former) = change.former.and_then(|f| f.get("id")) {
        calls.extend(leftovers(change, former));
        calls.push(removal("remove the old endpoint", place, former));
    }
    calls.push(endpoint(change, place));
    calls.extend(attachments(change, &stated(change)));
    if let [.., only] = calls.as_mut_slice()
        && only.step == "create"
    {
        only.wait = Some(until(change, place, &["available"]));
    }
    calls
}

/// The id of an endpoint that is no more, off the services that still have it.
fn leftovers(change: &Change<'_>, former: &str) -> Vec<Call> {
    let identity = crate::kinds::Identity::from_iter([("id".to_owned(), former.to_owned())]);
    let attached = super::observe::attached(&identity, change.answers).unwrap_or_default();
    numbered("detach the old", attached.iter().map(|id| patch(id, &[], &[former.to_owned()])))
}

fn endpoint(change: &Change<'_>, place: &Ec2) -> Call {
    let text = |name: &str| change.get(name).and_then(Value::as_str);
    let mut parameters = json!({
        "VpcEndpointType": "Interface",
        "VpcId": text("vpc_id"),
        "SubnetId": texts(change.get("subnet_ids")),
        "SecurityGroupId": texts(change.get("security_group_ids")),
        "PrivateDnsEnabled": private_dns(change),
        "ServiceRegion": text("service_region").filter(|region| *region != place.region),
        "ClientToken": change.ownership,
        "TagSpecification": ec2::tags("vpc-endpoint", "clickhouse-cloud", change.ownership),
    });
    let attributes = [
        ("VpcId", "vpc_id"),
        ("SubnetId", "subnet_ids"),
        ("SecurityGroupId", "security_group_ids"),
        ("PrivateDnsEnabled", "private_dns_enabled"),
        ("ServiceRegion", "service_region"),
    ];
    let open = |name: &str| change.get(name).is_some_and(|v| !v.is_wholly_known());
    let mut holes: BTreeMap<String, String> =
        attributes.iter().filter(|(_, a)| open(a)).map(|(p, a)| ((*p).to_owned(), (*a).to_owned())).collect();
    let name = config(change.desired).and_then(|(read, pointer)| {
        let answer = change.answers.get(&read)?;
        ec2::text(&answer, pointer).filter(|name| !name.is_empty()).map(str::to_owned)
    });
    let lacks = name.is_none().then(|| "the endpoint service to connect to".to_owned());
    if let Json::Object(fields) = &mut parameters {
        match name {
            Some(name) => drop(fields.insert("ServiceName".to_owned(), Json::from(name))),
            None => drop(holes.insert("ServiceName".to_owned(), "endpoint_service_name".to_owned())),
        }
        fields.retain(|field, value| !value.is_null() && !holes.contains_key(field));
    }
    let mut call = Call::ec2("create", place, "CreateVpcEndpoint", parameters);
    if let Some(body) = &mut call.body {
        body.holes = holes;
    }
    call.lacks = lacks;
    call.identity = BTreeMap::from([("id".to_owned(), "/vpcEndpoint/vpcEndpointId".to_owned())]);
    call.shows = Some((endpoints(place), "/vpcEndpoint".to_owned()));
    call.writes = change.changed.iter().filter(|a| *a != "service_ids").cloned().collect();
    call.wait = Some(until(change, place, &ATTACHABLE));
    call
}

/// What tells the name of the endpoint service: the read, and where in its answer the name is.
pub(super) fn config(desired: &Value) -> Option<(Read, &'static str)> {
    match desired.get("byoc_id").filter(|id| !id.is_null()) {
        Some(id) => Some((byoc_config(id.as_str()?), "/endpointName")),
        None => {
            let first = desired.get("service_ids")?.elements().next()?.as_str()?;
            Some((service::observe::private_endpoint_config(first), "/endpointServiceId"))
        }
    }
}

/// As stated; otherwise what works: host names of BYOC services are made for it, those of ClickHouse Cloud are not.
fn private_dns(change: &Change<'_>) -> bool {
    let stated = change.get("private_dns_enabled").and_then(Value::as_bool);
    stated.unwrap_or_else(|| is_byoc(change.desired, change.answers))
}

/// Whether the endpoint leads into a BYOC infrastructure.
pub(super) fn is_byoc(desired: &Value, answers: &dyn crate::kinds::Answers) -> bool {
    let first = desired.get("service_ids").and_then(|ids| ids.elements().next()).and_then(Value::as_str);
    let service = first.and_then(|id| answers.item(&service::list(), id));
    desired.get("byoc_id").is_some_and(|id| !id.is_null())
        || service.is_some_and(|s| ec2::text(&s, "/byocId").is_some_and(|id| !id.is_empty()))
}

fn update(change: &Change<'_>, place: Option<&Ec2>) -> Vec<Call> {
    let mut calls: Vec<Call> = place.and_then(|place| modification(change, place)).into_iter().collect();
    if change.changes("service_ids") {
        let id = change.identity.get("id").cloned().unwrap_or_default();
        calls.extend(numbered("detach", leaving(change).iter().map(|s| patch(s, &[], std::slice::from_ref(&id)))));
        let there = texts(change.current("service_ids"));
        let missing: Vec<Option<String>> =
            stated(change).into_iter().filter(|s| s.as_ref().is_none_or(|s| !there.contains(s))).collect();
        calls.extend(attachments(change, &missing));
        if let Some(last) = calls.last_mut() {
            last.writes.push("service_ids".to_owned());
        }
    }
    calls
}

/// Services that this block attached and no longer names.
pub(super) fn leaving(change: &Change<'_>) -> Vec<String> {
    let (wanted, there) = (texts(change.get("service_ids")), texts(change.current("service_ids")));
    let ours = texts(crate::schema::at_path(change.applied, "service_ids"));
    ours.into_iter().filter(|s| there.contains(s) && !wanted.contains(s)).collect()
}

fn modification(change: &Change<'_>, place: &Ec2) -> Option<Call> {
    const ABOUT: [&str; 3] = ["subnet_ids", "security_group_ids", "private_dns_enabled"];
    if !change.changes_any(&ABOUT) {
        return None;
    }
    let mut parameters = json!({ "VpcEndpointId": change.identity.get("id") });
    let mut differing = |attribute: &str, add: &str, remove: &str| {
        if change.changes(attribute) {
            let (want, have) = (texts(change.get(attribute)), texts(change.current(attribute)));
            parameters[add] = json!(want.iter().filter(|i| !have.contains(i)).collect::<Vec<_>>());
            parameters[remove] = json!(have.iter().filter(|i| !want.contains(i)).collect::<Vec<_>>());
        }
    };
    differing("subnet_ids", "AddSubnetId", "RemoveSubnetId");
    differing("security_group_ids", "AddSecurityGroupId", "RemoveSecurityGroupId");
    if change.changes("private_dns_enabled") {
        parameters["PrivateDnsEnabled"] = json!(private_dns(change));
    }
    let mut call = Call::ec2("modify", place, "ModifyVpcEndpoint", parameters);
    let open = |name: &&&str| change.get(name).is_some_and(|v| !v.is_wholly_known());
    if let (Some(body), Some(unknown)) = (&mut call.body, ABOUT.iter().find(open)) {
        let fields =
            ["AddSubnetId", "RemoveSubnetId", "AddSecurityGroupId", "RemoveSecurityGroupId", "PrivateDnsEnabled"];
        body.holes = fields.iter().map(|field| ((*field).to_owned(), (*unknown).to_owned())).collect();
    }
    call.outdates = vec![endpoints(place)];
    call.writes = ABOUT.iter().filter(|a| change.changes(a)).map(|a| (*a).to_owned()).collect();
    call.wait = Some(until(change, place, &ATTACHABLE));
    Some(call)
}

fn deletion(change: &Change<'_>, place: Option<&Ec2>) -> Vec<Call> {
    let Some(id) = change.identity.get("id") else { return Vec::new() };
    // An endpoint of our own takes all its attachments along; of another's, only what this block attached.
    let mut services = texts(change.current("service_ids"));
    if place.is_none() {
        let ours = texts(crate::schema::at_path(change.applied, "service_ids"));
        services.retain(|s| ours.contains(s));
    }
    let mut calls = numbered("detach", services.iter().map(|s| patch(s, &[], std::slice::from_ref(id))));
    if let Some(place) = place {
        let mut call = removal("delete", place, id);
        let ended = spelled(&["deleted"]);
        let until = Until::Gone { pointer: "/state".to_owned(), ended };
        call.wait = Some(Wait {
            read: endpoints(place),
            until,
            timeout: timeouts::of(change, "delete", TIMEOUT),
            typical: MAKING,
            what: "until it is gone".to_owned(),
        });
        calls.push(call);
    }
    calls
}

fn removal(step: &str, place: &Ec2, id: &str) -> Call {
    let mut call = Call::ec2(step, place, "DeleteVpcEndpoints", json!({ "VpcEndpointId": [id] }));
    call.tolerance = Tolerance::Gone;
    call.outdates = vec![endpoints(place)];
    call
}

/// The services as stated; `None` where an id is not known yet.
fn stated(change: &Change<'_>) -> Vec<Option<String>> {
    match change.get("service_ids") {
        Some(list) if list.is_known() => list.elements().map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// One call for each service; while the list itself is not known, one that stands for all.
fn attachments(change: &Change<'_>, services: &[Option<String>]) -> Vec<Call> {
    let id = change.identity.get("id").cloned();
    let add = [id.clone().unwrap_or_default()];
    let attach = |service: &str| {
        let mut call = patch(service, &add, &[]);
        if let (None, Some(body)) = (&id, &mut call.body) {
            body.identities = vec!["/privateEndpointIds/add/0".to_owned()];
        }
        call
    };
    if change.get("service_ids").is_some_and(|list| !list.is_known()) {
        let mut call = attach("{service_ids}");
        call.step = "attach".to_owned();
        call.each = true;
        return vec![call];
    }
    let ids = services.iter().map(|s| s.as_deref().unwrap_or("{service_ids}"));
    let mut calls = numbered("attach", ids.map(attach));
    if let Some(last) = calls.last_mut() {
        last.writes = vec!["service_ids".to_owned()];
    }
    calls
}

fn numbered(step: &str, calls: impl Iterator<Item = Call>) -> Vec<Call> {
    let named = |(n, call): (usize, Call)| Call { step: format!("{step} {}", n + 1), ..call };
    calls.enumerate().map(named).collect()
}

/// Puts endpoints on a service and takes others off; the ids of others are not touched.
fn patch(service: &str, add: &[String], remove: &[String]) -> Call {
    let wire = wire::ServicePatchRequest {
        private_endpoint_ids: Some(wire::InstancePrivateEndpointsPatch { add: add.to_vec(), remove: remove.to_vec() }),
        ..wire::ServicePatchRequest::default()
    };
    let mut call = Call::new("attach", "instanceUpdate", Method::Patch, part::path(service, ""));
    call.body = Some(Body { ..BodyBuilder::default().finish(&wire) });
    call.outdates = vec![service::list()];
    if add.is_empty() {
        call.tolerance = Tolerance::Gone;
    }
    call
}

pub(super) fn resume(change: &Change<'_>) -> Option<Wait> {
    let place = ec2::noted(change.identity, AWS)?;
    let status = change.status().filter(|s| !ec2::is_one_of(s, &["available"]))?;
    let open = change.operation == Operation::Update && change.changes("service_ids");
    match (open, ec2::is_one_of(status, &ATTACHABLE)) {
        // What is still to be attached may be what it waits for; the last call waits for the rest.
        (true, true) => None,
        (true, false) => Some(until(change, &place, &ATTACHABLE)),
        (false, _) if change.operation == Operation::Update => Some(until(change, &place, &["available"])),
        _ => None,
    }
}

fn until(change: &Change<'_>, place: &Ec2, good: &[&str]) -> Wait {
    let operation = if change.operation == Operation::Create { "create" } else { "update" };
    let bad = [
        (
            "rejected",
            "the owner of the endpoint service rejected the connection; ask them to accept it, or take another network",
        ),
        ("failed", "AWS could not make it; look at the endpoint in the AWS console"),
        ("expired", "nobody accepted the connection in time"),
        ("deleting", "somebody is deleting it"),
        ("deleted", "somebody deleted it"),
    ];
    let words = |(state, why): (&str, &str)| ec2::spellings(state).map(|s| (s, why.to_owned()));
    let until = Until::Field {
        pointer: "/state".to_owned(),
        good: spelled(good),
        bad: bad.into_iter().flat_map(words).collect(),
    };
    let what = match good {
        ["available"] => {
            "until it is available; while it is pendingAcceptance, the owner of the endpoint service has to accept it"
        }
        _ => "until it is there",
    };
    let timeout = timeouts::of(change, operation, TIMEOUT);
    Wait { read: endpoints(place), until, timeout, typical: MAKING, what: what.to_owned() }
}

fn spelled(states: &[&str]) -> Vec<String> {
    states.iter().flat_map(|s| ec2::spellings(s)).collect()
}

/// A number of services, in words.
pub(super) fn services(count: usize) -> String {
    if count == 1 { "1 service".to_owned() } else { format!("{count} services") }
}
