//! The offline rules of a service: what the platform would refuse, said before anything is sent.
//!
//! Codes are HW10 and the number of the rule. A rule whose values are unknown stays silent.

mod access;
pub(super) mod among;
mod scaling;

use crate::diag::suggestion;
use crate::kinds::checker::Checker;
use crate::kinds::{Finding, RuleContext};

pub(super) const LEGACY_TIERS: [&str; 2] = ["development", "production"];
const TIERS: [&str; 5] = ["basic", "scale", "enterprise", "development", "production"];
const CLOUDS: [&str; 3] = ["aws", "gcp", "azure"];

/// Regions of the API's document (ServicePostRequest.region), by cloud.
pub(in crate::kinds) const REGIONS: [(&str, &[&str]); 3] = [
    (
        "aws",
        &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-west-1",
            "eu-west-2",
            "il-central-1",
            "us-east-1",
            "us-east-2",
            "us-west-2",
        ],
    ),
    ("gcp", &["us-east1", "us-central1", "europe-west2", "europe-west4", "asia-southeast1", "asia-northeast1"]),
    ("azure", &["eastus", "eastus2", "westus3", "germanywestcentral", "centralus"]),
];

/// The cloud a region belongs to.
pub(in crate::kinds) fn cloud_of(region: &str) -> Option<&'static str> {
    REGIONS.iter().find(|(_, regions)| regions.contains(&region)).map(|(cloud, _)| *cloud)
}

pub(super) fn check(context: &RuleContext<'_>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    name(&mut c);
    place(&mut c);
    warehouse(&mut c);
    tier(&mut c);
    byoc(&mut c);
    scaling::check(&mut c);
    access::check(&mut c);
    c.findings
}

fn name(c: &mut Checker<'_>) {
    let Some(name) = c.text("name") else { return };
    let length = name.chars().count();
    if !(1..=50).contains(&length) {
        c.error(
            "HW1001",
            &["name"],
            format!("The name has {length} characters"),
            "A service's name has 1 to 50 characters.",
            "Shorten it; what it is for can stand in a tag.",
        );
    } else if let Some(odd) = name.chars().find(|ch| !(ch.is_alphanumeric() || " -_".contains(*ch))) {
        c.warn(
            "HW1001",
            &["name"],
            format!("The name holds the character `{odd}`"),
            "The API's document allows letters, digits and spaces; `-` and `_` are in wide use. Others may be refused.",
            "Leave the character out.",
        );
    }
}

fn place(c: &mut Checker<'_>) {
    if !c.one_of("HW1002", "cloud_provider", &CLOUDS) {
        return;
    }
    let (Some(region), cloud) = (c.text("region"), c.text("cloud_provider")) else { return };
    let home = cloud_of(region);
    match (home, cloud) {
        (Some(home), Some(cloud)) if home != cloud => c.error(
            "HW1004",
            &["region", "cloud_provider"],
            format!("`{region}` is a region of {home}, not of {cloud}"),
            "Region and cloud provider do not fit together.",
            format!("Write cloud_provider = \"{home}\", or choose a region of {cloud}."),
        ),
        (None, _) => unknown_region(c, region, cloud),
        _ => {}
    }
}

fn unknown_region(c: &mut Checker<'_>, region: &str, cloud: Option<&str>) {
    let regions =
        || REGIONS.iter().filter(|(of, _)| cloud.is_none_or(|c| c == *of)).flat_map(|(_, r)| r.iter().copied());
    if let Some(meant) = suggestion(region, regions()) {
        let detail = "The API's document does not list it, and it looks like a slip of the pen.";
        c.error(
            "HW1003",
            &["region"],
            format!("There is no region `{region}`"),
            detail,
            format!("Did you mean \"{meant}\"?"),
        );
    } else {
        let detail = "It is not among the regions open to everybody. Private regions exist on request; they neither idle nor autoscale.";
        let help = format!(
            "If it is not a private region of yours, write one of {}.",
            regions().collect::<Vec<_>>().join(", ")
        );
        c.warn("HW1003", &["region"], format!("`{region}` is not a public region"), detail, help);
    }
}

fn warehouse(c: &mut Checker<'_>) {
    if c.flag("readonly") == Some(true) && !c.set("warehouse_id") {
        c.error(
            "HW1022",
            &["readonly"],
            "A read-only service needs a warehouse",
            "The first service of a warehouse always reads and writes; only a further one can be read-only.",
            "Set warehouse_id to the `warehouse_id` of the primary: warehouse_id = service.primary.warehouse_id",
        );
    }
    if !c.set("warehouse_id") {
        return;
    }
    for attribute in ["password", "password_wo", "password_hash", "double_sha1_password_hash", "backup_configuration"] {
        if c.set(attribute) {
            c.error(
                "HW1024",
                &[attribute, "warehouse_id"],
                format!("`{attribute}` belongs to the warehouse's primary"),
                "Services of one warehouse share users, passwords and backups.",
                format!("Remove `{attribute}` here and set it on the primary."),
            );
        }
    }
}

