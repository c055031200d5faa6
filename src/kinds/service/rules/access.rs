//! Rules about addresses, passwords, encryption, tags, backups, endpoints and waits.

use crate::kinds::checker::Checker;
use crate::kinds::service::OWNERSHIP_TAG;
use crate::kinds::service::schema::normal_source;
use crate::kinds::timeouts;
use crate::lang::value::Value;

pub(super) fn check(c: &mut Checker<'_>) {
    ip_access(c);
    passwords(c);
    encryption(c);
    tags(c);
    backups(c);
    query_endpoint(c);
    timeouts::check(c);
}

fn ip_access(c: &mut Checker<'_>) {
    let Some(list) = c.get("ip_access").filter(|v| v.is_known()) else { return };
    let sources: Vec<&str> = list.elements().filter_map(|e| e.get("source").and_then(Value::as_str)).collect();
    for source in &sources {
        if !is_ipv4(source) {
            c.error(
                "HW1052",
                &["ip_access"],
                format!("`{source}` is no IPv4 address or range"),
                "The platform filters by IPv4 addresses and CIDR ranges only.",
                "Write an address such as 192.0.2.10 or a range such as 192.0.2.0/24.",
            );
        }
    }
    if list.elements().next().is_none() {
        c.warn(
            "HW1052",
            &["ip_access"],
            "The empty list lets nobody in",
            "Without an entry all public connections are refused; private endpoints still work.",
            "Add the ranges that may connect, or leave it if that is meant.",
        );
    }
    let open = sources.iter().any(|s| normal_source(s) == "0.0.0.0/0");
    if open && c.flag("idle_scaling") != Some(false) {
        c.warn(
            "HW1053",
            &["ip_access"],
            "Open to everybody, and idling",
            "Scanners of the internet connect to open services; each connection wakes an idle one and is paid for.",
            "Name the ranges that need access, or set idle_scaling = false.",
        );
    }
}

fn is_ipv4(source: &str) -> bool {
    let (address, length) = source.split_once('/').unwrap_or((source, "32"));
    let digits = !length.is_empty() && length.chars().all(|ch| ch.is_ascii_digit());
    address.parse::<std::net::Ipv4Addr>().is_ok() && digits && length.parse::<u8>().is_ok_and(|l| l <= 32)
}

fn passwords(c: &mut Checker<'_>) {
    let ways: Vec<&'static str> =
        ["password", "password_wo", "password_hash"].into_iter().filter(|a| c.set(a)).collect();
    if let [first, second, ..] = ways.as_slice() {
        c.error(
            "HW1026",
            &[second, first],
            "The password is given twice",
            format!("`{first}` and `{second}` exclude each other."),
            "Keep one of them.",
        );
    }
    if c.set("password_wo_version") && !c.set("password_wo") {
        c.error(
            "HW1026",
            &["password_wo_version"],
            "`password_wo_version` stands without `password_wo`",
            "The version says when `password_wo` is sent again.",
            "Add password_wo, or remove the version.",
        );
    }
    if c.text("password_hash").is_some_and(|h| !is_sha256_base64(h)) {
        c.error(
            "HW1026",
            &["password_hash"],
            "`password_hash` is no SHA-256 in Base64",
            "It must be the Base64 text of 32 bytes, 44 characters.",
            "Make it with: base64sha256(\"the password\")",
        );
    }
    let Some(double) = c.get("double_sha1_password_hash") else { return };
    if double.as_str().is_some_and(|h| h.len() != 40 || !h.chars().all(|ch| ch.is_ascii_hexdigit())) {
        c.error(
            "HW1026",
            &["double_sha1_password_hash"],
            "`double_sha1_password_hash` is no double SHA-1",
            "It must be 40 hexadecimal digits.",
            "Leave it out with `password`: it is computed then.",
        );
    }
    if !c.set("password_hash") {
        c.error(
            "HW1026",
            &["double_sha1_password_hash"],
            "`double_sha1_password_hash` stands without `password_hash`",
            "It accompanies `password_hash`; with `password` or `password_wo` it is computed.",
            "Add password_hash, or remove it.",
        );
    }
}

