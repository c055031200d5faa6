//! Puts actions into an order: what is needed is made first and destroyed last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Action, ActionKind, Asked, Before, OutputChange, Phase, Plan, Step};
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
    let steps = steps(&graph, &nodes, &order);
    Ok(Plan { lineage, serial, actions, steps, outputs, destroying, asked: Asked::default() })
}

/// The steps in their order, each with those before it.
fn steps(graph: &Graph, nodes: &[(usize, Phase)], order: &[usize]) -> Vec<Step> {
    let mut position = vec![0; nodes.len()];
    for (place, node) in order.iter().enumerate() {
        position[*node] = place;
    }
    let mut groups: BTreeMap<usize, Arc<[usize]>> = BTreeMap::new();
    let mut group = |gate: usize| {
        let members = || {
            let mut members: Vec<usize> = graph.needs(gate).iter().map(|n| position[*n]).collect();
            members.sort_unstable();
            members.dedup();
            members.into()
        };
        Arc::clone(groups.entry(gate).or_insert_with(members))
    };
    let step = |node: &usize| {
        let (action, phase) = nodes[*node];
        let needs: BTreeSet<usize> = graph.needs(*node).iter().copied().collect();
        let (gates, single): (Vec<usize>, Vec<usize>) = needs.into_iter().partition(|n| graph.is_gate(*n));
        let single = single.into_iter().map(|n| position[n]).collect();
        Step { action, phase, needs: Before::new(single, gates.into_iter().map(&mut group).collect()) }
    };
    order.iter().map(step).collect()
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
    let mut between = Between { actions, node_of: &node_of, by_block: &by_block, blocks: BTreeMap::new() };
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
        for address in &action.dependencies {
            between.refers(index, address);
        }
        for address in prior_dependencies.get(&index).into_iter().flatten() {
            between.referred(index, address);
        }
    }
    between.draw(&mut graph);
    rank_edges(&mut graph, &node_of, ranks);
    graph
}

/// So many on both sides are drawn as edges; more, through a gate.
const FEW: usize = 8;

/// The edges between blocks: each instance of one with each of the other.
struct Between<'a> {
    actions: &'a [Action],
    /// By action, and whether it is its end.
    node_of: &'a BTreeMap<(usize, bool), usize>,
    /// Actions, by the block that others name.
    by_block: &'a BTreeMap<Address, Vec<usize>>,
    blocks: BTreeMap<Address, Users>,
}

/// The actions that refer to a block.
#[derive(Default)]
struct Users {
    /// Now.
    now: Vec<usize>,
    /// When they were last applied.
    before: Vec<usize>,
}

impl Between<'_> {
    fn refers(&mut self, user: usize, address: &Address) {
        self.blocks.entry(address.block()).or_default().now.push(user);
    }

    fn referred(&mut self, user: usize, address: &Address) {
        self.blocks.entry(address.block()).or_default().before.push(user);
    }

    fn draw(&self, graph: &mut Graph) {
        for (block, users) in &self.blocks {
            let Some(members) = self.by_block.get(block) else { continue };
            let node = |index: usize, ends: bool| Some((index, *self.node_of.get(&(index, ends))?));
            // What is needed is there first.
            let made = members.iter().filter_map(|m| node(*m, false)).collect::<Vec<_>>();
            join(graph, &users.now.iter().filter_map(|u| node(*u, false)).collect::<Vec<_>>(), &made);
            // It ends after whoever needed it: after their end, or after they were changed to need it no more.
            let ends = members.iter().filter_map(|m| node(*m, true)).collect::<Vec<_>>();
            let ended = users.before.iter().filter_map(|u| node(*u, true)).collect::<Vec<_>>();
            join(graph, &ends, &ended);
            let gone = |(m, _): &(usize, usize)| self.actions[*m].kind != ActionKind::Replace;
            let ends = ends.into_iter().filter(gone).collect::<Vec<_>>();
            let lives = |u: &&usize| !self.node_of.contains_key(&(**u, true));
            let changed = users.before.iter().filter(lives).filter_map(|u| node(*u, false)).collect::<Vec<_>>();
            join(graph, &ends, &changed);
        }
    }
}

