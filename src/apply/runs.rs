//! The steps on their way, and what they wait for: thousands may wait for one list, and none of them is searched for.
//!
//! Must not know what a step does.

use std::collections::{BTreeMap, BTreeSet};

use super::run::Run;
use super::waiting::Waiting;
use crate::call::Read;

/// What is waited for: a cloud's label, and the read to repeat.
pub(super) type Awaited = (String, Read);

/// By step.
#[derive(Default)]
pub(super) struct Runs {
    all: BTreeMap<usize, Run>,
    /// Who waits for what.
    waiting: BTreeMap<Awaited, BTreeSet<usize>>,
    waiters: usize,
}

impl Runs {
    pub fn get(&self, step: &usize) -> Option<&Run> {
        self.all.get(step)
    }

    pub fn get_mut(&mut self, step: &usize) -> Option<&mut Run> {
        self.all.get_mut(step)
    }

    pub fn insert(&mut self, step: usize, run: Run) {
        self.all.insert(step, run);
    }

    pub fn remove(&mut self, step: &usize) -> Option<Run> {
        self.go_on(*step);
        self.all.remove(step)
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn values(&self) -> impl Iterator<Item = &Run> {
        self.all.values()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&usize, &Run)> {
        self.all.iter()
    }

    /// How many are not merely waiting.
    pub fn busy(&self) -> usize {
        self.all.len() - self.waiters
    }

    /// A step waits from now on.
    pub fn wait(&mut self, step: usize, waiting: Waiting) {
        self.go_on(step);
        let Some(run) = self.all.get_mut(&step) else { return };
        run.waiting = Some(waiting);
        if let Some(awaited) = run.awaited() {
            self.waiting.entry(awaited).or_default().insert(step);
            self.waiters += 1;
        }
    }

    /// A step no longer waits.
    pub fn go_on(&mut self, step: usize) {
        let Some(run) = self.all.get_mut(&step).filter(|run| run.is_waiting()) else { return };
        let Some(awaited) = run.awaited() else { return };
        run.waiting = None;
        self.waiters -= 1;
        if let Some(steps) = self.waiting.get_mut(&awaited) {
            steps.remove(&step);
            if steps.is_empty() {
                self.waiting.remove(&awaited);
            }
        }
    }

    /// Who waits for that.
    pub fn waiting_for(&self, awaited: &Awaited) -> Vec<usize> {
        self.waiting.get(awaited).into_iter().flatten().copied().collect()
    }
}
