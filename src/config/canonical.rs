//! Headers in one form. `.tf` and `.hcl` spell some of them differently; from here on they are the same:
//!
//! | written | becomes |
//! |---|---|
//! | `resource "clickhouse_service" "x"`, `service "x"` | `Resource`, labels `service`, `x` |
//! | `data "clickhouse_service" "x"`, `data "service" "x"` | `Data`, labels `service`, `x` |
//! | `provider "clickhouse" { alias = "eu" }`, `cloud "eu"` | `Cloud`, label `eu` |
//! | `terraform { backend "s3" {} }`, `state "s3"` | `State`, label `s3` |

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::PROVIDER_PREFIX;
use crate::diag::{Diagnostics, Span};
use crate::lang::syntax::ast::{Block, Body, Ident, Item};
use crate::lang::syntax::is_identifier;

use super::constants::constant_string;
use super::fields::Fields;
use super::messages;
use super::reference::kind_name;

/// What a top-level block declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keyword {
    Variable,
    Locals,
    Output,
    Module,
    Resource,
    Data,
    Cloud,
    State,
    Moved,
    Removed,
    Import,
    Check,
}

/// A top-level block in its canonical form.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub keyword: Keyword,
    pub labels: Vec<Ident>,
    pub header: Span,
    pub body: Body,
}

impl Declared {
    /// The last label: the name, where the block has one.
    pub fn name(&self) -> Option<&Ident> {
        self.labels.last()
    }
}

/// The kinds that exist, by the names they have here (without the prefix of Terraform's).
#[derive(Debug, Clone, Copy)]
pub struct Kinds<'a> {
    pub managed: &'a [&'a str],
    pub data: &'a [&'a str],
}

/// Words that begin a top-level block, with how the block is written.
const KEYWORDS: [(&str, Keyword, usize, &str); 11] = [
    ("variable", Keyword::Variable, 1, "variable \"name\" { … }"),
    ("locals", Keyword::Locals, 0, "locals { … }"),
    ("output", Keyword::Output, 1, "output \"name\" { … }"),
    ("module", Keyword::Module, 1, "module \"name\" { … }"),
    ("data", Keyword::Data, 2, "data \"kind\" \"name\" { … }"),
    ("resource", Keyword::Resource, 2, "resource \"kind\" \"name\" { … }"),
    ("state", Keyword::State, 1, "state \"local\" { … }"),
    ("moved", Keyword::Moved, 0, "moved { … }"),
    ("removed", Keyword::Removed, 0, "removed { … }"),
    ("import", Keyword::Import, 0, "import { … }"),
    ("check", Keyword::Check, 1, "check \"name\" { … }"),
];

/// Brings the blocks of files into canonical form.
pub(super) struct Canonical<'a> {
    kinds: Kinds<'a>,
    /// Headers of blocks of other providers, by provider.
    foreign: BTreeMap<String, Vec<Span>>,
    blocks: Vec<Declared>,
    pub diagnostics: Diagnostics,
}

impl<'a> Canonical<'a> {
    pub fn new(kinds: Kinds<'a>) -> Self {
        Self { kinds, foreign: BTreeMap::new(), blocks: Vec::new(), diagnostics: Diagnostics::new() }
    }

    /// The blocks of one file.
    pub fn file(&mut self, body: Body) -> Vec<Declared> {
        for item in body.into_items() {
            match item {
                Item::Block(block) => self.block(block),
                Item::Attribute(a) => self.diagnostics.push(messages::argument_at_top(a.name.span, &a.name.text)),
            }
        }
        std::mem::take(&mut self.blocks)
    }

    /// To be called after the last file.
    pub fn finish(mut self) -> Diagnostics {
        for (provider, spans) in &self.foreign {
            self.diagnostics.push(messages::foreign_provider(provider, spans));
        }
        self.diagnostics
    }

    fn block(&mut self, block: Block) {
        let word = block.keyword.text.clone();
        match &*word {
            "cloud" => self.cloud(block),
            "provider" => self.provider(block),
            "terraform" => self.terraform(block),
            "ephemeral" => {
                let help = "mark variables and outputs with ephemeral = true to keep values out of every record";
                self.diagnostics.push(messages::not_available(block.header, "Ephemeral resources are", help));
            }
            word => match KEYWORDS.iter().find(|(k, ..)| *k == word) {
                Some((_, keyword, labels, usage)) => self.keyword(block, *keyword, *labels, usage),
                None => self.kind_header(block),
            },
        }
    }

    fn keyword(&mut self, block: Block, keyword: Keyword, labels: usize, usage: &str) {
        if !self.has_labels(&block, labels, labels, usage) {
            return;
        }
        let Block { mut labels, header, body, keyword: word, .. } = block;
        if matches!(keyword, Keyword::Resource | Keyword::Data) {
            let data = keyword == Keyword::Data;
            let Some(kind) = labels.first_mut() else { return };
            if !self.is_kind(kind, header, data) {
                return;
            }
            kind.text = Arc::from(kind_name(&kind.text));
        }
        if keyword != Keyword::State
            && let Some(name) = labels.last()
            && !is_identifier(&name.text)
        {
            return self.diagnostics.push(messages::invalid_name(name.span, &word.text, &name.text));
        }
        self.blocks.push(Declared { keyword, labels, header, body });
    }

