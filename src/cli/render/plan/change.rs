//! A value before and after as lines: whole where it is new or gone, entry by entry where a list or map changes.

use super::super::{Look, Paint, value};
use super::page::Page;
use super::{Level, text_diff};
use crate::lang::value::{Data, Value};
use crate::schema::Comparison;

/// What happens to a value, and the mark in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Add,
    Change,
    Remove,
    Replace,
    Forget,
    Read,
    None,
}

impl Mark {
    /// Three columns wide.
    pub(super) fn painted(self, look: Look) -> String {
        match self {
            Self::Add => format!("  {}", look.paint(Paint::Add, "+")),
            Self::Change => format!("  {}", look.paint(Paint::Change, "~")),
            Self::Remove => format!("  {}", look.paint(Paint::Remove, "-")),
            Self::Replace => format!("{}/{}", look.paint(Paint::Alarm, "-"), look.paint(Paint::Add, "+")),
            Self::Forget => format!("  {}", look.paint(Paint::Change, ".")),
            Self::Read => format!(" {}", look.paint(Paint::Faint, "<=")),
            Self::None => "   ".to_owned(),
        }
    }

    /// What happens between two values, null meaning that there is none.
    pub(super) fn of(before: &Value, after: &Value) -> Self {
        match (before.is_null(), after.is_null()) {
            (true, false) => Self::Add,
            (false, true) => Self::Remove,
            _ => Self::Change,
        }
    }
}

/// How entries of lists are told apart.
#[derive(Clone, Copy)]
pub(super) enum Matching {
    /// Their order means something.
    Sequence,
    /// Order and repetition mean nothing; equal is what is mapped to the same.
    Set(fn(&Value) -> Value),
}

impl From<Comparison> for Matching {
    fn from(comparison: Comparison) -> Self {
        match comparison {
            Comparison::Exact | Comparison::Judged { .. } => Self::Sequence,
            Comparison::Set { same } => Self::Set(same),
        }
    }
}

/// The text behind `name = `: its first line, and further ones relative to the column of the name.
pub(super) fn lines(before: &Value, after: &Value, matching: Matching, page: &Page) -> Vec<String> {
    let look = page.look;
    match Mark::of(before, after) {
        Mark::Add => value::lines(after),
        Mark::Remove => value::lines(before),
        _ if !before.is_known() || !after.is_known() => arrow(before, after, look),
        _ => entries(before, after, matching, page)
            .or_else(|| text_diff::lines(before, after, look, page.detail.level))
            .unwrap_or_else(|| arrow(before, after, look)),
    }
}

/// `before -> after`
fn arrow(before: &Value, after: &Value, look: Look) -> Vec<String> {
    // What a secret was before is unknown too, but not because an apply would tell it.
    let mut lines = if before.is_known() { value::lines(before) } else { vec!["(not known)".to_owned()] };
    append(&mut lines, &format!(" {} ", look.paint(Paint::Change, "->")));
    let mut after = value::lines(after).into_iter();
    append(&mut lines, &after.next().unwrap_or_default());
    lines.extend(after);
    lines
}

