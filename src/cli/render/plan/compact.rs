//! A change in one line.

use super::super::{Paint, harmless};
use super::action::mark;
use super::page::Page;
use crate::kinds::EffectSort;
use crate::plan::{Action, ActionKind};

pub(super) fn write(action: &Action, page: &mut Page) {
    let look = page.look;
    let mut parts = Vec::new();
    let ends = matches!(action.kind, ActionKind::Delete | ActionKind::Replace | ActionKind::Forget);
    parts.extend(action.reason.clone().filter(|_| ends));
    if action.kind == ActionKind::Update {
        let names: Vec<&str> = action.attributes.iter().map(|c| c.path.as_str()).collect();
        parts.push(names.join(", "));
    }
    parts.extend(action.state_changes.clone());
    let hurts = |sort| matches!(sort, EffectSort::DataLoss | EffectSort::Unavailable | EffectSort::Restart);
    parts.extend(action.effects.iter().filter(|e| hurts(e.sort)).map(|e| format!("! {}", e.text)));
    parts.retain(|p| !p.is_empty());
    let parts: Vec<String> = parts.iter().map(|p| harmless(p)).collect();
    let name = look.paint(Paint::Strong, &harmless(&action.address.to_string()));
    let rest = if parts.is_empty() { String::new() } else { format!("  {}", parts.join("; ")) };
    let paint = if ends && action.kind != ActionKind::Forget { Paint::Alarm } else { Paint::Faint };
    page.line(0, &format!("{} {name}{}", mark(action.kind).painted(look), look.paint(paint, &rest)));
}

pub(super) fn write_drift(action: &Action, page: &mut Page) {
    let names: Vec<&str> = action.drift.iter().map(|c| c.path.as_str()).collect();
    let name = page.look.paint(Paint::Strong, &harmless(&action.address.to_string()));
    page.line(0, &format!("  ~ {name}  {}", page.look.paint(Paint::Faint, &names.join(", "))));
}
