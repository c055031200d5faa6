//! The offline rules of a BYOC infrastructure.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::diag::suggestion;
use crate::kinds::checker::Checker;
use crate::kinds::service::{OWNERSHIP_TAG, REGIONS, cloud_of};
use crate::kinds::{Finding, RuleContext, timeouts};
use crate::lang::value::Value;

pub(super) fn check(context: &RuleContext<'_>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    let cloud = c.text("region_id").and_then(cloud_of);
    region(&mut c);
    range(&mut c, cloud);
    zones(&mut c);
    account(&mut c, cloud);
    own_vpc(&mut c, cloud);
    connections(&mut c, cloud);
    rest(&mut c);
    c.findings
}

/// Infrastructures are built in public regions only.
fn region(c: &mut Checker<'_>) {
    let Some(region) = c.text("region_id").filter(|region| cloud_of(region).is_none()) else { return };
    let all = || REGIONS.iter().flat_map(|(_, regions)| regions.iter().copied());
    let detail = "The API's document does not list it, and BYOC is offered in public regions only.";
    let help = match suggestion(region, all()) {
        Some(meant) => format!("Did you mean \"{meant}\"?"),
        None => format!("Write one of {}.", all().collect::<Vec<_>>().join(", ")),
    };
    c.error("HW1049", &["region_id"], format!("There is no region `{region}` for BYOC"), detail, help);
}

/// Address and prefix length of a range.
pub(super) fn parsed(range: &str) -> Option<(Ipv4Addr, u32)> {
    let (address, length) = range.split_once('/')?;
    Some((address.parse().ok()?, length.parse().ok().filter(|length| *length <= 32)?))
}

fn range(c: &mut Checker<'_>, cloud: Option<&str>) {
    const ABOUT: &[&str] = &["vpc_cidr_range"];
    let Some(range) = c.text("vpc_cidr_range") else { return };
    let Some((address, length)) = parsed(range) else {
        let detail = "The VPC has a range of IPv4 addresses.";
        return c.error(
            "HW1046",
            ABOUT,
            format!("`{range}` is no range"),
            detail,
            "Write for example \"10.0.0.0/16\".",
        );
    };
    if !address.is_private() {
        let detail = "A VPC has private addresses: 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.";
        c.error(
            "HW1046",
            ABOUT,
            format!("`{range}` is no private range"),
            detail,
            "Write for example \"10.0.0.0/16\".",
        );
    }
    let Some(cloud) = cloud else { return };
    let smallest = if cloud == "gcp" { 20 } else { 23 };
    if length > smallest {
        let detail =
            format!("On {cloud} a VPC for BYOC needs a range of /{smallest} or larger; it cannot be changed later.");
        c.error(
            "HW1046",
            ABOUT,
            format!("The range {range} is too small"),
            detail,
            "Write a larger one, such as 10.0.0.0/16.",
        );
    } else if cloud == "aws" && length == 23 {
        let detail = "A /23 has room for about 30 server pods, and it cannot be changed later.";
        c.warn("HW1046", ABOUT, format!("The range {range} is soon full"), detail, "ClickHouse advises /22 or larger.");
    }
}

fn zones(c: &mut Checker<'_>) {
    const ABOUT: &[&str] = &["availability_zone_suffixes"];
    let Some(list) = c.get("availability_zone_suffixes").filter(|list| list.is_wholly_known()) else { return };
    let zones: Vec<&str> = list.elements().filter_map(Value::as_str).collect();
    let help = "Write for example [\"a\", \"b\", \"c\"].";
    if let Some(odd) = zones.iter().find(|zone| !["a", "b", "c", "d", "e", "f"].contains(zone)) {
        let detail = "A zone is named by the letter at the end of its name: `a` to `f`.";
        return c.error("HW1048", ABOUT, format!("There is no zone `{odd}`"), detail, help);
    }
    let distinct: BTreeSet<&str> = zones.iter().copied().collect();
    if distinct.len() < zones.len() {
        let detail = "Each zone is named once.";
        c.error("HW1048", ABOUT, "A zone is there twice", detail, help);
    } else if zones.len() < 3 {
        let detail = "An infrastructure spans at least three availability zones.";
        c.error("HW1048", ABOUT, format!("{} zones are too few", zones.len()), detail, help);
    }
}

fn account(c: &mut Checker<'_>, cloud: Option<&str>) {
    let Some(cloud) = cloud else { return };
    let digits = |account: &str| account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    if let Some(account) = c.text("account_id").filter(|account| cloud == "aws" && !digits(account)) {
        let detail = "An AWS account has an id of 12 digits.";
        let help = "Write it in quotes, with its zeros: \"012345678901\".";
        c.error("HW1060", &["account_id"], format!("`{account}` is no AWS account"), detail, help);
    }
    only(c, "external_id", "aws", cloud);
    for attribute in ["tenant_id", "service_principal_client_id"] {
        only(c, attribute, "azure", cloud);
        if cloud == "azure" && !c.set(attribute) {
            let detail = "On Azure the platform has to know by whom it enters the subscription.";
            let help = "Set tenant_id and service_principal_client_id to those of the onboarding.";
            c.error("HW1060", &["account_id"], format!("`{attribute}` is missing"), detail, help);
        }
    }
}

