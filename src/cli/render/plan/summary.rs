//! How much a plan is: actions, requests, the least time they take.

use std::time::Duration;

use super::super::{Paint, duration};
use super::Page;
use crate::plan::{Plan, Summary};

/// The platform's limit for a key: requests, in a window of seconds.
const REQUESTS: usize = 10;
const WINDOW: u64 = 10;

pub(super) fn write(plan: &Plan, page: &mut Page) {
    let summary = plan.summary();
    let strong = page.look.paint(Paint::Strong, "Plan:");
    page.line(0, &format!("{strong} {}", counts(summary)));
    if !actions(summary) {
        let what = if plan.actions.iter().any(|a| a.is_change()) { "the state" } else { "the outputs in the state" };
        page.line(0, &format!("Only {what} will change; nothing else is touched."));
    }
    if plan.calls() > 0 {
        page.line(0, &requests(plan.calls()));
    }
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

fn requests(calls: usize) -> String {
    let windows = u64::try_from((calls - 1) / REQUESTS).unwrap_or(u64::MAX);
    let least = Duration::from_secs(windows.saturating_mul(WINDOW));
    let noun = if calls == 1 { "request" } else { "requests" };
    let time = if least.is_zero() {
        format!("within the limit of {REQUESTS} in {WINDOW}s")
    } else {
        format!("at least {} at the limit of {REQUESTS} in {WINDOW}s", duration::text(least))
    };
    format!("Apply sends {calls} {noun}, {time}, and waits for the platform besides.")
}
