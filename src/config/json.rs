//! JSON configuration: which properties are blocks, and which texts are references rather than templates.

use std::sync::Arc;

use crate::diag::{Diagnostics, FileId};
use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Block, Body, Expr, ExprKind, Ident, Item, ObjectItem, ObjectKey};
use crate::lang::syntax::{json_argument, parse_expression_in, parse_json};

/// How the properties of a body are to be understood.
struct Shape {
    /// Blocks with their number of labels.
    blocks: &'static [(&'static str, usize)],
    /// Arguments whose texts are references, addresses or types.
    references: &'static [&'static str],
}

const TERRAFORM: Shape =
    Shape { blocks: &[("backend", 1), ("required_providers", 0), ("provider_meta", 1), ("cloud", 0)], references: &[] };
const VARIABLE: Shape = Shape { blocks: &[("validation", 0)], references: &["type"] };
const OUTPUT: Shape = Shape { blocks: &[("precondition", 0)], references: &["depends_on"] };
const RESOURCE: Shape = Shape {
    blocks: &[("lifecycle", 0), ("provisioner", 1), ("connection", 0)],
    references: &["depends_on", "provider", "cloud"],
};
const LIFECYCLE: Shape = Shape {
    blocks: &[("precondition", 0), ("postcondition", 0)],
    references: &["ignore_changes", "replace_triggered_by"],
};
const MODULE: Shape = Shape { blocks: &[], references: &["depends_on", "providers", "clouds"] };
const ADDRESSES: Shape = Shape { blocks: &[("lifecycle", 0)], references: &["from", "to", "provider", "cloud"] };
const CHECK: Shape = Shape { blocks: &[("assert", 0), ("data", 2)], references: &[] };
const PLAIN: Shape = Shape { blocks: &[], references: &[] };

fn shape(keyword: &str) -> &'static Shape {
    match keyword {
        "terraform" => &TERRAFORM,
        "variable" => &VARIABLE,
        "output" => &OUTPUT,
        "module" => &MODULE,
        "moved" | "removed" | "import" => &ADDRESSES,
        "check" => &CHECK,
        "lifecycle" => &LIFECYCLE,
        "locals" | "cloud" | "provider" | "state" | "backend" | "validation" | "precondition" | "postcondition"
        | "assert" | "required_providers" | "provider_meta" | "provisioner" | "connection" => &PLAIN,
        _ => &RESOURCE,
    }
}

/// Reads a JSON file with the blocks that configuration has.
pub(super) fn parse(file: FileId, text: &str) -> (Body, Diagnostics) {
    let (body, mut diagnostics) = parse_json(file, text);
    let (span, mut items) = (body.span, Vec::new());
    for item in body.into_items() {
        let Item::Attribute(attribute) = item else { continue };
        let labels = match &*attribute.name.text {
            "locals" | "terraform" | "moved" | "removed" | "import" => 0,
            "resource" | "data" => 2,
            "cloud" => usize::from(holds_only_objects(&attribute.expr)),
            _ => 1,
        };
        blocks(attribute.name, &mut Vec::new(), attribute.expr, labels, &mut items, &mut diagnostics);
    }
    (Body { items, span }, diagnostics)
}

/// Whether the properties are labels rather than arguments.
fn holds_only_objects(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Object(items) => {
            !items.is_empty() && items.iter().all(|i| matches!(i.value.kind, ExprKind::Object(_) | ExprKind::Tuple(_)))
        }
        _ => false,
    }
}

/// The blocks a value stands for: nested objects give labels, lists give several blocks.
fn blocks(
    keyword: Ident,
    labels: &mut Vec<Ident>,
    expr: Expr,
    missing_labels: usize,
    out: &mut Vec<Item>,
    diagnostics: &mut Diagnostics,
) {
    let value_span = expr.span;
    match expr.into_kind() {
        ExprKind::Tuple(items) => {
            for item in items {
                recurse(|| blocks(keyword.clone(), labels, item, missing_labels, out, diagnostics));
            }
        }
        ExprKind::Object(items) if missing_labels > 0 => {
            for ObjectItem { key, value } in items {
                let ObjectKey::Name(label) = key else { continue };
                if &*label.text == "//" {
                    continue;
                }
                labels.push(label);
                blocks(keyword.clone(), labels, value, missing_labels - 1, out, diagnostics);
                labels.pop();
            }
        }
        ExprKind::Object(items) => {
            let header = labels.last().map_or(keyword.span, |l| l.span);
            let body = Body { items: body_items(&keyword.text, items, diagnostics), span: value_span };
            let span = keyword.span.to(value_span);
            out.push(Item::Block(Block { labels: labels.clone(), header, body, span, keyword }));
        }
        // Left as an argument, which is reported as one that does not belong there.
        kind => {
            let span = keyword.span.to(value_span);
            let expr = Expr { kind, span: value_span };
            out.push(Item::Attribute(crate::lang::syntax::ast::Attribute { name: keyword, expr, span }));
        }
    }
}

fn body_items(keyword: &str, items: Vec<ObjectItem>, diagnostics: &mut Diagnostics) -> Vec<Item> {
    let shape = shape(keyword);
    let mut out = Vec::new();
    for item in items.into_iter().filter_map(json_argument) {
        let Item::Attribute(mut attribute) = item else { continue };
        let name = Arc::clone(&attribute.name.text);
        if let Some((_, labels)) = shape.blocks.iter().find(|(block, _)| *block == &*name) {
            blocks(attribute.name, &mut Vec::new(), attribute.expr, *labels, &mut out, diagnostics);
            continue;
        }
        if shape.references.contains(&&*name) {
            attribute.expr = reference(attribute.expr, diagnostics);
        }
        out.push(Item::Attribute(attribute));
    }
    out
}

/// A text as the expression it holds; in lists and objects, each text.
fn reference(expr: Expr, diagnostics: &mut Diagnostics) -> Expr {
    let span = expr.span;
    let kind = match expr.into_kind() {
        ExprKind::Template(template) => match template.literal() {
            Some(text) => {
                let (expr, found) = parse_expression_in(text, span);
                diagnostics.append(found);
                return expr;
            }
            None => ExprKind::Template(template),
        },
        ExprKind::Tuple(items) => {
            ExprKind::Tuple(items.into_iter().map(|i| recurse(|| reference(i, diagnostics))).collect())
        }
        ExprKind::Object(items) => {
            let inner = |i: ObjectItem| ObjectItem { key: i.key, value: recurse(|| reference(i.value, diagnostics)) };
            ExprKind::Object(items.into_iter().map(inner).collect())
        }
        kind => kind,
    };
    Expr { kind, span }
}
