//! The replicas of one service, and how one set takes the place of another.
//!
//! A state machine over times that are handed in: it knows no world, no service and no queue. New replicas join before
//! old ones leave; an old one drains until its queries have ended; the count may pass the maximum on the way. Services
//! that are not on make-before-break replace one replica after the other, the old one first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::Allocation;
use super::settings::after;

/// More replicas than this are never set up, whatever a stored configuration says.
const MOST: u32 = 200;
/// Names of zones.
const ZONES: [char; 3] = ['a', 'b', 'c'];

/// One server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replica {
    /// Place in the order of creation within the service.
    pub number: u32,
    /// Availability zone.
    pub zone: char,
    /// GB.
    pub memory_gb: u32,
    /// Software it runs: counts the service's upgrades.
    pub generation: u32,
    /// Phase of its life.
    pub phase: Phase,
}

/// Phase of a replica's life. One that is gone is not in the set any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// It is set up until then.
    Joining(Timestamp),
    /// It takes queries.
    Serving,
    /// It takes no new queries and is gone at that time.
    Draining(Timestamp),
}

/// What a set is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// Number and memory.
    pub size: Allocation,
    /// Software.
    pub generation: u32,
}

/// Under which terms replicas come and go.
pub struct Terms<'a> {
    /// Seconds until a new one serves.
    pub join_seconds: u32,
    /// New ones join before old ones leave.
    pub make_before_break: bool,
    /// In how many zones they are spread.
    pub zones: usize,
    /// When a replica that begins to drain now has drained.
    pub drained: &'a dyn Fn(u32) -> Timestamp,
}

/// What happened to a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is being set up.
    Added(Replica),
    /// It was given up before it served.
    Abandoned(Replica),
    /// It takes queries from now on.
    Joined(Replica),
    /// It takes no new queries.
    Drains(Replica, Timestamp),
    /// It is gone.
    Left(Replica),
    /// The target is reached; old replicas may still drain.
    Reached(Target),
}

/// The replicas of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplicaSet {
    created: u32,
    members: Vec<Replica>,
    /// Where a change leads that is under way.
    target: Option<Target>,
}

impl ReplicaSet {
    /// All replicas there are.
    pub fn members(&self) -> &[Replica] {
        &self.members
    }

    /// Where a change leads that is under way.
    pub fn target(&self) -> Option<Target> {
        self.target
    }

    /// Replicas that take queries.
    pub fn serving(&self) -> impl Iterator<Item = &Replica> {
        self.members.iter().filter(|replica| replica.phase == Phase::Serving)
    }

