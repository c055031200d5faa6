//! Where each node stands: in columns, every node to the right of all that it needs.

use super::Graph;

/// Nodes in a column; a longer one goes on in the next.
const ROWS: usize = 40;

/// Column and row of each node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub column: usize,
    pub row: usize,
}

/// The cells of all nodes.
pub(super) fn cells(graph: &Graph) -> Vec<Cell> {
    let depth = depths(graph);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); depth.iter().max().map_or(0, |d| d + 1)];
    for (node, depth) in depth.iter().enumerate() {
        layers[*depth].push(node);
    }
    let mut cells = vec![Cell { column: 0, row: 0 }; graph.nodes.len()];
    let mut column = 0;
    for layer in &mut layers {
        // Near what it needs, so that lines cross seldom.
        layer.sort_by_key(|node| (middle(graph, &cells, *node), *node));
        for (index, node) in layer.iter().enumerate() {
            cells[*node] = Cell { column: column + index / ROWS, row: index % ROWS };
        }
        column += layer.len().div_ceil(ROWS);
    }
    cells
}

/// The mean row of what a node needs.
fn middle(graph: &Graph, cells: &[Cell], node: usize) -> usize {
    let rows: Vec<usize> = needs(graph, node).map(|n| cells[n].row).collect();
    rows.iter().sum::<usize>() / rows.len().max(1)
}

/// Edges are sorted by the node that has them.
fn needs(graph: &Graph, node: usize) -> impl Iterator<Item = usize> + '_ {
    let first = graph.edges.partition_point(|(from, _)| *from < node);
    graph.edges[first..].iter().take_while(move |(from, _)| *from == node).map(|(_, to)| *to)
}

/// The longest way from each node to one that needs nothing. A circle, which no plan has, is cut where it closes.
fn depths(graph: &Graph) -> Vec<usize> {
    let mut depths: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    for node in 0..graph.nodes.len() {
        // On the stack: a node, and whether what it needs was looked at.
        let mut stack = vec![(node, false)];
        let mut open = vec![false; graph.nodes.len()];
        while let Some((node, ready)) = stack.pop() {
            if depths[node].is_some() {
                continue;
            }
            if ready {
                let below = needs(graph, node).filter_map(|n| depths[n]).max();
                depths[node] = Some(below.map_or(0, |d| d + 1));
                continue;
            }
            open[node] = true;
            stack.push((node, true));
            stack.extend(needs(graph, node).filter(|n| depths[*n].is_none() && !open[*n]).map(|n| (n, false)));
        }
    }
    depths.into_iter().map(Option::unwrap_or_default).collect()
}
