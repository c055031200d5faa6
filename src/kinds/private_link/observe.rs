//! What the answers say about a private link.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{AWS, OVER, endpoints, schema};
use crate::kinds::{Answers, Identity, Observed, ec2, part, service};

/// The services that have the endpoint's id, wherever it came from.
pub(super) fn attached(identity: &Identity, answers: &dyn Answers) -> Option<Vec<String>> {
    let id = identity.get("id")?;
    let list = answers.get(&service::list())?;
    let has = |s: &&Json| ec2::items(s.get("privateEndpointIds")).any(|e| e.as_str() == Some(id));
    // An item may be newer than its list.
    let ids = ec2::items(Some(&list)).filter_map(|s| ec2::text(s, "/id"));
    let services = ids.filter_map(|id| answers.item(&service::list(), id));
    Some(services.filter(|s| has(&&**s)).filter_map(|s| ec2::text(&s, "/id").map(str::to_owned)).collect())
}

pub(super) fn observe(identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
    let id = identity.get("id")?;
    let services = attached(identity, answers);
    let mut fields = BTreeMap::from([("id", json!(id)), ("service_ids", json!(services))]);
    fields.insert("private_dns_hostnames", hostnames(services.as_deref().unwrap_or_default(), answers));
    let Some(place) = ec2::noted(identity, AWS) else {
        // An endpoint made elsewhere is there for us as long as it is attached to something.
        let there = services.is_some_and(|s| !s.is_empty());
        let values = part::typed(&schema::SCHEMA, &fields);
        return there.then_some(Observed { values, status: None, usable: true });
    };
    let endpoint = answers.item(&endpoints(&place), id)?;
    let status = ec2::text(&endpoint, "/state").unwrap_or_default().to_owned();
    if ec2::is_one_of(&status, &OVER) {
        return None;
    }
    let ids = |list: &str, item: &str| {
        let id = |i: &Json| i.as_str().or_else(|| ec2::text(i, item)).map(str::to_owned);
        json!(ec2::items(endpoint.get(list)).filter_map(id).collect::<Vec<_>>())
    };
    let field = |name: &str| endpoint.get(name).cloned().unwrap_or(Json::Null);
    fields.insert("status", json!(status));
    fields.insert("vpc_id", field("vpcId"));
    fields.insert("endpoint_service_name", field("serviceName"));
    fields.insert("subnet_ids", ids("subnetIdSet", "/subnetId"));
    fields.insert("security_group_ids", ids("groupSet", "/groupId"));
    fields.insert("dns_names", ids("dnsEntrySet", "/dnsName"));
    fields.insert("private_dns_enabled", json!(ec2::text(&endpoint, "/privateDnsEnabled").map(|t| t == "true")));
    let usable = ec2::is_one_of(&status, &["available"]);
    Some(Observed { values: part::typed(&schema::SCHEMA, &fields), status: Some(status), usable })
}

fn hostnames(services: &[String], answers: &dyn Answers) -> Json {
    let name = |id: &String| {
        let config = answers.get(&service::observe::private_endpoint_config(id))?;
        Some((id.clone(), json!(ec2::text(&config, "/privateDnsHostname")?)))
    };
    Json::Object(services.iter().filter_map(name).collect())
}
