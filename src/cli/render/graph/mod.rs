//! Resources, or the changes of a plan, and what comes before what: as DOT, Mermaid and SVG.
//!
//! Owns the picture's data and the layout. Must not know how the order came about.

mod layout;
mod svg;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::harmless;
use crate::address::Address;
use crate::plan::sheet::by_urgency;
use crate::plan::{ActionKind, Plan};

pub use svg::{drawing, picture};

/// What is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    pub nodes: Vec<Node>,
    /// A node, and one that comes before it; sorted.
    pub edges: Vec<(usize, usize)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub label: String,
    pub class: Class,
}

/// What happens to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A resource, of which nothing is said.
    Plain,
    Create,
    Update,
    Replace,
    Delete,
    Forget,
    Read,
    Noted,
}

impl Class {
    fn of(kind: ActionKind) -> Self {
        match kind {
            ActionKind::Create => Self::Create,
            ActionKind::Update => Self::Update,
            ActionKind::Replace => Self::Replace,
            ActionKind::Delete => Self::Delete,
            ActionKind::Forget => Self::Forget,
            ActionKind::Read => Self::Read,
            ActionKind::NoOp => Self::Noted,
        }
    }

    /// As classes of styles are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Forget => "forget",
            Self::Read => "read",
            Self::Noted => "noted",
        }
    }

    /// A fill that dark text can be read on.
    fn fill(self) -> &'static str {
        match self {
            Self::Plain | Self::Noted => "#e8eaed",
            Self::Create => "#cfead6",
            Self::Update => "#fbe8b8",
            Self::Replace => "#f6c6a8",
            Self::Delete => "#f5b5b5",
            Self::Forget => "#dcd3ee",
            Self::Read => "#cfe2f5",
        }
    }
}

impl Graph {
    /// Blocks and what each needs.
    pub fn of_blocks(blocks: &BTreeMap<Address, Vec<Address>>) -> Self {
        let places: BTreeMap<&Address, usize> = blocks.keys().enumerate().map(|(i, a)| (a, i)).collect();
        let nodes = blocks.keys().map(|a| Node { label: harmless(&a.to_string()), class: Class::Plain }).collect();
        let mut edges = BTreeSet::new();
        for (address, needs) in blocks {
            let before = needs.iter().filter_map(|n| places.get(n));
            edges.extend(before.map(|n| (places[address], *n)).filter(|(a, b)| a != b));
        }
        Self { nodes, edges: edges.into_iter().collect() }
    }

    /// The changes of a plan, in the order people read them, and which waits for which.
    pub fn of_plan(plan: &Plan) -> Self {
        let changes = by_urgency(plan);
        let places: BTreeMap<&Address, usize> = changes.iter().enumerate().map(|(i, a)| (&a.address, i)).collect();
        let nodes = changes
            .iter()
            .map(|a| Node { label: harmless(&a.address.to_string()), class: Class::of(a.kind) })
            .collect();
        let place = |step: usize| {
            let action = plan.actions.get(plan.steps.get(step)?.action)?;
            places.get(&action.address).copied()
        };
        let mut edges = BTreeSet::new();
        for (index, step) in plan.steps.iter().enumerate() {
            let Some(mine) = place(index) else { continue };
            edges.extend(step.needs.all().into_iter().filter_map(&place).map(|n| (mine, n)).filter(|(a, b)| a != b));
        }
        Self { nodes, edges: edges.into_iter().collect() }
    }

    /// For Graphviz. An arrow leads from what comes later to what it needs.
    pub fn dot(&self) -> String {
        let mut out = String::from("digraph housewright {\n  rankdir = LR;\n  node [shape = box, style = filled];\n");
        for node in &self.nodes {
            let fill = node.class.fill();
            out.push_str(&format!("  {} [fillcolor = \"{fill}\"];\n", dot_text(&node.label)));
        }
        for (from, to) in &self.edges {
            out.push_str(&format!(
                "  {} -> {};\n",
                dot_text(&self.nodes[*from].label),
                dot_text(&self.nodes[*to].label)
            ));
        }
        out + "}\n"
    }

    /// For Markdown that draws Mermaid.
    pub fn mermaid(&self) -> String {
        let mut out = String::from("flowchart LR\n");
        for (index, node) in self.nodes.iter().enumerate() {
            out.push_str(&format!("  n{index}[\"{}\"]:::{}\n", mermaid_text(&node.label), node.class.name()));
        }
        for (from, to) in &self.edges {
            out.push_str(&format!("  n{from} --> n{to}\n"));
        }
        let mut classes: Vec<Class> = self.nodes.iter().map(|n| n.class).collect();
        classes.sort_by_key(|c| c.name());
        classes.dedup();
        for class in classes {
            out.push_str(&format!("  classDef {} fill:{},stroke:#555,color:#111\n", class.name(), class.fill()));
        }
        out
    }
}

fn dot_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Entities in the place of what would end the text.
fn mermaid_text(text: &str) -> String {
    let one = |c: char| match c {
        '"' | '#' | '<' | '>' | '&' | '[' | ']' | '`' | '\\' | '\n' | '\r' => format!("#{};", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}
