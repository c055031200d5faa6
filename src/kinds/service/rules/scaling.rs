//! Rules about replicas, memory, autoscaling and idling.

use crate::kinds::checker::Checker;

const REPLICAS: [&str; 3] = ["num_replicas", "min_replicas", "max_replicas"];
const REPLICA_MEMORY: [&str; 2] = ["min_replica_memory_gb", "max_replica_memory_gb"];
const TOTAL_MEMORY: [&str; 2] = ["min_total_memory_gb", "max_total_memory_gb"];

pub(super) fn check(c: &mut Checker<'_>) {
    c.one_of("HW1018", "autoscaling_mode", &["vertical", "horizontal"]);
    memory(c);
    total_memory(c);
    replica_counts(c);
    band(c);
    mode(c);
    idling(c);
}

fn memory(c: &mut Checker<'_>) {
    for attribute in REPLICA_MEMORY {
        let Some(gb) = c.number(attribute) else { continue };
        if !(8.0..=356.0).contains(&gb) || gb % 4.0 != 0.0 {
            let nearest = ((gb / 4.0).round() * 4.0).clamp(8.0, 356.0);
            c.error(
                "HW1005",
                &[attribute],
                format!("`{attribute}` cannot be {gb}"),
                "The memory of a replica is 8 to 356 GB, in steps of 4 GB.",
                format!("Write {attribute} = {nearest}"),
            );
        }
    }
    ordered(c, "HW1006", REPLICA_MEMORY);
    if c.set("profile") && c.text("profile").is_some_and(|p| p != "v1-default") {
        let differ = matches!((c.number(REPLICA_MEMORY[0]), c.number(REPLICA_MEMORY[1])), (Some(a), Some(b)) if a != b);
        if differ {
            let detail = "Custom profiles do not autoscale vertically.";
            c.warn(
                "HW1032",
                &["max_replica_memory_gb", "profile"],
                "A memory range has no effect with this profile",
                detail,
                "Set both bounds to one size.",
            );
        }
    }
    let sized = REPLICA_MEMORY.iter().chain(&TOTAL_MEMORY).any(|a| c.set(a));
    if !sized && matches!(c.tier(), Some("scale" | "enterprise")) && !c.set("backup_id") {
        c.warn(
            "HW1008",
            &[],
            "The memory of the service is left to the platform",
            "Without `min_replica_memory_gb` and `max_replica_memory_gb` the platform chooses sizes, and the bill with them.",
            "Write both, for example min_replica_memory_gb = 16 and max_replica_memory_gb = 64.",
        );
    }
}

