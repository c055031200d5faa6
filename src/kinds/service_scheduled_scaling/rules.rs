//! The offline rules of a schedule: what the platform would refuse, and what it would refuse at a window's beginning.

use std::collections::BTreeMap;

use super::window::{self, Unfit, Window};
use crate::kinds::checker::Checker;
use crate::kinds::{Among, Finding, RuleContext, warehouses};
use crate::lang::value::Value;

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// One entry and where it stands.
struct Entry<'a> {
    value: &'a Value,
    place: String,
}

impl<'a> Entry<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.value.get(name).filter(|v| !v.is_null())
    }

    fn count(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.as_str()
    }

    fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }
}

fn entries<'a>(context: &RuleContext<'a>) -> Vec<Entry<'a>> {
    let list = context.get("entries").filter(|v| v.is_known());
    let numbered = list.into_iter().flat_map(Value::elements).enumerate();
    numbered.map(|(index, value)| Entry { value, place: format!("entries.{index}") }).collect()
}

pub(super) fn check(context: &RuleContext<'_>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    let entries = entries(context);
    if c.get("entries").is_some_and(Value::is_known) && !(1..=10).contains(&entries.len()) {
        let summary = format!("A schedule has 1 to 10 windows, and this has {}", entries.len());
        c.error("HW1042", &["entries"], summary, "The platform refuses it.", "Join windows, or remove the block.");
    }
    for entry in &entries {
        time(&mut c, entry);
        mode(&mut c, entry);
        memory(&mut c, entry);
        idling(&mut c, entry);
    }
    overlaps(&mut c, &entries);
    c.findings
}

/// The hours of a window, in the one way or the other.
const UTC: [&str; 2] = ["start_hour_utc", "end_hour_utc"];
const LOCAL: [&str; 2] = ["start_hour", "end_hour"];

fn time(c: &mut Checker<'_>, entry: &Entry<'_>) {
    if entry.text("name").is_some_and(str::is_empty) {
        let detail = "The platform tells windows by their names.";
        c.error("HW1042", &[&entry.at("name")], "The window has no name", detail, "Write one.");
    }
    let hours = if zone(c, entry) { LOCAL } else { UTC };
    let missing: Vec<&str> = hours.into_iter().filter(|name| entry.get(name).is_none()).collect();
    if let Some(name) = missing.first() {
        let detail = "A window holds from an hour to an hour.";
        let summary = format!("`{name}` is missing");
        c.error("HW1042", &[&entry.place], summary, detail, format!("Write {}.", missing.join(" and ")));
    }
    for (name, (least, most)) in hours.into_iter().zip([(0, 23), (1, 24)]) {
        if entry.count(name).is_some_and(|hour| !(least..=most).contains(&hour)) {
            let summary = format!("`{name}` lies outside of {least} to {most}");
            let detail = "24 as an end is midnight.";
            c.error("HW1042", &[&entry.at(name)], summary, detail, format!("Write {least} to {most}."));
        }
    }
    if let (Some(start), Some(end)) = (entry.count(hours[0]), entry.count(hours[1]))
        && start == end
    {
        let places = [entry.at(hours[1]), entry.at(hours[0])];
        let detail = "A window of the whole day begins at 0 and ends at 24.";
        c.error("HW1042", &[&places[0], &places[1]], "The window ends when it begins", detail, "Write another end.");
    }
    days(c, entry);
}

