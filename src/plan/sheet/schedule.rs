//! When each step can begin at the earliest: what the order and the platform's limit of requests allow.
//!
//! How long the platform itself takes is not known; a wait counts as one look.

use std::collections::BTreeMap;

use crate::plan::{Action, Groups, Phase, Plan, Step};

/// The platform's usual limit for a key: requests, in a window of seconds.
pub const REQUESTS: usize = 10;
pub const WINDOW: u64 = 10;

/// Seconds until the first look at what is waited for, at the least.
pub const LOOK: u64 = 10;

/// Seconds since the apply began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub begins: u64,
    /// When all is sent and, where it waits, the first look was taken.
    pub ends: u64,
    /// The most it may wait besides before it is given up.
    pub may_wait: u64,
}

/// The earliest moments of the steps, in their order.
pub fn schedule(plan: &Plan) -> Vec<Moment> {
    // Requests sent so far, by the cloud whose key sends them.
    let mut sent: BTreeMap<&str, u64> = BTreeMap::new();
    let mut moments: Vec<Moment> = Vec::with_capacity(plan.steps.len());
    // When the last of a group has ended, by the group's number.
    let (mut groups, mut ended): (Groups, Vec<u64>) = Default::default();
    let last = |steps: &[usize], moments: &[Moment]| steps.iter().filter_map(|n| moments.get(*n)).map(|m| m.ends).max();
    for step in &plan.steps {
        let mut ready = last(step.needs.single(), &moments).unwrap_or(0);
        for group in step.needs.groups() {
            let number = groups.number(group);
            if number == ended.len() {
                ended.push(last(group, &moments).unwrap_or(0));
            }
            ready = ready.max(ended[number]);
        }
        moments.push(moment(plan, step, ready, &mut sent));
    }
    moments
}

fn moment<'p>(plan: &'p Plan, step: &Step, ready: u64, sent: &mut BTreeMap<&'p str, u64>) -> Moment {
    let Some(action) = plan.actions.get(step.action) else { return Moment { begins: ready, ends: ready, may_wait: 0 } };
    let (calls, cloud) = match step.phase {
        Phase::Destroy => (&action.destroy, action.destroy_cloud.as_str()),
        Phase::Apply => (&action.apply, action.cloud.as_str()),
    };
    let limit = plan.asked.limit.and_then(|limit| u64::try_from(limit.get()).ok());
    let count = sent.entry(cloud).or_default();
    let mut now = ready;
    let mut begins = None;
    for call in calls {
        now = now.max(limit.map_or(0, |limit| *count / limit * WINDOW));
        *count += 1;
        begins.get_or_insert(now);
        if call.wait.is_some() {
            now += LOOK;
        }
    }
    let waits = calls.iter().filter_map(|c| c.wait.as_ref()).chain(owed(action, step.phase));
    let may_wait = waits.map(|w| w.timeout.as_secs()).sum();
    Moment { begins: begins.unwrap_or(ready), ends: now, may_wait }
}

/// The wait that an interrupted run still owes belongs to the first phase there is.
fn owed(action: &Action, phase: Phase) -> Option<&crate::call::Wait> {
    let first = if action.destroy.is_empty() { Phase::Apply } else { Phase::Destroy };
    action.resume.as_deref().filter(|_| phase == first)
}
