//! The declarations of all modules as nodes of a graph, with their references as edges.
//!
//! A node stands for its declaration in every instance of its module.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use crate::address::{Mode, module_text};
use crate::config::{Check, Dependency, Local, ModuleCall, Output, Resource, Rule, Subject, Variable};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::graph::Graph;
use crate::lang::eval::references;
use crate::lang::syntax::ast::{Body, Expr, Ident};

use super::modules::Modules;

#[derive(Debug, Clone, Copy)]
pub(super) enum Node<'c> {
    Variable(&'c Variable),
    Local(&'c Local),
    Output(&'c Output),
    Resource(&'c Resource),
    Check(&'c Check),
    /// How many instances a called module has.
    Call(&'c ModuleCall),
}

impl<'c> Node<'c> {
    fn name(&self) -> String {
        match self {
            Self::Variable(v) => format!("var.{}", v.name.text),
            Self::Local(l) => format!("local.{}", l.name.text),
            Self::Output(o) => format!("output.{}", o.name.text),
            Self::Resource(r) => r.address.to_string(),
            Self::Check(c) => format!("check.{}", c.name.text),
            Self::Call(c) => format!("module.{}", c.name.text),
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Variable(v) => v.span,
            Self::Local(l) => l.span,
            Self::Output(o) => o.span,
            Self::Resource(r) => r.span,
            Self::Check(c) => c.span,
            Self::Call(c) => c.span,
        }
    }

    fn subject(&self) -> Option<Subject> {
        match self {
            Self::Variable(v) => Some(Subject::Variable(v.name.text.clone())),
            Self::Local(l) => Some(Subject::Local(l.name.text.clone())),
            Self::Resource(r) => Some(Subject::Resource(r.address.clone())),
            Self::Call(c) => Some(Subject::Module(c.name.text.clone())),
            Self::Output(_) | Self::Check(_) => None,
        }
    }

    /// All expressions of its own module whose references must be settled first, and named dependencies.
    fn reads(&self) -> (Vec<&'c Expr>, &'c [Dependency]) {
        match self {
            Self::Variable(v) => (rules(&v.validations), &[]),
            Self::Local(l) => (vec![&l.value], &[]),
            Self::Output(o) => ([vec![&o.value], rules(&o.preconditions)].concat(), &o.depends_on),
            Self::Resource(r) => (resource_expressions(r), &r.depends_on),
            Self::Check(c) => (rules(&c.asserts), &[]),
            Self::Call(c) => (c.count.iter().chain(&c.for_each).collect(), &[]),
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
    all.extend(&lifecycle.replace_triggered_by);
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

/// A declaration and the module it stands in.
struct Entry<'c> {
    module: usize,
    node: Node<'c>,
    /// The resource blocks it needs, be it through locals, outputs and variables.
    blocks: OnceCell<Rc<[usize]>>,
}

pub(super) struct Nodes<'c> {
    entries: Vec<Entry<'c>>,
    graph: Graph,
    order: Vec<usize>,
    rank: Vec<usize>,
    by_subject: Vec<HashMap<Subject, usize>>,
    outputs: Vec<HashMap<Arc<str>, usize>>,
}

impl<'c> Nodes<'c> {
    pub(super) fn of(modules: &Modules<'c>) -> (Self, Diagnostics) {
        let mut nodes = Self {
            entries: Vec::new(),
            graph: Graph::with_nodes(0),
            order: Vec::new(),
            rank: Vec::new(),
            by_subject: vec![HashMap::new(); modules.len()],
            outputs: vec![HashMap::new(); modules.len()],
        };
        for index in 0..modules.len() {
            nodes.declare(index, modules);
        }
        nodes.graph = Graph::with_nodes(nodes.entries.len());
        let mut diagnostics = Diagnostics::new();
        for index in 0..nodes.entries.len() {
            nodes.connect(index, modules);
            diagnostics.append(nodes.scoped_references(index, modules));
        }
        diagnostics.append(nodes.arrange(modules));
        (nodes, diagnostics)
    }

    fn declare(&mut self, index: usize, modules: &Modules<'c>) {
        let module = modules.module(index);
        let scoped = module.checks.values().filter_map(|c| c.data.as_ref());
        let all = (module.variables.values().map(Node::Variable))
            .chain(module.locals.values().map(Node::Local))
            .chain(
                module
                    .module_calls
                    .values()
                    .filter(|c| modules.get(index).calls.contains_key(&*c.name.text))
                    .map(Node::Call),
            )
            .chain(module.resources.values().chain(scoped).map(Node::Resource))
            .chain(module.outputs.values().map(Node::Output))
            .chain(module.checks.values().map(Node::Check));
        for node in all {
            let number = self.entries.len();
            if let Some(subject) = node.subject() {
                self.by_subject[index].entry(subject).or_insert(number);
            }
            if let Node::Output(output) = node {
                self.outputs[index].insert(output.name.text.clone(), number);
            }
            self.entries.push(Entry { module: index, node, blocks: OnceCell::new() });
        }
    }

    /// What a node needs first.
    fn connect(&mut self, index: usize, modules: &Modules<'c>) {
        let (module, node) = (self.entries[index].module, self.entries[index].node);
        let (expressions, named) = node.reads();
        let mut needed = self.needed(module, &expressions, named, modules);
        if let Some((caller, call)) = modules.get(module).caller {
            // Nothing of a module can be told before it is known which instances it has.
            needed.extend(self.find(caller, &Subject::Module(call.name.text.clone())));
            if let Node::Variable(variable) = node
                && let Some(input) = call.inputs.attribute(&variable.name.text)
            {
                needed.extend(self.needed(caller, &[&input.expr], &[], modules));
            }
            if matches!(node, Node::Resource(_)) {
                needed.extend(self.awaited_by_calls(module, modules));
            }
        }
        for first in needed {
            // A variable's own validation looks at the variable.
            if first != index || !matches!(node, Node::Variable(_)) {
                self.graph.add(index, first);
            }
        }
    }

    /// What the `depends_on` of the calls around a module names.
    pub(super) fn awaited_by_calls(&self, module: usize, modules: &Modules<'c>) -> Vec<usize> {
        let (mut all, mut at) = (Vec::new(), module);
        while let Some((caller, call)) = modules.get(at).caller {
            all.extend(self.needed(caller, &[], &call.depends_on, modules));
            at = caller;
        }
        all
    }

    /// What expressions of a module and the things named beside them are about.
    pub(super) fn needed(
        &self,
        module: usize,
        expressions: &[&Expr],
        named: &[Dependency],
        modules: &Modules<'c>,
    ) -> Vec<usize> {
        let mut all = Vec::new();
        for reference in expressions.iter().flat_map(|e| references(e)) {
            match subject_of(&reference.path) {
                Some((Subject::Module(name), taken)) => {
                    all.extend(self.find(module, &Subject::Module(name.clone())));
                    let output = reference.path.get(taken).map(|i| &*i.text);
                    all.extend(self.outputs_of(module, &name, output, modules));
                }
                Some((subject, _)) => all.extend(self.find(module, &subject)),
                None => {}
            }
        }
        for dependency in named {
            match &dependency.subject {
                Subject::Module(name) => {
                    let Some(called) = modules.get(module).calls.get(&**name) else { continue };
                    let inside: BTreeSet<usize> = modules.within(*called).collect();
                    all.extend((0..self.entries.len()).filter(|n| inside.contains(&self.entries[*n].module)));
                }
                subject => all.extend(self.find(module, subject)),
            }
        }
        all
    }

    /// One output of a called module; without a name that it has, all of them.
    fn outputs_of(&self, module: usize, call: &str, output: Option<&str>, modules: &Modules<'c>) -> Vec<usize> {
        let Some(called) = modules.get(module).calls.get(call) else { return Vec::new() };
        let outputs = &self.outputs[*called];
        match output.and_then(|o| outputs.get(o)) {
            Some(one) => vec![*one],
            None => outputs.values().copied().collect(),
        }
    }

    /// A data source in a `check` block is that block's own.
    fn scoped_references(&self, index: usize, modules: &Modules<'c>) -> Diagnostics {
        let Entry { module, node, .. } = &self.entries[index];
        let checks = &modules.module(*module).checks;
        let own = match node {
            Node::Check(check) => check.data.as_ref().map(|d| &d.address),
            _ => None,
        };
        let foreign: Vec<_> =
            checks.values().filter_map(|c| c.data.as_ref()).map(|d| &d.address).filter(|a| Some(*a) != own).collect();
        if foreign.is_empty() {
            return Diagnostics::new();
        }
        let used = node.reads().0.into_iter().flat_map(references).filter_map(|r| {
            let Some((Subject::Resource(address), _)) = subject_of(&r.path) else { return None };
            foreign.contains(&&address).then_some((address, r.path[0].span))
        });
        used.map(|(address, span)| {
            Diagnostic::error(Code("HW0402"), "Reference to scoped resource")
                .with_detail(format!("{address} stands in a check block, and only that block may refer to it."))
                .with_label(span, "outside the check block")
                .with_help("Move the data source out of the check block to use it elsewhere.")
        })
        .collect()
    }

    fn arrange(&mut self, modules: &Modules<'c>) -> Diagnostics {
        let (order, diagnostics) = match self.graph.order() {
            Ok(order) => (order, Diagnostics::new()),
            Err(cycles) => {
                let broken: BTreeSet<usize> = cycles.iter().flatten().copied().collect();
                (remaining(&self.graph, &broken), cycles.iter().map(|c| self.circle(c, modules)).collect())
            }
        };
        self.rank = vec![usize::MAX; self.entries.len()];
        for (place, node) in order.iter().enumerate() {
            self.rank[*node] = place;
        }
        self.order = order;
        diagnostics
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&self, index: usize) -> Node<'c> {
        self.entries[index].node
    }

    /// The module a node stands in.
    pub(super) fn module(&self, index: usize) -> usize {
        self.entries[index].module
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

    /// The node of a subject as a module sees it.
    pub(super) fn find(&self, module: usize, subject: &Subject) -> Option<usize> {
        self.by_subject.get(module)?.get(subject).copied()
    }

    pub(super) fn output(&self, module: usize, name: &str) -> Option<usize> {
        self.outputs[module].get(name).copied()
    }

    /// The resource blocks a node needs, be it through locals, modules and data sources.
    pub(super) fn blocks_before(&self, index: usize) -> Rc<[usize]> {
        Rc::clone(self.entries[index].blocks.get_or_init(|| self.find_blocks_before(index)))
    }

    fn find_blocks_before(&self, index: usize) -> Rc<[usize]> {
        let mut seen = BTreeSet::from([index]);
        let mut blocks = BTreeSet::new();
        let mut stack = vec![index];
        while let Some(node) = stack.pop() {
            for needed in self.graph.needs(node).iter().copied() {
                if !seen.insert(needed) {
                    continue;
                }
                match self.entries[needed].node {
                    Node::Resource(r) => {
                        blocks.insert(needed);
                        if r.address.mode == Mode::Data {
                            stack.push(needed);
                        }
                    }
                    _ => stack.push(needed),
                }
            }
        }
        blocks.into_iter().collect()
    }

    fn circle(&self, cycle: &[usize], modules: &Modules<'c>) -> Diagnostic {
        let name = |n: &usize| {
            let Entry { module, node, .. } = &self.entries[*n];
            let steps = module_text(&modules.steps(*module));
            if steps.is_empty() { node.name() } else { format!("{steps}.{}", node.name()) }
        };
        let mut names: Vec<String> = cycle.iter().map(name).collect();
        names.extend(names.first().cloned());
        let what = if cycle.len() == 1 { "It refers to itself" } else { "These refer to each other in a circle" };
        let mut diagnostic = Diagnostic::error(Code("HW0403"), "Cycle")
            .with_detail(format!("{what}: {}.", names.join(" → ")))
            .with_help("Break the circle: let one of them take its value from a variable or a literal.");
        for node in cycle {
            let span = self.entries[*node].node.span();
            diagnostic = diagnostic.with_label(span, format!("{} is part of the circle", name(node)));
        }
        diagnostic
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
