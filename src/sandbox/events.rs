//! The event queue: what the control plane does by itself, and when.
//!
//! Each service has one event of each [`Channel`] at most: a newer one takes the older one's place. Knows nothing of
//! what an event does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::lifecycle::Work;

/// Something that happens to a service at a certain time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Event {
    /// When it happens.
    pub due: Timestamp,
    /// Order among events of one instant: that in which they were scheduled.
    pub number: u64,
    /// The service it happens to.
    pub service: Uuid,
    /// What happens.
    pub work: Work,
}

/// Works that exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Transitions between states.
    State,
    /// Joining and leaving of replicas.
    Replicas,
    /// Observation of the load, and what the autoscaler makes of it.
    Pulse,
    /// The idle timeout.
    Idle,
    /// The end of a query.
    Query,
    /// The next border of the scaling schedule.
    Schedule,
    /// The next backup, or the end of the one that runs.
    Backup,
    /// The next backup that has been kept long enough.
    Expiry,
    /// The next release.
    Upgrade,
}

impl Channel {
    /// All of them.
    const ALL: [Self; 9] = [
        Self::State,
        Self::Replicas,
        Self::Pulse,
        Self::Idle,
        Self::Query,
        Self::Schedule,
        Self::Backup,
        Self::Expiry,
        Self::Upgrade,
    ];

    /// Whether somebody may wait for it. The rest comes back for ever.
    fn is_awaited(self) -> bool {
        matches!(self, Self::State | Self::Replicas)
    }
}

/// Events to come, soonest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", from = "Stored")]
pub struct EventQueue {
    scheduled: u64,
    events: BTreeSet<Event>,
    /// The event of each service and channel; follows from `events`.
    index: BTreeMap<(Uuid, Channel), (Timestamp, u64, Work)>,
}

/// The queue as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    scheduled: u64,
    events: BTreeSet<Event>,
}

impl From<EventQueue> for Stored {
    fn from(queue: EventQueue) -> Self {
        Self { scheduled: queue.scheduled, events: queue.events }
    }
}

impl From<Stored> for EventQueue {
    fn from(stored: Stored) -> Self {
        let key = |event: &Event| ((event.service, event.work.channel()), (event.due, event.number, event.work));
        let index = stored.events.iter().map(key).collect();
        Self { scheduled: stored.scheduled, events: stored.events, index }
    }
}

impl EventQueue {
    /// Adds an event; it takes the place of the service's event of the same channel.
    pub fn schedule(&mut self, due: Timestamp, service: Uuid, work: Work) {
        let key = (service, work.channel());
        self.forget(key);
        self.scheduled += 1;
        let number = self.scheduled;
        self.index.insert(key, (due, number, work));
        self.events.insert(Event { due, number, service, work });
    }

    /// When the service's event of that channel happens.
    pub fn due(&self, service: Uuid, channel: Channel) -> Option<Timestamp> {
        self.index.get(&(service, channel)).map(|(due, _, _)| *due)
    }

    /// Forgets everything about a service.
    pub fn cancel(&mut self, service: Uuid) {
        Channel::ALL.into_iter().for_each(|channel| self.forget((service, channel)));
    }

    /// Forgets one event of a service.
    pub fn cancel_channel(&mut self, service: Uuid, channel: Channel) {
        self.forget((service, channel));
    }

    fn forget(&mut self, key: (Uuid, Channel)) {
        if let Some((due, number, work)) = self.index.remove(&key) {
            self.events.remove(&Event { due, number, service: key.0, work });
        }
    }

    /// When the next event happens that somebody may wait for: a state or a set of replicas that is reached.
    pub fn next_awaited(&self) -> Option<Timestamp> {
        self.events.iter().find(|event| event.work.channel().is_awaited()).map(|event| event.due)
    }

    /// Whether an event is due at that time.
    pub fn has_due(&self, now: Timestamp) -> bool {
        self.events.first().is_some_and(|event| event.due <= now)
    }

    /// Takes the next event that is due at that time.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<Event> {
        if self.events.first()?.due > now {
            return None;
        }
        let event = self.events.pop_first()?;
        self.index.remove(&(event.service, event.work.channel()));
        Some(event)
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
        assert_eq!(queue.next_awaited(), Some(at(5)));
        assert_eq!(queue.pop_due(at(4)), None);
        let order: Vec<Uuid> = std::iter::from_fn(|| queue.pop_due(at(10))).map(|event| event.service).collect();
        assert_eq!(order, [ids[1], ids[2], ids[0]]);
    }

    #[test]
    fn newer_work_supersedes_older_work_of_its_channel_only() {
        let mut queue = EventQueue::default();
        let id = Uuid::from_u128(1);
        queue.schedule(at(10), id, Work::Start);
        queue.schedule(at(20), id, Work::Scale);
        queue.schedule(at(30), id, Work::Stop);
        queue.schedule(at(40), id, Work::Scale);
        let works: Vec<_> = std::iter::from_fn(|| queue.pop_due(at(99))).map(|event| (event.due, event.work)).collect();
        assert_eq!(works, [(at(30), Work::Stop), (at(40), Work::Scale)]);
    }

    #[test]
    fn what_comes_back_for_ever_is_not_waited_for() {
        let mut queue = EventQueue::default();
        let id = Uuid::from_u128(1);
        queue.schedule(at(10), id, Work::Pulse);
        assert_eq!(queue.next_awaited(), None);
        queue.schedule(at(20), id, Work::Scale);
        assert_eq!(queue.next_awaited(), Some(at(20)));
        let stored = serde_json::to_string(&queue).unwrap();
        assert_eq!(serde_json::from_str::<EventQueue>(&stored).unwrap(), queue);
        queue.cancel(id);
        assert_eq!(queue.pop_due(at(99)), None);
    }
}
