//! The declarations of a module as nodes of a graph, with their references as edges.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::config::{Check, Dependency, Local, Module, Output, Resource, Rule, Subject, Variable};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::graph::Graph;
use crate::lang::eval::references;
use crate::lang::syntax::ast::{Body, Expr, Ident};

#[derive(Debug, Clone, Copy)]
pub(super) enum Node<'c> {
    Variable(&'c Variable),
    Local(&'c Local),
    Output(&'c Output),
    Resource(&'c Resource),
    Check(&'c Check),
}

impl<'c> Node<'c> {
    fn name(&self) -> String {
        match self {
            Self::Variable(v) => format!("var.{}", v.name.text),
            Self::Local(l) => format!("local.{}", l.name.text),
            Self::Output(o) => format!("output.{}", o.name.text),
            Self::Resource(r) => r.address.to_string(),
            Self::Check(c) => format!("check.{}", c.name.text),
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Variable(v) => v.span,
            Self::Local(l) => l.span,
            Self::Output(o) => o.span,
            Self::Resource(r) => r.span,
            Self::Check(c) => c.span,
        }
    }

    fn subject(&self) -> Option<Subject> {
        match self {
            Self::Variable(v) => Some(Subject::Variable(v.name.text.clone())),
            Self::Local(l) => Some(Subject::Local(l.name.text.clone())),
            Self::Resource(r) => Some(Subject::Resource(r.address.clone())),
            Self::Output(_) | Self::Check(_) => None,
        }
    }

    /// All expressions whose references must be settled first, and named dependencies.
    fn reads(&self) -> (Vec<&'c Expr>, &'c [Dependency]) {
        match self {
            Self::Variable(v) => (rules(&v.validations), &[]),
            Self::Local(l) => (vec![&l.value], &[]),
            Self::Output(o) => ([vec![&o.value], rules(&o.preconditions)].concat(), &o.depends_on),
            Self::Resource(r) => (resource_expressions(r), &r.depends_on),
            Self::Check(c) => (rules(&c.asserts), &[]),
        }
    }
}

fn rules(rules: &[Rule]) -> Vec<&Expr> {
    rules.iter().flat_map(|r| [&r.condition, &r.error_message]).collect()
}

/// Every expression of a resource but its postconditions, which look at the resource itself.
fn resource_expressions(resource: &Resource) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = [&resource.count, &resource.for_each].into_iter().flatten().collect();
    let lifecycle = &resource.lifecycle;
    all.extend(lifecycle.prevent_destroy.iter().chain(&lifecycle.create_before_destroy));
    all.extend(rules(&lifecycle.preconditions));
    all.extend(body_expressions(&resource.body));
    all
}

/// Every expression of a body and the blocks in it.
pub(super) fn body_expressions(body: &Body) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = body.attributes().map(|a| &a.expr).collect();
    for block in body.blocks() {
        all.extend(crate::lang::recursion::recurse(|| body_expressions(&block.body)));
    }
    all
}

/// The subject of a path of names.
pub(super) fn subject_of(path: &[Ident]) -> Option<(Subject, usize)> {
    let names: Vec<&str> = path.iter().map(|i| &*i.text).collect();
    Subject::of(&names)
}

pub(super) struct Nodes<'c> {
    nodes: Vec<Node<'c>>,
    graph: Graph,
    order: Vec<usize>,
    rank: Vec<usize>,
    by_subject: BTreeMap<Subject, usize>,
}

impl<'c> Nodes<'c> {
    pub(super) fn of(module: &'c Module) -> (Self, Diagnostics) {
        let nodes: Vec<Node<'c>> = (module.variables.values().map(Node::Variable))
            .chain(module.locals.values().map(Node::Local))
            .chain(module.resources.values().map(Node::Resource))
            .chain(module.outputs.values().map(Node::Output))
            .chain(module.checks.values().map(Node::Check))
            .collect();
        let by_subject: BTreeMap<Subject, usize> =
            nodes.iter().enumerate().filter_map(|(i, n)| Some((n.subject()?, i))).collect();
        let mut graph = Graph::with_nodes(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let (expressions, named) = node.reads();
            let subjects = expressions.iter().flat_map(|e| references(e)).filter_map(|r| Some(subject_of(&r.path)?.0));
            for needed in
                subjects.chain(named.iter().map(|d| d.subject.clone())).filter_map(|s| by_subject.get(&s).copied())
            {
                // A variable's own validation looks at the variable.
                if needed != index || !matches!(node, Node::Variable(_)) {
                    graph.add(index, needed);
                }
            }
        }
        let (order, diagnostics) = match graph.order() {
            Ok(order) => (order, Diagnostics::new()),
            Err(cycles) => {
                let broken: BTreeSet<usize> = cycles.iter().flatten().copied().collect();
                (remaining(&graph, &broken), cycles.iter().map(|c| circle(&nodes, c)).collect())
            }
        };
        let mut rank = vec![usize::MAX; nodes.len()];
        for (place, node) in order.iter().enumerate() {
            rank[*node] = place;
        }
        (Self { nodes, graph, order, rank, by_subject }, diagnostics)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, index: usize) -> Node<'c> {
        self.nodes[index]
    }

    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    pub(super) fn rank(&self, index: usize) -> usize {
        self.rank[index]
    }

    pub(super) fn needs(&self, index: usize) -> &[usize] {
        self.graph.needs(index)
    }

    pub(super) fn find(&self, subject: &Subject) -> Option<usize> {
        self.by_subject.get(subject).copied()
    }

    /// The resource blocks a node needs, be it through locals.
    pub(super) fn blocks_before(&self, index: usize) -> Vec<Address> {
        let mut seen = BTreeSet::new();
        let mut blocks = BTreeSet::new();
        let mut stack = vec![index];
        while let Some(node) = stack.pop() {
            for needed in self.graph.needs(node).iter().copied().filter(|n| *n != index) {
                match self.nodes[needed] {
                    Node::Resource(r) => drop(blocks.insert(r.address.clone())),
                    _ if seen.insert(needed) => stack.push(needed),
                    _ => {}
                }
            }
        }
        blocks.into_iter().collect()
    }
}

/// An order of what hangs in no cycle and behind none.
fn remaining(graph: &Graph, broken: &BTreeSet<usize>) -> Vec<usize> {
    let mut without = Graph::with_nodes(graph.len());
    for node in (0..graph.len()).filter(|n| !broken.contains(n)) {
        graph.needs(node).iter().filter(|n| !broken.contains(n)).for_each(|n| without.add(node, *n));
    }
    without.order().unwrap_or_default()
}

fn circle(nodes: &[Node<'_>], cycle: &[usize]) -> Diagnostic {
    let mut names: Vec<String> = cycle.iter().map(|n| nodes[*n].name()).collect();
    names.extend(names.first().cloned());
    let what = if cycle.len() == 1 { "It refers to itself" } else { "These refer to each other in a circle" };
    let mut diagnostic = Diagnostic::error(Code("HW0403"), "Cycle")
        .with_detail(format!("{what}: {}.", names.join(" → ")))
        .with_help("Break the circle: let one of them take its value from a variable or a literal.");
    for node in cycle {
        diagnostic =
            diagnostic.with_label(nodes[*node].span(), format!("{} is part of the circle", nodes[*node].name()));
    }
    diagnostic
}
