//! The offline rules of a private link.

use crate::kinds::checker::Checker;
use crate::kinds::{Among, Finding, Neighbour, RuleContext, timeouts};
use crate::lang::value::Value;

/// Attributes that say how an endpoint is made.
const MAKING: [&str; 6] =
    ["aws", "vpc_id", "subnet_ids", "security_group_ids", "private_dns_enabled", "service_region"];

pub(super) fn check(context: &RuleContext<'_>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    connected(&mut c);
    timeouts::check(&mut c);
    if c.tier() == Some("basic") && c.set("service_ids") {
        c.needs("HW1033", "service_ids", "A private link", "scale");
    }
    if c.set("endpoint_id") {
        elsewhere(&mut c);
    } else {
        made(&mut c);
    }
    c.findings
}

fn connected(c: &mut Checker<'_>) {
    let named = c.get("service_ids").is_some_and(|ids| !ids.is_known() || ids.elements().next().is_some());
    let network = c.set("byoc_id") && !c.set("endpoint_id");
    if !named && !network {
        let detail = "A private link leads to services, or to the network of a BYOC infrastructure.";
        let help = "Name the services in service_ids, or the infrastructure in byoc_id.";
        c.error("HW1201", &["service_ids"], "The private link leads to nothing", detail, help);
    }
    if c.flag("private_dns_enabled") == Some(false) && c.set("byoc_id") {
        let detail = "The host names of BYOC services behind a private link are made for private DNS; without it nobody finds them.";
        c.error(
            "HW1205",
            &["private_dns_enabled"],
            "BYOC needs private DNS",
            detail,
            "Leave private_dns_enabled out, or set it to true.",
        );
    }
}

fn elsewhere(c: &mut Checker<'_>) {
    for attribute in MAKING.into_iter().filter(|a| c.set(a)).collect::<Vec<_>>() {
        let detail =
            "endpoint_id names an endpoint that was made elsewhere; how it is made is not this block's to say.";
        let help = format!("Leave {attribute} out, or endpoint_id to have an endpoint made.");
        c.error(
            "HW1202",
            &[attribute, "endpoint_id"],
            format!("`{attribute}` does not go with `endpoint_id`"),
            detail,
            help,
        );
    }
    if let Some(id) = c.text("endpoint_id").filter(|id| provider_of(id).is_none()) {
        let detail = format!(
            "`{id}` has the form of no endpoint: AWS gives vpce- and hexadecimal digits, GCP a number, Azure a resource id or a GUID."
        );
        let help =
            "In AWS take the endpoint's id, in GCP its PSC connection id, in Azure the private endpoint's resource id.";
        c.error("HW1204", &["endpoint_id"], "This is no id of a private endpoint", detail, help);
    }
}

/// The cloud that gives ids of this form.
pub(super) fn provider_of(id: &str) -> Option<&'static str> {
    let hexadecimal = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let lower = id.to_ascii_lowercase();
    if id.strip_prefix("vpce-").is_some_and(|rest| (8..=17).contains(&rest.len()) && hexadecimal(rest)) {
        return Some("aws");
    }
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) {
        return Some("gcp");
    }
    let resource = lower.starts_with("/subscriptions/") && lower.contains("/privateendpoints/");
    (resource || uuid::Uuid::try_parse(id).is_ok()).then_some("azure")
}

fn made(c: &mut Checker<'_>) {
    let missing: Vec<&'static str> = ["aws", "vpc_id", "subnet_ids"].into_iter().filter(|a| !c.set(a)).collect();
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|m| format!("`{m}`")).collect();
        let detail = "Without endpoint_id an endpoint is made in AWS, which needs account and region, VPC and subnets.";
        let help = "Give them, or endpoint_id with the id of an endpoint that was made elsewhere.";
        c.error("HW1203", &missing, format!("{} must be given", names.join(" and ")), detail, help);
    }
    let shapes = [("vpc_id", "vpc-"), ("subnet_ids", "subnet-"), ("security_group_ids", "sg-")];
    for (attribute, prefix) in shapes {
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
    if c.get("subnet_ids").is_some_and(|s| s.is_known() && s.elements().next().is_none()) {
        let detail = "An endpoint has an address in each of its subnets, and needs one.";
        c.error(
            "HW1206",
            &["subnet_ids"],
            "An endpoint needs a subnet",
            detail,
            "Name one subnet for each zone that uses it.",
        );
    }
}

/// What the services that are still to be made say about what is stated; those that are there are read.
pub(super) fn check_among(context: &RuleContext<'_>, among: &Among<'_>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    let services = c.get("service_ids").into_iter().flat_map(Value::elements).enumerate();
    let new = services.filter(|(_, id)| !id.is_known());
    let found = new.filter_map(|(index, id)| Some((index, *among.with("service", "id", id).first()?)));
    for (index, service) in found.collect::<Vec<_>>() {
        let place = format!("service_ids.{index}");
        cloud_of(&mut c, &service, &place);
        if !c.set("endpoint_id") {
            region_of(&mut c, &service, &place);
            private_dns(&mut c, &service);
        }
    }
    c.findings
}

fn cloud_of(c: &mut Checker<'_>, service: &Neighbour<'_>, place: &str) {
    let Some(cloud) = service.states("cloud_provider").and_then(Value::as_str) else { return };
    let summary = format!("The service runs in {cloud}");
    match c.text("endpoint_id") {
        Some(id) if provider_of(id).is_some_and(|of| of != cloud) => {
            let detail = "The endpoint's id has the form that another cloud gives.";
            c.error("HW1204", &["endpoint_id"], summary, detail, "Take the id of an endpoint that was made there.");
        }
        None if !c.set("endpoint_id") && cloud != "aws" => {
            let help = "Make the endpoint there, and give its id as endpoint_id.";
            c.error("HW1208", &[place, "aws"], summary, "An endpoint in AWS does not reach it.", help);
        }
        _ => return,
    }
    c.beside(service, "cloud_provider", "the service's cloud");
}

fn region_of(c: &mut Checker<'_>, service: &Neighbour<'_>, place: &str) {
    let own = c.text("service_region").or_else(|| c.text("aws.region"));
    let theirs = service.states("region").and_then(Value::as_str);
    let in_aws = service.states("cloud_provider").and_then(Value::as_str) == Some("aws");
    if let (Some(own), Some(theirs), true) = (own, theirs, in_aws)
        && own != theirs
    {
        let summary = format!("The service runs in {theirs}, and the endpoint is made for {own}");
        let detail = "An endpoint reaches services of its own region.";
        let help = format!(
            "If the regions may be connected, say so: service_region = \"{theirs}\". Otherwise make the endpoint in {theirs}."
        );
        c.error("HW1208", &[place], summary, detail, help);
        c.beside(service, "region", "the service's region");
    }
}

fn private_dns(c: &mut Checker<'_>, service: &Neighbour<'_>) {
    let Some(stated) = c.flag("private_dns_enabled") else { return };
    // An infrastructure that is named is told above.
    let byoc = service.states("byoc_id").is_some();
    if c.set("byoc_id") || stated == byoc {
        return;
    }
    let summary = if stated { "Private DNS does not work with ClickHouse Cloud" } else { "BYOC needs private DNS" };
    let detail =
        "The endpoint service of ClickHouse Cloud has no private DNS name; that of a BYOC infrastructure needs it.";
    let help = "Leave private_dns_enabled out: then it is what works.";
    c.error("HW1205", &["private_dns_enabled"], summary, detail, help);
    c.beside(service, if byoc { "byoc_id" } else { "name" }, "the service");
}
