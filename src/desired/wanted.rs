//! Which attributes of a block somebody states or reads: only these have to be observed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::address::Address;
use crate::config::{Module, Subject};
use crate::kinds;
use crate::lang::eval::references;
use crate::lang::syntax::ast::{Expr, ExprKind, Ident, ObjectKey, TemplatePart};

use super::modules::Modules;
use super::nodes::{body_expressions, subject_of};

/// Names of the top level, by module and block. A reference that takes the block as a whole reads every attribute that
/// the same expression takes from anything; if it takes none, it reads all.
#[derive(Debug, Default)]
pub(super) struct Wanted(HashMap<(usize, Address), BTreeSet<Arc<str>>>);

impl Wanted {
    pub fn of(modules: &Modules<'_>) -> Self {
        let mut wanted = Self::default();
        for index in 0..modules.len() {
            let module = modules.module(index);
            let scoped = module.checks.values().filter_map(|c| c.data.as_ref());
            for resource in module.resources.values().chain(scoped) {
                let names = wanted.0.entry((index, resource.address.clone())).or_default();
                names.extend(resource.body.attributes().map(|a| a.name.text.clone()));
                names.extend(resource.body.blocks().map(|b| b.keyword.text.clone()));
                for expr in resource.lifecycle.postconditions.iter().flat_map(|r| [&r.condition, &r.error_message]) {
                    names.extend(own_names(expr));
                }
            }
            for expr in expressions(module) {
                wanted.read(index, expr);
            }
        }
        wanted
    }

    pub fn by_block(&self, module: usize, block: &Address) -> BTreeSet<Arc<str>> {
        self.0.get(&(module, block.clone())).cloned().unwrap_or_default()
    }

    fn read(&mut self, module: usize, expr: &Expr) {
        for reference in references(expr) {
            let Some((Subject::Resource(address), taken)) = subject_of(&reference.path) else { continue };
            let names: Vec<Arc<str>> = match reference.path.get(taken) {
                Some(name) => vec![name.text.clone()],
                None => taken_anywhere(expr, &address).into_iter().collect(),
            };
            self.0.entry((module, address)).or_default().extend(names);
        }
    }
}

/// What an expression takes from `self`.
fn own_names(expr: &Expr) -> Vec<Arc<str>> {
    let own = |path: &[Ident]| (&*path.first()?.text == "self").then(|| path.get(1).map(|i| i.text.clone()))?;
    references(expr).iter().filter_map(|r| own(&r.path)).collect()
}

fn expressions(module: &Module) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = Vec::new();
    all.extend(module.locals.values().map(|l| &l.value));
    all.extend(module.outputs.values().map(|o| &o.value));
    all.extend(module.outputs.values().flat_map(|o| o.preconditions.iter().map(|r| &r.condition)));
    all.extend(module.checks.values().flat_map(|c| c.asserts.iter().map(|r| &r.condition)));
    for call in module.module_calls.values() {
        all.extend(call.count.iter().chain(&call.for_each));
        all.extend(body_expressions(&call.inputs));
    }
    for resource in module.resources.values() {
        all.extend(resource.count.iter().chain(&resource.for_each));
        all.extend(body_expressions(&resource.body));
        let lifecycle = &resource.lifecycle;
        all.extend(lifecycle.preconditions.iter().chain(&lifecycle.postconditions).map(|r| &r.condition));
        all.extend(&lifecycle.replace_triggered_by);
    }
    all
}

fn taken_anywhere(expr: &Expr, block: &Address) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    attribute_names(expr, &mut names);
    let schema = kinds::schema_of(block);
    let of_kind = |name: &Arc<str>| schema.is_some_and(|s| s.attribute(name).is_some());
    names.retain(of_kind);
    if names.is_empty() {
        names.extend(schema.iter().flat_map(|s| s.attributes.iter().map(|a| Arc::from(a.name))));
    }
    names
}

/// All names that follow a dot anywhere in an expression.
fn attribute_names(expr: &Expr, out: &mut BTreeSet<Arc<str>>) {
    let mut stack = vec![expr];
    while let Some(expr) = stack.pop() {
        match &expr.kind {
            ExprKind::Attr { base, name } => {
                out.insert(name.text.clone());
                stack.push(base);
            }
            ExprKind::Index { base, key } => stack.extend([&**base, &**key]),
            ExprKind::Splat { source, each, .. } => stack.extend([&**source, &**each]),
            ExprKind::Tuple(items) => stack.extend(items),
            ExprKind::Object(items) => {
                for item in items {
                    stack.push(&item.value);
                    if let ObjectKey::Expr(key) = &item.key {
                        stack.push(key);
                    }
                }
            }
            ExprKind::Call { args, .. } => stack.extend(args),
            ExprKind::Unary { operand, .. } => stack.push(operand),
            ExprKind::Binary { left, right, .. } => stack.extend([&**left, &**right]),
            ExprKind::Conditional { condition, if_true, if_false } => {
                stack.extend([&**condition, &**if_true, &**if_false])
            }
            ExprKind::For(f) => {
                stack.extend([&f.collection, &f.value]);
                stack.extend(f.key.iter().chain(&f.condition));
            }
            ExprKind::Paren(inner) => stack.push(inner),
            ExprKind::Template(template) => template_names(&template.parts, &mut stack),
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Variable(_)
            | ExprKind::SplatItem
            | ExprKind::Invalid => {}
        }
    }
}

fn template_names<'e>(parts: &'e [TemplatePart], stack: &mut Vec<&'e Expr>) {
    for part in parts {
        match part {
            TemplatePart::Literal { .. } => {}
            TemplatePart::Interpolation(expr) => stack.push(expr),
            TemplatePart::If(directive) => {
                stack.push(&directive.condition);
                crate::lang::recursion::recurse(|| template_names(&directive.if_true, stack));
                crate::lang::recursion::recurse(|| template_names(&directive.if_false, stack));
            }
            TemplatePart::For(directive) => {
                stack.push(&directive.collection);
                crate::lang::recursion::recurse(|| template_names(&directive.body, stack));
            }
        }
    }
}
