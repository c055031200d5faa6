//! What was done so far.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::address::Address;
use crate::plan::{ActionKind, Phase, Summary};

/// Counts of what was done, and to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    pub destroyed: usize,
    pub forgotten: usize,
    /// With what was done and how long it took.
    pub done: Vec<(Address, &'static str, Duration)>,
    /// Of these the old thing is gone, or there was none: to replace them once more would destroy what is new.
    pub renewed: BTreeSet<Address>,
}

impl Tally {
    pub(super) fn started(&mut self, address: &Address, phase: Phase) {
        if phase == Phase::Apply {
            self.renewed.insert(address.clone());
        }
    }

    pub(super) fn finished(&mut self, address: &Address, kind: ActionKind, phase: Phase, took: Duration) {
        self.renewed.insert(address.clone());
        match (kind, phase) {
            (ActionKind::Create, _) | (ActionKind::Replace, Phase::Apply) => self.added += 1,
            (ActionKind::Update, _) => self.changed += 1,
            (ActionKind::Delete | ActionKind::Replace, _) => self.destroyed += 1,
            (ActionKind::Forget, _) => self.forgotten += 1,
            (ActionKind::NoOp | ActionKind::Read, _) => return,
        }
        self.done.push((address.clone(), super::Words::of(kind, phase).done, took));
    }

    /// As the plan counted.
    pub fn summary(&self) -> Summary {
        Summary {
            create: self.added,
            update: self.changed,
            destroy: self.destroyed,
            forget: self.forgotten,
            state_only: 0,
        }
    }

    /// Such as `2 added, 0 changed, 0 destroyed`.
    pub fn counts(&self) -> String {
        let forgotten = if self.forgotten > 0 { format!(", {} forgotten", self.forgotten) } else { String::new() };
        format!("{} added, {} changed, {} destroyed{forgotten}", self.added, self.changed, self.destroyed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_counts_as_one_destroyed_and_one_added() {
        let address = Address::root("service", "x");
        let mut tally = Tally::default();
        tally.finished(&address, ActionKind::Replace, Phase::Destroy, Duration::ZERO);
        tally.finished(&address, ActionKind::Replace, Phase::Apply, Duration::ZERO);
        tally.finished(&address, ActionKind::Update, Phase::Apply, Duration::ZERO);
        assert_eq!(tally.counts(), "1 added, 1 changed, 1 destroyed");
        assert_eq!(tally.done.iter().map(|d| d.1).collect::<Vec<_>>(), ["destroyed", "created anew", "updated"]);
    }
}
