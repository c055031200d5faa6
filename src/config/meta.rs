//! What resources, data sources and module calls have in common, whatever their kind.

use std::sync::Arc;

use crate::address::{Address, Mode};
use crate::diag::{Diagnostics, Span};
use crate::lang::syntax::ast::{Attribute, Block, Expr, ExprKind, Ident};

use super::constants::written_list;
use super::declarations::{CloudChoice, Dependency, IgnoreChanges, Lifecycle, Resource, Rule};
use super::fields::Fields;
use super::messages;
use super::reference::{Subject, leading_names};

/// `count` and `for_each`, which exclude each other.
pub(super) fn repetition(fields: &mut Fields, diagnostics: &mut Diagnostics) -> (Option<Expr>, Option<Expr>) {
    let (count, for_each) = (fields.take("count"), fields.take("for_each"));
    if let (Some(count), Some(for_each)) = (&count, &for_each) {
        diagnostics.push(messages::count_with_for_each(count.name.span, for_each.name.span));
    }
    (count.map(|a| a.expr), for_each.map(|a| a.expr))
}

pub(super) fn depends_on(fields: &mut Fields, diagnostics: &mut Diagnostics) -> Vec<Dependency> {
    let Some(list) = fields.expr("depends_on") else { return Vec::new() };
    let items = written_list(&list, "depends_on", "[service.main]", diagnostics);
    items.iter().filter_map(|item| dependency(item, diagnostics)).collect()
}

fn dependency(item: &Expr, diagnostics: &mut Diagnostics) -> Option<Dependency> {
    let Some(names) = leading_names(item) else {
        let detail = "An entry of depends_on is a reference, not a value that is computed.";
        diagnostics.push(messages::invalid_dependency(item.span, detail));
        return None;
    };
    let path: Vec<&str> = names.iter().map(|n| &*n.text).collect();
    let subject = Subject::of(&path);
    let detail = match &subject {
        Some((Subject::Resource(_) | Subject::Module(_) | Subject::Variable(_) | Subject::Local(_), taken)) => {
            let is_whole = *taken == path.len() && !has_attribute_behind_index(item);
            (!is_whole).then_some("An entry names the whole, not one of its attributes.")
        }
        _ => Some("An entry names a resource, a data source or a module."),
    };
    if let Some(detail) = detail {
        diagnostics.push(messages::invalid_dependency(item.span, detail));
        return None;
    }
    subject.map(|(subject, _)| Dependency { subject, span: item.span })
}

/// `service.x[0].id`
fn has_attribute_behind_index(expr: &Expr) -> bool {
    let mut at = expr;
    while let ExprKind::Attr { base, .. } = &at.kind {
        at = base;
    }
    matches!(at.kind, ExprKind::Index { .. } | ExprKind::Splat { .. }) && matches!(expr.kind, ExprKind::Attr { .. })
}

/// `cloud = "eu"`, `cloud = cloud.eu` or `provider = clickhouse.eu`.
pub(super) fn cloud_choice(fields: &mut Fields, diagnostics: &mut Diagnostics) -> Option<CloudChoice> {
    let (cloud, provider) = (fields.take("cloud"), fields.take("provider"));
    let Attribute { name, expr, .. } = cloud.or(provider)?;
    let found = choice(&expr);
    if found.is_none() && expr.kind != ExprKind::Invalid {
        let example = if &*name.text == "cloud" { "cloud = \"name\"" } else { "provider = clickhouse.name" };
        diagnostics.push(messages::invalid_cloud(expr.span, example));
    }
    found
}

/// `"eu"`, `cloud`, `cloud.eu`, `clickhouse` or `clickhouse.eu`.
pub(super) fn choice(expr: &Expr) -> Option<CloudChoice> {
    let label = match &expr.kind {
        ExprKind::Variable(root) if is_cloud_root(root) => None,
        ExprKind::Template(text) => Some(Arc::from(text.literal()?)),
        ExprKind::Attr { base, name } => match &base.kind {
            ExprKind::Variable(root) if is_cloud_root(root) => Some(Arc::clone(&name.text)),
            _ => return None,
        },
        _ => return None,
    };
    Some(CloudChoice { label, span: expr.span })
}

fn is_cloud_root(name: &str) -> bool {
    matches!(name, "cloud" | "clickhouse")
}

