//! The event queue: what the control plane finishes by itself, and when.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::lifecycle::Work;

/// The end of some work on a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// When it happens.
    pub due: Timestamp,
    /// Order among events of one instant: that in which they were scheduled.
    pub number: u64,
    /// The service it happens to.
    pub service: Uuid,
    /// What ends.
    pub work: Work,
}

/// Events to come, soonest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventQueue {
    scheduled: u64,
    events: BTreeSet<Event>,
}

impl EventQueue {
    /// Adds the end of some work. Work of the same kind on the same service is superseded: a service either scales or
    /// changes its state at most once at a time, and the newest command wins.
    pub fn schedule(&mut self, due: Timestamp, service: Uuid, work: Work) {
        let scales = work == Work::Scale;
        self.events.retain(|event| event.service != service || (event.work == Work::Scale) != scales);
        self.scheduled += 1;
        self.events.insert(Event { due, number: self.scheduled, service, work });
    }

    /// Forgets everything about a service.
    pub fn cancel(&mut self, service: Uuid) {
        self.events.retain(|event| event.service != service);
    }

    /// Forgets the scaling of a service.
    pub fn cancel_scaling(&mut self, service: Uuid) {
        self.events.retain(|event| event.service != service || event.work != Work::Scale);
    }

    /// When the next event happens.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.events.first().map(|event| event.due)
    }

    /// Takes the next event that is due at that time.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<Event> {
        if self.next_due()? > now {
            return None;
        }
        self.events.pop_first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn events_come_in_order_of_time_then_of_scheduling() {
        let mut queue = EventQueue::default();
        let ids: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
        queue.schedule(at(10), ids[2], Work::Stop);
        queue.schedule(at(5), ids[1], Work::Stop);
        queue.schedule(at(10), ids[0], Work::Stop);
        assert_eq!(queue.next_due(), Some(at(5)));
        assert_eq!(queue.pop_due(at(4)), None);
        let order: Vec<Uuid> = std::iter::from_fn(|| queue.pop_due(at(10))).map(|event| event.service).collect();
        assert_eq!(order, [ids[1], ids[2], ids[0]]);
    }

    #[test]
    fn newer_work_supersedes_older_work_of_its_kind_only() {
        let mut queue = EventQueue::default();
        let id = Uuid::from_u128(1);
        queue.schedule(at(10), id, Work::Start);
        queue.schedule(at(20), id, Work::Scale);
        queue.schedule(at(30), id, Work::Stop);
        queue.schedule(at(40), id, Work::Scale);
        let works: Vec<_> = std::iter::from_fn(|| queue.pop_due(at(99))).map(|event| (event.due, event.work)).collect();
        assert_eq!(works, [(at(30), Work::Stop), (at(40), Work::Scale)]);
    }
}