/// Adds to the last line.
pub(super) fn append(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Entry by entry, where both are lists or both are maps.
fn entries(before: &Value, after: &Value, matching: Matching, page: &Page) -> Option<Vec<String>> {
    use Data::{List, Map, Object, Set, Tuple};
    match (&before.data, &after.data) {
        (Set(..), Set(..)) => Some(sequence(before, after, Matching::Set(Value::clone), page)),
        (List(..) | Set(..) | Tuple(_), List(..) | Set(..) | Tuple(_)) => Some(sequence(before, after, matching, page)),
        (Map(..) | Object(_), Map(..) | Object(_)) => Some(mapping(before, after, page)),
        _ => None,
    }
}

/// Collects the marked entries between two brackets.
struct Entries {
    look: Look,
    /// Unchanged entries are shown as well.
    all: bool,
    lines: Vec<String>,
    unchanged: usize,
}

impl Entries {
    fn new(bracket: &str, page: &Page) -> Self {
        let all = page.detail.level == Level::Full;
        Self { look: page.look, all, lines: vec![bracket.to_owned()], unchanged: 0 }
    }

    /// Entries that stay as they are.
    fn same(&mut self, entries: impl IntoIterator<Item = Vec<String>>) {
        for entry in entries {
            if self.all { self.push(Mark::None, entry) } else { self.unchanged += 1 }
        }
    }

    /// An entry two columns in, its mark before it.
    fn push(&mut self, mark: Mark, entry: Vec<String>) {
        let mut entry = entry.into_iter();
        let first = entry.next().unwrap_or_default();
        self.lines.push(format!("{} {first}", mark.painted(self.look)));
        self.lines.extend(entry.map(|line| if line.is_empty() { line } else { format!("    {line}") }));
    }

    fn close(mut self, bracket: &str) -> Vec<String> {
        if self.unchanged > 0 {
            let hidden = format!("# ({} unchanged)", self.unchanged);
            self.lines.push(format!("    {}", self.look.paint(Paint::Faint, &hidden)));
        }
        self.lines.push(bracket.to_owned());
        self.lines
    }
}

fn sequence(before: &Value, after: &Value, matching: Matching, page: &Page) -> Vec<String> {
    let mut out = Entries::new("[", page);
    let element = |v: &Value| {
        let mut lines = value::lines(v);
        append(&mut lines, ",");
        lines
    };
    let (before, after): (Vec<&Value>, Vec<&Value>) = (before.elements().collect(), after.elements().collect());
    match matching {
        Matching::Set(same) => {
            let (old, new): (Vec<Value>, Vec<Value>) =
                (before.iter().map(|v| same(v)).collect(), after.iter().map(|v| same(v)).collect());
            let only = |these: &[&Value], keys: &[Value], others: &[Value]| -> Vec<Vec<String>> {
                these.iter().zip(keys).filter(|(_, key)| !others.contains(key)).map(|(v, _)| element(v)).collect()
            };
            only(&before, &old, &new).into_iter().for_each(|lines| out.push(Mark::Remove, lines));
            only(&after, &new, &old).into_iter().for_each(|lines| out.push(Mark::Add, lines));
            let stays = after.iter().zip(&new).filter(|(_, key)| old.contains(key));
            out.same(stays.map(|(v, _)| element(v)));
        }
        Matching::Sequence => {
            let (old, new): (Vec<_>, Vec<_>) =
                (before.iter().map(|v| element(v)).collect(), after.iter().map(|v| element(v)).collect());
            for op in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
                let (tag, gone, come) = op.as_tag_tuple();
                if tag == similar::DiffTag::Equal {
                    out.same(old.get(gone).into_iter().flatten().cloned());
                    continue;
                }
                old.get(gone).into_iter().flatten().for_each(|lines| out.push(Mark::Remove, lines.clone()));
                new.get(come).into_iter().flatten().for_each(|lines| out.push(Mark::Add, lines.clone()));
            }
        }
    }
    out.close("]")
}

fn mapping(before: &Value, after: &Value, page: &Page) -> Vec<String> {
    let mut out = Entries::new("{", page);
    let mut names: Vec<&str> = before.entries().chain(after.entries()).map(|(name, _)| &**name).collect();
    names.sort_unstable();
    names.dedup();
    let changed: Vec<&str> = names.iter().copied().filter(|name| before.get(name) != after.get(name)).collect();
    let shown = if out.all { names.clone() } else { changed.clone() };
    out.unchanged = names.len() - shown.len();
    let width = shown.iter().map(|name| value::key(name).chars().count()).max().unwrap_or(0);
    for name in shown {
        let (old, new) = (before.get(name).unwrap_or(&Value::MISSING), after.get(name).unwrap_or(&Value::MISSING));
        let mark = if changed.contains(&name) { Mark::of(old, new) } else { Mark::None };
        // Lists below this level are told entry by entry by whoever declares them; here they are whole.
        let text = match mark {
            Mark::Add | Mark::None => value::lines(new),
            Mark::Remove => value::lines(old),
            _ => arrow(old, new, page.look),
        };
        let mut text = text.into_iter();
        let first = format!("{:width$} = {}", value::key(name), text.next().unwrap_or_default());
        out.push(mark, std::iter::once(first).chain(text).collect());
    }
    out.close("}")
}
