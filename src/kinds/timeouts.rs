//! How long something is waited for, as a block may say it: `timeouts { create = "90m" }`.
//!
//! Must not know any particular kind.

use std::time::Duration;

use super::Change;
use super::checker::Checker;
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute};

const NAMES: [&str; 3] = ["create", "update", "delete"];

/// Duration text such as `90m` or `1h30m`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let span = text.parse::<jiff::SignedDuration>().ok()?;
    Duration::try_from(span).ok().filter(|d| !d.is_zero())
}

/// The block.
pub(super) fn attribute(doc: &'static str) -> Attribute {
    let duration = |name, doc| Attribute::optional(name, AttrType::String, doc).local();
    let parts = vec![
        duration("create", "Longest wait for a creation, such as `90m`."),
        duration("update", "Longest wait for a change, such as `90m`."),
        duration("delete", "Longest wait for a deletion, such as `90m`."),
    ];
    Attribute::optional("timeouts", AttrType::Block(parts), doc).local()
}

/// How long a wait of that operation lasts; `usual`, unless the block says otherwise.
pub(super) fn of(change: &Change<'_>, operation: &str, usual: Duration) -> Duration {
    // A deletion has no wishes of its own: what was last said counts.
    let path = format!("timeouts.{operation}");
    let said = change.get(&path).or_else(|| crate::schema::at_path(change.applied, &path));
    said.and_then(Value::as_str).and_then(duration).unwrap_or(usual)
}

/// What is no duration.
pub(super) fn check(c: &mut Checker<'_>) {
    for name in NAMES {
        let attribute = format!("timeouts.{name}");
        if c.text(&attribute).is_some_and(|text| duration(text).is_none()) {
            let detail = "A timeout is a number with a unit: s, m or h.";
            let summary = format!("`{attribute}` is no duration");
            c.error("HW1059", &[&attribute], summary, detail, "Write for example \"90m\" or \"2h\".");
        }
    }
}
