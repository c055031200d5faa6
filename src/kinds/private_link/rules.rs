//! The rules of a private link: without a request, and with what was read.

use crate::diag::{Code, Severity};
use crate::kinds::checker::Checker;
use crate::kinds::{Answers, Finding, Identity, RuleContext, ec2, service};
use crate::lang::value::Value;

/// Attributes that say how an endpoint is made.
const MAKING: [&str; 6] =
    ["aws", "vpc_id", "subnet_ids", "security_group_ids", "private_dns_enabled", "service_region"];

pub(super) fn check(context: &RuleContext<'_>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    connected(&mut c);
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
fn provider_of(id: &str) -> Option<&'static str> {
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

/// What the services that were read say about what is stated.
pub(super) fn examine(desired: &Value, identity: &Identity, answers: &dyn Answers) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (list, place) = (service::list(), ec2::noted(identity, super::AWS));
    let text = |name: &str| desired.get(name).and_then(Value::as_str);
    let region = text("service_region").or(place.as_ref().map(|p| p.region.as_str()));
    for id in super::texts(desired.get("service_ids")) {
        let Some(service) = answers.item(&list, &id) else { continue };
        let (name, at) = (ec2::text(&service, "/name").unwrap_or(&id), ec2::text(&service, "/region"));
        let provider = ec2::text(&service, "/provider").unwrap_or("aws");
        if place.is_some() && provider != "aws" {
            let help = "Make the endpoint there, and give its id as endpoint_id.";
            findings.push(error(
                "HW1208",
                &["service_ids", "aws"],
                format!("The service {name} runs in {provider}"),
                "An endpoint in AWS does not reach it.",
                help,
            ));
        } else if let (Some(region), Some(at), Some(_)) = (region, at, &place)
            && region != at
        {
            let summary = format!("The service {name} runs in {at}, and the endpoint is made for {region}");
            let help = format!(
                "If the regions may be connected, say so: service_region = \"{at}\". Otherwise make the endpoint in {at}."
            );
            findings.push(error(
                "HW1208",
                &["service_ids"],
                summary,
                "An endpoint reaches services of its own region.",
                help,
            ));
        }
        if text("endpoint_id").and_then(provider_of).is_some_and(|cloud| cloud != provider) {
            let summary = format!("The service {name} runs in {provider}");
            let help = "Take the id of an endpoint that was made there.";
            findings.push(error(
                "HW1204",
                &["endpoint_id"],
                summary,
                "The endpoint's id has the form that another cloud gives.",
                help,
            ));
        }
    }
    let (dns, byoc) =
        (desired.get("private_dns_enabled").and_then(Value::as_bool), super::calls::is_byoc(desired, answers));
    let known = super::texts(desired.get("service_ids")).iter().any(|id| answers.item(&list, id).is_some());
    if let (Some(dns), true) = (dns, known && dns != Some(byoc)) {
        let summary = if dns { "Private DNS does not work with ClickHouse Cloud" } else { "BYOC needs private DNS" };
        let detail =
            "The endpoint service of ClickHouse Cloud has no private DNS name; that of a BYOC infrastructure needs it.";
        findings.push(error(
            "HW1205",
            &["private_dns_enabled"],
            summary,
            detail,
            "Leave private_dns_enabled out: then it is what works.",
        ));
    }
    findings
}

fn error(
    code: &'static str,
    attributes: &[&'static str],
    summary: impl Into<String>,
    detail: &str,
    help: impl Into<String>,
) -> Finding {
    Finding {
        code: Code(code),
        severity: Severity::Error,
        attributes: attributes.iter().map(ToString::to_string).collect(),
        beside: Vec::new(),
        summary: summary.into(),
        detail: detail.to_owned(),
        help: help.into(),
    }
}
