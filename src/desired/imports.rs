//! What `import` blocks ask for: which things that exist become which instances.

use std::collections::BTreeMap;

use crate::address::{Address, Target};
use crate::config::{self, ImportBy};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::kinds::Find;
use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Expr, ExprKind};
use crate::lang::value::convert::convert;
use crate::lang::value::{Type, Value};

use super::Evaluation;
use super::expand::Expanded;
use super::modules::Place;
use super::names::Names;

/// One thing to take under management.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    pub to: Address,
    pub find: Find,
    pub span: Span,
}

impl Evaluation<'_> {
    /// The things that the root module's `import` blocks name.
    pub fn imports(&self) -> (Vec<Import>, Diagnostics) {
        let (mut imports, mut diagnostics) = (Vec::new(), Diagnostics::new());
        for block in &self.modules.module(0).imports {
            self.settle_early(Place::ROOT, &[&block.what], &mut diagnostics);
            self.settle_early(Place::ROOT, &keys(&block.to), &mut diagnostics);
            self.settle_early(Place::ROOT, &block.for_each.iter().collect::<Vec<_>>(), &mut diagnostics);
            let (expansion, found) = self.expand(Place::ROOT, None, block.for_each.as_ref());
            diagnostics.append(found);
            for expanded in expansion.instances().filter(|e| !e.open) {
                match self.import(block, expanded) {
                    Ok(import) => imports.push(import),
                    Err(found) => diagnostics.append(found),
                }
            }
        }
        diagnostics.extend(self.modules().skip(1).flat_map(|(_, m)| &m.imports).map(|i| {
            Diagnostic::error(Code("HW0610"), "An import block stands in a called module")
                .with_detail("What is imported belongs to one state, and the root module alone knows which.")
                .with_label(i.span, "not here")
                .with_help("Move the block to the root module; its `to` may name a resource in a module.")
        }));
        (imports, diagnostics)
    }

    fn import(&self, block: &config::Import, expanded: &Expanded) -> Result<Import, Diagnostics> {
        let names = Names::at(self, Place::ROOT).of(Some(expanded));
        let to = address(&block.to, &names)?;
        let (value, mut diagnostics) = names.evaluate(&block.what);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        match find(block.by, &value.unmark_deep().0) {
            Err(why) => diagnostics.push(unusable(block, why)),
            Ok(find) if self.declaration(&to).is_some() => return Ok(Import { to, find, span: block.span }),
            Ok(_) => diagnostics.push(
                Diagnostic::error(Code("HW0612"), format!("There is no {} to import into", to.block()))
                    .with_detail(
                        "What is imported is managed from then on, so it needs a block that says how it should be.",
                    )
                    .with_label(block.to.span, "not declared")
                    .with_help(format!("Add it: {} \"{}\" {{ … }}", to.kind, to.name)),
            ),
        }
        Err(diagnostics)
    }
}

/// What a block asks for.
fn find(by: ImportBy, value: &Value) -> Result<Find, &'static str> {
    const UNKNOWN: &str = "It must be known before planning.";
    if by == ImportBy::Tags {
        let map = convert(value, &Type::map(Type::String)).map_err(|_| "Tags are a map of texts.")?;
        if !map.is_wholly_known() {
            return Err(UNKNOWN);
        }
        let tags = map.entries().map(|(key, value)| (key.to_string(), value.as_str().unwrap_or_default().to_owned()));
        let tags: BTreeMap<String, String> = tags.collect();
        return if tags.is_empty() { Err("Without any tag, it could be everything.") } else { Ok(Find::Tags(tags)) };
    }
    let text = convert(value, &Type::String).map_err(|_| "It is no text.")?;
    match (text.is_known(), text.as_str()) {
        (false, _) => Err(UNKNOWN),
        (_, None | Some("")) => Err("It is empty, or null."),
        (_, Some(text)) if by == ImportBy::Name => Ok(Find::Name(text.to_owned())),
        (_, Some(text)) => Ok(Find::Id(text.to_owned())),
    }
}

fn unusable(block: &config::Import, why: &str) -> Diagnostic {
    let what = block.by.argument();
    Diagnostic::error(Code("HW0611"), format!("An import has no usable {what}"))
        .with_detail(why)
        .with_label(block.what.span, format!("the {what}"))
        .with_help(format!("Give the {what} of something that exists, as the console or the API shows it."))
}

/// The keys in an address.
fn keys(expr: &Expr) -> Vec<&Expr> {
    let (mut keys, mut at) = (Vec::new(), expr);
    loop {
        match &at.kind {
            ExprKind::Attr { base, .. } => at = base,
            ExprKind::Index { base, key } => {
                keys.push(&**key);
                at = base;
            }
            _ => return keys,
        }
    }
}

/// The address an expression writes; its keys may be expressions.
fn address(expr: &Expr, names: &Names<'_, '_>) -> Result<Address, Diagnostics> {
    let text = address_text(expr, names)?;
    match text.parse::<Target>() {
        Ok(Target::Resource(address)) => Ok(address),
        _ => Err(invalid(expr.span, "It names no instance of a resource.").into()),
    }
}

fn address_text(expr: &Expr, names: &Names<'_, '_>) -> Result<String, Diagnostics> {
    let inner = |expr: &Expr| recurse(|| address_text(expr, names));
    match &expr.kind {
        ExprKind::Variable(name) if &**name == "resource" => Ok(String::new()),
        ExprKind::Variable(name) => Ok(name.to_string()),
        ExprKind::Attr { base, name } => {
            let before = inner(base)?;
            Ok(if before.is_empty() { name.text.to_string() } else { format!("{before}.{}", name.text) })
        }
        ExprKind::Index { base, key } => Ok(format!("{}{}", inner(base)?, instance_key(key, names)?)),
        _ => Err(invalid(expr.span, "An address consists of names, dots and indexes.").into()),
    }
}

fn instance_key(key: &Expr, names: &Names<'_, '_>) -> Result<crate::address::InstanceKey, Diagnostics> {
    use crate::address::InstanceKey;
    let (value, found) = names.evaluate(key);
    if found.has_errors() {
        return Err(found);
    }
    let value: Value = value.unmark_deep().0;
    let index = value.as_i64().and_then(|i| u64::try_from(i).ok());
    match (value.as_str(), index) {
        (Some(name), _) => Ok(InstanceKey::Name(name.to_owned())),
        (None, Some(index)) => Ok(InstanceKey::Index(index)),
        _ => Err(invalid(key.span, "A key is a text or a whole number, known before planning.").into()),
    }
}

fn invalid(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0224"), "Invalid address")
        .with_detail(why)
        .with_label(span, "not the address of a resource")
        .with_help("Write it like service.main, service.main[\"a\"] or module.eu.service.main.")
}
