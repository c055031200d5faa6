//! The course of an apply: when each request is sent, where requests take no time and waits as long as usual.
//!
//! It goes by the same rules as an apply in earnest: the steps that the longest way begins with go first, so many at a time;
//! the platform's limit lets requests through in the order they come; one look serves all who wait for the same read. Must not
//! know how anything is sent, or any particular kind.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use super::Reads;
use crate::call::{Call, ORGANIZATION, Read, Wait, pause};
use crate::plan::readiness::{Readiness, Status};
use crate::plan::sheet::WINDOW;
use crate::plan::{ActionKind, Phase, Plan, Step};

/// Steps under way at a time, where nobody says otherwise.
const PARALLELISM: usize = 10;

/// What an apply comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Course {
    /// Looks at the Cloud API.
    pub looks: usize,
    /// Seconds until all is done.
    pub seconds: u64,
}

impl Course {
    pub fn of(plan: &Plan) -> Self {
        let mut walk = Walk::new(plan);
        walk.run();
        Self { looks: walk.looks, seconds: walk.now }
    }
}

/// What a step still has to do.
enum Deed<'p> {
    Call(&'p Call),
    /// So many reads, one after the other.
    Reads(usize),
    /// A wait that an earlier run owes.
    Wait(&'p Wait),
}

/// What is waited for: the label of the cloud, the read, and of a read with holes, the step whose thing will fill them.
type Awaited<'p> = (&'p str, &'p Read, Option<usize>);

struct Watch {
    /// When the next look is sent; `None` while one is on the way.
    next: Option<u64>,
    waiters: Vec<Waiter>,
}

#[derive(Clone, Copy)]
struct Waiter {
    step: usize,
    since: u64,
    typical: u64,
}

/// What comes back.
enum Arrival<'p> {
    Step(usize),
    Call(usize, &'p Call),
    Look(Awaited<'p>),
}

struct Walk<'p> {
    plan: &'p Plan,
    readiness: Readiness,
    now: u64,
    /// The last requests by the cloud whose key sends them: as many as the limit lets through in a window.
    sent: BTreeMap<&'p str, VecDeque<u64>>,
    deeds: BTreeMap<usize, VecDeque<Deed<'p>>>,
    busy: usize,
    arrivals: BinaryHeap<Reverse<(u64, usize)>>,
    /// What arrives, by its number.
    arriving: BTreeMap<usize, Arrival<'p>>,
    numbers: usize,
    watches: BTreeMap<Awaited<'p>, Watch>,
    looks: usize,
}

impl<'p> Walk<'p> {
    fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            readiness: Readiness::of(plan),
            now: 0,
            sent: BTreeMap::new(),
            deeds: BTreeMap::new(),
            busy: 0,
            arrivals: BinaryHeap::new(),
            arriving: BTreeMap::new(),
            numbers: 0,
            watches: BTreeMap::new(),
            looks: 0,
        }
    }

    fn run(&mut self) {
        loop {
            while self.busy < PARALLELISM
                && let Some(step) = self.readiness.begin()
            {
                self.start(step);
            }
            let arrival = self.arrivals.peek().map(|Reverse((at, _))| *at);
            let look = self.watches.values().filter_map(|w| w.next).min();
            match (arrival, look) {
                (None, None) => return,
                (Some(at), look) if look.is_none_or(|look| at <= look) => self.arrive(at),
                (_, Some(at)) => self.look(at),
                (Some(_), None) => {}
            }
        }
    }

    fn start(&mut self, step: usize) {
        let deeds = deeds(self.plan, step);
        self.deeds.insert(step, deeds);
        self.busy += 1;
        self.advance(step);
    }

    /// The next deed of a step, or its end.
    fn advance(&mut self, step: usize) {
        let deed = self.deeds.get_mut(&step).and_then(VecDeque::pop_front);
        let cloud = cloud(self.plan, step);
        match deed {
            Some(Deed::Call(call)) => {
                let at = if call.target.is_cloud() { self.permit(cloud) } else { self.now };
                self.expect(at, Arrival::Call(step, call));
            }
            Some(Deed::Reads(count)) => {
                let at = (0..count).map(|_| self.permit(cloud)).last();
                self.expect(at.unwrap_or(self.now), Arrival::Step(step));
            }
            Some(Deed::Wait(wait)) => self.wait(step, wait),
            None => {
                self.deeds.remove(&step);
                self.busy -= 1;
                self.readiness.set(step, Status::Done);
            }
        }
    }

    /// When the limit lets a request through that is sent now.
    fn permit(&mut self, cloud: &'p str) -> u64 {
        let Some(limit) = self.plan.asked.limit else { return self.now };
        let planned = self.plan.asked.sent;
        // What it took to make the plan was sent just before.
        let before = || (0..planned.checked_sub(1).map_or(0, |last| last % limit + 1)).map(|_| 0).collect();
        let sent = self.sent.entry(cloud).or_insert_with(before);
        let full = sent.len() >= limit.get();
        let oldest = if full { sent.pop_front() } else { None };
        let at = self.now.max(oldest.map_or(0, |at| at + WINDOW));
        sent.push_back(at);
        at
    }

    fn expect(&mut self, at: u64, arrival: Arrival<'p>) {
        self.arrivals.push(Reverse((at, self.numbers)));
        self.arriving.insert(self.numbers, arrival);
        self.numbers += 1;
    }

    fn arrive(&mut self, at: u64) {
        self.now = at;
        let Some(Reverse((_, number))) = self.arrivals.pop() else { return };
        match self.arriving.remove(&number) {
            Some(Arrival::Step(step)) => self.advance(step),
            Some(Arrival::Call(step, call)) => match &call.wait {
                Some(wait) => self.wait(step, wait),
                None => self.advance(step),
            },
            Some(Arrival::Look(awaited)) => self.looked(awaited),
            None => {}
        }
    }

    fn wait(&mut self, step: usize, wait: &'p Wait) {
        // The answer to the call shows it already.
        if wait.typical.is_zero() {
            return self.advance(step);
        }
        self.busy -= 1;
        let waiter = Waiter { step, since: self.now, typical: wait.typical.as_secs() };
        let open = wait.read.path.replace(ORGANIZATION, "").contains('{');
        let awaited = (cloud(self.plan, step), &wait.read, open.then_some(step));
        let watch = self.watches.entry(awaited).or_insert_with(|| Watch { next: Some(u64::MAX), waiters: Vec::new() });
        watch.waiters.push(waiter);
        watch.next = watch.next.map(|next| next.min(waiter.next_look(self.now)));
    }

    /// Sends the looks that are due.
    fn look(&mut self, at: u64) {
        self.now = at;
        let due = self.watches.iter_mut().filter(|(_, watch)| watch.next.is_some_and(|next| next <= at));
        let due: Vec<Awaited<'p>> = due
            .map(|(awaited, watch)| {
                watch.next = None;
                *awaited
            })
            .collect();
        for awaited in due {
            let (cloud, read, _) = awaited;
            let limited = read.target.is_cloud();
            self.looks += usize::from(limited);
            let at = if limited { self.permit(cloud) } else { self.now };
            self.expect(at, Arrival::Look(awaited));
        }
    }

    /// Whoever has waited long enough goes on.
    fn looked(&mut self, awaited: Awaited<'p>) {
        let now = self.now;
        let Some(mut watch) = self.watches.remove(&awaited) else { return };
        let (mut done, left): (Vec<Waiter>, Vec<Waiter>) =
            watch.waiters.into_iter().partition(|w| now - w.since >= w.typical);
        watch.waiters = left;
        watch.next = watch.waiters.iter().map(|w| w.next_look(now)).min();
        if watch.next.is_some() {
            self.watches.insert(awaited, watch);
        }
        done.sort_unstable_by_key(|w| w.step);
        for waiter in done {
            self.busy += 1;
            self.advance(waiter.step);
        }
    }
}

