//! A directed acyclic graph over numbered nodes: deterministic order, cycles reported as paths.
//!
//! Must not know what a node means.

use std::collections::BTreeSet;

/// Edges point from a node to what it needs first. A gate stands between many nodes and what all of them need: it has a
/// number behind those of the nodes, and no place in their order.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Of the nodes, and of the gates behind them.
    needs: Vec<Vec<usize>>,
    nodes: usize,
}

impl Graph {
    pub fn with_nodes(count: usize) -> Self {
        Self { needs: vec![Vec::new(); count], nodes: count }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes
    }

    pub fn is_empty(&self) -> bool {
        self.nodes == 0
    }

    /// A gate that needs all these nodes; nodes may need it.
    pub fn gate(&mut self, needs: Vec<usize>) -> usize {
        self.needs.push(needs);
        self.needs.len() - 1
    }

    /// Whether a number is that of a gate.
    pub fn is_gate(&self, number: usize) -> bool {
        number >= self.nodes
    }

    /// `node` needs `first`. Edges to nodes that do not exist are ignored.
    pub fn add(&mut self, node: usize, first: usize) {
        if first < self.needs.len()
            && let Some(edges) = self.needs.get_mut(node)
        {
            edges.push(first);
        }
    }

    pub fn needs(&self, node: usize) -> &[usize] {
        self.needs.get(node).map_or(&[], Vec::as_slice)
    }

    /// Every node after all it needs; among equals the lower number first. The error holds every cycle once, each as
    /// the path along its edges, starting at its lowest node.
    pub fn order(&self) -> Result<Vec<usize>, Vec<Vec<usize>>> {
        let mut missing = vec![0usize; self.needs.len()];
        let mut users = vec![Vec::new(); self.needs.len()];
        for (node, needs) in self.needs.iter().enumerate() {
            let mut distinct = needs.clone();
            distinct.sort_unstable();
            distinct.dedup();
            missing[node] = distinct.len();
            for first in distinct {
                users[first].push(node);
            }
        }
        let mut ready: BTreeSet<usize> = (0..self.needs.len()).filter(|n| missing[*n] == 0).collect();
        let mut order = Vec::with_capacity(self.len());
        // Gates first: what is behind an open one stands beside all that can begin.
        let mut open: Vec<usize> = ready.split_off(&self.nodes).into_iter().collect();
        while let Some(number) = open.pop().or_else(|| ready.pop_first()) {
            if !self.is_gate(number) {
                order.push(number);
            }
            for user in &users[number] {
                missing[*user] -= 1;
                match missing[*user] {
                    0 if self.is_gate(*user) => open.push(*user),
                    0 => drop(ready.insert(*user)),
                    _ => {}
                }
            }
        }
        if order.len() == self.len() { Ok(order) } else { Err(self.cycles(&missing)) }
    }

    /// One cycle for each group of nodes that hang in one, found by walking along edges among those not ordered.
    fn cycles(&self, missing: &[usize]) -> Vec<Vec<usize>> {
        let mut done = vec![false; self.needs.len()];
        let mut cycles = Vec::new();
        for start in (0..self.nodes).filter(|n| missing[*n] > 0) {
            let mut position = std::collections::BTreeMap::new();
            let mut path = Vec::new();
            let mut node = start;
            while !done[node] && !position.contains_key(&node) {
                position.insert(node, path.len());
                path.push(node);
                // A node that could not be ordered needs another one that could not.
                match self.needs[node].iter().copied().find(|n| missing[*n] > 0) {
                    Some(next) => node = next,
                    None => break,
                }
            }
            if let Some(from) = position.get(&node).filter(|_| !done[node]) {
                let mut cycle: Vec<usize> = path[*from..].iter().copied().filter(|n| !self.is_gate(*n)).collect();
                let lowest = cycle.iter().enumerate().min_by_key(|(_, n)| **n).map_or(0, |(i, _)| i);
                cycle.rotate_left(lowest);
                cycles.push(cycle);
            }
            for node in path {
                done[node] = true;
            }
        }
        cycles
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn graph(count: usize, edges: &[(usize, usize)]) -> Graph {
        let mut g = Graph::with_nodes(count);
        for (node, first) in edges {
            g.add(*node, *first);
        }
        g
    }

    #[test]
    fn needs_come_first_and_order_is_stable() {
        assert_eq!(graph(4, &[(0, 3), (1, 3), (3, 2)]).order(), Ok(vec![2, 3, 0, 1]));
    }

    #[test]
    fn cycles_are_paths() {
        assert_eq!(graph(5, &[(0, 1), (1, 2), (2, 1), (3, 4), (4, 3)]).order(), Err(vec![vec![1, 2], vec![3, 4]]));
        assert_eq!(graph(1, &[(0, 0)]).order(), Err(vec![vec![0]]));
    }

    #[test]
    fn a_gate_orders_as_its_edges_would() {
        let mut gated = Graph::with_nodes(6);
        let gate = gated.gate(vec![5, 3]);
        [0, 4].into_iter().for_each(|node| gated.add(node, gate));
        gated.add(3, 1);
        let written_out = graph(6, &[(0, 5), (0, 3), (4, 5), (4, 3), (3, 1)]);
        assert_eq!(gated.order(), written_out.order());
        gated.add(5, 4);
        assert_eq!(gated.order(), Err(vec![vec![4, 5]]));
    }

    proptest! {
        #[test]
        fn order_or_cycle(edges in proptest::collection::vec((0usize..12, 0usize..12), 0..40)) {
            let g = graph(12, &edges);
            match g.order() {
                Ok(order) => {
                    let at = |n: usize| order.iter().position(|o| *o == n);
                    for (node, first) in &edges { prop_assert!(at(*first) < at(*node)); }
                }
                Err(cycles) => {
                    prop_assert!(!cycles.is_empty());
                    for cycle in cycles {
                        for (i, node) in cycle.iter().enumerate() {
                            prop_assert!(g.needs(*node).contains(&cycle[(i + 1) % cycle.len()]));
                        }
                    }
                }
            }
        }
    }
}
