//! Blocks as text, in files: one for each kind that others hang on, in the canonical format.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Block, Line};
use super::term::Term;
use super::{Present, Thing};
use crate::lang::fmt;
use crate::lang::recursion::recurse;
use crate::lang::write::{self, key, quoted};

/// An object of so many parts, and of so many characters, stands in one line.
const FEW: usize = 2;
const SHORT: usize = 48;

/// The files that are new, by name.
pub(super) fn files(things: &[Thing<'_>], blocks: &[Block], present: &Present) -> Vec<(String, String)> {
    let writer = Writer { things, blocks, at: places(blocks) };
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for block in writer.in_reading_order() {
        files.entry(writer.home(block)).or_default().push(block);
    }
    let text = |blocks: &Vec<usize>| {
        let mut parts: Vec<String> = writer.note(blocks).into_iter().collect();
        parts.extend(blocks.iter().map(|b| writer.block(*b)));
        fmt::format(&parts.join("\n"))
    };
    files.iter().map(|(kind, blocks)| (free_name(kind, present), text(blocks))).collect()
}

/// `services.hcl`, or with a number when there is one already.
fn free_name(kind: &str, present: &Present) -> String {
    let plural = match kind {
        kind if kind.ends_with('s') => kind.to_owned(),
        kind if kind.ends_with('y') => format!("{}ies", &kind[..kind.len() - 1]),
        kind => format!("{kind}s"),
    };
    let numbered = (2..).map(|n| format!("{plural}-{n}.hcl"));
    let mut all = std::iter::once(format!("{plural}.hcl")).chain(numbered);
    all.find(|name| !present.files.contains(name)).unwrap_or(plural)
}

/// By thing: its block, and its place in it.
fn places(blocks: &[Block]) -> BTreeMap<usize, (usize, usize)> {
    let of = |(b, block): (usize, &Block)| {
        block.members.iter().enumerate().map(move |(m, member)| (member.thing, (b, m))).collect::<Vec<_>>()
    };
    blocks.iter().enumerate().flat_map(of).collect()
}

struct Writer<'w> {
    things: &'w [Thing<'w>],
    blocks: &'w [Block],
    at: BTreeMap<usize, (usize, usize)>,
}