/// An attribute that one cloud alone knows.
fn only(c: &mut Checker<'_>, attribute: &'static str, home: &str, cloud: &str) {
    if c.set(attribute) && home != cloud {
        let detail = format!("The region is one of {cloud}.");
        c.error(
            "HW1060",
            &[attribute, "region_id"],
            format!("`{attribute}` belongs to {home}"),
            detail,
            format!("Remove `{attribute}`."),
        );
    }
}

fn own_vpc(c: &mut Checker<'_>, cloud: Option<&str>) {
    const WITH: [&str; 4] =
        ["private_subnet_ids", "public_subnet_ids", "gcp_pod_cidr_range_names", "gcp_shared_vpc_host_project_id"];
    if !c.set("vpc_id") {
        for attribute in WITH.into_iter().filter(|attribute| c.set(attribute)).collect::<Vec<_>>() {
            let detail = "It says where in a VPC of your own to build; without `vpc_id` ClickHouse makes the VPC.";
            let help = format!("Set vpc_id, or remove `{attribute}`.");
            c.error("HW1060", &[attribute], format!("`{attribute}` needs `vpc_id`"), detail, help);
        }
        return;
    }
    if c.set("vpc_cidr_range") {
        let detail = "A VPC of your own has its range already.";
        let summary = "`vpc_cidr_range` and `vpc_id` exclude each other";
        c.error("HW1060", &["vpc_cidr_range", "vpc_id"], summary, detail, "Remove one of them.");
    }
    if cloud == Some("azure") {
        let detail = "On Azure ClickHouse makes the network.";
        c.error("HW1060", &["vpc_id"], "Azure has no VPC of your own for BYOC", detail, "Remove what belongs to it.");
    }
    let Some(cloud) = cloud else { return };
    only(c, "public_subnet_ids", "aws", cloud);
    for attribute in ["gcp_pod_cidr_range_names", "gcp_shared_vpc_host_project_id"] {
        only(c, attribute, "gcp", cloud);
    }
    subnets(c, cloud);
}

fn subnets(c: &mut Checker<'_>, cloud: &str) {
    let count = |c: &Checker<'_>, name: &str| c.get(name).filter(|l| l.is_known()).map(|l| l.elements().count());
    let (most, words) =
        if cloud == "gcp" { (1, "exactly one private subnet") } else { (6, "one to six private subnets") };
    let private = if c.set("private_subnet_ids") { count(c, "private_subnet_ids") } else { Some(0) };
    if private.is_some_and(|n| n == 0 || n > most) {
        let about: &[&str] = if c.set("private_subnet_ids") { &["private_subnet_ids"] } else { &["vpc_id"] };
        let detail = "It says where in your VPC the infrastructure is built.";
        c.error(
            "HW1060",
            about,
            format!("A VPC of your own needs {words} on {cloud}"),
            detail,
            "Set private_subnet_ids.",
        );
    }
    if count(c, "public_subnet_ids").is_some_and(|n| n > 6) {
        let detail = "The platform takes at most six.";
        c.error("HW1060", &["public_subnet_ids"], "There are too many public subnets", detail, "Leave some out.");
    }
}

fn connections(c: &mut Checker<'_>, cloud: Option<&str>) {
    const PRIVATE: &str = "enable_private_load_balancer";
    let (private, public) = (c.flag(PRIVATE), c.flag("enable_public_load_balancer"));
    if private == Some(false) && public == Some(false) {
        let detail = "Without a load balancer nobody could reach its services.";
        let about = &["enable_public_load_balancer", PRIVATE];
        c.error("HW1060", about, "Both load balancers are off", detail, "Leave one of them on.");
    }
    if c.flag("enable_private_link") == Some(true) && private == Some(false) {
        let detail = "Private link leads to the private load balancer.";
        let about = &["enable_private_link", PRIVATE];
        c.error("HW1060", about, "Private link needs the private load balancer", detail, "Set both to true.");
    }
    if !c.set("gcp_psc_subnet_id") {
        return;
    }
    if let Some(cloud) = cloud {
        only(c, "gcp_psc_subnet_id", "gcp", cloud);
    }
    if !c.set("enable_private_link") || c.flag("enable_private_link") == Some(false) {
        let detail = "The platform takes the subnet only together with private link.";
        let summary = "`gcp_psc_subnet_id` needs `enable_private_link = true`";
        c.error("HW1060", &["gcp_psc_subnet_id"], summary, detail, "Set enable_private_link = true, or remove it.");
    }
}

fn rest(c: &mut Checker<'_>) {
    let stated: Vec<&str> = c
        .get("tags")
        .filter(|tags| tags.is_known())
        .into_iter()
        .flat_map(Value::entries)
        .map(|(key, _)| &**key)
        .collect();
    if stated.contains(&OWNERSHIP_TAG) {
        let detail = "It marks infrastructures made by this program and is set by itself.";
        c.error("HW1060", &["tags"], format!("The tag `{OWNERSHIP_TAG}` is taken"), detail, "Choose another key.");
    }
    let tags = stated.len();
    if tags > 49 {
        let detail = "The platform takes at most 50, and one is the mark of ownership.";
        c.error("HW1060", &["tags"], format!("There are {tags} tags"), detail, "Leave some out.");
    }
    timeouts::check(c);
}
