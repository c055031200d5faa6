//! What an expression refers to and calls, found without evaluating it.

use std::sync::Arc;

use crate::lang::syntax::ast::{
    Expr, ExprKind, For, Ident, ObjectKey, Template, TemplateFor, TemplateIf, TemplatePart,
};

use super::recurse;

/// One use of a name from outside the expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The leading identifiers of the traversal, root first: `service.x[0].id` gives `service`, `x`.
    pub path: Vec<Ident>,
}

/// The names an expression uses, in source order, repetitions included. Variables of `for` are not among them.
pub fn references(expr: &Expr) -> Vec<Reference> {
    let mut walker = Walker::default();
    walker.expr(expr);
    walker.references
}

/// The names a template uses.
pub fn template_references(template: &Template) -> Vec<Reference> {
    let mut walker = Walker::default();
    walker.parts(&template.parts);
    walker.references
}

/// The functions an expression calls, in source order, repetitions included.
pub fn calls(expr: &Expr) -> Vec<Ident> {
    let mut walker = Walker::default();
    walker.expr(expr);
    walker.calls
}

#[derive(Default)]
struct Walker {
    references: Vec<Reference>,
    calls: Vec<Ident>,
    /// Variables of the surrounding `for`s.
    bound: Vec<Arc<str>>,
}

impl Walker {
    fn expr(&mut self, expr: &Expr) {
        recurse(|| self.visit(expr));
    }

    fn visit(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::SplatItem | ExprKind::Invalid => {}
            ExprKind::Template(template) => self.parts(&template.parts),
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Object(items) => {
                for item in items {
                    if let ObjectKey::Expr(key) = &item.key {
                        self.expr(key);
                    }
                    self.expr(&item.value);
                }
            }
            ExprKind::Variable(_) | ExprKind::Attr { .. } | ExprKind::Index { .. } => self.chain(expr),
            ExprKind::Splat { source, each, .. } => {
                self.expr(source);
                self.expr(each);
            }
            ExprKind::Call { name, args, .. } => {
                self.calls.push(name.clone());
                args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Conditional { condition, if_true, if_false } => {
                [condition, if_true, if_false].into_iter().for_each(|e| self.expr(e));
            }
            ExprKind::For(f) => self.for_expr(f),
            ExprKind::Paren(inner) => self.expr(inner),
        }
    }

    /// A name with the attributes and indexes that follow it.
    fn chain(&mut self, expr: &Expr) {
        let mut names: Vec<&Ident> = Vec::new();
        let mut keys: Vec<&Expr> = Vec::new();
        let mut at = expr;
        loop {
            match &at.kind {
                ExprKind::Attr { base, name } => {
                    names.push(name);
                    at = base;
                }
                ExprKind::Index { base, key } => {
                    names.clear();
                    keys.push(key);
                    at = base;
                }
                _ => break,
            }
        }
        match &at.kind {
            ExprKind::Variable(root) if self.bound.contains(root) => {}
            ExprKind::Variable(root) => {
                let mut path = vec![Ident { text: root.clone(), span: at.span }];
                path.extend(names.into_iter().rev().cloned());
                self.references.push(Reference { path });
            }
            _ => self.expr(at),
        }
        keys.into_iter().rev().for_each(|key| self.expr(key));
    }

    fn for_expr(&mut self, f: &For) {
        self.expr(&f.collection);
        self.within(f.key_var.as_ref(), &f.value_var, |w| {
            for e in f.key.iter().chain([&f.value]).chain(&f.condition) {
                w.expr(e);
            }
        });
    }

    fn within(&mut self, key: Option<&Ident>, value: &Ident, walk: impl FnOnce(&mut Self)) {
        let before = self.bound.len();
        self.bound.extend(key.into_iter().chain([value]).map(|name| name.text.clone()));
        walk(self);
        self.bound.truncate(before);
    }

    fn parts(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal { .. } => {}
                TemplatePart::Interpolation(expr) => self.expr(expr),
                TemplatePart::If(directive) => recurse(|| self.template_if(directive)),
                TemplatePart::For(directive) => recurse(|| self.template_for(directive)),
            }
        }
    }

    fn template_if(&mut self, directive: &TemplateIf) {
        self.expr(&directive.condition);
        self.parts(&directive.if_true);
        self.parts(&directive.if_false);
    }

    fn template_for(&mut self, directive: &TemplateFor) {
        self.expr(&directive.collection);
        self.within(directive.key_var.as_ref(), &directive.value_var, |w| w.parts(&directive.body));
    }
}
