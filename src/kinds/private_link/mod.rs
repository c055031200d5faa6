//! The kind `private_link`: an endpoint in a customer's network, and the services that may be reached through it.
//!
//! One block is several remote things: the endpoint, which EC2 makes or somebody else has made, and its id on each
//! service. Must not know how requests are signed and sent.

mod calls;
mod examine;
mod observe;
mod rules;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{
    Alike, Among, Answers, Change, Claim, Effect, EffectSort, Finding, Identity, Kind, Neighbour, Observed, Operation,
    RuleContext, ec2, part,
};
use crate::call::{Call, Ec2, Read, Wait};
use crate::lang::value::Value;
use crate::schema::Schema;

pub struct PrivateLink;

/// The name under which an identity holds the place of the endpoint.
const AWS: &str = "aws";

/// States of an endpoint that does not come back from them.
const OVER: [&str; 5] = ["deleting", "deleted", "rejected", "failed", "expired"];

/// All endpoints of a place.
fn endpoints(place: &Ec2) -> Read {
    Read::ec2(place, "DescribeVpcEndpoints", "")
}

/// What the endpoint of an infrastructure's network connects to.
fn byoc_config(id: &str) -> Read {
    let path = format!("/v1/organizations/{{organizationId}}/byocInfrastructure/{id}/privateEndpointConfig");
    Read::one("organizationByocInfrastructurePrivateEndpointConfigGet", path)
}

/// The texts of a list that are known.
fn texts(values: Option<&Value>) -> Vec<String> {
    values.into_iter().flat_map(Value::elements).filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Kind for PrivateLink {
    fn schema(&self) -> &'static Schema {
        &schema::SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn identify(&self, id: &str) -> Identity {
        ec2::identify(id, AWS)
    }

    fn lies_outside(&self) -> bool {
        true
    }

    fn import_id(&self) -> &'static str {
        "eu-central-1/vpce-0a1b2c3d4e5f60718"
    }

    fn located(&self, values: &Value) -> Identity {
        let mut identity = Identity::new();
        match values.get("endpoint_id").and_then(Value::as_str) {
            Some(id) => drop(identity.insert("id".to_owned(), id.to_owned())),
            None => ec2::note(&mut identity, AWS, values),
        }
        identity
    }

    fn asks(&self, desired: &Value, identity: &Identity, _answers: &dyn Answers) -> Vec<Read> {
        let mut asked = vec![super::service::list()];
        if !super::is_named(identity) {
            asked.extend(calls::config(desired).map(|(read, _)| read));
            asked.extend(ec2::noted(identity, AWS).map(|place| endpoints(&place)));
        }
        asked
    }

    fn claims(&self, values: &Value) -> Vec<Claim> {
        // Of a link that is there, the endpoint is known as well where the platform made it.
        let endpoint = |name: &str| values.get(name).filter(|v| !v.is_null());
        let Some(endpoint) = endpoint("endpoint_id").or_else(|| endpoint("id")) else { return Vec::new() };
        let link = Claim {
            what: "a private link through this endpoint".to_owned(),
            of: vec![endpoint.clone()],
            attribute: "endpoint_id".to_owned(),
        };
        let services = values.get("service_ids").into_iter().flat_map(Value::elements).enumerate();
        let attachment = |(index, id): (usize, &Value)| part::attachment(id, endpoint, format!("service_ids.{index}"));
        services.map(attachment).chain([link]).collect()
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        rules::check(context)
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, _this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        rules::check_among(context, among)
    }

    fn examine(&self, desired: &Value, identity: &Identity, answers: &dyn Answers) -> Vec<Finding> {
        examine::examine(desired, identity, answers)
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        let list = ec2::noted(identity, AWS).map(|place| endpoints(&place));
        let services = (list.is_some() || super::is_named(identity)).then(super::service::list);
        list.into_iter().chain(services).collect()
    }

    fn further_reads(&self, identity: &Identity, wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Vec<Read> {
        if !wanted.contains("private_dns_hostnames") {
            return Vec::new();
        }
        let attached = observe::attached(identity, answers).unwrap_or_default();
        attached.iter().map(|id| super::service::observe::private_endpoint_config(id)).collect()
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        observe::observe(identity, answers)
    }

    fn why_gone(&self, identity: &Identity, answers: &dyn Answers) -> Option<String> {
        let list = endpoints(&ec2::noted(identity, AWS)?);
        let endpoint = answers.item(&list, identity.get("id")?)?;
        Some(format!("the endpoint {} is {}", identity.get("id")?, ec2::text(&endpoint, "/state")?))
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        calls::calls(change)
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let lost = match change.operation {
            Operation::Create => return Vec::new(),
            Operation::Update => calls::leaving(change),
            Operation::Delete => texts(change.current("service_ids")),
        };
        let text = format!("whoever connects through the endpoint loses {}", calls::services(lost.len()));
        if lost.is_empty() { Vec::new() } else { vec![Effect::new(EffectSort::Unavailable, text)] }
    }

    fn resume(&self, change: &Change<'_>) -> Option<Wait> {
        calls::resume(change)
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        texts(observed.get("service_ids")).into_iter().map(|id| (format!("service {id}"), 0)).collect()
    }

    fn carries_mark(&self) -> bool {
        true
    }

    fn recognise(&self, answer: &Json, ownership: &str) -> Option<Identity> {
        ec2::recognise(answer, ownership, "/state", &OVER)
    }

    fn traits(&self, body: &Json) -> BTreeMap<String, String> {
        let fields = [("VpcId", "/vpcId"), ("ServiceName", "/serviceName")];
        let field = |(field, pointer): (&str, &str)| Some((pointer.to_owned(), body.get(field)?.as_str()?.to_owned()));
        fields.into_iter().filter_map(field).collect()
    }

    fn alike(&self, answer: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
        ec2::alike(answer, traits, "/state", &OVER)
    }
}
