//! From declarations to desired values: variables, locals, outputs, and every instance of every resource, in the order
//! their references demand.
//!
//! What a resource's reference gives is decided by a [`Planner`], so that this module needs to know nothing of plans or
//! of what exists. Must not know state, network, or any particular kind.

mod early;
mod expand;
mod instance;
mod names;
mod nodes;
mod variables;
mod wanted;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::address::{Address, InstanceKey};
use crate::config::{Module, Resource, Subject};
use crate::diag::{Diagnostics, Span};
use crate::lang::functions;
use crate::lang::syntax::ast::Expr;
use crate::lang::value::{Type, Value};
use crate::plan::Desired;

pub use early::{CloudSettings, StateSettings};
pub use variables::{Assigned, Assignment};

use expand::{Expanded, Expansion};
use nodes::{Node, Nodes};

/// One instance as the configuration asks for it, and where each part of it is written.
#[derive(Debug, Clone)]
pub struct Instance {
    pub desired: Desired,
    pub places: Places,
}

/// Where an instance's attributes are written.
#[derive(Debug, Clone)]
pub struct Places {
    pub header: Span,
    /// By dotted path, as deep as the source shows it.
    pub attributes: BTreeMap<String, Span>,
}

impl Places {
    /// The place of an attribute, or of what encloses it.
    pub fn of(&self, path: &str) -> Span {
        let mut path = path;
        loop {
            if let Some(span) = self.attributes.get(path) {
                return *span;
            }
            match path.rsplit_once('.') {
                Some((outer, _)) => path = outer,
                None => return self.header,
            }
        }
    }
}

/// Decides what references to an instance give.
pub trait Planner {
    fn instance(&mut self, resource: &Resource, instance: Instance) -> Value;
}

/// Whether values the user has to give are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// A variable without a value is an error.
    Required,
    /// A variable without a value is unknown: checking must not need it.
    Lenient,
}

/// The evaluation of one configuration.
pub struct Evaluation<'c> {
    module: &'c Module,
    functions: functions::Context,
    nodes: Nodes<'c>,
    /// Values of variables, locals and outputs, by node.
    values: RefCell<Vec<Option<Value>>>,
    blocks: BTreeMap<Address, Block>,
    assignments: BTreeMap<String, Assignment>,
    completeness: Completeness,
}

/// The instances of one block.
#[derive(Debug, Default)]
struct Block {
    expansion: Option<Expansion>,
    values: BTreeMap<Option<InstanceKey>, Value>,
}

impl<'c> Evaluation<'c> {
    /// Prepares the evaluation: finds all references and their order. `assignments` come in rising precedence.
    pub fn new(
        module: &'c Module,
        functions: functions::Context,
        assignments: Vec<Assignment>,
        completeness: Completeness,
    ) -> (Self, Diagnostics) {
        let (nodes, mut diagnostics) = Nodes::of(module);
        diagnostics.append(variables::undeclared(module, &assignments));
        let assignments = assignments.into_iter().map(|a| (a.name.clone(), a)).collect();
        let blocks = module.resources.keys().map(|a| (a.clone(), Block::default())).collect();
        let values = RefCell::new(vec![None; nodes.len()]);
        (Self { module, functions, nodes, values, blocks, assignments, completeness }, diagnostics)
    }

