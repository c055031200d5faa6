//! Override files: their blocks change blocks of the other files instead of declaring something.
//!
//! As Terraform does it: an argument replaces the one of the same name, nested blocks replace all of the same keyword,
//! and `lifecycle` is merged argument by argument.

use crate::diag::Diagnostics;
use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Attribute, Block, Body, Item};

use super::canonical::{Declared, Keyword};
use super::messages;

/// Merges the block of an override file into the blocks of the module.
pub(super) fn merge(blocks: &mut Vec<Declared>, change: Declared, diagnostics: &mut Diagnostics) {
    match change.keyword {
        Keyword::Locals => merge_locals(blocks, change.body, diagnostics),
        Keyword::Moved => diagnostics.push(messages::not_overridable(change.header, "moved")),
        Keyword::Removed => diagnostics.push(messages::not_overridable(change.header, "removed")),
        Keyword::Import => diagnostics.push(messages::not_overridable(change.header, "import")),
        // Another store has other arguments: nothing of the first stays.
        Keyword::State => {
            blocks.retain(|b| b.keyword != Keyword::State);
            blocks.push(change);
        }
        _ => match blocks.iter_mut().find(|b| is_same(b, &change)) {
            Some(base) => merge_body(&mut base.body, change.body),
            None => diagnostics.push(messages::nothing_to_override(change.header, &name(&change))),
        },
    }
}

fn is_same(base: &Declared, change: &Declared) -> bool {
    base.keyword == change.keyword && base.labels.iter().map(|l| &l.text).eq(change.labels.iter().map(|l| &l.text))
}

fn name(block: &Declared) -> String {
    let labels: Vec<&str> = block.labels.iter().map(|l| &*l.text).collect();
    if labels.is_empty() { String::from("cloud") } else { labels.join(".") }
}

fn merge_locals(blocks: &mut [Declared], body: Body, diagnostics: &mut Diagnostics) {
    for item in body.into_items() {
        let Item::Attribute(change) = item else { continue };
        let items = blocks.iter_mut().filter(|b| b.keyword == Keyword::Locals).flat_map(|b| b.body.items.iter_mut());
        match attributes(items).find(|a| a.name.text == change.name.text) {
            Some(base) => *base = change,
            None => diagnostics.push(messages::nothing_to_override(change.name.span, &change.name.text)),
        }
    }
}

fn attributes<'a>(items: impl Iterator<Item = &'a mut Item>) -> impl Iterator<Item = &'a mut Attribute> {
    items.filter_map(|i| if let Item::Attribute(a) = i { Some(a) } else { None })
}

fn merge_body(base: &mut Body, change: Body) {
    let mut blocks: Vec<Block> = Vec::new();
    for item in change.into_items() {
        match item {
            Item::Attribute(change) => {
                base.items.retain(|i| !matches!(i, Item::Attribute(a) if a.name.text == change.name.text));
                base.items.push(Item::Attribute(change));
            }
            Item::Block(block) => blocks.push(block),
        }
    }
    let is_block = |i: &Item, keyword: &str| matches!(i, Item::Block(b) if &*b.keyword.text == keyword);
    let replaced: Vec<_> = blocks.iter().map(|b| b.keyword.text.clone()).filter(|k| &**k != "lifecycle").collect();
    base.items.retain(|i| !replaced.iter().any(|keyword| is_block(i, keyword)));
    for block in blocks {
        let lifecycle = base.items.iter_mut().find(|i| &*block.keyword.text == "lifecycle" && is_block(i, "lifecycle"));
        match lifecycle {
            Some(Item::Block(inner)) => recurse(|| merge_body(&mut inner.body, block.body)),
            _ => base.items.push(Item::Block(block)),
        }
    }
}
