//! Puts actions into an order: what is needed is made first and destroyed last.

use std::collections::BTreeMap;

use super::{Action, ActionKind, Asked, OutputChange, Phase, Plan, Step};
use crate::address::Address;
use crate::diag::{Code, Diagnostic};
use crate::graph::Graph;

/// What the order must respect besides references: of each action that destroys, the groups and its rank in each.
pub type DeletionRanks = BTreeMap<usize, Vec<(String, u32)>>;

/// The plan of these actions. `prior_dependencies` holds what instances needed when they were last applied, by action.
///
/// # Errors
/// When the actions need each other in a circle.
pub fn build(
    (lineage, serial): (String, u64),
    actions: Vec<Action>,
    outputs: Vec<OutputChange>,
    prior_dependencies: &BTreeMap<usize, Vec<Address>>,
    ranks: &DeletionRanks,
    destroying: bool,
) -> Result<Plan, Diagnostic> {
    let mut nodes: Vec<(usize, Phase)> = Vec::new();
    for (index, action) in actions.iter().enumerate() {
        if matches!(action.kind, ActionKind::Delete | ActionKind::Replace | ActionKind::Forget) {
            nodes.push((index, Phase::Destroy));
        }
        if !matches!(action.kind, ActionKind::Delete | ActionKind::Forget) {
            nodes.push((index, Phase::Apply));
        }
    }
    let graph = edges(&actions, &nodes, prior_dependencies, ranks);
    let order = graph.order().map_err(|cycles| circular(&actions, &nodes, &cycles))?;
    let mut position = vec![0; nodes.len()];
    for (place, node) in order.iter().enumerate() {
        position[*node] = place;
    }
    let steps = order.iter().map(|node| {
        let (action, phase) = nodes[*node];
        let mut needs: Vec<usize> = graph.needs(*node).iter().map(|n| position[*n]).collect();
        needs.sort_unstable();
        needs.dedup();
        Step { action, phase, needs }
    });
    let steps = steps.collect();
    Ok(Plan { lineage, serial, actions, steps, outputs, destroying, asked: Asked::default() })
}

fn edges(
    actions: &[Action],
    nodes: &[(usize, Phase)],
    prior_dependencies: &BTreeMap<usize, Vec<Address>>,
    ranks: &DeletionRanks,
) -> Graph {
    let mut graph = Graph::with_nodes(nodes.len());
    let node_of: BTreeMap<(usize, bool), usize> =
        nodes.iter().enumerate().map(|(n, (action, phase))| ((*action, *phase == Phase::Destroy), n)).collect();
    let mut by_block: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
    for (index, action) in actions.iter().enumerate() {
        for seen in seen_as(&action.address) {
            by_block.entry(seen).or_default().push(index);
        }
    }
    let by_address: BTreeMap<Address, usize> =
        actions.iter().enumerate().map(|(index, action)| (action.address.clone(), index)).collect();
    let targets = |address: &Address| by_block.get(&address.block()).map_or(&[][..], Vec::as_slice);
    for (index, action) in actions.iter().enumerate() {
        let (applies, destroys) = (node_of.get(&(index, false)), node_of.get(&(index, true)));
        if let (Some(applies), Some(destroys)) = (applies, destroys) {
            graph.add(*applies, *destroys);
        }
        // What was replaced goes once its successor is there.
        let successor = action.address.deposed.then(|| by_address.get(&action.address.current())).flatten();
        if let (Some(destroys), Some(arrives)) = (destroys, successor.and_then(|s| node_of.get(&(*s, false)))) {
            graph.add(*destroys, *arrives);
        }
        for needed in action.dependencies.iter().flat_map(&targets).filter(|n| **n != index) {
            if let (Some(applies), Some(first)) = (applies, node_of.get(&(*needed, false))) {
                graph.add(*applies, *first);
            }
        }
        for needed in prior_dependencies.get(&index).into_iter().flatten().flat_map(&targets).filter(|n| **n != index) {
            let Some(their_end) = node_of.get(&(*needed, true)) else { continue };
            // It ends after whoever needed it: after their end, or after they were changed to need it no more.
            match (destroys, applies) {
                (Some(mine), _) => graph.add(*their_end, *mine),
                (None, Some(mine)) if actions[*needed].kind != ActionKind::Replace => graph.add(*their_end, *mine),
                _ => {}
            }
        }
    }
    rank_edges(&mut graph, &node_of, ranks);
    graph
}

/// The block of an instance as others name it: with all keys of its modules, and with those of the inner ones left out,
/// which stands for all their instances.
fn seen_as(address: &Address) -> Vec<Address> {
    let mut seen = address.block();
    let mut all = vec![seen.clone()];
    for step in (0..address.module.len()).rev() {
        if seen.module[step].key.take().is_some() {
            all.push(seen.clone());
        }
    }
    all
}

/// Within a group, all of a lower rank end before any of a higher.
fn rank_edges(graph: &mut Graph, node_of: &BTreeMap<(usize, bool), usize>, ranks: &DeletionRanks) {
    let mut groups: BTreeMap<&str, BTreeMap<u32, Vec<usize>>> = BTreeMap::new();
    for (action, ranks) in ranks {
        let Some(node) = node_of.get(&(*action, true)) else { continue };
        for (group, rank) in ranks {
            groups.entry(group).or_default().entry(*rank).or_default().push(*node);
        }
    }
    for ranks in groups.values() {
        for (lower, higher) in ranks.values().zip(ranks.values().skip(1)) {
            for (first, then) in lower.iter().flat_map(|f| higher.iter().map(move |t| (f, t))) {
                graph.add(*then, *first);
            }
        }
    }
}

fn circular(actions: &[Action], nodes: &[(usize, Phase)], cycles: &[Vec<usize>]) -> Diagnostic {
    let name = |node: &usize| {
        let (action, phase) = nodes[*node];
        let word = if phase == Phase::Destroy { "destroy" } else { "apply" };
        format!("{word} {}", actions[action].address)
    };
    let paths: Vec<String> = cycles.iter().map(|c| c.iter().map(name).collect::<Vec<_>>().join(" → ")).collect();
    Diagnostic::error(Code("HW0604"), "The changes need each other in a circle")
        .with_detail(paths.join("; "))
        .with_help("Make the change in two runs: first the part that breaks the circle, with --target.")
}
