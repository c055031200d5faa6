//! What of a large plan is shown: of each sort the first few whole, the rest counted; what is lost is named each by each.
//!
//! The rule looks at the plan alone, so that the same plan is the same text on a terminal and in a pipe.

use super::super::Paint;
use super::page::Page;
use super::{Level, action, compact};
use crate::kinds::EffectSort;
use crate::plan::{Action, ActionKind};

/// A plan with more changes than this is large.
pub(super) const LARGE: usize = 500;

/// Of each sort of change so many are shown whole.
const WHOLE: usize = 20;

/// Changes of one sort.
pub(super) fn write(group: &[&Action], page: &mut Page, pour: &mut dyn FnMut(&mut Page)) {
    let (whole, rest) = group.split_at(WHOLE.min(group.len()));
    for action in whole {
        action::write(action, page);
        page.blank();
        pour(page);
    }
    let (named, counted): (Vec<&Action>, Vec<&Action>) = rest.iter().copied().partition(|a| is_lost(a));
    for action in &named {
        compact::write(action, page);
        pour(page);
    }
    if let Some(first) = counted.first() {
        more(counted.len(), what(first.kind), page);
    }
    if !rest.is_empty() {
        page.blank();
    }
}

/// What others changed: how many are shown whole, and how many are not.
pub(super) fn drifted(count: usize, page: &Page) -> (usize, usize) {
    let cut = page.detail.level == Level::Normal && count > LARGE;
    let whole = if cut { WHOLE } else { count };
    (whole, count - whole)
}

/// Such as `… 9980 more are created. --compact shows each in one line, --full all of it.`
pub(super) fn more(count: usize, what: &str, page: &mut Page) {
    let text =
        format!("{} {count} more {what}. --compact shows each in one line, --full all of it.", page.look.ellipsis());
    page.prose(2, Some(Paint::Strong), &text);
}

/// What nobody may overlook.
fn is_lost(action: &Action) -> bool {
    let ends = matches!(action.kind, ActionKind::Delete | ActionKind::Replace | ActionKind::Forget);
    ends || action.effects.iter().any(|e| matches!(e.sort, EffectSort::DataLoss | EffectSort::Unavailable))
}

fn what(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Create => "are created",
        ActionKind::Update => "are updated in place",
        ActionKind::Read => "are read during the apply",
        ActionKind::NoOp => "are noted in the state",
        // Those have a line each.
        ActionKind::Delete | ActionKind::Replace | ActionKind::Forget => "end",
    }
}
