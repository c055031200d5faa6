//! The tree of module calls as a list, and the instances each call has.
//!
//! A module is known by its index; the root is 0, and callers come before what they call. Must not know what stands in a
//! module besides its calls.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::address::{Address, ModuleStep, module_text};
use crate::config::{CloudChoice, Module, ModuleCall, ModuleTree};
use crate::diag::{Diagnostic, Diagnostics};
use crate::lang::recursion::recurse;

use super::expand::{Expanded, Expansion};

/// One instance of one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub module: usize,
    pub instance: usize,
}

impl Place {
    pub const ROOT: Self = Self { module: 0, instance: 0 };
}

/// A module and the call that leads to it.
#[derive(Debug)]
pub(super) struct Called<'c> {
    pub module: &'c Module,
    /// The names of the calls from the root.
    pub names: Vec<Arc<str>>,
    /// The calling module and the call; nothing for the root.
    pub caller: Option<(usize, &'c ModuleCall)>,
    pub calls: BTreeMap<&'c str, usize>,
}

#[derive(Debug)]
pub(super) struct Modules<'c>(Vec<Called<'c>>);

impl<'c> Modules<'c> {
    pub fn of(tree: &'c ModuleTree) -> Self {
        let mut modules = Self(Vec::new());
        modules.add(tree, Vec::new(), None);
        modules
    }

    fn add(&mut self, tree: &'c ModuleTree, names: Vec<Arc<str>>, caller: Option<(usize, &'c ModuleCall)>) -> usize {
        let index = self.0.len();
        self.0.push(Called { module: &tree.module, names, caller, calls: BTreeMap::new() });
        for (name, inner) in &tree.calls {
            let Some(call) = tree.module.module_calls.get(name) else { continue };
            let mut path = self.0[index].names.clone();
            path.push(Arc::clone(name));
            let child = recurse(|| self.add(inner, path, Some((index, call))));
            self.0[index].calls.insert(name, child);
        }
        index
    }

    pub fn get(&self, index: usize) -> &Called<'c> {
        &self.0[index]
    }

    pub fn module(&self, index: usize) -> &'c Module {
        self.0[index].module
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The module these steps lead to, whatever their keys.
    pub fn find(&self, steps: &[ModuleStep]) -> Option<usize> {
        steps.iter().try_fold(0, |at, step| self.0[at].calls.get(&*step.name).copied())
    }

    /// The module and all modules below it.
    pub fn within(&self, module: usize) -> impl Iterator<Item = usize> + '_ {
        let names = &self.0[module].names;
        (module..self.0.len()).take_while(move |m| self.0[*m].names.starts_with(names))
    }

    /// The label of the root's `cloud` block that a choice in a module leads to; empty for the one without a label.
    /// Callers pass clouds under other names, or leave it at handing theirs down.
    pub fn cloud(&self, module: usize, choice: Option<&CloudChoice>) -> String {
        let mut label: Option<Arc<str>> = choice.and_then(|c| c.label.clone());
        let mut at = module;
        while let Some((caller, call)) = self.0[at].caller {
            label = call.clouds.get(&label).map_or(label, |passed| passed.label.clone());
            at = caller;
        }
        label.map(|l| l.to_string()).unwrap_or_default()
    }

    /// The findings, with the chain of calls that leads to the module.
    pub fn with_calls(&self, module: usize, found: Diagnostics) -> Diagnostics {
        if module == 0 || found.is_empty() {
            return found;
        }
        found.into_iter().map(|d| self.with_chain(module, d)).collect()
    }

    fn with_chain(&self, module: usize, mut diagnostic: Diagnostic) -> Diagnostic {
        let mut at = module;
        while let Some((caller, call)) = self.0[at].caller {
            let name = module_text(&self.steps(at));
            if !diagnostic.labels.iter().any(|l| l.span == call.span) {
                diagnostic = diagnostic.with_label(call.span, format!("in {name}, called here"));
            }
            at = caller;
        }
        diagnostic
    }

    /// The steps to a module, without keys.
    pub fn steps(&self, module: usize) -> Vec<ModuleStep> {
        self.0[module].names.iter().map(|n| ModuleStep { name: n.to_string(), key: None }).collect()
    }

    /// The address of another module's block as an instance at `from` sees it: the modules that both are in have the
    /// same keys, the others any.
    pub fn seen_from(&self, from: &[ModuleStep], module: usize, block: &Address) -> Address {
        let mut steps = self.steps(module);
        for (step, own) in steps.iter_mut().zip(from) {
            if step.name != own.name {
                break;
            }
            step.key.clone_from(&own.key);
        }
        Address { module: steps, ..block.clone() }
    }
}

/// One instance of a module.
#[derive(Debug, Clone)]
pub(super) struct ModuleInstance {
    pub steps: Vec<ModuleStep>,
    /// Which instance of the calling module calls it.
    pub caller: usize,
    /// What `each` and `count` give in the arguments of the call.
    pub expanded: Expanded,
    /// It, or a module around it, stands for a number of instances that is not known yet.
    pub open: bool,
}

/// The instances of one module.
#[derive(Debug, Default)]
pub(super) struct ModuleInstances {
    all: Vec<Arc<ModuleInstance>>,
    /// By the instance of the caller: how the call was expanded, and where its instances begin.
    calls: BTreeMap<usize, (Expansion, usize)>,
    by_steps: HashMap<Vec<ModuleStep>, usize>,
}

impl ModuleInstances {
    pub fn root() -> Self {
        let expanded = Expanded { key: None, each: None, open: false };
        let mut instances = Self::default();
        instances.push(ModuleInstance { steps: Vec::new(), caller: 0, expanded, open: false });
        instances
    }

    fn push(&mut self, instance: ModuleInstance) {
        self.by_steps.insert(instance.steps.clone(), self.all.len());
        self.all.push(Arc::new(instance));
    }

    /// The instances one call has.
    pub fn add(&mut self, (caller, outer): (usize, &ModuleInstance), name: &str, expansion: Expansion) {
        let first = self.all.len();
        for expanded in expansion.instances() {
            let mut steps = outer.steps.clone();
            steps.push(ModuleStep { name: name.to_owned(), key: expanded.key.clone() });
            let open = outer.open || expanded.open;
            self.push(ModuleInstance { steps, caller, expanded: expanded.clone(), open });
        }
        self.calls.insert(caller, (expansion, first));
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn get(&self, instance: usize) -> Arc<ModuleInstance> {
        Arc::clone(&self.all[instance])
    }

    /// How a call was expanded, with the index of its first instance; nothing before it was reached.
    pub fn of_caller(&self, caller: usize) -> Option<&(Expansion, usize)> {
        self.calls.get(&caller)
    }

    pub fn find(&self, steps: &[ModuleStep]) -> Option<usize> {
        self.by_steps.get(steps).copied()
    }
}
