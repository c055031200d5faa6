//! From declarations to desired values: variables, locals, outputs, and every instance of every resource of every module,
//! in the order their references demand.
//!
//! What a resource's reference gives is decided by a [`Planner`], so that this module needs to know nothing of plans or
//! of what exists. Must not know state, network, or any particular kind.

mod early;
mod expand;
mod imports;
mod instance;
mod judged;
mod modules;
mod names;
mod nodes;
mod triggers;
mod variables;
mod wanted;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::address::{Address, InstanceKey, Mode, ModuleStep};
use crate::config::{Module, ModuleCall, ModuleTree, Resource, Subject};
use crate::diag::{Diagnostics, Span};
use crate::lang::functions;
use crate::lang::syntax::ast::Expr;
use crate::lang::value::{Type, Value};
use crate::plan::Desired;

pub use early::{CloudSettings, StateArgument, StateSettings, cloud_argument};
pub use imports::Import;
pub use variables::{Assigned, Assignment};

use expand::{Expanded, Expansion};
use modules::{ModuleInstance, ModuleInstances, Modules, Place};
use nodes::{Node, Nodes};
use wanted::Wanted;

/// One instance as the configuration asks for it, and where each part of it is written.
#[derive(Debug, Clone)]
pub struct Instance {
    pub desired: Desired,
    pub places: Places,
    /// What `replace_triggered_by` names.
    pub triggers: Vec<Trigger>,
    /// Blocks that a data source must not be asked before, because `depends_on` says so.
    pub awaits: Vec<Address>,
    /// Attributes (names of the top level) of a data source that somebody reads.
    pub wanted: BTreeSet<Arc<str>>,
}

/// Something whose change replaces an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// An instance, or a block with all its instances.
    pub address: Address,
    /// A dotted path; without one, every change counts.
    pub attribute: Option<String>,
    pub span: Span,
}

/// Where an instance's attributes are written.
#[derive(Debug, Clone, PartialEq)]
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

    /// What a data source tells. `scoped`: it stands in a `check` block, which a failure does not break.
    fn data(&mut self, resource: &Resource, instance: Instance, scoped: bool) -> Value;
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
    modules: Modules<'c>,
    functions: functions::Context,
    nodes: Nodes<'c>,
    /// By module.
    instances: RefCell<Vec<ModuleInstances>>,
    /// Values of variables, locals and outputs, by node and instance of its module. Of a module call: what a reference
    /// to the whole of it gives, once somebody asked.
    values: RefCell<Vec<Vec<Option<Value>>>>,
    /// The instances of resources, by node and instance of its module.
    blocks: Vec<Vec<Block>>,
    wanted: OnceCell<Wanted>,
    assignments: BTreeMap<String, Assignment>,
    completeness: Completeness,
}

/// The instances of one block in one instance of its module.
#[derive(Debug, Default)]
struct Block {
    expansion: Option<Expansion>,
    values: BTreeMap<Option<InstanceKey>, Value>,
    /// What a reference to the whole gives, once somebody asked.
    whole: OnceCell<Value>,
}

impl<'c> Evaluation<'c> {
    /// Prepares the evaluation: finds all references and their order. `assignments` come in rising precedence.
    pub fn new(
        tree: &'c ModuleTree,
        functions: functions::Context,
        assignments: Vec<Assignment>,
        completeness: Completeness,
    ) -> (Self, Diagnostics) {
        let modules = Modules::of(tree);
        let (nodes, mut diagnostics) = Nodes::of(&modules);
        diagnostics.append(variables::undeclared(&tree.module, &assignments));
        diagnostics.append(variables::wrong_inputs(&modules));
        let assignments = assignments.into_iter().map(|a| (a.name.clone(), a)).collect();
        let mut instances: Vec<ModuleInstances> = Vec::new();
        instances.resize_with(modules.len(), ModuleInstances::default);
        instances[0] = ModuleInstances::root();
        let mut blocks = Vec::new();
        blocks.resize_with(nodes.len(), Vec::new);
        let evaluation = Self {
            functions,
            instances: RefCell::new(instances),
            values: RefCell::new(vec![Vec::new(); nodes.len()]),
            blocks,
            modules,
            nodes,
            wanted: OnceCell::new(),
            assignments,
            completeness,
        };
        (evaluation, diagnostics)
    }

