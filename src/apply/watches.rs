//! When to look next at what is waited for: one look for all who wait for the same read.
//!
//! Must not know who waits, or why a time was chosen.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::runs::Awaited;

/// The next look at each read; `None` while its answer is on the way.
#[derive(Debug, Default)]
pub(super) struct Watches(BTreeMap<Awaited, Option<Timestamp>>);

impl Watches {
    /// Somebody waits from now on and wants a look at that time. An answer on the way decides for all when it comes.
    pub fn add(&mut self, awaited: Awaited, at: Timestamp) {
        self.0.entry(awaited).and_modify(|next| *next = next.map(|next| next.min(at))).or_insert(Some(at));
    }

    /// A look was answered; `None`: nobody waits any more.
    pub fn answered(&mut self, awaited: Awaited, next: Option<Timestamp>) {
        match next {
            Some(at) => drop(self.0.insert(awaited, Some(at))),
            None => drop(self.0.remove(&awaited)),
        }
    }

    /// The earliest look.
    pub fn next(&self) -> Option<Timestamp> {
        self.0.values().flatten().min().copied()
    }

    /// The reads to send now. Their answers are on the way from now on.
    pub fn due(&mut self, now: Timestamp) -> Vec<Awaited> {
        let due = self.0.iter_mut().filter(|(_, next)| next.is_some_and(|at| at <= now));
        due.map(|(awaited, next)| {
            *next = None;
            awaited.clone()
        })
        .collect()
    }
}