impl Waiter {
    fn next_look(&self, looked: u64) -> u64 {
        let age = Duration::from_secs(looked.saturating_sub(self.since));
        looked + pause(age, Duration::from_secs(self.typical)).as_secs()
    }
}

/// Whose key sends what a step sends.
fn cloud(plan: &Plan, step: usize) -> &str {
    let Step { action, phase, .. } = &plan.steps[step];
    let action = &plan.actions[*action];
    if *phase == Phase::Destroy { &action.destroy_cloud } else { &action.cloud }
}

/// All that a step does, in order.
fn deeds(plan: &Plan, step: usize) -> VecDeque<Deed<'_>> {
    let Step { action: index, phase, .. } = &plan.steps[step];
    let action = &plan.actions[*index];
    let reads = plan.asked.reads.get(index).copied();
    let reads = reads.filter(|_| *phase == Phase::Apply && !action.is_idle()).unwrap_or_default();
    let Reads { before, behind } = reads;
    let first = if action.destroy.is_empty() { Phase::Apply } else { Phase::Destroy };
    let owed = action.resume.as_deref().filter(|_| *phase == first || action.kind == ActionKind::Delete);
    let calls = if *phase == Phase::Destroy { &action.destroy } else { &action.apply };
    let asks = |count: usize| (count > 0).then_some(Deed::Reads(count));
    let deeds = asks(before).into_iter().chain(owed.map(Deed::Wait));
    deeds.chain(calls.iter().map(Deed::Call)).chain(asks(behind)).collect()
}
