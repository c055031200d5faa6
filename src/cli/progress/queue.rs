//! What of a plan is done, under way and still to come, and what each waits for.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::plan::{Before, Phase, Plan};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    ToCome,
    UnderWay,
    /// Done, failed or not tried.
    Over,
}

/// The steps of a plan, in its order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    steps: Vec<(Address, Status, Before)>,
    /// Where the steps of an instance are: that of its end, and the other.
    by_address: BTreeMap<Address, [Option<usize>; 2]>,
}

impl Queue {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut queue = Self::default();
        for step in &plan.steps {
            let Some(action) = plan.actions.get(step.action) else { continue };
            let place = queue.by_address.entry(action.address.clone()).or_default();
            place[usize::from(step.phase == Phase::Apply)] = Some(queue.steps.len());
            queue.steps.push((action.address.clone(), Status::ToCome, step.needs.clone()));
        }
        queue
    }

    pub(super) fn started(&mut self, address: &Address, phase: Phase) {
        let place = self.by_address.get(address).and_then(|p| p[usize::from(phase == Phase::Apply)]);
        self.set(place, Status::UnderWay);
    }

    /// One phase ended well.
    pub(super) fn finished(&mut self, address: &Address, phase: Phase) {
        let place = self.by_address.get(address).and_then(|p| p[usize::from(phase == Phase::Apply)]);
        self.set(place, Status::Over);
    }

    /// Nothing more will be done to it.
    pub(super) fn ended(&mut self, address: &Address) {
        let places = self.by_address.get(address).copied().unwrap_or_default();
        places.into_iter().for_each(|place| self.set(place, Status::Over));
    }

    fn set(&mut self, place: Option<usize>, status: Status) {
        if let Some(step) = place.and_then(|p| self.steps.get_mut(p)) {
            step.1 = status;
        }
    }

    /// How many steps are over, and how many there are.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.steps.iter().filter(|(_, status, _)| *status == Status::Over).count(), self.steps.len())
    }

    /// What is still to come, each with the first thing it waits for.
    pub(super) fn to_come(&self) -> impl Iterator<Item = (&Address, Option<&Address>)> {
        self.steps.iter().filter(|(_, status, _)| *status == Status::ToCome).map(|(address, _, needs)| {
            let is_open = |step: usize| self.steps.get(step).is_some_and(|(_, status, _)| *status != Status::Over);
            let open = needs.first(is_open).and_then(|step| self.steps.get(step));
            (address, open.map(|(before, ..)| before).filter(|before| *before != address))
        })
    }

    /// Such as `2 of 9 done; to come: service.b after service.a, and 5 more`, in so many columns.
    pub(super) fn text(&self, width: usize) -> String {
        let (over, all) = self.counts();
        let text = format!("{over} of {all} done");
        let room = width.saturating_sub(text.len() + "; to come: ".len());
        self.waiting(room).map_or(text.clone(), |waiting| format!("{text}; to come: {waiting}"))
    }

    /// Such as `service.b after service.a, and 5 more`, in so many columns; nothing when nothing is to come.
    pub(super) fn waiting(&self, width: usize) -> Option<String> {
        let all = self.steps.iter().filter(|(_, status, _)| *status == Status::ToCome).count();
        let mut text = String::new();
        for (index, (address, before)) in self.to_come().enumerate() {
            let why = before.map(|b| format!(" after {b}")).unwrap_or_default();
            let part = format!("{}{address}{why}", if index == 0 { "" } else { ", " });
            let left = all - index;
            if index > 0 && text.chars().count() + part.chars().count() + 16 > width {
                return Some(text + &format!(", and {left} more"));
            }
            text.push_str(&part);
        }
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;

    fn queue() -> Queue {
        let address = |name: &str| Address::root("service", name);
        let steps = [("a", vec![]), ("b", vec![0]), ("c", vec![1])];
        let mut queue = Queue::default();
        for (index, (name, needs)) in steps.into_iter().enumerate() {
            let step = Step { action: index, phase: Phase::Apply, needs: needs.into() };
            queue.by_address.insert(address(name), [None, Some(index)]);
            queue.steps.push((address(name), Status::ToCome, step.needs));
        }
        queue
    }

    #[test]
    fn what_is_to_come_says_after_what() {
        let (mut queue, address) = (queue(), |name: &str| Address::root("service", name));
        queue.started(&address("a"), Phase::Apply);
        let expected = "0 of 3 done; to come: service.b after service.a, service.c after service.b";
        assert_eq!(queue.text(100), expected);
        assert_eq!(queue.text(50), "0 of 3 done; to come: service.b after service.a, and 1 more");
        queue.finished(&address("a"), Phase::Apply);
        queue.ended(&address("b"));
        assert_eq!(queue.text(100), "2 of 3 done; to come: service.c");
    }
}