fn tier(c: &mut Checker<'_>) {
    if !c.one_of("HW1000", "tier", &TIERS) {
        return;
    }
    let tier = c.tier();
    c.one_of("HW1029", "release_channel", &["slow", "default", "fast"]);
    c.one_of("HW1030", "compliance_type", &["hipaa", "pci"]);
    let channel = c.text("release_channel");
    if tier == Some("basic") && channel.is_some() {
        c.needs("HW1029", "release_channel", "A choice of the release channel", "scale");
    } else if tier == Some("scale") && channel == Some("slow") {
        c.needs("HW1029", "release_channel", "The slow release channel", "enterprise");
    }
    if matches!(tier, Some("basic" | "scale")) {
        if c.flag("transparent_data_encryption.enabled") == Some(true) {
            c.needs("HW1027", "transparent_data_encryption.enabled", "Transparent data encryption", "enterprise");
        }
        if c.text("profile").is_some_and(|p| p != "v1-default") {
            c.needs("HW1032", "profile", "A custom profile", "enterprise");
        }
        if c.set("compliance_type") {
            c.needs("HW1030", "compliance_type", "A compliance type", "enterprise");
        }
    }
    if tier == Some("basic") {
        basic(c);
    }
}

fn basic(c: &mut Checker<'_>) {
    for attribute in ["num_replicas", "min_replicas", "max_replicas"] {
        if c.number(attribute).is_some_and(|n| n > 1.0) {
            c.needs("HW1033", attribute, "More than one replica", "scale");
        }
    }
    for attribute in ["min_replica_memory_gb", "max_replica_memory_gb"] {
        if c.number(attribute).is_some_and(|n| n != 8.0 && n != 12.0) {
            c.needs("HW1033", attribute, "A replica of other than 8 or 12 GB", "scale");
        }
    }
    for (attribute, what) in
        [("warehouse_id", "A warehouse of several services"), ("backup_configuration", "A backup schedule")]
    {
        if c.set(attribute) {
            c.needs("HW1033", attribute, what, "scale");
        }
    }
}

/// Memory sizes a replica can have in BYOC, in GB (ServicePostRequest.byocId). An infrastructure may have other profiles.
const BYOC_SIZES: [f64; 4] = [48.0, 116.0, 172.0, 232.0];

fn byoc(c: &mut Checker<'_>) {
    if !c.set("byoc_id") {
        return;
    }
    let ends = ["min_replica_memory_gb", "max_replica_memory_gb"];
    if ends.iter().any(|a| !c.set(a)) {
        c.error(
            "HW1034",
            &["byoc_id"],
            "A BYOC service needs its memory written down",
            "The API asks for both `min_replica_memory_gb` and `max_replica_memory_gb` with `byoc_id`.",
            "Set both to 48, 116, 172 or 232.",
        );
    }
    for attribute in ends {
        if !c.set("profile") && c.number(attribute).is_some_and(|n| !BYOC_SIZES.contains(&n)) {
            c.error(
                "HW1034",
                &[attribute],
                format!("`{attribute}` is no size of BYOC"),
                "A BYOC replica has 48, 116, 172 or 232 GB, unless the infrastructure offers a `profile` of another size.",
                "Write 48, 116, 172 or 232, or name the profile.",
            );
        }
    }
    if c.number(ends[0]) != c.number(ends[1]) && c.number(ends[0]).is_some() && c.number(ends[1]).is_some() {
        let detail = "BYOC has no autoscaling: the service stays at its first size until somebody changes it.";
        c.warn(
            "HW1035",
            &["max_replica_memory_gb"],
            "A memory range has no effect in BYOC",
            detail,
            "Set both bounds to one size.",
        );
    }
    for (attribute, what) in [
        ("endpoints.mysql.enabled", "The MySQL endpoint"),
        ("transparent_data_encryption.enabled", "Transparent data encryption"),
    ] {
        if c.flag(attribute) == Some(true) {
            let detail = "BYOC does not offer it.";
            c.error(
                "HW1037",
                &[attribute],
                format!("{what} is not available in BYOC"),
                detail,
                format!("Remove `{attribute}`."),
            );
        }
    }
    if c.set("encryption_key") {
        c.error(
            "HW1037",
            &["encryption_key"],
            "A customer's key is not available in BYOC",
            "BYOC does not offer it.",
            "Remove `encryption_key`.",
        );
    }
}
