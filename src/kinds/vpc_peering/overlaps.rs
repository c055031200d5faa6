//! Ranges of addresses that the networks around an infrastructure must not have in common, as far as the configuration
//! tells them. What only AWS tells is held against each other by what is read.

use crate::kinds::checker::Checker;
use crate::kinds::{Among, Finding, Neighbour, RuleContext, ec2};
use crate::lang::value::Value;

/// The range of the infrastructure's VPC.
const RANGE: &str = "vpc_cidr_range";
/// The range of the other VPC.
const PEER: &str = "peer_vpc_cidr_range";

pub(super) fn check<'a>(context: &RuleContext<'_>, this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    let own = infrastructure(this, among);
    if let Some(own) = &own {
        with_infrastructure(&mut c, own);
    }
    // Of two that do not go together, the later one tells.
    for other in among.of("vpc_peering").filter(|other| other.address < this.address) {
        if same(this, &other, "byoc_id") {
            with_peer(&mut c, &other);
        } else if same(this, &other, "peer_vpc_id") {
            between_infrastructures(&mut c, own.as_ref(), infrastructure(&other, among).as_ref());
        }
    }
    c.findings
}

fn infrastructure<'a>(peering: &Neighbour<'a>, among: &Among<'a>) -> Option<Neighbour<'a>> {
    among.with("byoc_infrastructure", "id", peering.states("byoc_id")?).first().copied()
}

fn same(one: &Neighbour<'_>, other: &Neighbour<'_>, attribute: &str) -> bool {
    let token = |n: &Neighbour<'_>| n.states(attribute).and_then(Value::token);
    token(one).is_some() && token(one) == token(other)
}

fn range<'a>(infrastructure: &Neighbour<'a>) -> Option<&'a str> {
    infrastructure.gives(RANGE).and_then(Value::as_str)
}

fn with_infrastructure(c: &mut Checker<'_>, infrastructure: &Neighbour<'_>) {
    let (Some(peer), Some(own)) = (c.text(PEER), range(infrastructure)) else { return };
    if ec2::overlap(peer, own) {
        let summary = format!("The networks overlap: {own} and {peer}");
        let detail = "AWS refuses a peering of networks with common addresses.";
        let help = "Give the infrastructure another range before it is built, or peer another VPC.";
        c.error("HW1047", &[PEER], summary, detail, help);
        c.beside(infrastructure, RANGE, "the infrastructure's range");
    }
}

fn with_peer(c: &mut Checker<'_>, other: &Neighbour<'_>) {
    let (Some(peer), Some(theirs)) = (c.text(PEER), other.states(PEER).and_then(Value::as_str)) else { return };
    if ec2::overlap(peer, theirs) {
        let summary = format!("Two VPCs that are peered with one infrastructure overlap: {theirs} and {peer}");
        let detail = "A route leads to one of them, so that the other's clients get no answers.";
        c.error("HW1047", &[PEER], summary, detail, "Peer networks without common addresses.");
        c.beside(other, PEER, "the other network");
    }
}

fn between_infrastructures(c: &mut Checker<'_>, own: Option<&Neighbour<'_>>, other: Option<&Neighbour<'_>>) {
    let (Some(own), Some(other)) = (own, other) else { return };
    let (Some(here), Some(there)) = (range(own), range(other)) else { return };
    if ec2::overlap(here, there) {
        let summary = format!("One VPC is peered with two infrastructures that overlap: {there} and {here}");
        let detail = "A route leads to one of them, so that nobody in the VPC reaches the other.";
        let help = "Give one infrastructure another range before it is built, or peer the VPC with one of them.";
        c.error("HW1047", &["peer_vpc_id"], summary, detail, help);
        c.beside(other, RANGE, "one infrastructure");
        c.beside(own, RANGE, "the other");
    }
}
