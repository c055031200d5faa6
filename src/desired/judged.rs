//! What the conditions of the configuration say once everything is evaluated, and values for those who show a plan.

use std::collections::BTreeMap;

use crate::address::{Address, module_text};
use crate::config::{Resource, Rule};
use crate::lang::eval::evaluate;
use crate::lang::value::convert::convert;
use crate::lang::value::{Type, Value};
use crate::plan::sheet::{Judged, Judgement, Verdict};

use super::Evaluation;
use super::modules::Place;
use super::names::Names;
use super::nodes::Node;

impl Evaluation<'_> {
    /// What references to an instance give, where that is known.
    pub fn value(&self, address: &Address) -> Option<&Value> {
        let (node, place) = self.locate(address)?;
        self.blocks[node].get(place.instance)?.values.get(&address.key)
    }

    /// Whether the instance of the module that an address names is there.
    pub fn has_module(&self, address: &Address) -> bool {
        self.locate(address).is_some()
    }

    /// The values of the root's variables, by name.
    pub fn variables(&self) -> BTreeMap<String, Value> {
        let of = |node: &usize| match self.nodes.get(*node) {
            Node::Variable(v) if self.nodes.module(*node) == 0 => {
                Some((v.name.text.to_string(), self.value_of(*node, 0)?))
            }
            _ => None,
        };
        self.nodes.order().iter().filter_map(of).collect()
    }

    /// What every condition says, in every instance of what it stands in. Only what was evaluated is judged.
    pub fn judgements(&self) -> Vec<Judgement> {
        let mut all = Vec::new();
        for node in self.nodes.order() {
            let module = self.nodes.module(*node);
            for instance in 0..self.instances_of(module) {
                self.judge_node(*node, Place { module, instance }, &mut all);
            }
        }
        all
    }

    fn judge_node(&self, node: usize, place: Place, all: &mut Vec<Judgement>) {
        let here = Names::at(self, place);
        let (sort, name, rules) = match self.nodes.get(node) {
            Node::Check(check) => (Judged::Check, &check.name.text, &check.asserts),
            Node::Output(output) => (Judged::OutputValue, &output.name.text, &output.preconditions),
            Node::Variable(variable) => (Judged::Variable, &variable.name.text, &variable.validations),
            Node::Resource(resource) => return self.judge_resource(node, place, resource, all),
            _ => return,
        };
        if rules.is_empty() || !self.is_settled(node, place.instance) {
            return;
        }
        let verdicts = rules.iter().map(|rule| verdict(rule, &here)).collect();
        all.push(judgement(sort, module_text(&self.at(place).steps), name.to_string(), verdicts));
    }

    fn judge_resource(&self, node: usize, place: Place, resource: &Resource, all: &mut Vec<Judgement>) {
        let (before, after) = (&resource.lifecycle.preconditions, &resource.lifecycle.postconditions);
        let Some(block) = self.blocks[node].get(place.instance).filter(|_| !before.is_empty() || !after.is_empty())
        else {
            return;
        };
        let steps = &self.at(place).steps;
        for expanded in block.expansion.iter().flat_map(|e| e.instances()) {
            let Some(value) = block.values.get(&expanded.key) else { continue };
            let names = Names::at(self, place).of(Some(expanded));
            let mut verdicts: Vec<_> = before.iter().map(|rule| verdict(rule, &names)).collect();
            verdicts.extend(after.iter().map(|rule| verdict(rule, &names.with_self(value))));
            let address = Address { module: steps.clone(), key: expanded.key.clone(), ..resource.address.clone() };
            all.push(judgement(Judged::Resource, module_text(steps), address.to_string(), verdicts));
        }
    }
}

fn judgement(sort: Judged, module: String, name: String, verdicts: Vec<(Verdict, Option<String>)>) -> Judgement {
    let worst = verdicts.iter().map(|(verdict, _)| *verdict).max().unwrap_or(Verdict::Pass);
    Judgement { sort, module, name, verdict: worst, problems: verdicts.into_iter().filter_map(|(_, p)| p).collect() }
}

/// Whether a condition holds, and the message when it does not.
fn verdict(rule: &Rule, scope: &Names<'_, '_>) -> (Verdict, Option<String>) {
    let (condition, found) = evaluate(&rule.condition, scope);
    if found.has_errors() {
        return (Verdict::Error, None);
    }
    let Ok(holds) = convert(&condition.unmark_deep().0, &Type::Bool) else { return (Verdict::Error, None) };
    match holds.as_bool() {
        Some(true) => (Verdict::Pass, None),
        Some(false) => {
            let (message, _) = evaluate(&rule.error_message, scope);
            let shown = message.as_str().filter(|_| !message.contains_marks());
            let text = shown.unwrap_or("The message refers to sensitive values and is not shown.");
            (Verdict::Fail, Some(text.to_owned()))
        }
        None if holds.is_known() => (Verdict::Error, None),
        None => (Verdict::Unknown, None),
    }
}
