//! Taking a body apart by name. What is asked for is known; what is left over at the end is not.

use crate::diag::{Diagnostics, Span};
use crate::lang::syntax::ast::{Attribute, Block, Body, Expr, Item};

use super::messages;

/// The arguments and blocks of a block that have not been taken yet.
pub(super) struct Fields {
    /// How messages call the block: "a variable block".
    what: &'static str,
    header: Span,
    items: Vec<Item>,
    span: Span,
    arguments: Vec<&'static str>,
    blocks: Vec<&'static str>,
}

impl Fields {
    pub fn new(what: &'static str, header: Span, body: Body) -> Self {
        let span = body.span;
        Self { what, header, items: body.into_items(), span, arguments: Vec::new(), blocks: Vec::new() }
    }

    pub fn take(&mut self, name: &'static str) -> Option<Attribute> {
        self.arguments.push(name);
        let at = self.items.iter().position(|i| matches!(i, Item::Attribute(a) if &*a.name.text == name))?;
        match self.items.remove(at) {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        }
    }

    pub fn expr(&mut self, name: &'static str) -> Option<Expr> {
        self.take(name).map(|a| a.expr)
    }

    pub fn required(&mut self, name: &'static str, diagnostics: &mut Diagnostics) -> Option<Expr> {
        let found = self.expr(name);
        if found.is_none() && !self.has_block(name) {
            diagnostics.push(messages::missing_argument(self.header, name, self.what));
        }
        found
    }

    fn has_block(&self, name: &str) -> bool {
        self.items.iter().any(|i| matches!(i, Item::Block(b) if &*b.keyword.text == name))
    }

    pub fn blocks(&mut self, keyword: &'static str) -> Vec<Block> {
        self.blocks.push(keyword);
        let (taken, left) =
            self.items.drain(..).partition(|i| matches!(i, Item::Block(b) if &*b.keyword.text == keyword));
        self.items = left;
        let taken: Vec<Item> = taken;
        taken.into_iter().filter_map(|i| if let Item::Block(b) = i { Some(b) } else { None }).collect()
    }

    /// At most one block of this keyword.
    pub fn block(&mut self, keyword: &'static str, diagnostics: &mut Diagnostics) -> Option<Block> {
        let mut blocks = self.blocks(keyword).into_iter();
        let first = blocks.next()?;
        for again in blocks {
            diagnostics.push(messages::repeated_block(again.header, first.header, keyword));
        }
        Some(first)
    }

    /// What is left, for whoever knows more names.
    pub fn rest(self) -> Body {
        Body { items: self.items, span: self.span }
    }

    /// Reports what is left.
    pub fn finish(self, diagnostics: &mut Diagnostics) {
        for item in &self.items {
            diagnostics.push(match item {
                Item::Attribute(Attribute { name, .. }) if self.blocks.contains(&&*name.text) => {
                    messages::argument_instead_of_block(name.span, &name.text)
                }
                Item::Attribute(Attribute { name, .. }) => {
                    messages::unsupported_argument(name.span, &name.text, self.what, &self.arguments)
                }
                Item::Block(block) if self.arguments.contains(&&*block.keyword.text) => {
                    messages::block_instead_of_argument(block.header, &block.keyword.text)
                }
                Item::Block(block) => {
                    messages::unsupported_block(block.header, &block.keyword.text, self.what, &self.blocks)
                }
            });
        }
    }
}
