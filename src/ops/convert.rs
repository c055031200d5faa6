//! Converting: `.tf` files into the short `.hcl` spelling. Comments stay, and what is declared stays the same.
//!
//! Must not know values or the state: it changes how things are spelled.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::{ConfigFile, Syntax, kind_name};
use crate::desired::cloud_argument;
use crate::diag::{Code, Diagnostic, Diagnostics, Sources, Span};
use crate::host;
use crate::kinds;
use crate::lang::eval::references;
use crate::lang::fmt;
use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Attribute, Block, Body, Expr, ExprKind, Ident, Item, ObjectKey};
use crate::lang::syntax::{TokenKind, lex, parse_file};
use crate::lang::write::quoted;

/// One file, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    pub from: PathBuf,
    pub to: PathBuf,
    pub before: String,
    pub after: String,
}

/// What a conversion of a directory comes to.
#[derive(Debug, Default)]
pub struct Conversions {
    pub files: Vec<Conversion>,
    /// Files that are left as they are, and why.
    pub left: Vec<String>,
    pub sources: Sources,
}

/// Works out the conversion of all `.tf` files of a directory and of those below. Writes nothing.
///
/// # Errors
/// When a file cannot be read or understood, or a file of the new name is there already: then nothing may be written.
pub fn conversions(directory: &Path) -> Result<Conversions, (Diagnostics, Sources)> {
    let (mut all, mut found) = (Conversions::default(), Diagnostics::new());
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        let entries = match host::list(&directory) {
            Ok(entries) => entries,
            Err(error) => {
                found.push(unreadable(&directory, &error.to_string()));
                continue;
            }
        };
        for (name, is_directory) in &entries {
            let path = directory.join(name);
            if *is_directory && !name.starts_with('.') && !path.is_symlink() {
                open.push(path);
            } else if !is_directory && name.ends_with(".tf.json") {
                all.left.push(format!("{}: JSON has one spelling", path.display()));
            } else if !is_directory && name.ends_with(".tf") && is_native(name) {
                found.extend(file(&path, &entries, &mut all).err());
            }
        }
    }
    all.files.sort_by(|a, b| a.from.cmp(&b.from));
    if found.has_errors() { Err((found.sorted(), all.sources)) } else { Ok(all) }
}

fn is_native(name: &str) -> bool {
    ConfigFile::classify(name).is_some_and(|file| file.syntax == Syntax::Native)
}

/// Writes the new files, then removes the old ones.
///
/// # Errors
/// When a file cannot be written: then those written before are removed again, and the old ones are all there.
pub fn convert(files: &[Conversion]) -> Result<(), Diagnostic> {
    for (index, conversion) in files.iter().enumerate() {
        if let Err(error) = host::create(&conversion.to, conversion.after.as_bytes()) {
            files[..index].iter().for_each(|written| drop(host::remove(&written.to)));
            return Err(unwritable(&conversion.to, &error.to_string()));
        }
    }
    for conversion in files {
        host::remove(&conversion.from).map_err(|e| unwritable(&conversion.from, &e.to_string()))?;
    }
    Ok(())
}

fn unreadable(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0916"), format!("{} cannot be read", path.display()))
        .with_detail(format!("{why}. Nothing was converted."))
        .with_help("Check the path and its permissions.")
}

fn unwritable(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(Code("HW0916"), format!("{} cannot be written", path.display()))
        .with_detail(format!("{why}."))
        .with_help("Check the directory and its permissions.")
}

fn file(path: &Path, beside: &[(String, bool)], all: &mut Conversions) -> Result<(), Diagnostic> {
    let to = path.with_extension("hcl");
    let name = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if beside.iter().any(|(other, _)| *other == name) {
        return Err(Diagnostic::error(Code("HW0650"), format!("{} is there already", to.display()))
            .with_detail(format!("{} would become that file. Nothing was converted.", path.display()))
            .with_help("Rename one of the two files."));
    }
    let bytes = host::read(path).map_err(|e| unreadable(path, &e.to_string()))?;
    let before = String::from_utf8(bytes).map_err(|_| unreadable(path, "It is not UTF-8 text"))?;
    let id = all.sources.add(path.display().to_string(), before.clone());
    let (body, found) = parse_file(id, &before);
    if let Some(error) = found.into_iter().find(Diagnostic::is_error) {
        return Err(error);
    }
    let after = shortened(&before, &body);
    all.files.push(Conversion { from: path.to_owned(), to, before, after });
    Ok(())
}