    /// When the next replica joins or leaves.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = |replica: &Replica| match replica.phase {
            Phase::Joining(until) | Phase::Draining(until) => Some(until),
            Phase::Serving => None,
        };
        self.members.iter().filter_map(due).min()
    }

    /// A new set that is being set up as a whole: the service starts. [`ReplicaSet::serve`] ends it.
    pub fn start(&mut self, target: Target, zones: usize, until: Timestamp) {
        self.clear();
        for _ in 0..target.size.replicas.min(MOST) {
            self.add(target, zones, Phase::Joining(until));
        }
    }

    /// Everything that is being set up serves; gives what serves now.
    pub fn serve(&mut self) -> Vec<Replica> {
        self.members.iter_mut().for_each(|replica| replica.phase = Phase::Serving);
        self.members.clone()
    }

    /// All replicas are gone: the service idles, stops or changes behind everybody's back. Gives those that are gone.
    pub fn clear(&mut self) -> Vec<Replica> {
        self.target = None;
        std::mem::take(&mut self.members)
    }

    /// Gives up what is being set up; what serves goes on.
    pub fn halt(&mut self) {
        self.members.retain(|replica| !matches!(replica.phase, Phase::Joining(_)));
        self.target = None;
    }

    /// Aims at a new target, which supersedes the one before: replicas that are being set up and do not fit it are
    /// given up, those that fit are kept.
    pub fn aim(&mut self, target: Target, now: Timestamp, terms: &Terms<'_>) -> Vec<Change> {
        let mut changes = Vec::new();
        self.target = Some(target);
        self.give_up(target, &mut changes);
        self.proceed(now, terms, &mut changes);
        changes
    }

    /// Lets happen what is due, and starts what follows from it.
    pub fn step(&mut self, now: Timestamp, terms: &Terms<'_>) -> Vec<Change> {
        let mut changes = Vec::new();
        for replica in &mut self.members {
            if matches!(replica.phase, Phase::Joining(until) if until <= now) {
                replica.phase = Phase::Serving;
                changes.push(Change::Joined(replica.clone()));
            }
        }
        let gone = |replica: &Replica| matches!(replica.phase, Phase::Draining(until) if until <= now);
        changes.extend(self.members.iter().filter(|replica| gone(replica)).cloned().map(Change::Left));
        self.members.retain(|replica| !gone(replica));
        self.proceed(now, terms, &mut changes);
        changes
    }

    /// Drops replicas being set up that the target does not need.
    fn give_up(&mut self, target: Target, changes: &mut Vec<Change>) {
        let fitting = |replica: &&Replica| replica.phase == Phase::Serving && fits(replica, target);
        let mut wanted = wanted(target).saturating_sub(self.members.iter().filter(fitting).count());
        self.members.retain(|replica| {
            if !matches!(replica.phase, Phase::Joining(_)) {
                return true;
            }
            let keep = fits(replica, target) && wanted > 0;
            if keep {
                wanted -= 1;
            } else {
                changes.push(Change::Abandoned(replica.clone()));
            }
            keep
        });
    }

    fn proceed(&mut self, now: Timestamp, terms: &Terms<'_>, changes: &mut Vec<Change>) {
        let Some(target) = self.target else { return };
        if terms.make_before_break {
            self.add_missing(target, now, terms, changes);
        } else {
            self.replace_one(target, now, terms, changes);
        }
        let served = self.serving().filter(|replica| fits(replica, target)).count();
        if served < wanted(target) {
            return;
        }
        let surplus: Vec<u32> = self.surplus(target);
        self.drain(&surplus, terms, changes);
        self.target = None;
        changes.push(Change::Reached(target));
    }

    /// Make before break: everything that is missing joins at once.
    fn add_missing(&mut self, target: Target, now: Timestamp, terms: &Terms<'_>, changes: &mut Vec<Change>) {
        let there = self.members.iter().filter(|r| fits(r, target) && !matches!(r.phase, Phase::Draining(_))).count();
        let until = after(now, terms.join_seconds);
        for _ in there..wanted(target) {
            changes.push(Change::Added(self.add(target, terms.zones, Phase::Joining(until))));
        }
    }

    /// Break before make: one replica at a time leaves, and another takes its place.
    fn replace_one(&mut self, target: Target, now: Timestamp, terms: &Terms<'_>, changes: &mut Vec<Change>) {
        let there = self.members.iter().filter(|r| !matches!(r.phase, Phase::Draining(_))).count();
        let busy = self.members.iter().any(|r| r.phase != Phase::Serving);
        if busy {
            return;
        }
        let until = after(now, terms.join_seconds);
        if there < wanted(target) {
            changes.push(Change::Added(self.add(target, terms.zones, Phase::Joining(until))));
            return;
        }
        let old = self.serving().find(|replica| !fits(replica, target)).map(|replica| replica.number);
        if let Some(number) = old {
            self.drain(&[number], terms, changes);
        }
    }

    /// Serving replicas that the target does not need: those that do not fit it, and of the others those in the fullest
    /// zones, newest first.
    fn surplus(&self, target: Target) -> Vec<u32> {
        let (mut keep, mut go): (Vec<&Replica>, Vec<&Replica>) =
            self.serving().partition(|replica| fits(replica, target));
        while keep.len() > wanted(target) {
            let crowd = |replica: &Replica| keep.iter().filter(|other| other.zone == replica.zone).count();
            let Some(index) = (0..keep.len()).max_by_key(|index| keep.get(*index).map(|r| (crowd(r), r.number))) else {
                break;
            };
            go.push(keep.remove(index));
        }
        go.iter().map(|replica| replica.number).collect()
    }

    fn drain(&mut self, numbers: &[u32], terms: &Terms<'_>, changes: &mut Vec<Change>) {
        for replica in self.members.iter_mut().filter(|replica| numbers.contains(&replica.number)) {
            let until = (terms.drained)(replica.number);
            replica.phase = Phase::Draining(until);
            changes.push(Change::Drains(replica.clone(), until));
        }
    }

    /// Adds a replica in the zone with the fewest of its kind.
    fn add(&mut self, target: Target, zones: usize, phase: Phase) -> Replica {
        let crowd = |zone: char| {
            self.members
                .iter()
                .filter(|r| r.zone == zone && fits(r, target) && !matches!(r.phase, Phase::Draining(_)))
                .count()
        };
        let zone = ZONES.into_iter().take(zones.max(1)).min_by_key(|zone| crowd(*zone)).unwrap_or('a');
        self.created += 1;
        let replica = Replica {
            number: self.created,
            zone,
            memory_gb: target.size.memory_gb,
            generation: target.generation,
            phase,
        };
        self.members.push(replica.clone());
        replica
    }
}

