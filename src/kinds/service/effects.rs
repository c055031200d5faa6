//! What a change of a service does to the people who use it.

use super::calls::SCALING;
use super::schema::normal_source;
use crate::kinds::{Change, Effect, EffectSort, Operation};
use crate::lang::value::Value;

pub(super) fn effects(change: &Change<'_>) -> Vec<Effect> {
    let mut effects = match change.operation {
        Operation::Create => Vec::new(),
        Operation::Update => [scaling(change), state(change), rest(change)].concat(),
        Operation::Delete => vec![Effect::new(EffectSort::DataLoss, data_loss(change))],
    };
    if change.operation != Operation::Delete {
        effects.extend(pinned(change));
    }
    effects
}

fn data_loss(change: &Change<'_>) -> &'static str {
    match change.current("is_primary").and_then(Value::as_bool) {
        Some(false) => "the service goes; the data is the warehouse's and stays for as long as its primary does",
        _ => "the service and its data are deleted; this cannot be undone",
    }
}

/// New against current value of a number that changes.
fn moved(change: &Change<'_>, name: &str) -> Option<std::cmp::Ordering> {
    let (new, old) = (change.get(name)?.as_i64()?, change.current(name)?.as_i64()?);
    change.changes(name).then(|| new.cmp(&old))
}

fn scaling(change: &Change<'_>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let sized = &SCALING[..8];
    if !change.changes_any(sized) {
        return effects;
    }
    match change.status() {
        Some("stopped" | "stopping") => {
            effects.push(Effect::new(
                EffectSort::Notice,
                "the service is stopped: the new size takes effect when it is next started",
            ));
            return effects;
        }
        Some("idle") => {
            effects.push(Effect::new(EffectSort::Notice, "the service is idle: the new size applies when it wakes"))
        }
        _ => {}
    }
    let memory = ["min_replica_memory_gb", "max_replica_memory_gb", "min_total_memory_gb", "max_total_memory_gb"];
    let replicas = ["num_replicas", "min_replicas", "max_replicas"];
    if change.changes_any(&memory) || change.changes("autoscaling_mode") {
        effects.push(Effect::new(
            EffectSort::MakeBeforeBreak,
            "make before break: new replicas join first, then each old one drains, up to 60 minutes",
        ));
    }
    if replicas.iter().any(|name| moved(change, name) == Some(std::cmp::Ordering::Less)) {
        effects
            .push(Effect::new(EffectSort::MakeBeforeBreak, "replicas that leave drain first, up to 60 minutes each"));
    } else if replicas.iter().any(|name| moved(change, name) == Some(std::cmp::Ordering::Greater)) {
        effects.push(Effect::new(
            EffectSort::Notice,
            "new replicas join while the old ones serve; clients reconnect to use them",
        ));
    }
    effects
}

/// Equal bounds switch vertical autoscaling off.
fn pinned(change: &Change<'_>) -> Option<Effect> {
    let bound = |name| change.get(name).and_then(Value::as_i64);
    let (low, high) = (bound("min_replica_memory_gb")?, bound("max_replica_memory_gb")?);
    let horizontal = change.get("autoscaling_mode").and_then(Value::as_str) == Some("horizontal")
        || bound("min_replicas").zip(bound("max_replicas")).is_some_and(|(l, h)| l != h);
    let concerns = change.changes_any(&["min_replica_memory_gb", "max_replica_memory_gb", "autoscaling_mode"]);
    (low == high && !horizontal && concerns).then(|| {
        let hidden = change.hides("min_replica_memory_gb") || change.hides("max_replica_memory_gb");
        let size = if hidden { String::new() } else { format!(" ({low} GB)") };
        Effect::new(EffectSort::Notice, format!("least and most memory are equal{size}: vertical autoscaling is off"))
    })
}

fn state(change: &Change<'_>) -> Vec<Effect> {
    let effect = match change.changes("running").then(|| change.get("running").and_then(Value::as_bool)).flatten() {
        Some(false) => {
            Effect::new(EffectSort::Unavailable, "the service stops: nobody can connect, and queries do not wake it")
        }
        Some(true) => Effect::new(EffectSort::Notice, "the service starts; that takes a few minutes"),
        None => return Vec::new(),
    };
    vec![effect]
}

fn rest(change: &Change<'_>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let closed = closed_sources(change);
    if !closed.is_empty() {
        let from = if change.hides("ip_access") { "some addresses".to_owned() } else { closed.join(", ") };
        let text = format!("connections from {from} are refused from then on");
        effects.push(Effect::new(EffectSort::Unavailable, text));
    }
    if change.changes("release_channel") && change.get("release_channel").and_then(Value::as_str) == Some("fast") {
        effects.push(Effect::new(
            EffectSort::MakeBeforeBreak,
            "an upgrade follows soon: replicas are exchanged make before break",
        ));
    }
    if change.changes_any(&["password", "password_wo_version", "password_hash"]) {
        effects.push(Effect::new(
            EffectSort::Unavailable,
            "clients that log in with the old password are refused from then on",
        ));
    }
    if change.changes("endpoints.mysql.enabled")
        && change.get("endpoints.mysql.enabled").and_then(Value::as_bool) == Some(false)
    {
        effects.push(Effect::new(EffectSort::Unavailable, "MySQL clients can no longer connect"));
    }
    effects
}

/// Sources that may connect now and may not afterwards.
fn closed_sources(change: &Change<'_>) -> Vec<String> {
    if !change.changes("ip_access") || change.shared.contains("ip_access") {
        return Vec::new();
    }
    let sources = |list: Option<&Value>| -> Vec<String> {
        let source = |e: &Value| e.get("source").and_then(Value::as_str).map(normal_source);
        list.into_iter().flat_map(Value::elements).filter_map(source).collect()
    };
    let Some(stated) = change.get("ip_access").filter(|v| v.is_wholly_known()) else { return Vec::new() };
    let stays = sources(Some(stated));
    let mut gone: Vec<String> =
        sources(change.current("ip_access")).into_iter().filter(|s| !stays.contains(s)).collect();
    gone.sort();
    gone.dedup();
    gone
}