/// The text of a file in the short spelling, in the canonical format.
fn shortened(text: &str, body: &Body) -> String {
    let mut rewrite = Rewrite { text, edits: Vec::new() };
    for block in body.blocks() {
        rewrite.block(block);
    }
    let mut edits = rewrite.edits;
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut out = text.to_owned();
    for (span, new) in edits {
        out.replace_range(span.start as usize..span.end as usize, &new);
    }
    fmt::format(&out)
}

struct Rewrite<'t> {
    text: &'t str,
    edits: Vec<(Span, String)>,
}

impl Rewrite<'_> {
    fn replace(&mut self, span: Span, new: impl Into<String>) {
        self.edits.push((span, new.into()));
    }

    fn block(&mut self, block: &Block) {
        let label = |n: usize| block.labels.get(n).map(|l| l.text.to_string()).unwrap_or_default();
        match &*block.keyword.text {
            "resource" if kinds::find(kind_name(&label(0))).is_some() => {
                self.replace(block.header, format!("{} {}", kind_name(&label(0)), quoted(&label(1))));
                self.body(&block.body);
            }
            "data" if kinds::data::find(kind_name(&label(0))).is_some() => {
                self.replace(block.header, format!("data {} {}", quoted(kind_name(&label(0))), quoted(&label(1))));
                self.body(&block.body);
            }
            "provider" if label(0) == "clickhouse" => self.provider(block),
            "terraform" => self.terraform(block),
            _ => self.body(&block.body),
        }
    }

    fn body(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(attribute) => self.attribute(attribute),
                Item::Block(block) => recurse(|| self.body(&block.body)),
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute) {
        match &*attribute.name.text {
            "provider" if is_choice(&attribute.expr) => {
                self.replace(attribute.name.span, "cloud");
                self.choice(&attribute.expr);
            }
            "providers" if matches!(attribute.expr.kind, ExprKind::Object(_)) => {
                self.replace(attribute.name.span, "clouds");
                self.passed(&attribute.expr);
            }
            _ => self.expression(&attribute.expr),
        }
    }

    /// References in the short spelling. Where a variable of a `for` has the name of a kind, the long spelling stays.
    fn expression(&mut self, expr: &Expr) {
        let bound = self.bound(expr.span);
        for reference in references(expr) {
            let named: Option<&Ident> = match reference.path.as_slice() {
                [root, kind, ..] if matches!(&*root.text, "data" | "resource") => Some(kind),
                [root, ..] => Some(root),
                [] => None,
            };
            let Some(ident) = named.filter(|i| kind_name(&i.text) != &*i.text) else { continue };
            let short = kind_name(&ident.text);
            let known = kinds::find(short).is_some() || kinds::data::find(short).is_some();
            if known && !bound.contains(short) {
                self.replace(ident.span, short);
            }
        }
    }

    /// The variables of all `for`s in an expression.
    fn bound(&self, span: Span) -> BTreeSet<String> {
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let words: Vec<&str> =
            lex(text).into_iter().filter(|t| t.kind == TokenKind::Ident).map(|t| t.text(text)).collect();
        let mut bound = BTreeSet::new();
        for (at, word) in words.iter().enumerate().filter(|(_, w)| **w == "for") {
            debug_assert_eq!(*word, "for");
            bound.extend(words[at + 1..].iter().take(2).filter(|w| **w != "in").map(|w| (*w).to_owned()));
        }
        bound
    }

    /// `clickhouse.eu` is `cloud.eu`.
    fn choice(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Variable(_) => self.replace(expr.span, "cloud"),
            ExprKind::Attr { base, .. } => self.replace(base.span, "cloud"),
            _ => {}
        }
    }

    /// `{ clickhouse.eu = clickhouse.eu }` is `{ eu = cloud.eu }`.
    fn passed(&mut self, expr: &Expr) {
        let ExprKind::Object(items) = &expr.kind else { return };
        for item in items {
            match &item.key {
                ObjectKey::Name(name) if &*name.text == "clickhouse" => self.replace(name.span, "cloud"),
                ObjectKey::Expr(Expr { kind: ExprKind::Attr { name, .. }, span }) => {
                    self.replace(*span, name.text.to_string());
                }
                _ => {}
            }
            if is_choice(&item.value) {
                self.choice(&item.value);
            }
        }
    }

    /// `provider "clickhouse" { alias = "eu" }` is `cloud "eu" { }`; one that says nothing goes.
    fn provider(&mut self, block: &Block) {
        let alias = block.body.attribute("alias");
        let says_nothing = block.body.attributes().all(|a| &*a.name.text == "version");
        if says_nothing && block.body.blocks().next().is_none() {
            return self.remove(block.span);
        }
        let label = alias.and_then(|a| match &a.expr.kind {
            ExprKind::Template(text) => text.literal().map(|t| format!(" {}", quoted(t))),
            _ => None,
        });
        self.replace(block.header, format!("cloud{}", label.unwrap_or_default()));
        for attribute in block.body.attributes() {
            match &*attribute.name.text {
                "alias" | "version" => self.remove(attribute.span),
                theirs => {
                    if let Some(ours) = cloud_argument(theirs) {
                        self.replace(attribute.name.span, ours);
                    }
                    self.expression(&attribute.expr);
                }
            }
        }
    }

    /// Versions are fixed here, so of a `terraform` block the backend is left.
    fn terraform(&mut self, block: &Block) {
        // What means nothing here is refused with a word on it, and had better be seen.
        if block.body.blocks().any(|b| &*b.keyword.text == "cloud") {
            return;
        }
        let Some(backend) = block.body.blocks().find(|b| &*b.keyword.text == "backend") else {
            return self.remove(block.span);
        };
        let kind = backend.labels.first().map(|l| l.text.to_string()).unwrap_or_default();
        let head = Span { end: backend.header.end, ..block.span };
        self.replace(head, format!("state {}", quoted(&kind)));
        let tail = Span { start: backend.span.end, ..block.span };
        self.replace(tail, "");
        self.body(&backend.body);
    }

    /// With the end of its line, and one empty line behind it.
    fn remove(&mut self, span: Span) {
        let rest = self.text.get(span.end as usize..).unwrap_or_default();
        let line = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let mut end = line;
        for _ in 0..2 {
            let next = rest[end..].strip_prefix("\r\n").or_else(|| rest[end..].strip_prefix('\n'));
            end = next.map_or(end, |next| rest.len() - next.len());
        }
        let end = if rest[line..].starts_with(['#', '/']) { 0 } else { end };
        self.replace(Span::new(span.file, span.start as usize, span.end as usize + end), "");
    }
}