/// Whether the hours are those of a zone.
fn zone(c: &mut Checker<'_>, entry: &Entry<'_>) -> bool {
    let place = entry.at("time_zone");
    let strays = |names: [&'static str; 2]| names.into_iter().find(|name| entry.get(name).is_some());
    let Some(given) = entry.get("time_zone") else {
        if let Some(name) = strays(LOCAL) {
            let detail = "Hours are those of UTC, unless a zone is named.";
            let help = format!("Add time_zone, or write {name}_utc.");
            c.error("HW1045", &[&entry.at(name)], format!("`{name}` needs `time_zone`"), detail, help);
        }
        return strays(LOCAL).is_some();
    };
    if let Some(name) = strays(UTC) {
        let detail = "Hours of a zone are `start_hour` and `end_hour`.";
        let summary = format!("`{name}` is an hour of UTC, and a zone is named");
        c.error("HW1045", &[&entry.at(name), &place], summary, detail, "Write start_hour and end_hour, or no zone.");
    }
    let Some(name) = given.as_str() else { return true };
    let whole = entry.count(LOCAL[0]).zip(entry.count(LOCAL[1])) == Some((0, 24));
    let (summary, detail) = match window::ahead(name) {
        Ok(0) => return true,
        Ok(_) if whole => (
            "The whole day of another zone is no window of UTC".to_owned(),
            "It would begin and end at the same hour, which the platform refuses.",
        ),
        Ok(_) => return true,
        Err(Unfit::Unknown) => {
            (format!("There is no time zone `{name}`"), "Zones are named as in the IANA's list: `Asia/Tokyo`.")
        }
        Err(Unfit::Moves) => (
            format!("The hours of {name} are not always the same in UTC"),
            "Its clocks are changed, and the platform counts in UTC all year: for a part of it the window would be an hour off.",
        ),
        Err(Unfit::Minutes) => (
            format!("The hours of {name} begin within those of UTC"),
            "The platform's windows begin at full hours of UTC.",
        ),
    };
    c.error("HW1045", &[&place], summary, detail, "Write start_hour_utc and end_hour_utc.");
    true
}

fn days(c: &mut Checker<'_>, entry: &Entry<'_>) {
    let Some(days) = entry.get("weekdays").filter(|v| v.is_known()) else { return };
    let wrong = days.elements().filter_map(Value::as_i64).any(|day| !(0..=6).contains(&day));
    if wrong || days.elements().next().is_none() {
        let summary = if wrong { "There is no such weekday" } else { "The window is on no day" };
        let detail =
            "Days are counted from 0 for Sunday to 6 for Saturday, and a window begins on one of them at least.";
        c.error("HW1042", &[&entry.at("weekdays")], summary, detail, "Write days from 0 to 6.");
    }
}

fn mode(c: &mut Checker<'_>, entry: &Entry<'_>) {
    let (low, high) = (entry.count("min_replicas"), entry.count("max_replicas"));
    let both = entry.get("min_replicas").is_some() == entry.get("max_replicas").is_some();
    let replicas = [entry.at("max_replicas"), entry.at("min_replicas")];
    let replicas = [replicas[0].as_str(), replicas[1].as_str()];
    if !both {
        let given = usize::from(entry.get("max_replicas").is_none());
        let detail = "`min_replicas` and `max_replicas` are given together, or both are left to the service.";
        c.error("HW1044", &[replicas[given]], "One end of the range of replicas is missing", detail, "Give both.");
        return;
    }
    if let (Some(low), Some(high)) = (low, high)
        && low > high
    {
        c.error("HW1044", &replicas, "Fewest replicas are more than most", "The range is empty.", "Exchange them.");
    }
    match entry.text("autoscaling_mode") {
        Some("horizontal") => {
            let memory = ["min_replica_memory_gb", "max_replica_memory_gb"].map(|name| entry.count(name));
            let known = entry.value.is_wholly_known();
            if known && (low.is_none() || memory[0].is_none() || memory[0] != memory[1]) {
                let detail = "A horizontal window scales the number of replicas at fixed memory: it needs `min_replicas`, \
                              `max_replicas`, and equal memory bounds.";
                let place = entry.at("autoscaling_mode");
                let help = "Give both ends, and set both memory bounds to one size.";
                c.error("HW1044", &[&place], "The horizontal window is not complete", detail, help);
            }
        }
        None | Some("vertical") => {
            if low.zip(high).is_some_and(|(low, high)| low < high) {
                let detail = "Unless the mode is horizontal, a window has a fixed number of replicas.";
                let help = "Set both to one number, or autoscaling_mode = \"horizontal\".";
                c.error("HW1044", &replicas, "The window has a range of replicas", detail, help);
            }
        }
        Some(other) => {
            let summary = format!("There is no autoscaling mode \"{other}\"");
            let help = "Write \"vertical\" or \"horizontal\".";
            c.error("HW1044", &[&entry.at("autoscaling_mode")], summary, "It is vertical or horizontal.", help);
        }
    }
}

fn memory(c: &mut Checker<'_>, entry: &Entry<'_>) {
    let names = ["min_replica_memory_gb", "max_replica_memory_gb"];
    let [low, high] = names.map(|name| entry.count(name));
    let places = names.map(|name| entry.at(name));
    for (place, size) in places.iter().zip([low, high]) {
        if size.is_some_and(|gb| !(8..=356).contains(&gb) || gb % 4 != 0) {
            let detail = "Replicas have 8 to 356 GB, in steps of 4.";
            c.error(
                "HW1044",
                &[place],
                "A replica cannot have that size",
                detail,
                "Write a multiple of 4 from 8 to 356.",
            );
        }
    }
    if names.map(|name| entry.get(name).is_some()).iter().filter(|set| **set).count() == 1 {
        let given = usize::from(entry.get(names[0]).is_none());
        let detail = "Both memory bounds are given, or none: then those of the service hold.";
        c.error("HW1044", &[&places[given]], "One memory bound is missing", detail, "Give both, or none.");
    }
    if low.zip(high).is_some_and(|(low, high)| low > high) {
        let order = [places[1].as_str(), places[0].as_str()];
        c.error("HW1044", &order, "Least memory is more than most", "The range is empty.", "Exchange them.");
    }
}

fn idling(c: &mut Checker<'_>, entry: &Entry<'_>) {
    let timeout = entry.at("idle_timeout_minutes");
    if entry.count("idle_timeout_minutes").is_some_and(|minutes| minutes < 5) {
        let detail = "A service idles after 5 minutes at the earliest.";
        c.error("HW1044", &[&timeout], "The service cannot idle so soon", detail, "Write 5 or more.");
    }
    let off = entry.get("idle_scaling").and_then(Value::as_bool) == Some(false);
    if off && entry.get("idle_timeout_minutes").is_some() {
        let detail = "With idle_scaling = false the platform refuses a timeout.";
        c.error("HW1044", &[&timeout], "A timeout, but no idling", detail, "Remove one of the two.");
    }
}

fn overlaps(c: &mut Checker<'_>, entries: &[Entry<'_>]) {
    let mut taken: BTreeMap<i64, usize> = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let mut rivals: BTreeMap<usize, i64> = BTreeMap::new();
        let held = window::of(entry.value);
        for hour in held.iter().flat_map(Window::hours) {
            match taken.get(&hour) {
                Some(other) if *other != index => drop(rivals.entry(*other).or_insert(hour)),
                Some(_) => {}
                None => drop(taken.insert(hour, index)),
            }
        }
        for (other, hour) in rivals {
            let name = |e: &Entry<'_>| e.text("name").unwrap_or("?").to_owned();
            let day = usize::try_from(hour / 24).ok().and_then(|d| DAYS.get(d)).unwrap_or(&"?");
            let summary = format!("The windows \"{}\" and \"{}\" overlap", name(entry), name(&entries[other]));
            let detail = format!(
                "Both hold on {day} at {}:00 UTC. A window that ends below its start goes on after midnight, and after \
                 Saturday comes Sunday.",
                hour % 24
            );
            let places = [entry.place.as_str(), entries[other].place.as_str()];
            c.error("HW1043", &places, summary, detail, "Move or shorten one of them.");
        }
    }
}