    /// `service "x" {}`: the keyword is the kind.
    fn kind_header(&mut self, block: Block) {
        let word = &block.keyword;
        if !self.kinds.managed.contains(&kind_name(&word.text)) {
            let words = KEYWORDS.iter().map(|(k, ..)| *k).chain(["cloud", "provider", "terraform"]);
            let candidates: Vec<&str> = words.chain(self.kinds.managed.iter().copied()).collect();
            return match self.foreign_provider(&word.text, &candidates) {
                Some(provider) => self.foreign.entry(provider).or_default().push(block.header),
                None => self.diagnostics.push(messages::unknown_keyword(word.span, &word.text, &candidates)),
            };
        }
        let usage = format!("{} \"name\" {{ … }}", word.text);
        if !self.has_labels(&block, 1, 1, &usage) {
            return;
        }
        let kind = Ident { text: Arc::from(kind_name(&word.text)), span: word.span };
        let Block { labels, header, body, .. } = block;
        if let Some(name) = labels.first().filter(|n| !is_identifier(&n.text)) {
            return self.diagnostics.push(messages::invalid_name(name.span, &kind.text, &name.text));
        }
        let labels = std::iter::once(kind).chain(labels).collect();
        self.blocks.push(Declared { keyword: Keyword::Resource, labels, header, body });
    }

    fn is_kind(&mut self, kind: &Ident, header: Span, data: bool) -> bool {
        let known = if data { self.kinds.data } else { self.kinds.managed };
        if known.contains(&kind_name(&kind.text)) {
            return true;
        }
        match self.foreign_provider(&kind.text, known) {
            Some(provider) => self.foreign.entry(provider).or_default().push(header),
            None => self.diagnostics.push(messages::unknown_kind(kind.span, &kind.text, known, data)),
        }
        false
    }

    /// The provider a kind that is not ours seems to belong to: `aws` for `aws_instance`. Nothing when the name looks
    /// like one of ours misspelt.
    fn foreign_provider(&self, kind: &str, candidates: &[&str]) -> Option<String> {
        let is_near = crate::diag::suggestion(kind_name(kind), candidates.iter().copied()).is_some();
        let (provider, _) = kind.split_once('_').filter(|_| !is_near && !kind.starts_with(PROVIDER_PREFIX))?;
        Some(provider.to_owned())
    }

    fn has_labels(&mut self, block: &Block, least: usize, most: usize, usage: &str) -> bool {
        let word = &block.keyword.text;
        if let Some(extra) = block.labels.get(most) {
            self.diagnostics.push(messages::extra_label(extra.span, word, usage));
            return false;
        }
        if block.labels.len() < least {
            self.diagnostics.push(messages::missing_label(block.header, word, usage));
            return false;
        }
        true
    }

    fn cloud(&mut self, block: Block) {
        if !self.has_labels(&block, 0, 1, "cloud { … } or cloud \"name\" { … }") {
            return;
        }
        let Block { labels, header, body, .. } = block;
        if let Some(name) = labels.first().filter(|n| !is_identifier(&n.text)) {
            return self.diagnostics.push(messages::invalid_name(name.span, "cloud", &name.text));
        }
        self.blocks.push(Declared { keyword: Keyword::Cloud, labels, header, body });
    }

    fn provider(&mut self, block: Block) {
        if !self.has_labels(&block, 1, 1, "provider \"clickhouse\" { … }") {
            return;
        }
        let Block { labels, header, body, .. } = block;
        match labels.first().map(|name| &*name.text) {
            Some("clickhouse") => {}
            Some("terraform") | None => return,
            Some(other) => return self.foreign.entry(other.to_owned()).or_default().push(header),
        }
        let mut fields = Fields::new("a provider block", header, body);
        let alias = fields.expr("alias").and_then(|e| constant_string(&e, "alias", &mut self.diagnostics));
        fields.take("version");
        let labels = alias.map(|(text, span)| Ident { text: Arc::from(text), span }).into_iter().collect();
        self.blocks.push(Declared { keyword: Keyword::Cloud, labels, header, body: fields.rest() });
    }

    /// Of a `terraform` block only the backend means something here; versions and providers are fixed.
    fn terraform(&mut self, block: Block) {
        let mut fields = Fields::new("a terraform block", block.header, block.body);
        for name in ["required_version", "experiments"] {
            fields.take(name);
        }
        for keyword in ["required_providers", "provider_meta"] {
            fields.blocks(keyword);
        }
        for cloud in fields.blocks("cloud") {
            let help = "write state \"…\" { … } to say where the state is kept";
            self.diagnostics.push(messages::not_available(cloud.header, "HCP Terraform is", help));
        }
        for backend in fields.blocks("backend") {
            self.keyword(backend, Keyword::State, 1, "backend \"local\" { … }");
        }
        fields.finish(&mut self.diagnostics);
    }
}
