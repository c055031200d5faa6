//! Drift as text, JSON and Markdown. Sensitive values are never shown.

use serde_json::{Value as Json, json};

use super::{Look, Paint, value};
use crate::lang::value::{Data, Value};
use crate::ops::{Drift, Drifted, Unmanaged};
use crate::plan::AttributeChange;

const SENSITIVE: &str = "(sensitive value)";

/// How an instance differs, in words.
fn status(drifted: &Drifted) -> &'static str {
    match (drifted.gone, drifted.by_hand.is_empty()) {
        (true, _) => "is gone",
        (false, false) => "was changed by hand",
        (false, true) => "was changed by the platform: no drift",
    }
}

/// For people at a terminal.
pub fn text(drift: &Drift, look: Look) -> String {
    let mut out = String::new();
    for drifted in &drift.drifted {
        let title = format!("{} {}", drifted.address, status(drifted));
        out.push_str(&format!("{} ({})\n", look.paint(Paint::Strong, &title), drifted.id));
        for change in &drifted.by_hand {
            changed(change).iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        }
        drifted.by_platform.iter().for_each(|why| out.push_str(&format!("  i {why}\n")));
        out.push('\n');
    }
    if let Some(unmanaged) = drift.unmanaged.as_ref().filter(|u| !u.is_empty()) {
        out.push_str(&look.paint(Paint::Strong, "Nobody manages here:"));
        out.push('\n');
        unmanaged.iter().for_each(|thing| out.push_str(&format!("  {}\n", named(thing))));
        out.push('\n');
    }
    out.push_str(&summary(drift));
    out.push('\n');
    out
}

fn named(thing: &Unmanaged) -> String {
    let cloud = if thing.cloud.is_empty() { String::new() } else { format!(", in cloud.{}", thing.cloud) };
    format!("{} {} ({}{cloud})", thing.kind, value::quoted(&thing.name), thing.id)
}

fn summary(drift: &Drift) -> String {
    let count = |test: &dyn Fn(&&Drifted) -> bool| drift.drifted.iter().filter(test).count();
    let (gone, hand) = (count(&|d| d.gone), count(&|d| !d.gone && !d.by_hand.is_empty()));
    let unmanaged = match &drift.unmanaged {
        Some(found) => format!(" Unmanaged: {}.", found.len()),
        None => String::new(),
    };
    match (gone, hand) {
        (0, 0) => format!("No drift: all {} managed are as they were applied.{unmanaged}", drift.managed),
        _ => format!("Drift: {hand} changed by hand, {gone} gone, of {} managed.{unmanaged}", drift.managed),
    }
}

/// The lines of one change: `~ num_replicas = 3 -> 5`; of a list or map, the entries that came and went.
fn changed(change: &AttributeChange) -> Vec<String> {
    let path = &change.path;
    if change.sensitive {
        return vec![format!("~ {path} = {SENSITIVE}")];
    }
    let (before, after) = (entries(&change.before), entries(&change.after));
    let (Some(before), Some(after)) = (before, after) else {
        return vec![format!("~ {path} = {} -> {}", value::line(&change.before), value::line(&change.after))];
    };
    let mut lines = vec![format!("~ {path}")];
    lines.extend(before.iter().filter(|e| !after.contains(e)).map(|e| format!("    - {e}")));
    lines.extend(after.iter().filter(|e| !before.contains(e)).map(|e| format!("    + {e}")));
    lines
}

/// The entries of a collection in one line each; nothing for what is none.
fn entries(value: &Value) -> Option<Vec<String>> {
    match &value.data {
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => Some(value.elements().map(value::line).collect()),
        Data::Map(..) => {
            Some(value.entries().map(|(k, v)| format!("{} = {}", value::key(k), value::line(v))).collect())
        }
        _ => None,
    }
}

/// For programs: what a nightly job looks at.
pub fn json(drift: &Drift) -> Json {
    let mut document = json!({
        "format_version": "1.0",
        "drift": drift.drifted.iter().map(instance).collect::<Vec<_>>(),
        "summary": {
            "managed": drift.managed,
            "changed_by_hand": drift.drifted.iter().filter(|d| !d.gone && !d.by_hand.is_empty()).count(),
            "changed_by_platform": drift.drifted.iter().filter(|d| !d.by_platform.is_empty()).count(),
            "gone": drift.drifted.iter().filter(|d| d.gone).count(),
        },
    });
    if let Some(unmanaged) = &drift.unmanaged {
        let thing = |u: &Unmanaged| json!({ "kind": u.kind, "name": u.name, "id": u.id, "cloud": u.cloud });
        document["unmanaged"] = unmanaged.iter().map(thing).collect();
        document["summary"]["unmanaged"] = unmanaged.len().into();
    }
    document
}

fn instance(drifted: &Drifted) -> Json {
    let status = match (drifted.gone, drifted.by_hand.is_empty()) {
        (true, _) => "gone",
        (false, false) => "changed_by_hand",
        (false, true) => "changed_by_platform",
    };
    json!({
        "address": drifted.address.to_string(),
        "kind": drifted.address.kind,
        "id": drifted.id,
        "status": status,
        "changes": drifted.by_hand.iter().map(attribute).collect::<Vec<_>>(),
        "by_platform": drifted.by_platform,
    })
}

fn attribute(change: &AttributeChange) -> Json {
    if change.sensitive {
        return json!({ "attribute": change.path, "sensitive": true });
    }
    let plain = |value: &Value| value.to_json().unwrap_or_default();
    json!({ "attribute": change.path, "applied": plain(&change.before), "observed": plain(&change.after) })
}

/// For a comment or a ticket.
pub fn markdown(drift: &Drift) -> String {
    let mut out = format!("**{}**\n", summary(drift));
    if !drift.drifted.is_empty() {
        out.push_str("\n| instance | what | from | to |\n|---|---|---|---|\n");
    }
    for drifted in &drift.drifted {
        let mut row = |what: &str, from: &str, to: &str| {
            out.push_str(&format!("| `{}` | {} | {} | {} |\n", drifted.address, cell(what), from, to));
        };
        if drifted.gone {
            row("gone", "", "");
        }
        for change in &drifted.by_hand {
            let shown = |v: &Value| if change.sensitive { SENSITIVE.to_owned() } else { code(&value::line(v)) };
            row(&format!("`{}` changed by hand", change.path), &shown(&change.before), &shown(&change.after));
        }
        drifted.by_platform.iter().for_each(|why| row(&format!("by the platform, no drift: {why}"), "", ""));
    }
    if let Some(unmanaged) = drift.unmanaged.as_ref().filter(|u| !u.is_empty()) {
        out.push_str("\n| nobody manages | name | id |\n|---|---|---|\n");
        for thing in unmanaged {
            out.push_str(&format!("| `{}` | {} | `{}` |\n", thing.kind, cell(&thing.name), thing.id));
        }
    }
    out
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|"))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