fn is_sha256_base64(text: &str) -> bool {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

fn encryption(c: &mut Checker<'_>) {
    let (key, role) = ("encryption_key", "encryption_assumed_role_identifier");
    if c.set(key) != c.set(role) {
        let (given, missing) = if c.set(key) { (key, role) } else { (role, key) };
        c.error(
            "HW1028",
            &[given],
            format!("`{given}` stands without `{missing}`"),
            "A customer's key needs the role that may use it, and the other way round.",
            format!("Add {missing}, or remove {given}."),
        );
    }
    if c.set(key) && c.text("cloud_provider").is_some_and(|p| p != "aws") {
        c.error(
            "HW1028",
            &[key, "cloud_provider"],
            "A customer's key needs AWS",
            "This kind of encryption exists on AWS only.",
            "Remove it, or use transparent_data_encryption.",
        );
    }
}

fn tags(c: &mut Checker<'_>) {
    let Some(tags) = c.get("tags").filter(|v| v.is_known()) else { return };
    let allowed = |text: &str| text.chars().all(|ch| ch.is_ascii_alphanumeric() || "._-".contains(ch));
    let mut count = 0;
    for (key, value) in tags.entries() {
        count += 1;
        if &**key == OWNERSHIP_TAG {
            c.error(
                "HW1031",
                &["tags"],
                format!("The tag `{OWNERSHIP_TAG}` is taken"),
                "It marks services made by this program and is set by itself.",
                "Choose another key.",
            );
        } else if key.is_empty() || key.len() > 128 || !allowed(key) {
            c.error(
                "HW1031",
                &["tags"],
                format!("`{key}` cannot be a tag's key"),
                "A key has 1 to 128 letters, digits, dots, dashes or underscores.",
                "Rename the tag.",
            );
        }
        if value.is_null() {
            c.error(
                "HW1031",
                &["tags"],
                format!("The tag `{key}` is null"),
                "A tag has a value.",
                "Write \"\" for a tag without one, or leave the tag out.",
            );
        }
        if value.as_str().is_some_and(|v| v.len() > 256 || !allowed(v)) {
            c.error(
                "HW1031",
                &["tags"],
                format!("The value of the tag `{key}` is not allowed"),
                "A value has up to 256 letters, digits, dots, dashes or underscores.",
                "Change the value.",
            );
        }
    }
    if count > 49 {
        c.error(
            "HW1031",
            &["tags"],
            format!("There are {count} tags"),
            "A service has up to 50 tags, and one is the mark of ownership.",
            "Remove some.",
        );
    }
}

fn backups(c: &mut Checker<'_>) {
    let (period, keep, start) = (
        "backup_configuration.backup_period_in_hours",
        "backup_configuration.backup_retention_period_in_hours",
        "backup_configuration.backup_start_time",
    );
    const PERIODS: [f64; 8] = [6.0, 8.0, 12.0, 16.0, 20.0, 24.0, 36.0, 48.0];
    if c.number(period).is_some_and(|n| !PERIODS.contains(&n)) {
        c.error(
            "HW1039",
            &[period],
            "No such backup period",
            "Backups are made every 6, 8, 12, 16, 20, 24, 36 or 48 hours.",
            "Write one of these.",
        );
    }
    if c.number(keep).is_some_and(|n| n % 24.0 != 0.0 || !(24.0..=1080.0).contains(&n)) {
        c.error(
            "HW1039",
            &[keep],
            "No such retention",
            "Backups are kept for whole days: 24 to 1080 hours in steps of 24.",
            "Write a multiple of 24, such as 168 for a week.",
        );
    }
    if c.set(period) && c.set(start) {
        c.error(
            "HW1039",
            &[period, start],
            "Backups have a period or a start time",
            "With `backup_start_time` backups are made once a day.",
            "Remove one of the two.",
        );
    }
    if c.text(start).is_some_and(|t| !is_time(t)) {
        c.error(
            "HW1039",
            &[start],
            "No time of day",
            "It is written HH:MM, in UTC.",
            "Write for example backup_start_time = \"02:00\"",
        );
    }
}

fn is_time(text: &str) -> bool {
    let part = |t: &str, limit: u8| t.len() == 2 && t.parse::<u8>().is_ok_and(|n| n < limit);
    text.split_once(':').is_some_and(|(h, m)| part(h, 24) && part(m, 60))
}

fn query_endpoint(c: &mut Checker<'_>) {
    let (keys, roles) = ("query_api_endpoints.api_key_ids", "query_api_endpoints.roles");
    if c.get("query_api_endpoints").is_none_or(|v| !v.is_known()) {
        return;
    }
    for attribute in [keys, roles] {
        if !c.set(attribute) {
            c.error(
                "HW1038",
                &["query_api_endpoints"],
                format!("`{attribute}` is missing"),
                "The query endpoint needs the keys that may use it and the roles they get.",
                format!("Add {}.", attribute.trim_start_matches("query_api_endpoints.")),
            );
        }
    }
    let known = ["sql_console_read_only", "sql_console_admin"];
    let mut given = c.get(roles).into_iter().flat_map(Value::elements).filter_map(Value::as_str);
    if let Some(wrong) = given.find(|r| !known.contains(r)) {
        c.error(
            "HW1038",
            &[roles],
            format!("There is no role `{wrong}`"),
            "Roles of the query endpoint are sql_console_read_only and sql_console_admin.",
            "Write one of these.",
        );
    }
}