    /// Evaluates everything, in order.
    pub fn walk(&mut self, planner: &mut dyn Planner) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for node in self.nodes.order().to_vec() {
            let module = self.nodes.module(node);
            for instance in 0..self.instances_of(module) {
                let place = Place { module, instance };
                if let Node::Resource(resource) = self.nodes.get(node) {
                    diagnostics.append(self.resource(node, place, resource, planner));
                } else if !self.is_settled(node, instance) {
                    diagnostics.append(self.settle(node, instance));
                }
            }
        }
        diagnostics
    }

    fn instances_of(&self, module: usize) -> usize {
        self.instances.borrow()[module].len()
    }

    fn at(&self, place: Place) -> Arc<ModuleInstance> {
        self.instances.borrow()[place.module].get(place.instance)
    }

    fn value_of(&self, node: usize, instance: usize) -> Option<Value> {
        self.values.borrow()[node].get(instance).cloned().flatten()
    }

    fn set_value(&self, node: usize, instance: usize, value: Value) {
        let values = &mut self.values.borrow_mut()[node];
        if values.len() <= instance {
            values.resize(instance + 1, None);
        }
        values[instance] = Some(value);
    }

    fn is_settled(&self, node: usize, instance: usize) -> bool {
        match self.nodes.get(node) {
            Node::Call(call) => {
                let caller = self.nodes.module(node);
                let called = self.modules.get(caller).calls.get(&*call.name.text);
                called.is_none_or(|c| self.instances.borrow()[*c].of_caller(instance).is_some())
            }
            _ => self.values.borrow()[node].get(instance).is_some_and(Option::is_some),
        }
    }

    /// Evaluates one node that is no resource, in one instance of its module.
    fn settle(&self, node: usize, instance: usize) -> Diagnostics {
        let module = self.nodes.module(node);
        let place = Place { module, instance };
        let (value, diagnostics) = match self.nodes.get(node) {
            Node::Variable(variable) => self.variable(node, place, variable),
            Node::Local(local) => self.expression(place, &local.value, None),
            Node::Output(output) => self.output(place, output),
            Node::Check(check) => (Value::null(Type::Any), self.check(place, check)),
            Node::Call(call) => return self.modules.with_calls(module, self.call(place, call)),
            Node::Resource(_) => return Diagnostics::new(),
        };
        self.set_value(node, instance, value);
        self.modules.with_calls(module, diagnostics)
    }

    /// Finds out how many instances a call has.
    fn call(&self, place: Place, call: &ModuleCall) -> Diagnostics {
        let (expansion, diagnostics) = self.expand(place, call.count.as_ref(), call.for_each.as_ref());
        if let Some(called) = self.modules.get(place.module).calls.get(&*call.name.text) {
            let outer = self.at(place);
            self.instances.borrow_mut()[*called].add((place.instance, &outer), &call.name.text, expansion);
        }
        diagnostics
    }

    fn resource(
        &mut self,
        node: usize,
        place: Place,
        resource: &'c Resource,
        planner: &mut dyn Planner,
    ) -> Diagnostics {
        let (expansion, mut diagnostics) = self.expand(place, resource.count.as_ref(), resource.for_each.as_ref());
        let outside = self.at(place).open;
        let mut values = BTreeMap::new();
        for expanded in expansion.instances() {
            let (instance, found) = self.body(node, place, resource, expanded);
            diagnostics.append(found);
            let value = match resource.address.mode {
                Mode::Managed => planner.instance(resource, instance),
                Mode::Data => planner.data(resource, instance, self.is_scoped(place.module, resource)),
            };
            diagnostics.append(self.postconditions(place, resource, expanded, &value));
            if !expanded.open && !outside {
                values.insert(expanded.key.clone(), value);
            }
        }
        let block = Block { expansion: Some(expansion), values, whole: OnceCell::new() };
        *self.block_mut(node, place.instance) = block;
        self.modules.with_calls(place.module, diagnostics)
    }

    /// Whether a data source stands in a `check` block.
    fn is_scoped(&self, module: usize, resource: &Resource) -> bool {
        self.modules
            .module(module)
            .checks
            .values()
            .any(|c| c.data.as_ref().is_some_and(|d| d.address == resource.address))
    }

    fn block_mut(&mut self, node: usize, instance: usize) -> &mut Block {
        let blocks = &mut self.blocks[node];
        if blocks.len() <= instance {
            blocks.resize_with(instance + 1, Block::default);
        }
        &mut blocks[instance]
    }

    /// Forgets everything, so that the walk can begin anew with more known than before.
    pub fn restart(&mut self) {
        self.values.borrow_mut().iter_mut().for_each(Vec::clear);
        self.blocks.iter_mut().for_each(Vec::clear);
        let mut instances = self.instances.borrow_mut();
        instances.iter_mut().skip(1).for_each(|i| *i = ModuleInstances::default());
    }

    /// Forgets what depends on values that an apply makes known. The root's variables, expansions and instances stay.
    pub fn forget_derived(&mut self) {
        for (node, values) in self.values.borrow_mut().iter_mut().enumerate() {
            let stays = matches!(self.nodes.get(node), Node::Variable(_)) && self.nodes.module(node) == 0;
            if !stays {
                values.iter_mut().for_each(|v| *v = None);
            }
        }
    }

    /// What references to an instance give from now on.
    pub fn set_instance(&mut self, address: &Address, value: Value) {
        if let Some((node, place)) = self.locate(address) {
            let block = self.block_mut(node, place.instance);
            block.values.insert(address.key.clone(), value);
            block.whole = OnceCell::new();
        }
    }

    /// The resource an address belongs to, and in which instance of its module.
    fn locate(&self, address: &Address) -> Option<(usize, Place)> {
        let module = self.modules.find(&address.module)?;
        let instance = self.instances.borrow()[module].find(&address.module)?;
        let node = self.nodes.find(module, &Subject::Resource(declared(address)))?;
        Some((node, Place { module, instance }))
    }

    /// The declaration an address belongs to, whatever its keys.
    pub fn declaration(&self, address: &Address) -> Option<&'c Resource> {
        let module = self.modules.find(&address.module)?;
        match self.nodes.get(self.nodes.find(module, &Subject::Resource(declared(address)))?) {
            Node::Resource(resource) => Some(resource),
            _ => None,
        }
    }

    /// The call that leads to a module, whatever the keys of the steps.
    pub fn module_call(&self, steps: &[ModuleStep]) -> Option<&'c ModuleCall> {
        self.modules.get(self.modules.find(steps)?).caller.map(|(_, call)| call)
    }

    /// The resources of all modules, with the steps to each (without keys), and the label of the cloud each lives in.
    pub fn declarations(&self) -> impl Iterator<Item = (Address, &'c Resource, String)> + '_ {
        (0..self.modules.len()).flat_map(move |module| {
            let steps = self.modules.steps(module);
            self.modules.module(module).resources.values().map(move |resource| {
                let address = Address { module: steps.clone(), ..resource.address.clone() };
                (address, resource, self.modules.cloud(module, resource.cloud.as_ref()))
            })
        })
    }

    /// The label of the cloud that the instances of a declared block live in.
    pub fn cloud_of(&self, address: &Address) -> Option<String> {
        let resource = self.declaration(address)?;
        Some(self.modules.cloud(self.modules.find(&address.module)?, resource.cloud.as_ref()))
    }

    /// The modules of the configuration with the steps to each (without keys), the root first.
    pub fn modules(&self) -> impl Iterator<Item = (Vec<ModuleStep>, &'c Module)> + '_ {
        (0..self.modules.len()).map(|m| (self.modules.steps(m), self.modules.module(m)))
    }

    /// One instance, with everything known that is known by now.
    ///
    /// # Errors
    /// When it can no longer be evaluated.
    pub fn instance(&mut self, address: &Address) -> Result<Instance, Diagnostics> {
        let Some((node, place)) = self.locate(address) else { return Err(Diagnostics::new()) };
        let Node::Resource(resource) = self.nodes.get(node) else { return Err(Diagnostics::new()) };
        let mut diagnostics = self.ensure(node, place.instance);
        let expansion = self.blocks[node].get(place.instance).and_then(|b| b.expansion.as_ref());
        let expanded = expansion.and_then(|e| e.find(address.key.as_ref()).cloned());
        let Some(expanded) = expanded else { return Err(diagnostics) };
        let (instance, found) = self.body(node, place, resource, &expanded);
        diagnostics.append(self.modules.with_calls(place.module, found));
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(instance) }
    }

    /// The values of the root's variables that somebody gave, by name.
    pub fn inputs(&self) -> BTreeMap<String, Value> {
        let given = self.assignments.keys().filter_map(|name| {
            let node = self.nodes.find(0, &Subject::Variable(name.as_str().into()))?;
            if !self.is_settled(node, 0) {
                // What is wrong with it was told when the whole was evaluated.
                drop(self.ensure(node, 0));
                drop(self.settle(node, 0));
            }
            Some((name.clone(), self.value_of(node, 0)?))
        });
        given.collect()
    }

    /// What the postconditions of an instance find, now that it is known what it is.
    pub fn judge(&self, address: &Address) -> Diagnostics {
        let Some((node, place)) = self.locate(address) else { return Diagnostics::new() };
        let Node::Resource(resource) = self.nodes.get(node) else { return Diagnostics::new() };
        let Some(block) = self.blocks[node].get(place.instance) else { return Diagnostics::new() };
        let expanded = block.expansion.as_ref().and_then(|e| e.find(address.key.as_ref()));
        let (Some(expanded), Some(value)) = (expanded, block.values.get(&address.key)) else {
            return Diagnostics::new();
        };
        self.modules.with_calls(place.module, self.postconditions(place, resource, expanded, value))
    }

    /// What the `check` blocks find, with what is known now.
    pub fn checks(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        for node in self.nodes.order().iter().filter(|n| matches!(self.nodes.get(**n), Node::Check(_))) {
            for instance in 0..self.instances_of(self.nodes.module(*node)) {
                diagnostics.append(self.ensure(*node, instance));
                diagnostics.append(self.settle(*node, instance));
            }
        }
        diagnostics
    }

    /// Evaluates all that a node needs in one instance of its module, each once, first things first.
    fn ensure(&self, node: usize, instance: usize) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        // A call that is not expanded yet hides what stands behind it, so there may be several rounds.
        loop {
            let missing = self.missing(node, instance);
            if missing.is_empty() {
                return diagnostics;
            }
            for (_, node, instance) in missing {
                if !self.is_settled(node, instance) {
                    diagnostics.append(self.settle(node, instance));
                }
            }
        }
    }

    /// What has no value yet of all that a node needs, by rank.
    fn missing(&self, node: usize, instance: usize) -> BTreeSet<(usize, usize, usize)> {
        let mut missing = BTreeSet::new();
        let mut stack = vec![(node, instance)];
        while let Some((node, instance)) = stack.pop() {
            for needed in self.nodes.needs(node) {
                // The values of resources are set from outside.
                if matches!(self.nodes.get(*needed), Node::Resource(_)) || self.nodes.rank(*needed) == usize::MAX {
                    continue;
                }
                for other in self.related(self.nodes.module(node), instance, self.nodes.module(*needed)) {
                    let entry = (self.nodes.rank(*needed), *needed, other);
                    if !self.is_settled(*needed, other) && missing.insert(entry) {
                        stack.push((*needed, other));
                    }
                }
            }
        }
        missing
    }

    /// The instances of another module that one in this module has to do with: its caller's, or those it calls.
    fn related(&self, module: usize, instance: usize, other: usize) -> Vec<usize> {
        if module == other {
            return vec![instance];
        }
        if self.modules.get(module).caller.is_some_and(|(caller, _)| caller == other) {
            return vec![self.at(Place { module, instance }).caller];
        }
        if self.modules.get(other).caller.is_some_and(|(caller, _)| caller == module) {
            let instances = self.instances.borrow();
            let called = instances[other].of_caller(instance);
            return called.map(|(e, first)| (*first..first + e.instances().count()).collect()).unwrap_or_default();
        }
        // Farther modules are named by depends_on, which asks for no values.
        Vec::new()
    }

    /// The outputs of the root module by name. Evaluated once; after [`Evaluation::forget_derived`], again.
    pub fn outputs(&self) -> (BTreeMap<String, Value>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut outputs = BTreeMap::new();
        for node in self.nodes.order() {
            let Node::Output(output) = self.nodes.get(*node) else { continue };
            if self.nodes.module(*node) != 0 {
                continue;
            }
            if !self.is_settled(*node, 0) {
                diagnostics.append(self.ensure(*node, 0));
                diagnostics.append(self.settle(*node, 0));
            }
            let value = self.value_of(*node, 0).unwrap_or_else(|| Value::unknown(Type::Any));
            outputs.insert(output.name.text.to_string(), value);
        }
        (outputs, diagnostics)
    }

    /// The value of an expression at a place, for an instance of a block there or outside any.
    fn expression(&self, place: Place, expr: &Expr, instance: Option<&Expanded>) -> (Value, Diagnostics) {
        names::Names::at(self, place).of(instance).evaluate(expr)
    }

    /// The names an expression of the root module may use.
    pub fn scope(&self) -> impl crate::lang::eval::Scope + '_ {
        names::Names::at(self, Place::ROOT)
    }

    /// Attributes (names of the top level) of a block's instances that the configuration states or reads.
    pub fn wanted(&self, block: &Address) -> BTreeSet<Arc<str>> {
        let wanted = self.wanted.get_or_init(|| Wanted::of(&self.modules));
        self.modules.find(&block.module).map(|m| wanted.by_block(m, &declared(block))).unwrap_or_default()
    }

    /// What every block refers to, by block: as seen from an instance of it.
    pub fn dependencies(&self, block: &Address) -> Vec<Address> {
        let Some(module) = self.modules.find(&block.module) else { return Vec::new() };
        let node = self.nodes.find(module, &Subject::Resource(declared(block)));
        node.map(|n| self.blocks_before(n, &block.module)).unwrap_or_default()
    }

    fn blocks_before(&self, node: usize, from: &[ModuleStep]) -> Vec<Address> {
        let address = |n: &usize| match self.nodes.get(*n) {
            Node::Resource(r) => Some(self.modules.seen_from(from, self.nodes.module(*n), &r.address)),
            _ => None,
        };
        let found: BTreeSet<Address> = self.nodes.blocks_before(node).iter().filter_map(address).collect();
        found.into_iter().collect()
    }
}

/// The block within its module.
fn declared(address: &Address) -> Address {
    Address { module: Vec::new(), ..address.block() }
}
