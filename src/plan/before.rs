//! What a step comes after: single steps, and groups that many steps have in common.
//!
//! Each instance of a block waits for each instance of the blocks it refers to. Written out, two blocks of ten thousand
//! instances would have a hundred million pairs between them. Must not know what a step does.

use std::sync::Arc;

/// Places of steps in their plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// Rising.
    single: Vec<usize>,
    /// Each rising; shared by all steps that come after the same group.
    groups: Vec<Arc<[usize]>>,
}

impl Before {
    /// The single ones come in any order; each group rises.
    pub fn new(mut single: Vec<usize>, groups: Vec<Arc<[usize]>>) -> Self {
        single.sort_unstable();
        single.dedup();
        Self { single, groups }
    }

    /// The single steps.
    pub fn single(&self) -> &[usize] {
        &self.single
    }

    /// The groups, all of whose steps come before.
    pub fn groups(&self) -> &[Arc<[usize]>] {
        &self.groups
    }

    /// The first of them for which something holds.
    pub fn first(&self, holds: impl Fn(usize) -> bool) -> Option<usize> {
        let groups = self.groups.iter().map(|group| &**group);
        let parts = std::iter::once(self.single.as_slice()).chain(groups);
        parts.filter_map(|part| part.iter().copied().find(|step| holds(*step))).min()
    }

    /// All of them, each once, rising.
    pub fn all(&self) -> Vec<usize> {
        let mut all: Vec<usize> =
            self.single.iter().chain(self.groups.iter().flat_map(|g| g.iter())).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl From<Vec<usize>> for Before {
    fn from(single: Vec<usize>) -> Self {
        Self::new(single, Vec::new())
    }
}

/// The groups of several steps, each once.
#[derive(Debug, Default)]
pub struct Groups {
    numbers: std::collections::HashMap<*const usize, usize>,
    all: Vec<Arc<[usize]>>,
}

impl Groups {
    /// The number of a group; the next free one where it is new.
    pub fn number(&mut self, group: &Arc<[usize]>) -> usize {
        let all = &mut self.all;
        *self.numbers.entry(group.as_ptr()).or_insert_with(|| {
            all.push(Arc::clone(group));
            all.len() - 1
        })
    }

    /// The number of a group that has one.
    pub fn find(&self, group: &Arc<[usize]>) -> Option<usize> {
        self.numbers.get(&group.as_ptr()).copied()
    }

    /// The groups by their numbers.
    pub fn all(&self) -> &[Arc<[usize]>] {
        &self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_before_is_told_once_and_in_order() {
        let group: Arc<[usize]> = [1, 4, 7].into();
        let before = Before::new(vec![9, 4, 2, 4], vec![Arc::clone(&group), [0, 9].into()]);
        assert_eq!(before.all(), [0, 1, 2, 4, 7, 9]);
        assert_eq!(before.first(|step| step > 2), Some(4));
        assert_eq!(before.first(|step| step > 9), None);
        let mut groups = Groups::default();
        assert_eq!([&group, &[0, 9].into(), &group].map(|g| groups.number(g)), [0, 1, 0]);
        assert_eq!([groups.find(&group), groups.find(&[1, 4, 7].into())], [Some(0), None], "equal ones are two");
    }
}