/// At its peak, the schedule must not ask for more replicas than the warehouse may have.
pub(super) fn check_among(context: &RuleContext<'_>, among: &Among<'_>) -> Vec<Finding> {
    let mut c = Checker::of(context);
    let Some(service) = context.get("service_id") else { return Vec::new() };
    let Some(owner) = among.with("service", "id", service).first().copied() else { return Vec::new() };
    let peak = entries(context).into_iter().max_by_key(|e| e.count("max_replicas").unwrap_or(0));
    let Some((peak, replicas)) = peak.and_then(|e| e.count("max_replicas").map(|n| (e, n))) else { return Vec::new() };
    if replicas <= warehouses::replicas(&owner) {
        return Vec::new();
    }
    let members = warehouses::members(&owner, among);
    let others: i64 = members.iter().filter(|m| m.address != owner.address).map(warehouses::replicas).sum();
    let Some(quota) = warehouses::exceeded(others + replicas, among) else { return Vec::new() };
    // What is too much without the schedule is told of the services.
    if others + warehouses::replicas(&owner) > quota.value {
        return Vec::new();
    }
    let summary = format!("At the peak of this window the warehouse has {} replicas", others + replicas);
    quota.report(&mut c, &[&peak.at("max_replicas")], summary);
    c.beside(&owner, "num_replicas", "the service it is for");
    c.findings
}
