//! What a plan costs: the requests that made it, and those that its apply will send, looks at what it waits for among them.
//!
//! A pure function of the plan. How often one looks depends on when each wait begins and on how long it usually takes; the
//! [`Course`] goes through an apply whose requests take no time and whose waits take as long as usual. Must not know how
//! anything is sent, or any particular kind.

mod course;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use super::sheet::REQUESTS;
use super::{Action, Plan};
use crate::call::Call;

pub use course::Course;

/// What is known of a plan's requests beside its calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Requests to the Cloud API that it took to make the plan.
    pub sent: usize,
    /// Requests that a key may send in a window; `None`: as many as there are.
    pub limit: Option<NonZeroUsize>,
    /// Requests of an apply that only read, by the action's place in the plan; without looks at what it waits for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reads: BTreeMap<usize, Reads>,
}

impl Default for Asked {
    fn default() -> Self {
        Self { sent: 0, limit: NonZeroUsize::new(REQUESTS), reads: BTreeMap::new() }
    }
}

/// What one action reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// Before its calls: what they have to know.
    pub before: usize,
    /// Behind its calls: what their answers did not show.
    pub behind: usize,
}

/// Requests to the Cloud API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// To make the plan.
    pub plan: usize,
    /// Calls of an apply.
    pub writes: usize,
    /// Reads of an apply, without looks.
    pub reads: usize,
    /// Looks at what is waited for, where all takes as long as usual: one for all who wait for the same.
    pub looks: usize,
}

impl Budget {
    pub(super) fn of(plan: &Plan) -> Self {
        let limited = |calls: &[Call]| calls.iter().filter(|c| c.target.is_cloud()).count();
        // What was left out since the plan was made reads nothing.
        let lives = |index: usize| plan.actions.get(index).is_some_and(|action| !action.is_idle());
        let reads = plan.asked.reads.iter().filter(|(index, _)| lives(**index)).map(|(_, reads)| reads);
        Self {
            plan: plan.asked.sent,
            writes: plan.actions.iter().map(|a| limited(&a.destroy) + limited(&a.apply)).sum(),
            reads: reads.map(|r| r.before + r.behind).sum(),
            looks: if plan.actions.iter().any(Action::has_calls) { Course::of(plan).looks } else { 0 },
        }
    }

    /// What an apply sends, its own plan left out.
    pub fn apply(&self) -> usize {
        self.writes + self.reads + self.looks
    }
}
