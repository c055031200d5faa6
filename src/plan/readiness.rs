//! Which steps of a plan can begin: the ones that the longest way to the end begins with go first, equal ones in the plan's order.
//!
//! Every change of a step's status passes here, so that nothing has to be searched for. Must not know what a step does.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Before, Groups, Phase, Plan, Step};

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
    needs: Vec<Before>,
    needed_by: Vec<Vec<usize>>,
    gates: Vec<Gate>,
    /// The gates that open when a step and others are done.
    before: Vec<Vec<usize>>,
    /// How many single steps and gates a step still has before it.
    missing: Vec<usize>,
    /// Calls and waits from the beginning of a step to the end of the longest chain behind it.
    ahead: Vec<usize>,
    ready: BTreeSet<(Reverse<usize>, usize)>,
    /// Pending steps of whose needs one failed.
    broken: BTreeSet<usize>,
}

/// What stands between a group of steps and all that need the whole of it.
#[derive(Debug, Default)]
struct Gate {
    /// How many of the group are not done.
    missing: usize,
    users: Vec<usize>,
    /// As of a step: of the longest chain behind it.
    ahead: usize,
    failed: bool,
}

impl Readiness {
    pub fn of(plan: &Plan) -> Self {
        let needs: Vec<Before> = plan.steps.iter().map(|s| s.needs.clone()).collect();
        let costs: Vec<usize> = plan.steps.iter().map(|s| cost(plan, s)).collect();
        Self::new(needs, &costs)
    }

    /// The steps stand in an order in which they can be carried out one by one.
    fn new(needs: Vec<Before>, costs: &[usize]) -> Self {
        let mut groups = Groups::default();
        let behind: Vec<Vec<usize>> =
            needs.iter().map(|n| n.groups().iter().map(|group| groups.number(group)).collect()).collect();
        let mut gates: Vec<Gate> =
            groups.all().iter().map(|group| Gate { missing: group.len(), ..Gate::default() }).collect();
        let mut before = vec![Vec::new(); needs.len()];
        for (gate, group) in groups.all().iter().enumerate() {
            group.iter().for_each(|step| before[*step].push(gate));
        }
        let mut needed_by = vec![Vec::new(); needs.len()];
        let mut ahead = costs.to_vec();
        for (step, needs) in needs.iter().enumerate().rev() {
            // All that is behind one of its gates stands behind the step, and was here already.
            let longest = before[step].iter().map(|gate| costs[step] + gates[*gate].ahead).max();
            ahead[step] = ahead[step].max(longest.unwrap_or(0));
            for need in needs.single() {
                needed_by[*need].push(step);
                ahead[*need] = ahead[*need].max(costs[*need] + ahead[step]);
            }
            for gate in &behind[step] {
                gates[*gate].users.push(step);
                gates[*gate].ahead = gates[*gate].ahead.max(ahead[step]);
            }
        }
        let missing: Vec<usize> = needs.iter().zip(&behind).map(|(n, gates)| n.single().len() + gates.len()).collect();
        let free = missing.iter().enumerate().filter(|(_, missing)| **missing == 0);
        let ready = free.map(|(step, _)| (Reverse(ahead[step]), step)).collect();
        let status = vec![Status::Pending; needs.len()];
        Self { status, needs, needed_by, gates, before, missing, ahead, ready, broken: BTreeSet::new() }
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
        let because = self.needs[step].first(|need| matches!(self.status[need], Status::Failed | Status::Skipped))?;
        self.set(step, Status::Skipped);
        Some((step, because))
    }

