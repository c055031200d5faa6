//! The offline rules of a peering.

use crate::kinds::checker::Checker;
use crate::kinds::{Finding, RuleContext, ec2, timeouts};
use crate::lang::value::Value;

pub(super) fn check(context: &RuleContext<'_>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    timeouts::check(&mut c);
    for (attribute, whose) in [("aws", "the infrastructure"), ("peer_aws", "the other VPC")] {
        if !c.set(attribute) {
            let detail = format!("A peering is made in the account of {whose} as well.");
            let help = format!(
                "Say how it is entered: {attribute} = {{ region = \"…\" }}, with profile or assume_role where the environment's credentials do not do."
            );
            c.error("HW1211", &[attribute], format!("`{attribute}` must be given"), detail, help);
        }
    }
    for (attribute, prefix) in
        [("vpc_id", "vpc-"), ("peer_vpc_id", "vpc-"), ("route_table_ids", "rtb-"), ("peer_route_table_ids", "rtb-")]
    {
        let Some(value) = c.get(attribute).filter(|v| v.is_known()) else { continue };
        let all: Vec<&str> = value.elements().filter_map(Value::as_str).chain(value.as_str()).collect();
        if let Some(wrong) = all.iter().find(|text| !text.starts_with(prefix)) {
            let detail = format!("\"{wrong}\" does not begin with {prefix}.");
            c.error(
                "HW1206",
                &[attribute],
                format!("`{attribute}` names something else"),
                detail,
                "Take the id from the AWS console.",
            );
        }
    }
    if let Some(range) = c.text("peer_vpc_cidr_range").filter(|range| !ec2::is_range(range)) {
        let detail = "A VPC has a range of IPv4 addresses.";
        let summary = format!("`{range}` is no range");
        c.error("HW1207", &["peer_vpc_cidr_range"], summary, detail, "Write for example \"10.60.0.0/16\".");
    }
    if let (Some(one), Some(other)) = (c.text("vpc_id"), c.text("peer_vpc_id"))
        && one == other
    {
        let detail = "A VPC reaches itself without a peering.";
        c.error(
            "HW1212",
            &["peer_vpc_id", "vpc_id"],
            "Both sides are the same VPC",
            detail,
            "Name the VPC of the clients in peer_vpc_id.",
        );
    }
    c.findings
}
