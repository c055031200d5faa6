//! A plan as text: what will be done, to what, with which consequences, and how much that is.
//!
//! What is lost stands first. Built from the plan alone; must not know the configuration, the state or the terminal.

mod action;
mod attribute;
mod calls;
mod change;
mod compact;
mod conditions;
mod large;
mod page;
mod permissions;
mod summary;
#[cfg(test)]
mod tests;
mod text_diff;

use super::{Look, Paint};
use crate::plan::sheet::{Judged, Judgement, Sheet, Verdict, by_urgency};
use crate::plan::{Action, ActionKind, OutputChange, Plan};

pub use conditions::text as conditions;
use page::Page;
pub use permissions::text as permissions;
pub use summary::{actions, counts, effort};

/// How much is shown of each change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Level {
    /// One line.
    Compact,
    /// What changes.
    #[default]
    Normal,
    /// Also what stays.
    Full,
}

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Detail {
    pub level: Level,
    /// The requests that an apply will send.
    pub calls: bool,
}

/// The whole plan, with an empty line at its end.
pub fn text(plan: &Plan, look: Look) -> String {
    detailed(plan, look, Detail::default())
}

/// As [`text`], in more or less detail.
pub fn detailed(plan: &Plan, look: Look, detail: Detail) -> String {
    let mut text = String::new();
    pour(plan, look, detail, &mut |piece| text.push_str(piece));
    text
}

/// As [`detailed`], piece by piece.
pub fn pour(plan: &Plan, look: Look, detail: Detail, sink: &mut dyn FnMut(&str)) {
    let mut pour = |page: &mut Page| sink(&page.take());
    let mut page = Page::new(look, detail);
    let actions = by_urgency(plan);
    if actions.len() > large::LARGE {
        // Whoever waits for the end of it wants to know the worst at once.
        summary::headline(plan, &mut page);
        page.blank();
        pour(&mut page);
    }
    drift(plan, &mut page, &mut pour);
    if !plan.has_changes() {
        let nothing = if plan.destroying {
            "Nothing is there to be destroyed."
        } else {
            "What is there is as the configuration says."
        };
        page.line(0, &format!("{} {nothing}", look.paint(Paint::Strong, "No changes.")));
        page.blank();
        return pour(&mut page);
    }
    changes(&actions, &mut page, &mut pour);
    outputs(&plan.outputs, &mut page);
    summary::write(plan, &mut page);
    page.blank();
    pour(&mut page);
}

/// A kept plan, with what stood beside it, piece by piece.
pub fn pour_whole(sheet: &Sheet, look: Look, detail: Detail, sink: &mut dyn FnMut(&str)) {
    pour(&sheet.plan, look, detail, sink);
    sink(&conditions(&sheet.judgements, look));
    sink(&findings(sheet, look));
}

/// One change, for those who lay a plan out their own way.
pub fn block(action: &Action, look: Look, detail: Detail) -> String {
    let mut page = Page::new(look, detail);
    action::write(action, &mut page);
    page.text()
}

/// What others changed of one instance.
pub fn drift_block(action: &Action, look: Look) -> String {
    let mut page = Page::new(look, Detail::default());
    action::write_drift(action, &mut page);
    page.text()
}

/// Changes of outputs.
pub fn outputs_block(changed: &[&OutputChange], look: Look) -> String {
    let mut page = Page::new(look, Detail::default());
    attribute::write_outputs(changed, &mut page);
    page.text()
}

/// What stood beside a kept plan, in lines; nothing where nothing did.
fn findings(sheet: &Sheet, look: Look) -> String {
    let mut page = Page::new(look, Detail::default());
    for finding in &sheet.findings {
        let word = format!("{}[{}]:", finding.severity, finding.code);
        let paint = if finding.severity == "error" { Paint::Alarm } else { Paint::Change };
        let place = finding.place.as_ref().map(|p| format!(" ({p})")).unwrap_or_default();
        page.line(0, &format!("{} {}{place}", look.paint(paint, &word), finding.summary));
        finding.detail.lines().for_each(|line| page.prose(2, None, line));
    }
    if !sheet.findings.is_empty() {
        page.blank();
    }
    page.text()
}

fn changes(actions: &[&Action], page: &mut Page, pour: &mut dyn FnMut(&mut Page)) {
    if actions.is_empty() {
        return;
    }
    let legend = legend(actions, page.look);
    page.prose(0, None, &legend);
    lost(actions, page);
    page.blank();
    if page.detail.level == Level::Normal && actions.len() > large::LARGE {
        return actions.chunk_by(|a, b| a.kind == b.kind).for_each(|group| large::write(group, page, pour));
    }
    for action in actions {
        pour(page);
        if page.detail.level == Level::Compact {
            compact::write(action, page);
            continue;
        }
        action::write(action, page);
        page.blank();
    }
    if page.detail.level == Level::Compact {
        page.blank();
    }
}

/// What is destroyed, by name, before anything else.
fn lost(actions: &[&Action], page: &mut Page) {
    let ends = |a: &&&Action| matches!(a.kind, ActionKind::Delete | ActionKind::Replace);
    let names: Vec<String> = actions.iter().filter(ends).map(|a| a.address.to_string()).collect();
    let things = match names.len() {
        0 => return,
        1 => "1 thing is destroyed".to_owned(),
        n => format!("{n} things are destroyed"),
    };
    page.prose(0, Some(Paint::Alarm), &format!("! {things}, which cannot be undone: {}", names.join(", ")));
}

/// What the marks at the margin mean: those that occur.
fn legend(actions: &[&Action], look: Look) -> String {
    let has = |kind| actions.iter().any(|a| a.kind == kind);
    let all = [
        (ActionKind::Delete, "destroy"),
        (ActionKind::Replace, "destroy, then create anew"),
        (ActionKind::Forget, "forget, leave the thing"),
        (ActionKind::Update, "update in place"),
        (ActionKind::Create, "create"),
        (ActionKind::Read, "read during the apply"),
    ];
    let parts: Vec<String> = all
        .into_iter()
        .filter(|(kind, _)| has(*kind))
        .map(|(kind, what)| format!("{} {what}", action::mark(kind).painted(look).trim_start()))
        .collect();
    if parts.is_empty() { "Only the state changes:".to_owned() } else { format!("Planned: {}", parts.join(", ")) }
}

/// What others changed since the last apply.
fn drift(plan: &Plan, page: &mut Page, pour: &mut dyn FnMut(&mut Page)) {
    let drifted: Vec<&Action> = plan.actions.iter().filter(|a| !a.drift.is_empty()).collect();
    if drifted.is_empty() {
        return;
    }
    let title = "Changed outside of housewright since the last apply:";
    page.line(0, &page.look.paint(Paint::Strong, title));
    page.blank();
    let (whole, more) = large::drifted(drifted.len(), page);
    for action in drifted.into_iter().take(whole) {
        pour(page);
        if page.detail.level == Level::Compact {
            compact::write_drift(action, page);
            continue;
        }
        action::write_drift(action, page);
        page.blank();
    }
    if more > 0 {
        large::more(more, "were changed", page);
    }
    if page.detail.level == Level::Compact || more > 0 {
        page.blank();
    }
}

fn outputs(outputs: &[OutputChange], page: &mut Page) {
    let changed: Vec<&OutputChange> = outputs.iter().filter(|o| o.is_change()).collect();
    if changed.is_empty() {
        return;
    }
    page.line(0, &page.look.paint(Paint::Strong, "Changes to outputs:"));
    attribute::write_outputs(&changed, page);
    page.blank();
}
