//! The rules of a private link that rest on what was read: the services behind it.

use super::rules::provider_of;
use crate::diag::{Code, Severity};
use crate::kinds::{Answers, Finding, Identity, ec2, service};
use crate::lang::value::Value;

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