impl<'w> Writer<'w> {
    fn kind(&self, block: usize) -> &'w str {
        self.things[self.blocks[block].members[0].thing].existing.kind.schema().kind
    }

    /// The blocks that a block refers to.
    fn needs(&self, block: usize) -> BTreeSet<usize> {
        let of = |line: &Line| -> Vec<usize> {
            match line {
                Line::Same(term) => term.targets().iter().map(|t| self.at[t].0).collect(),
                Line::Parallel { block, .. } => vec![*block],
                Line::Column(terms) => terms.iter().flat_map(Term::targets).map(|t| self.at[&t].0).collect(),
            }
        };
        self.blocks[block].lines.iter().flat_map(|(_, line)| of(line)).filter(|b| *b != block).collect()
    }

    /// The one block it hangs on: what it shares a warehouse with, or is part of.
    fn parent(&self, block: usize) -> Option<usize> {
        let needs = self.needs(block);
        needs.first().copied().filter(|_| needs.len() == 1)
    }

    /// What hangs on a block follows it.
    fn in_reading_order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut roots: Vec<usize> = (0..self.blocks.len()).filter(|b| self.parent(*b).is_none()).collect();
        // What hangs on several comes behind them all.
        roots.sort_by_key(|b| (!self.needs(*b).is_empty(), self.blocks[*b].label.clone()));
        roots.into_iter().for_each(|root| self.follow(root, &mut order));
        let left = (0..self.blocks.len()).filter(|b| !order.contains(b)).collect::<Vec<_>>();
        [order, left].concat()
    }

    fn follow(&self, block: usize, order: &mut Vec<usize>) {
        order.push(block);
        let children = (0..self.blocks.len()).filter(|b| self.parent(*b) == Some(block));
        children.for_each(|child| recurse(|| self.follow(child, order)));
    }

    /// The kind in whose file a block stands.
    fn home(&self, block: usize) -> &'w str {
        let mut at = block;
        let mut seen = BTreeSet::new();
        while let Some(needed) = self.needs(at).into_iter().next().filter(|n| seen.insert(*n)) {
            at = needed;
        }
        self.kind(at)
    }

    /// A word on the secrets that the platform does not tell.
    fn note(&self, blocks: &[usize]) -> Option<String> {
        let secret = |block: &usize| {
            let schema = self.things[self.blocks[*block].members[0].thing].existing.kind.schema();
            let leaf = schema.leaves().iter().find(|l| l.attribute.is_secret() && l.attribute.settable())?;
            Some((self.blocks[*block].label.clone(), leaf.path.clone()))
        };
        let (label, attribute) = blocks.iter().find_map(secret)?;
        let variable = format!("{}_{attribute}", label.replace('-', "_"));
        Some(format!(
            "# The platform tells no secrets. They stay as they are until you state one, as a variable:\n#\n\
             #   {attribute} = var.{variable}\n#\n#   variable \"{variable}\" {{\n#     type      = string\n\
             #     sensitive = true\n#   }}\n"
        ))
    }

    fn block(&self, index: usize) -> String {
        let block = &self.blocks[index];
        let existing = self.things[block.members[0].thing].existing;
        let mut out = format!("{} {} {{\n", existing.kind.schema().kind, quoted(&block.label));
        if block.members[0].key.is_some() {
            out.push_str(&format!("for_each = {}\n\n", self.rows(block)));
        }
        if !existing.cloud.is_empty() {
            out.push_str(&format!("cloud = cloud.{}\n", existing.cloud));
        }
        if let Some(line) = self.name(block) {
            out.push_str(&line);
        }
        for (name, line) in &block.lines {
            let text = match line {
                Line::Same(term) => self.term(term),
                Line::Parallel { block, attribute } => {
                    format!("{}.{}[each.key].{attribute}", self.kind(*block), self.blocks[*block].label)
                }
                Line::Column(_) if self.columns(block).len() == 1 => "each.value".to_owned(),
                Line::Column(_) => format!("each.value.{name}"),
            };
            out.push_str(&format!("{name} = {text}\n"));
        }
        out.push_str("}\n");
        out
    }

    /// The line of the name, where it is not what the block's label and key make of it anyway.
    fn name(&self, block: &Block) -> Option<String> {
        let existing = self.things[block.members[0].thing].existing;
        let attribute = existing.kind.named_by()?;
        match (&block.members[0].key, &block.prefix) {
            (Some(_), Some(prefix)) => {
                let text = quoted(&format!("{prefix}\u{1}"));
                Some(format!("{attribute} = {}\n", text.replace("\\u0001", "${each.key}")))
            }
            (Some(_), None) => None,
            (None, _) if existing.listed.name == block.label => None,
            (None, _) => Some(format!("{attribute} = {}\n", quoted(&existing.listed.name))),
        }
    }

    fn columns<'b>(&self, block: &'b Block) -> Vec<(&'b str, &'b [Term])> {
        let column = |(name, line): &'b (String, Line)| match line {
            Line::Column(terms) => Some((name.as_str(), terms.as_slice())),
            _ => None,
        };
        block.lines.iter().filter_map(column).collect()
    }

    /// What `for_each` is given: a set of keys, a map of values, or a map of rows.
    fn rows(&self, block: &Block) -> String {
        let columns = self.columns(block);
        let keys: Vec<&str> = block.members.iter().filter_map(|m| m.key.as_deref()).collect();
        if columns.is_empty() {
            let keys: Vec<String> = keys.into_iter().map(quoted).collect();
            return format!("toset([{}])", keys.join(", "));
        }
        let row = |(place, name): (usize, &&str)| {
            let cells: Vec<String> =
                columns.iter().map(|(c, terms)| format!("{c} = {}", self.term(&terms[place]))).collect();
            match columns.as_slice() {
                [(_, terms)] => format!("{} = {}\n", key(name), self.term(&terms[place])),
                _ => format!("{} = {{ {} }}\n", key(name), cells.join(", ")),
            }
        };
        format!("{{\n{}}}", keys.iter().enumerate().map(row).collect::<String>())
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Plain(value) => write::value(value).unwrap_or_default(),
            Term::Expression(text) => text.clone(),
            Term::Reference { to, attribute } => {
                let (block, member) = self.at[to];
                let index = match &self.blocks[block].members[member].key {
                    Some(key) => format!("[{}]", quoted(key)),
                    None => String::new(),
                };
                format!("{}.{}{index}.{attribute}", self.kind(block), self.blocks[block].label)
            }
            Term::Joined { before, end } => {
                let text = quoted(&format!("{before}\u{1}"));
                text.replace("\\u0001", &format!("${{{}}}", recurse(|| self.term(end))))
            }
            Term::List(items) => self.list(items),
            Term::Object(parts) => {
                let parts: Vec<String> =
                    parts.iter().map(|(name, t)| format!("{} = {}", key(name), recurse(|| self.term(t)))).collect();
                let flat = format!("{{ {} }}", parts.join(", "));
                match parts.len() <= FEW && flat.len() <= SHORT && !flat.contains('\n') {
                    true => flat,
                    false => format!("{{\n{}\n}}", parts.join("\n")),
                }
            }
        }
    }

    /// Small objects have a line each, and so have several of anything that is long.
    fn list(&self, items: &[Term]) -> String {
        let inline = |t: &Term| match t {
            Term::Object(parts) if parts.iter().all(|(_, t)| t.is_small()) => {
                let parts: Vec<String> = parts.iter().map(|(n, t)| format!("{} = {}", key(n), self.term(t))).collect();
                format!("{{ {} }}", parts.join(", "))
            }
            other => recurse(|| self.term(other)),
        };
        let items: Vec<String> = items.iter().map(inline).collect();
        let short = items.len() < 2 || items.iter().map(String::len).sum::<usize>() < 60;
        let flat = items.iter().all(|i| !i.contains('\n'));
        match short && flat {
            true => format!("[{}]", items.join(", ")),
            false => format!("[\n{}\n]", items.iter().map(|i| format!("{i},")).collect::<Vec<_>>().join("\n")),
        }
    }
}