    /// What a step has come to.
    pub fn set(&mut self, step: usize, status: Status) {
        let before = std::mem::replace(&mut self.status[step], status);
        if before == status {
            return;
        }
        let mut dependents = self.needed_by[step].clone();
        for gate in &self.before[step] {
            let gate = &mut self.gates[*gate];
            match status {
                Status::Done => {
                    gate.missing -= 1;
                    dependents.extend(gate.users.iter().filter(|_| gate.missing == 0));
                }
                Status::Failed | Status::Skipped if !std::mem::replace(&mut gate.failed, true) => {
                    dependents.extend(&gate.users);
                }
                _ => {}
            }
        }
        for dependent in dependents {
            match status {
                Status::Done => {
                    self.missing[dependent] -= 1;
                    if self.missing[dependent] == 0 {
                        self.ready.insert((Reverse(self.ahead[dependent]), dependent));
                    }
                }
                Status::Failed | Status::Skipped if self.status[dependent] == Status::Pending => {
                    self.broken.insert(dependent);
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
    use std::sync::Arc;

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

    fn steps<const N: usize>(needs: [Vec<usize>; N]) -> Vec<Before> {
        needs.map(Before::from).into()
    }

    #[test]
    fn the_longest_way_begins_first_and_equal_ones_keep_their_order() {
        // 0; 1 ← 2 ← 3; 4 ← 5, where 5 waits.
        let needs = steps([vec![], vec![], vec![1], vec![2], vec![], vec![4]]);
        assert_eq!(order(Readiness::new(needs.clone(), &[1, 1, 1, 1, 1, 11])), [4, 5, 1, 2, 0, 3]);
        assert_eq!(order(Readiness::new(needs, &[1; 6])), [1, 2, 4, 0, 3, 5]);
        assert_eq!(order(Readiness::new(vec![Before::default(); 4], &[1; 4])), [0, 1, 2, 3]);
    }

    #[test]
    fn what_needs_a_failed_step_is_skipped_and_so_is_what_needs_that() {
        let mut readiness = Readiness::new(steps([vec![], vec![0], vec![1], vec![], vec![3, 0]]), &[1; 5]);
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
        let before = |step: Option<usize>| Before::from(step.into_iter().collect::<Vec<_>>());
        let chain = (0..100_000usize).map(|step| before(step.checked_sub(1))).collect();
        assert!(order(Readiness::new(chain, &vec![1; 100_000])).is_sorted());
        let star = (0..100_000usize).map(|step| before((step > 0).then_some(0))).collect();
        assert!(order(Readiness::new(star, &vec![1; 100_000])).is_sorted());
    }

    /// Does everything in its order, the second of each three failing, and gives what happened.
    fn course(mut readiness: Readiness) -> Vec<(usize, Option<usize>)> {
        let mut course = Vec::new();
        loop {
            course.extend(std::iter::from_fn(|| readiness.next_broken()).map(|(step, why)| (step, Some(why))));
            let Some(step) = readiness.begin() else { return course };
            course.push((step, None));
            readiness.set(step, if step % 3 == 1 { Status::Failed } else { Status::Done });
        }
    }

    #[test]
    fn a_group_is_as_its_steps_written_out() {
        let (few, many): (Arc<[usize]>, Arc<[usize]>) = ([0, 3].into(), [2, 3, 6].into());
        let grouped: Vec<Before> = (0..12)
            .map(|step| match step {
                4 | 5 => Before::new(vec![2], vec![Arc::clone(&few)]),
                7..10 => Before::new(vec![5], vec![Arc::clone(&many)]),
                10 | 11 => Before::new(Vec::new(), vec![Arc::clone(&few), Arc::clone(&many)]),
                _ => Before::default(),
            })
            .collect();
        let written_out: Vec<Before> = grouped.iter().map(|before| before.all().into()).collect();
        for costs in [[1; 12], [3, 1, 2, 1, 9, 1, 1, 1, 1, 4, 1, 2]] {
            let [grouped, written_out] = [&grouped, &written_out].map(|needs| Readiness::new(needs.clone(), &costs));
            assert_eq!(grouped.ahead, written_out.ahead);
            assert_eq!(course(grouped), course(written_out));
        }
    }

    #[test]
    fn blocks_of_a_hundred_thousand_are_no_matter() {
        let group: Arc<[usize]> = (0..100_000).collect();
        let before =
            |step: usize| Before::new(Vec::new(), (step >= 100_000).then(|| Arc::clone(&group)).into_iter().collect());
        assert!(order(Readiness::new((0..200_000).map(before).collect(), &vec![1; 200_000])).is_sorted());
    }
}