fn total_memory(c: &mut Checker<'_>) {
    for attribute in TOTAL_MEMORY {
        let Some(gb) = c.number(attribute) else { continue };
        if !(24.0..=1068.0).contains(&gb) || gb % 12.0 != 0.0 {
            c.error(
                "HW1007",
                &[attribute],
                format!("`{attribute}` cannot be {gb}"),
                "The memory of three replicas together is 24 to 1068 GB, in steps of 12 GB.",
                format!(
                    "Better name the memory of one replica: {} = {}",
                    attribute.replace("total", "replica"),
                    (gb / 3.0 / 4.0).round().clamp(2.0, 89.0) * 4.0
                ),
            );
        }
    }
    ordered(c, "HW1006", TOTAL_MEMORY);
    let both = |names: &[&'static str]| names.iter().find(|a| c.set(a)).copied();
    if let (Some(total), Some(replica)) = (both(&TOTAL_MEMORY), both(&REPLICA_MEMORY)) {
        c.error(
            "HW1007",
            &[total, replica],
            "Memory is given twice",
            format!("`{total}` (of three replicas together) and `{replica}` (of one) exclude each other."),
            format!("Remove `{total}`; it is deprecated."),
        );
    }
}

fn ordered(c: &mut Checker<'_>, code: &'static str, [low, high]: [&'static str; 2]) {
    if let (Some(a), Some(b)) = (c.number(low), c.number(high))
        && a > b
    {
        let detail = format!("{low} is {a} and {high} is {b}.");
        c.error(
            code,
            &[low, high],
            format!("`{low}` is above `{high}`"),
            detail,
            format!("Write {low} = {b}, or raise {high} to {a}."),
        );
    }
}

fn replica_counts(c: &mut Checker<'_>) {
    for attribute in REPLICAS {
        let Some(n) = c.number(attribute) else { continue };
        if n.fract() != 0.0 || !(1.0..=50.0).contains(&n) {
            let detail = "A service has 1 to 50 replicas.";
            c.error(
                "HW1009",
                &[attribute],
                format!("`{attribute}` cannot be {n}"),
                detail,
                "Write a whole number from 1 to 20; more are granted by support.",
            );
        } else if n > 20.0 {
            let detail = "Organizations may have up to 20 replicas in a service unless support has granted more.";
            c.warn(
                "HW1009",
                &[attribute],
                format!("`{attribute}` is above the usual limit"),
                detail,
                "Make sure that more are granted.",
            );
        }
    }
    ordered(c, "HW1012", [REPLICAS[1], REPLICAS[2]]);
}

fn band(c: &mut Checker<'_>) {
    let (low, high) = (c.set("min_replicas"), c.set("max_replicas"));
    if c.set("num_replicas") && (low || high) {
        let other = if low { "min_replicas" } else { "max_replicas" };
        c.error(
            "HW1010",
            &["num_replicas", other],
            "The number of replicas is given twice",
            "`num_replicas` (a fixed number) and `min_replicas`/`max_replicas` (a range) exclude each other.",
            "Keep `num_replicas` for vertical autoscaling, or the range for horizontal.",
        );
    } else if low != high {
        let (given, missing) = if low { ("min_replicas", "max_replicas") } else { ("max_replicas", "min_replicas") };
        let help = format!("Add {missing}, or write num_replicas for a fixed number.");
        c.error("HW1011", &[given], format!("`{given}` stands without `{missing}`"), "A range has two ends.", help);
    }
}

fn mode(c: &mut Checker<'_>) {
    let (low, high) = (c.number("min_replicas"), c.number("max_replicas"));
    let stated = c.text("autoscaling_mode");
    let horizontal =
        stated == Some("horizontal") || (stated.is_none() && low.is_some() && high.is_some() && low != high);
    if horizontal {
        return horizontal_rules(c, stated.is_some(), low.is_some() && low == high);
    }
    if let (Some(low), Some(high)) = (low, high) {
        let (summary, detail) = if low == high {
            (
                "An equal range of replicas is a fixed number",
                "The platform reports it as `num_replicas`, so the range would never be found as written.",
            )
        } else {
            (
                "Vertical autoscaling has a fixed number of replicas",
                "A range of replicas belongs to horizontal autoscaling.",
            )
        };
        let help = format!("Write num_replicas = {low} instead, or autoscaling_mode = \"horizontal\".");
        c.error("HW1016", &["min_replicas", "max_replicas"], summary, detail, help);
    }
}

fn horizontal_rules(c: &mut Checker<'_>, stated: bool, equal: bool) {
    let culprit = if stated { "autoscaling_mode" } else { "min_replicas" };
    if !c.set("min_replicas") && !c.set("max_replicas") {
        c.error(
            "HW1017",
            &[culprit],
            "Horizontal autoscaling needs a range of replicas",
            "The mode cannot be switched without `min_replicas` and `max_replicas`.",
            "Add both, for example min_replicas = 2 and max_replicas = 6.",
        );
    }
    if let (Some(low), Some(high)) = (c.number("min_replica_memory_gb"), c.number("max_replica_memory_gb"))
        && low != high
    {
        c.error(
            "HW1013",
            &["max_replica_memory_gb", culprit],
            "Horizontal autoscaling needs replicas of one size",
            format!("The memory of a replica is fixed in this mode, but the bounds are {low} and {high} GB."),
            format!("Set both to one size, such as {high}."),
        );
    } else if c.set("min_replica_memory_gb") != c.set("max_replica_memory_gb") {
        let given = if c.set("min_replica_memory_gb") { "min_replica_memory_gb" } else { "max_replica_memory_gb" };
        c.error(
            "HW1013",
            &[given],
            "Horizontal autoscaling needs replicas of one size",
            "Both bounds must be given, and equal.",
            "Give `min_replica_memory_gb` and `max_replica_memory_gb` one value.",
        );
    }
    let excluded: Vec<&'static str> = ["num_replicas"].into_iter().chain(TOTAL_MEMORY).filter(|a| c.set(a)).collect();
    for attribute in excluded {
        // `num_replicas` beside a range is said already.
        if attribute != "num_replicas" || !(c.set("min_replicas") || c.set("max_replicas")) {
            c.error(
                "HW1014",
                &[attribute, culprit],
                format!("`{attribute}` does not go with horizontal autoscaling"),
                "In this mode replicas come from a range and have a fixed size.",
                format!("Remove `{attribute}`."),
            );
        }
    }
    if equal {
        c.warn(
            "HW1015",
            &["min_replicas"],
            "The range of replicas is empty",
            "With equal ends horizontal autoscaling is switched off.",
            "Raise `max_replicas`, or use num_replicas with vertical autoscaling.",
        );
    }
}

fn idling(c: &mut Checker<'_>) {
    if let Some(minutes) = c.number("idle_timeout_minutes")
        && (minutes < 5.0 || minutes.fract() != 0.0)
    {
        let detail = "The shortest timeout is 5 minutes, in whole minutes.";
        c.error(
            "HW1019",
            &["idle_timeout_minutes"],
            format!("`idle_timeout_minutes` cannot be {minutes}"),
            detail,
            "Write 5 or more.",
        );
    }
    match (c.flag("idle_scaling"), c.set("idle_timeout_minutes")) {
        (Some(false), true) => c.error(
            "HW1021",
            &["idle_timeout_minutes", "idle_scaling"],
            "A timeout without idling",
            "The API refuses `idle_timeout_minutes` while `idle_scaling` is false.",
            "Remove `idle_timeout_minutes`, or set idle_scaling = true.",
        ),
        (Some(true), false) => c.warn(
            "HW1020",
            &["idle_scaling"],
            "The idle timeout is left to the platform",
            "With `idle_scaling` and no `idle_timeout_minutes` the platform uses a timeout it does not document.",
            "Add idle_timeout_minutes, at least 5.",
        ),
        _ => {}
    }
}