/// `clickhouse`, or `clickhouse.eu`.
fn is_choice(expr: &Expr) -> bool {
    let is_provider = |e: &Expr| matches!(&e.kind, ExprKind::Variable(name) if &**name == "clickhouse");
    match &expr.kind {
        ExprKind::Attr { base, .. } => is_provider(base),
        _ => is_provider(expr),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;

    fn short(text: &str) -> String {
        let (body, found) = parse_file(FileId(0), text);
        assert!(!found.has_errors());
        shortened(text, &body)
    }

    #[test]
    fn spellings_change_and_comments_stay() {
        let cases = [
            (
                "# a\nresource \"clickhouse_service\" \"x\" { # b\n  name = \"a\" # c\n}\n",
                "# a\nservice \"x\" { # b\n  name = \"a\" # c\n}\n",
            ),
            ("resource \"aws_vpc\" \"x\" {\n}\n", "resource \"aws_vpc\" \"x\" {\n}\n"),
            (
                "output \"x\" {\n  value = \"${clickhouse_service.x.id}-${data.clickhouse_services.all.services[0].id}\"\n}\n",
                "output \"x\" {\n  value = \"${service.x.id}-${data.services.all.services[0].id}\"\n}\n",
            ),
            (
                "locals {\n  a = [for service in [1] : clickhouse_service.x.id]\n}\n",
                "locals {\n  a = [for service in [1] : clickhouse_service.x.id]\n}\n",
            ),
            ("provider \"clickhouse\" {}\n\nlocals {\n}\n", "locals {\n}\n"),
            (
                "provider \"clickhouse\" {\n  alias = \"eu\"\n  # the key\n  token_key = var.key\n}\n",
                "cloud \"eu\" {\n  # the key\n  api_key = var.key\n}\n",
            ),
            (
                "terraform {\n  required_version = \">= 1\"\n  backend \"s3\" {\n    # here\n    bucket = \"b\"\n  }\n}\n",
                "state \"s3\" {\n  # here\n  bucket = \"b\"\n}\n",
            ),
            (
                "module \"m\" {\n  source = \"./m\"\n  providers = { clickhouse = clickhouse.eu, clickhouse.b = clickhouse }\n}\n",
                "module \"m\" {\n  source = \"./m\"\n  clouds = { cloud = cloud.eu, b = cloud }\n}\n",
            ),
            (
                "moved {\n  from = clickhouse_service.a\n  to = module.m.clickhouse_service.b[\"k\"]\n}\n",
                "moved {\n  from = service.a\n  to   = module.m.clickhouse_service.b[\"k\"]\n}\n",
            ),
        ];
        for (before, after) in cases {
            assert_eq!(short(before), fmt::format(after), "{before}");
            assert_eq!(short(after), fmt::format(after), "what is short stays so: {after}");
        }
    }
}