/// `validation`, `precondition`, `postcondition` and `assert` blocks.
pub(super) fn rules(blocks: Vec<Block>, what: &'static str, diagnostics: &mut Diagnostics) -> Vec<Rule> {
    let mut rules = Vec::new();
    for block in blocks {
        let mut fields = Fields::new(what, block.header, block.body);
        let condition = fields.required("condition", diagnostics);
        let error_message = fields.required("error_message", diagnostics);
        fields.finish(diagnostics);
        if let (Some(condition), Some(error_message)) = (condition, error_message) {
            rules.push(Rule { condition, error_message, span: block.header });
        }
    }
    rules
}

pub(super) fn lifecycle(fields: &mut Fields, mode: Mode, diagnostics: &mut Diagnostics) -> Lifecycle {
    let Some(block) = fields.block("lifecycle", diagnostics) else { return Lifecycle::default() };
    let mut inner = Fields::new("a lifecycle block", block.header, block.body);
    let mut lifecycle = Lifecycle { span: Some(block.header), ..Lifecycle::default() };
    if mode == Mode::Managed {
        lifecycle.prevent_destroy = inner.expr("prevent_destroy");
        lifecycle.create_before_destroy = inner.expr("create_before_destroy");
        lifecycle.ignore_changes = ignore_changes(inner.expr("ignore_changes"), diagnostics);
        lifecycle.replace_triggered_by = inner.expr("replace_triggered_by").map_or_else(Vec::new, |list| {
            written_list(&list, "replace_triggered_by", "[terraform_data.version]", diagnostics).to_vec()
        });
    }
    lifecycle.preconditions = rules(inner.blocks("precondition"), "a precondition block", diagnostics);
    lifecycle.postconditions = rules(inner.blocks("postcondition"), "a postcondition block", diagnostics);
    inner.finish(diagnostics);
    lifecycle
}

fn ignore_changes(expr: Option<Expr>, diagnostics: &mut Diagnostics) -> IgnoreChanges {
    match expr {
        None => IgnoreChanges::Nothing,
        Some(expr) if matches!(&expr.kind, ExprKind::Variable(word) if &**word == "all") => IgnoreChanges::All,
        Some(list) => {
            let items = written_list(&list, "ignore_changes", "[tags] or all", diagnostics);
            IgnoreChanges::Paths(items.to_vec())
        }
    }
}

/// `shared = ["ip_access"]`: names of attributes, in quotes or bare.
fn shared(fields: &mut Fields, diagnostics: &mut Diagnostics) -> Vec<Ident> {
    let Some(list) = fields.expr("shared") else { return Vec::new() };
    let items = written_list(&list, "shared", "[\"ip_access\"]", diagnostics);
    let mut names = Vec::new();
    for item in items {
        let text = match &item.kind {
            ExprKind::Variable(name) => Some(name.clone()),
            ExprKind::Template(template) => template.literal().map(Arc::from),
            _ => None,
        };
        match text {
            Some(text) => names.push(Ident { text, span: item.span }),
            None => diagnostics.push(messages::not_an_attribute_name(item.span, "shared")),
        }
    }
    names
}

/// A managed resource or data source whose header was read.
pub(super) fn resource(
    mode: Mode,
    kind: &Ident,
    name: Ident,
    header: Span,
    body: crate::lang::syntax::ast::Body,
    diagnostics: &mut Diagnostics,
) -> Resource {
    let mut fields = Fields::new("a resource block", header, body);
    let (count, for_each) = repetition(&mut fields, diagnostics);
    let depends_on = depends_on(&mut fields, diagnostics);
    let cloud = cloud_choice(&mut fields, diagnostics);
    let lifecycle = lifecycle(&mut fields, mode, diagnostics);
    let shared = if mode == Mode::Managed { shared(&mut fields, diagnostics) } else { Vec::new() };
    for keyword in ["provisioner", "connection"] {
        for block in fields.blocks(keyword) {
            let help = "run the command outside, with values from `housewright output`";
            diagnostics.push(messages::not_available(block.header, "Provisioners are", help));
        }
    }
    let address = Address { mode, ..Address::root(&*kind.text, &*name.text) };
    let body = fields.rest();
    Resource { address, span: header, name, count, for_each, depends_on, cloud, lifecycle, shared, body }
}
