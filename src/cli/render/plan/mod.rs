//! A plan as text: what will be done, to what, with which consequences, and how much that is.
//!
//! Built from the plan alone; must not know the configuration, the state or the terminal.

mod action;
mod attribute;
mod change;
mod permissions;
mod summary;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::{Look, Paint};
use crate::plan::{Action, ActionKind, OutputChange, Plan};

pub use permissions::text as permissions;
pub use summary::{actions, counts};

/// The whole plan, with an empty line at its end.
pub fn text(plan: &Plan, look: Look) -> String {
    let mut page = Page { look, text: String::new() };
    drift(plan, &mut page);
    if !plan.has_changes() {
        let nothing = if plan.destroying {
            "Nothing is there to be destroyed."
        } else {
            "What is there is as the configuration says."
        };
        page.line(0, &format!("{} {nothing}", look.paint(Paint::Strong, "No changes.")));
        page.blank();
        return page.text;
    }
    let shown = |a: &&Action| a.is_change() || a.kind == ActionKind::Read;
    let changes: Vec<&Action> = plan.actions.iter().filter(shown).collect();
    if !changes.is_empty() {
        page.line(0, &legend(&changes, look));
        page.blank();
    }
    for action in changes {
        action::write(action, &mut page);
        page.blank();
    }
    outputs(&plan.outputs, &mut page);
    summary::write(plan, &mut page);
    page.blank();
    page.text
}

/// Text that grows line by line.
struct Page {
    look: Look,
    text: String,
}

impl Page {
    fn line(&mut self, indent: usize, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{:indent$}{text}", "");
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }
}

/// What the marks at the margin mean: those that occur.
fn legend(actions: &[&Action], look: Look) -> String {
    let has = |kind| actions.iter().any(|a| a.kind == kind);
    let all = [
        (ActionKind::Create, "create"),
        (ActionKind::Update, "update in place"),
        (ActionKind::Replace, "destroy, then create anew"),
        (ActionKind::Delete, "destroy"),
        (ActionKind::Forget, "forget, leave the thing"),
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
fn drift(plan: &Plan, page: &mut Page) {
    let drifted: Vec<&Action> = plan.actions.iter().filter(|a| !a.drift.is_empty()).collect();
    if drifted.is_empty() {
        return;
    }
    let title = "Changed outside of housewright since the last apply:";
    page.line(0, &page.look.paint(Paint::Strong, title));
    page.blank();
    for action in drifted {
        action::write_drift(action, page);
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