    /// Evaluates everything, in order.
    pub fn walk(&mut self, planner: &mut dyn Planner) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for index in self.nodes.order().to_vec() {
            if let Node::Resource(resource) = self.nodes.get(index) {
                diagnostics.append(self.resource(resource, planner));
            } else if self.values.borrow().get(index).is_none_or(Option::is_none) {
                diagnostics.append(self.settle(index));
            }
        }
        diagnostics
    }

    /// Evaluates one node that is no resource.
    fn settle(&self, index: usize) -> Diagnostics {
        let (value, diagnostics) = match self.nodes.get(index) {
            Node::Variable(variable) => self.variable(variable),
            Node::Local(local) => self.expression(&local.value, None),
            Node::Output(output) => self.output(output),
            Node::Check(check) => (Value::null(Type::Any), self.check(check)),
            Node::Resource(_) => return Diagnostics::new(),
        };
        if let Some(slot) = self.values.borrow_mut().get_mut(index) {
            *slot = Some(value);
        }
        diagnostics
    }

    fn resource(&mut self, resource: &'c Resource, planner: &mut dyn Planner) -> Diagnostics {
        let (expansion, mut diagnostics) = self.expand(resource);
        let mut values = BTreeMap::new();
        for expanded in expansion.instances() {
            let (instance, found) = self.body(resource, expanded);
            diagnostics.append(found);
            let value = planner.instance(resource, instance);
            diagnostics.append(self.postconditions(resource, expanded, &value));
            if !expanded.open {
                values.insert(expanded.key.clone(), value);
            }
        }
        self.blocks.insert(resource.address.clone(), Block { expansion: Some(expansion), values });
        diagnostics
    }

    /// Forgets what depends on values that an apply makes known. Variables, expansions and instances stay.
    pub fn forget_derived(&mut self) {
        let keep = |index: usize| matches!(self.nodes.get(index), Node::Variable(_));
        for (index, slot) in self.values.borrow_mut().iter_mut().enumerate() {
            if !keep(index) {
                *slot = None;
            }
        }
    }

    /// What references to an instance give from now on.
    pub fn set_instance(&mut self, address: &Address, value: Value) {
        self.blocks.entry(address.block()).or_default().values.insert(address.key.clone(), value);
    }

    /// One instance, with everything known that is known by now.
    ///
    /// # Errors
    /// When it can no longer be evaluated.
    pub fn instance(&mut self, address: &Address) -> Result<Instance, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let block = address.block();
        let module: &'c Module = self.module;
        let Some(resource) = module.resources.get(&block) else { return Err(diagnostics) };
        if let Some(index) = self.nodes.find(&Subject::Resource(block.clone())) {
            diagnostics.append(self.ensure(index));
        }
        let expansion = self.blocks.get(&block).and_then(|b| b.expansion.as_ref());
        let expanded = expansion.and_then(|e| e.instances().find(|x| x.key == address.key).cloned());
        let Some(expanded) = expanded else { return Err(diagnostics) };
        let (instance, found) = self.body(resource, &expanded);
        diagnostics.append(found);
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(instance) }
    }

    /// Evaluates all that a node needs, each once, first things first.
    fn ensure(&self, index: usize) -> Diagnostics {
        let mut missing = BTreeSet::new();
        let mut stack = vec![index];
        while let Some(node) = stack.pop() {
            for needed in self.nodes.needs(node) {
                let settled = self.values.borrow().get(*needed).is_some_and(Option::is_some);
                if !settled && missing.insert((self.nodes.rank(*needed), *needed)) {
                    stack.push(*needed);
                }
            }
        }
        let mut diagnostics = Diagnostics::new();
        for (_, node) in missing {
            diagnostics.append(self.settle(node));
        }
        diagnostics
    }

    /// The outputs of the module by name. Evaluated once; after [`Evaluation::forget_derived`], again.
    pub fn outputs(&self) -> (BTreeMap<String, Value>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut outputs = BTreeMap::new();
        for index in self.nodes.order() {
            if let Node::Output(output) = self.nodes.get(*index) {
                if self.values.borrow().get(*index).is_none_or(Option::is_none) {
                    diagnostics.append(self.ensure(*index));
                    diagnostics.append(self.settle(*index));
                }
                let value = self.values.borrow().get(*index).cloned().flatten();
                outputs.insert(output.name.text.to_string(), value.unwrap_or_else(|| Value::unknown(Type::Any)));
            }
        }
        (outputs, diagnostics)
    }

    /// Evaluates variables and locals, for those who look at values without planning: the console.
    pub fn settle_all(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for index in self.nodes.order() {
            if !matches!(self.nodes.get(*index), Node::Resource(_)) {
                diagnostics.append(self.settle(*index));
            }
        }
        diagnostics
    }

    /// The value of an expression outside any instance.
    pub fn expression(&self, expr: &Expr, instance: Option<&Expanded>) -> (Value, Diagnostics) {
        let scope = names::Names { evaluation: self, instance, itself: None };
        let (value, mut diagnostics) = crate::lang::eval::evaluate(expr, &scope);
        diagnostics.append(crate::lang::eval::check(expr, &scope));
        (value, diagnostics.sorted())
    }

    /// The names an expression of the root module may use.
    pub fn scope(&self) -> impl crate::lang::eval::Scope + '_ {
        names::Names { evaluation: self, instance: None, itself: None }
    }

    /// Attributes (names of the top level) of a block's instances that the configuration states or reads.
    pub fn wanted(&self, block: &Address) -> BTreeSet<Arc<str>> {
        wanted::wanted(self.module, block)
    }

    /// What every block refers to, by block.
    pub fn dependencies(&self, block: &Address) -> Vec<Address> {
        self.nodes.find(&Subject::Resource(block.clone())).map(|n| self.nodes.blocks_before(n)).unwrap_or_default()
    }
}