/// Each of `later` needs each of `first`, but none itself: actions with their nodes.
fn join(graph: &mut Graph, later: &[(usize, usize)], first: &[(usize, usize)]) {
    let apart = || {
        let first: BTreeSet<usize> = first.iter().map(|(action, _)| *action).collect();
        !later.iter().any(|(action, _)| first.contains(action))
    };
    if later.len() > FEW && first.len() > FEW && apart() {
        let gate = graph.gate(first.iter().map(|(_, node)| *node).collect());
        later.iter().for_each(|(_, node)| graph.add(*node, gate));
        return;
    }
    for (action, node) in later {
        first.iter().filter(|(other, _)| other != action).for_each(|(_, needed)| graph.add(*node, *needed));
    }
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

#[cfg(test)]
mod tests {
    use super::super::instance::blank;
    use super::*;
    use crate::address::InstanceKey;

    /// So many of `a`, and so many of `b`, which refers to `a` now and did so before.
    fn plan(count: u64, kind: ActionKind) -> Plan {
        let a = Address::root("service", "a");
        let instance = |name: &str, index| {
            let address = Address { key: Some(InstanceKey::Index(index)), ..Address::root("service", name) };
            let dependencies = if name == "b" { vec![a.clone()] } else { Vec::new() };
            Action { dependencies, ..blank(&address, "", kind) }
        };
        let actions: Vec<Action> = ["a", "b"].iter().flat_map(|name| (0..count).map(|i| instance(name, i))).collect();
        let before = actions.iter().enumerate().map(|(index, action)| (index, action.dependencies.clone())).collect();
        let identity = ("lineage".to_owned(), 1);
        build(identity, actions, Vec::new(), &before, &DeletionRanks::new(), false).expect("no circle")
    }

    /// The block of an instance, and what is done to it.
    type Of<'p> = (&'p str, Phase);

    /// Each step, and those it comes after.
    fn order(plan: &Plan) -> Vec<(Of<'_>, Vec<Of<'_>>)> {
        let of = |step: usize| {
            let step = &plan.steps[step];
            (plan.actions[step.action].address.name.as_str(), step.phase)
        };
        let step = |(index, step): (usize, &Step)| (of(index), step.needs.all().into_iter().map(of).collect());
        plan.steps.iter().enumerate().map(step).collect()
    }

    #[test]
    fn blocks_of_few_and_of_many_wait_alike() {
        for count in [2, FEW + 2] {
            let all = |name, phase| vec![(name, phase); count];
            let many = u64::try_from(count).expect("small");
            let created = [("a", Vec::new()), ("b", all("a", Phase::Apply))];
            let created = created.map(|(name, after)| vec![((name, Phase::Apply), after); count]).concat();
            assert_eq!(order(&plan(many, ActionKind::Create)), created);
            let ended = [("b", Vec::new()), ("a", all("b", Phase::Destroy))];
            let ended = ended.map(|(name, after)| vec![((name, Phase::Destroy), after); count]).concat();
            assert_eq!(order(&plan(many, ActionKind::Delete)), ended);
        }
        let grouped = |count| plan(count, ActionKind::Create).steps.iter().all(|step| step.needs.groups().is_empty());
        assert!(grouped(8) && !grouped(9), "many share what they wait for");
    }

    #[test]
    fn many_replacements_wait_as_few_do() {
        let few = order(&plan(2, ActionKind::Replace)).len();
        let many = plan(20, ActionKind::Replace);
        assert_eq!((few, many.steps.len()), (8, 80));
        for step in &many.steps {
            let (name, phase) = (&many.actions[step.action].address.name, step.phase);
            let expected = match (name.as_str(), phase) {
                // Its own end, and for `b` all of `a`.
                ("a", Phase::Apply) => 1,
                ("b", Phase::Apply) => 21,
                // Whoever needed it has ended.
                ("a", Phase::Destroy) => 20,
                _ => 0,
            };
            assert_eq!(step.needs.all().len(), expected, "{name} {phase:?}");
        }
    }
}
