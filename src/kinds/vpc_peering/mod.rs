//! The kind `vpc_peering`: a peering between the network of a BYOC infrastructure and one of the customer's.
//!
//! One block is several remote things in two accounts: the connection, its acceptance on the other side, and the routes of
//! both. Must not know how requests are signed and sent.

mod calls;
mod examine;
mod networks;
mod observe;
mod overlaps;
mod rules;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{
    Alike, Among, Answers, Change, Effect, EffectSort, Finding, Identity, Kind, Neighbour, Observed, Operation,
    RuleContext, ec2,
};
use crate::call::{Call, Ec2, Read, Wait};
use crate::lang::value::Value;
use crate::schema::Schema;

pub struct VpcPeering;

/// The name under which an identity holds the place of the infrastructure's VPC, and that of the other.
const AWS: &str = "aws";
const PEER_AWS: &str = "peer_aws";

/// States of a connection that does not come back from them.
const OVER: [&str; 5] = ["rejected", "failed", "expired", "deleting", "deleted"];

const STATUS: &str = "/status/code";

/// All peering connections of a place.
fn connections(place: &Ec2) -> Read {
    Read::ec2(place, "DescribeVpcPeeringConnections", "")
}

/// The places of both sides, where they are known.
fn places(identity: &Identity) -> Option<(Ec2, Ec2)> {
    ec2::noted(identity, AWS).zip(ec2::noted(identity, PEER_AWS))
}

impl Kind for VpcPeering {
    fn schema(&self) -> &'static Schema {
        &schema::SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn identify(&self, id: &str) -> Identity {
        let mut identity = ec2::identify(id, AWS);
        let place = identity.get(AWS).cloned();
        identity.extend(place.map(|place| (PEER_AWS.to_owned(), place)));
        identity
    }

    fn lies_outside(&self) -> bool {
        true
    }

    fn import_id(&self) -> &'static str {
        "eu-central-1/pcx-0a1b2c3d4e5f60718"
    }

    fn located(&self, values: &Value) -> Identity {
        let mut identity = Identity::new();
        ec2::note(&mut identity, AWS, values);
        ec2::note(&mut identity, PEER_AWS, values);
        identity
    }

    fn asks(&self, desired: &Value, identity: &Identity, answers: &dyn Answers) -> Vec<Read> {
        networks::asks(desired, identity, answers)
    }

    fn due(&self, desired: &Value, identity: &Identity, answers: &dyn Answers) -> Vec<(&'static str, Value)> {
        observe::due(desired, identity, answers)
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        rules::check(context)
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        overlaps::check(context, this, among)
    }

    fn examine(&self, desired: &Value, identity: &Identity, answers: &dyn Answers) -> Vec<Finding> {
        examine::examine(desired, identity, answers)
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        ec2::noted(identity, AWS).map(|place| connections(&place)).into_iter().collect()
    }

    fn further_reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>, answers: &dyn Answers) -> Vec<Read> {
        observe::further_reads(identity, answers)
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        observe::observe(identity, answers)
    }

    fn why_gone(&self, identity: &Identity, answers: &dyn Answers) -> Option<String> {
        let id = identity.get("id")?;
        let connection = answers.item(&connections(&ec2::noted(identity, AWS)?), id)?;
        Some(format!("the connection {id} is {}", ec2::text(&connection, STATUS)?))
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        calls::calls(change)
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        match change.operation {
            Operation::Create => vec![Effect::new(EffectSort::Notice, examine::GATE)],
            Operation::Update => Vec::new(),
            Operation::Delete => {
                let text = "nothing of the other network reaches the services through the peering any more";
                vec![Effect::new(EffectSort::Unavailable, text)]
            }
        }
    }

    fn resume(&self, change: &Change<'_>) -> Option<Wait> {
        calls::resume(change)
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        let id = observed.get("byoc_id").and_then(Value::as_str);
        id.map(|id| (format!("byoc {id}"), 0)).into_iter().collect()
    }

    fn carries_mark(&self) -> bool {
        true
    }

    fn recognise(&self, answer: &Json, ownership: &str) -> Option<Identity> {
        ec2::recognise(answer, ownership, STATUS, &OVER)
    }

    fn traits(&self, body: &Json) -> BTreeMap<String, String> {
        let fields = [("VpcId", "/requesterVpcInfo/vpcId"), ("PeerVpcId", "/accepterVpcInfo/vpcId")];
        let field = |(field, pointer): (&str, &str)| Some((pointer.to_owned(), body.get(field)?.as_str()?.to_owned()));
        fields.into_iter().filter_map(field).collect()
    }

    fn alike(&self, answer: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
        ec2::alike(answer, traits, STATUS, &OVER)
    }
}
