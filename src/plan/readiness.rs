//! Which steps of a plan can begin: the ones that the longest way to the end begins with go first, equal ones in the plan's order.
//!
//! Every change of a step's status passes here, so that nothing has to be searched for. Must not know what a step does.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Phase, Plan, Step};

/// A wait takes at least as long as this many calls.
const CALLS_OF_A_WAIT: usize = 10;

/// What a step has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Running,
    Done,
    Failed,
    Skipped,
}

/// The steps of a plan on their way.
#[derive(Debug)]
pub struct Readiness {
    status: Vec<Status>,
    needs: Vec<Vec<usize>>,
    needed_by: Vec<Vec<usize>>,
    /// How many of a step's needs are not done.
    missing: Vec<usize>,
    /// Calls and waits from the beginning of a step to the end of the longest chain behind it.
    ahead: Vec<usize>,
    ready: BTreeSet<(Reverse<usize>, usize)>,
    /// Pending steps of whose needs one failed.
    broken: BTreeSet<usize>,
}

impl Readiness {
    pub fn of(plan: &Plan) -> Self {
        let needs: Vec<Vec<usize>> = plan.steps.iter().map(|s| s.needs.clone()).collect();
        let costs: Vec<usize> = plan.steps.iter().map(|s| cost(plan, s)).collect();
        Self::new(needs, &costs)
    }

    /// The steps stand in an order in which they can be carried out one by one.
    fn new(needs: Vec<Vec<usize>>, costs: &[usize]) -> Self {
        let mut needed_by = vec![Vec::new(); needs.len()];
        let mut ahead = costs.to_vec();
        for (step, needs) in needs.iter().enumerate().rev() {
            for need in needs {
                needed_by[*need].push(step);
                ahead[*need] = ahead[*need].max(costs[*need] + ahead[step]);
            }
        }
        let missing: Vec<usize> = needs.iter().map(Vec::len).collect();
        let free = missing.iter().enumerate().filter(|(_, missing)| **missing == 0);
        let ready = free.map(|(step, _)| (Reverse(ahead[step]), step)).collect();
        let status = vec![Status::Pending; needs.len()];
        Self { status, needs, needed_by, missing, ahead, ready, broken: BTreeSet::new() }
    }

    /// The next step to begin; it counts as running from now on.
    pub fn begin(&mut self) -> Option<usize> {
        let (_, step) = self.ready.pop_first()?;
        self.status[step] = Status::Running;
        Some(step)
    }

    /// A pending step that can never begin, and what it needed and did not get; it counts as skipped from now on.
    pub fn next_broken(&mut self) -> Option<(usize, usize)> {
        let step = self.broken.pop_first()?;
        let failed = |need: &&usize| matches!(self.status[**need], Status::Failed | Status::Skipped);
        let because = *self.needs[step].iter().find(failed)?;
        self.set(step, Status::Skipped);
        Some((step, because))
    }

    /// What a step has come to.
    pub fn set(&mut self, step: usize, status: Status) {
        let before = std::mem::replace(&mut self.status[step], status);
        if before == status {
            return;
        }
        for dependent in &self.needed_by[step] {
            match status {
                Status::Done => {
                    self.missing[*dependent] -= 1;
                    if self.missing[*dependent] == 0 {
                        self.ready.insert((Reverse(self.ahead[*dependent]), *dependent));
                    }
                }
                Status::Failed | Status::Skipped if self.status[*dependent] == Status::Pending => {
                    self.broken.insert(*dependent);
                }
                _ => {}
            }
        }
    }

    /// Steps that were neither begun nor skipped.
    pub fn pending(&self) -> impl Iterator<Item = usize> {
        self.status.iter().enumerate().filter(|(_, status)| **status == Status::Pending).map(|(step, _)| step)
    }
}

fn cost(plan: &Plan, step: &Step) -> usize {
    let action = &plan.actions[step.action];
    let calls = if step.phase == Phase::Destroy { &action.destroy } else { &action.apply };
    let waits = calls.iter().filter(|c| c.wait.is_some()).count() + usize::from(action.resume.is_some());
    calls.len() + waits * CALLS_OF_A_WAIT
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Begins everything there is, one at a time, and gives the order.
    fn order(mut readiness: Readiness) -> Vec<usize> {
        let mut order = Vec::new();
        while let Some(step) = readiness.begin() {
            order.push(step);
            readiness.set(step, Status::Done);
        }
        order
    }

    #[test]
    fn the_longest_way_begins_first_and_equal_ones_keep_their_order() {
        // 0; 1 ← 2 ← 3; 4 ← 5, where 5 waits.
        let needs = vec![vec![], vec![], vec![1], vec![2], vec![], vec![4]];
        assert_eq!(order(Readiness::new(needs.clone(), &[1, 1, 1, 1, 1, 11])), [4, 5, 1, 2, 0, 3]);
        assert_eq!(order(Readiness::new(needs, &[1; 6])), [1, 2, 4, 0, 3, 5]);
        assert_eq!(order(Readiness::new(vec![vec![]; 4], &[1; 4])), [0, 1, 2, 3]);
    }

    #[test]
    fn what_needs_a_failed_step_is_skipped_and_so_is_what_needs_that() {
        let mut readiness = Readiness::new(vec![vec![], vec![0], vec![1], vec![], vec![3, 0]], &[1; 5]);
        assert_eq!(readiness.begin(), Some(0));
        readiness.set(0, Status::Failed);
        let skipped: Vec<_> = std::iter::from_fn(|| readiness.next_broken()).collect();
        assert_eq!(skipped, [(1, 0), (2, 1), (4, 0)]);
        assert_eq!(readiness.begin(), Some(3));
        readiness.set(3, Status::Done);
        assert_eq!((readiness.begin(), readiness.pending().count()), (None, 0));
    }

    #[test]
    fn a_hundred_thousand_steps_are_no_matter() {
        let chain = (0..100_000usize).map(|step| step.checked_sub(1).into_iter().collect()).collect();
        assert!(order(Readiness::new(chain, &vec![1; 100_000])).is_sorted());
        let star = (0..100_000usize).map(|step| if step == 0 { vec![] } else { vec![0] }).collect();
        assert!(order(Readiness::new(star, &vec![1; 100_000])).is_sorted());
    }
}
