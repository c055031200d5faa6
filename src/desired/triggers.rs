//! What `replace_triggered_by` and `depends_on` name, as addresses of instances.

use crate::address::{Address, InstanceKey, ModuleStep};
use crate::config::{Resource, Subject};
use crate::diag::{Code, Diagnostic};
use crate::lang::syntax::ast::{Expr, ExprKind, Ident};

use super::instance::Reading;
use super::modules::Place;
use super::nodes::{Node, subject_of};
use super::{Evaluation, Trigger};

impl Reading<'_, '_> {
    /// The things whose changes replace the instance.
    pub(super) fn triggers(&mut self, expressions: &[Expr], module: &[ModuleStep]) -> Vec<Trigger> {
        expressions.iter().filter_map(|expr| self.trigger(expr, module)).collect()
    }

    /// A resource, one of its instances, or an attribute of either.
    fn trigger(&mut self, expr: &Expr, module: &[ModuleStep]) -> Option<Trigger> {
        let (mut names, mut keys) = (Vec::new(), Vec::new());
        let mut at = expr;
        loop {
            match &at.kind {
                ExprKind::Variable(text) => {
                    names.push(Ident { text: text.clone(), span: at.span });
                    break;
                }
                ExprKind::Attr { base, name } => {
                    names.push(name.clone());
                    at = base;
                }
                ExprKind::Index { base, key } => {
                    keys.push((names.len(), &**key));
                    at = base;
                }
                _ => return self.not_a_trigger(expr, "It consists of more than names and indexes."),
            }
        }
        names.reverse();
        let Some((Subject::Resource(block), taken)) = subject_of(&names) else {
            return self.not_a_trigger(expr, "It names no resource.");
        };
        // Counted from the end, the index of the instance stands behind the names of the block.
        let own = keys.iter().find(|(behind, _)| names.len() - behind == taken);
        let key = match own {
            None => None,
            Some((_, key)) => match self.key(key) {
                Some(key) => Some(key),
                None => return self.not_a_trigger(expr, "The index is neither a known text nor a known whole number."),
            },
        };
        let attribute: Vec<&str> = names[taken..].iter().map(|n| &*n.text).collect();
        Some(Trigger {
            address: Address { module: module.to_vec(), key, ..block },
            attribute: (!attribute.is_empty()).then(|| attribute.join(".")),
            span: expr.span,
        })
    }

    fn key(&mut self, key: &Expr) -> Option<InstanceKey> {
        let (value, found) = self.names.evaluate(key);
        self.diagnostics.append(found);
        let value = value.unmark_deep().0;
        let index = || value.as_i64().and_then(|i| u64::try_from(i).ok()).map(InstanceKey::Index);
        value.as_str().map(|name| InstanceKey::Name(name.to_owned())).or_else(index)
    }

    fn not_a_trigger(&mut self, expr: &Expr, why: &str) -> Option<Trigger> {
        self.diagnostics.push(
            Diagnostic::error(Code("HW0241"), "Invalid replace_triggered_by expression")
                .with_detail(why)
                .with_label(expr.span, "not a resource")
                .with_help("Name a managed resource, one of its instances or its attributes: terraform_data.version, service.main[0].region."),
        );
        None
    }
}

impl Evaluation<'_> {
    /// The blocks that `depends_on` of a data source, and of the calls around its module, name.
    pub(super) fn awaited(&self, place: Place, resource: &Resource) -> Vec<Address> {
        let steps = &self.at(place).steps;
        let mut nodes = self.nodes.needed(place.module, &[], &resource.depends_on, &self.modules);
        nodes.extend(self.nodes.awaited_by_calls(place.module, &self.modules));
        let address = |node: usize| match self.nodes.get(node) {
            Node::Resource(r) => Some(self.modules.seen_from(steps, self.nodes.module(node), &r.address)),
            _ => None,
        };
        nodes.into_iter().filter_map(address).collect()
    }
}
