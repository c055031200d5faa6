//! How much a plan is: actions, requests, the least time they take.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::super::{Paint, duration};
use super::page::Page;
use crate::plan::{Plan, Summary};

use crate::plan::sheet::WINDOW;

/// How much changes.
pub(super) fn headline(plan: &Plan, page: &mut Page) {
    let strong = page.look.paint(Paint::Strong, "Plan:");
    page.line(0, &format!("{strong} {}", counts(plan.summary())));
}

pub(super) fn write(plan: &Plan, page: &mut Page) {
    let summary = plan.summary();
    headline(plan, page);
    if !actions(summary) {
        let what = if plan.actions.iter().any(|a| a.is_change()) { "the state" } else { "the outputs in the state" };
        page.line(0, &format!("Only {what} will change; nothing else is touched."));
    }
    effort(plan).iter().for_each(|line| page.prose(0, None, line));
}

/// What an apply sends, the least time that takes, and what the key needs, in sentences.
pub fn effort(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::from_iter(requests(plan));
    let permissions = Vec::from_iter(plan.permissions());
    if !permissions.is_empty() {
        lines.push(format!("The API key needs (unverified) {}.", permissions.join(", ")));
    }
    let entitlements = Vec::from_iter(plan.entitlements());
    if !entitlements.is_empty() {
        lines.push(format!("The organization has to be entitled (unverified) to {}.", entitlements.join("; ")));
    }
    lines
}

/// Whether anything but the state changes.
pub fn actions(summary: Summary) -> bool {
    summary.create + summary.update + summary.destroy > 0
}

/// Such as `2 to add, 1 to change, 0 to destroy. State only: 1.`
pub fn counts(summary: Summary) -> String {
    let Summary { create, update, destroy, forget, state_only } = summary;
    let mut text = format!("{create} to add, {update} to change, {destroy} to destroy.");
    for (count, what) in [(forget, "To forget"), (state_only, "State only")] {
        if count > 0 {
            text.push_str(&format!(" {what}: {count}."));
        }
    }
    text
}

/// What was sent for the plan, what an apply sends, the least time that takes, and how often it looks at what it waits
/// for. The limit is one of a key: what is sent with several keys takes as long as the part of the one with the most.
fn requests(plan: &Plan) -> Option<String> {
    let budget = plan.budget();
    let calls = plan.calls();
    let (writes, most) = (budget.writes, calls.into_values().max()?);
    let looks = match budget.looks {
        0 => String::new(),
        looks => format!("about {} at what it waits for", counted(looks, "look")),
    };
    let planned = match budget.plan {
        0 => String::new(),
        plan => format!("The plan took {}. ", counted(plan, "request")),
    };
    let Some(last) = most.checked_sub(1) else {
        return (budget.looks > 0).then(|| format!("{planned}Apply sends {looks}."));
    };
    let all = counted(writes + budget.reads, "request");
    let reads = if budget.reads > 0 { format!(" ({} to read)", budget.reads) } else { String::new() };
    let time = within(last, plan.asked.limit);
    let looks = if looks.is_empty() { looks } else { format!(", and {looks}") };
    Some(format!("{planned}Apply sends {all}{reads}, {time}{looks}."))
}

/// What the limit makes of so many requests and one.
fn within(last: usize, limit: Option<NonZeroUsize>) -> String {
    let Some(limit) = limit else { return "without a limit".to_owned() };
    let windows = u64::try_from(last / limit).unwrap_or(u64::MAX);
    let least = Duration::from_secs(windows.saturating_mul(WINDOW));
    if least.is_zero() {
        format!("within the limit of {limit} in {WINDOW}s")
    } else {
        format!("at least {} at the limit of {limit} in {WINDOW}s", duration::text(least))
    }
}

/// Such as `1 request` and `2 requests`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