fn fits(replica: &Replica, target: Target) -> bool {
    replica.memory_gb == target.size.memory_gb && replica.generation == target.generation
}

fn wanted(target: Target) -> usize {
    target.size.replicas.min(MOST) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn target(replicas: u32, memory_gb: u32) -> Target {
        Target { size: Allocation { replicas, memory_gb }, generation: 0 }
    }

    fn terms(make_before_break: bool) -> Terms<'static> {
        Terms { join_seconds: 600, make_before_break, zones: 3, drained: &|_| at(5_000) }
    }

    fn set(replicas: u32, memory_gb: u32) -> ReplicaSet {
        let mut set = ReplicaSet::default();
        set.start(target(replicas, memory_gb), 3, at(0));
        set.serve();
        set
    }

    fn spread(set: &ReplicaSet) -> Vec<usize> {
        ZONES.iter().map(|zone| set.serving().filter(|replica| replica.zone == *zone).count()).collect()
    }

    #[test]
    fn old_replicas_serve_until_all_new_ones_have_joined() {
        let mut set = set(3, 16);
        set.aim(target(3, 32), at(0), &terms(true));
        assert_eq!((set.members().len(), set.serving().count()), (6, 3));
        set.step(at(599), &terms(true));
        assert!(set.serving().all(|replica| replica.memory_gb == 16));
        set.step(at(600), &terms(true));
        assert!(set.serving().all(|replica| replica.memory_gb == 32));
        assert_eq!((set.members().len(), set.serving().count(), set.target()), (6, 3, None));
        set.step(at(5_000), &terms(true));
        assert_eq!(set.members().len(), 3);
    }

    #[test]
    fn zones_stay_even_while_scaling_out_and_in() {
        let mut set = set(3, 16);
        set.aim(target(7, 16), at(0), &terms(true));
        set.step(at(600), &terms(true));
        assert_eq!(spread(&set), [3, 2, 2]);
        set.aim(target(4, 16), at(700), &terms(true));
        assert_eq!(spread(&set), [2, 1, 1]);
        set.aim(target(2, 16), at(700), &terms(true));
        assert!(spread(&set).iter().all(|count| *count <= 1), "{:?}", spread(&set));
    }

    #[test]
    fn what_joins_already_is_kept_when_the_new_target_needs_it() {
        let mut set = set(3, 16);
        set.aim(target(5, 16), at(0), &terms(true));
        let changes = set.aim(target(6, 16), at(300), &terms(true));
        assert_eq!(changes.len(), 1, "{changes:?}");
        set.step(at(600), &terms(true));
        assert_eq!(set.serving().count(), 5);
        set.step(at(900), &terms(true));
        assert_eq!((set.serving().count(), set.target()), (6, None));
    }

    #[test]
    fn without_make_before_break_one_replica_after_the_other_is_replaced() {
        let mut set = set(3, 16);
        let terms = Terms { drained: &|_| at(0), ..terms(false) };
        set.aim(target(3, 32), at(0), &terms);
        let (mut least, mut rounds) = (3, 0);
        while let Some(due) = set.next_due() {
            set.step(due, &terms);
            least = least.min(set.serving().count());
            rounds += 1;
        }
        assert_eq!((least, set.serving().count(), set.target()), (2, 3, None));
        assert!(set.serving().all(|replica| replica.memory_gb == 32));
        assert!(rounds >= 6, "{rounds}");
    }
}
