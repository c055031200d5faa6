//! The sandbox for people: its services as a table, its timeline as lines.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Look, is_dangerous};

const TITLE: [&str; 8] = ["NAME", "STATE", "SIZE", "REPLICAS", "IDLING", "AUTOSCALER", "REGION", "ID"];

/// The services of a sandbox, one a line.
pub fn status(status: &Json, look: Look) -> String {
    let mut text = format!(
        "Its time is {}; its organization is {}.\n",
        word(status, "now", look),
        word(status, "organizationId", look)
    );
    let services = status.get("services").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    if services.is_empty() {
        return text + "There are no services.\n";
    }
    let rows = services.iter().map(|service| row(service, look));
    let rows: Vec<[String; 8]> = std::iter::once(TITLE.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..TITLE.len()).map(width).collect();
    text.push('\n');
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn row(service: &Json, look: Look) -> [String; 8] {
    let number = |name: &str| service.get(name).and_then(Json::as_u64).unwrap_or(0);
    [
        word(service, "name", look),
        word(service, "state", look),
        format!("{} x {} GB", number("replicas"), number("memoryGb")),
        replicas(service),
        idling(service, look),
        word(service, "autoscaler", look).split(':').next().unwrap_or_default().to_owned(),
        format!("{} {}", word(service, "provider", look), word(service, "region", look)),
        word(service, "id", look),
    ]
}

/// How many replicas are in each phase.
fn replicas(service: &Json) -> String {
    let mut phases: BTreeMap<&str, usize> = BTreeMap::new();
    for replica in service.get("replicaList").and_then(Json::as_array).into_iter().flatten() {
        *phases.entry(replica.get("phase").and_then(Json::as_str).unwrap_or_default()).or_default() += 1;
    }
    let known = ["serving", "joining", "draining"].into_iter();
    let parts: Vec<String> =
        known.filter_map(|phase| phases.get(phase).map(|count| format!("{count} {phase}"))).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

fn idling(service: &Json, look: Look) -> String {
    let Some(idling) = service.get("idling") else { return String::new() };
    let enabled = idling.get("enabled").and_then(Json::as_bool) == Some(true);
    match idling.get("idlesAt").and_then(Json::as_str) {
        _ if !enabled => "off".to_owned(),
        Some(at) => format!("at {}", safe(at, look)),
        None if idling.get("held").is_some() => format!("not now: {}", word(idling, "held", look)),
        None => format!("after {} min", idling.get("timeoutMinutes").and_then(Json::as_u64).unwrap_or(0)),
    }
}

/// One entry of the timeline.
pub fn event(entry: &Json, look: Look) -> String {
    let what = word(entry, "what", look).replace('_', " ");
    format!("{}  {}  {what}: {}\n", word(entry, "at", look), word(entry, "service", look), word(entry, "text", look))
}

fn word(value: &Json, name: &str, look: Look) -> String {
    safe(value.get(name).and_then(Json::as_str).unwrap_or_default(), look)
}

/// Names come from whoever used the sandbox: nothing of them commands the terminal.
fn safe(text: &str, look: Look) -> String {
    text.chars().map(|c| if is_dangerous(c) { look.replacement() } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PLAIN: Look = Look { width: 100, color: false, unicode: false };

    #[test]
    fn a_service_is_one_line_with_replicas_by_phase_and_what_idling_waits_for() {
        let replica = |phase: &str| json!({ "phase": phase });
        let service = json!({
            "name": "orders\u{1b}", "state": "running", "replicas": 2, "memoryGb": 16, "provider": "aws",
            "region": "eu-central-1", "id": "1", "autoscaler": "off: smallest and largest memory are equal",
            "replicaList": [replica("serving"), replica("joining"), replica("serving")],
            "idling": { "enabled": true, "held": "merges run" },
        });
        let text = status(&json!({ "now": "T", "organizationId": "O", "services": [service] }), PLAIN);
        assert_eq!(
            text,
            "Its time is T; its organization is O.\n\n\
             NAME     STATE    SIZE       REPLICAS              IDLING               AUTOSCALER  REGION            ID\n\
             orders?  running  2 x 16 GB  2 serving, 1 joining  not now: merges run  off         aws eu-central-1  1\n"
        );
    }

    #[test]
    fn an_event_is_one_line() {
        let entry = json!({ "at": "T", "service": "orders", "what": "scaling_decided", "text": "from\nhere" });
        assert_eq!(event(&entry, PLAIN), "T  orders  scaling decided: from?here\n");
    }
}
