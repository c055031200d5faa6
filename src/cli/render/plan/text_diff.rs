//! A text before and after, line by line: what changed with a few lines around it.

use std::fmt::Display;

use similar::{ChangeTag, TextDiff};

use super::super::{Look, Paint, is_dangerous, value};
use super::Level;
use crate::lang::value::Value;

/// Unchanged lines that are shown around a change.
const AROUND: usize = 2;

/// A text in one line that is longer than this is compared on lines of its own.
const LONG: usize = 60;

/// The lines of a comparison; nothing where both texts are short enough to stand beside each other.
pub(super) fn lines(before: &Value, after: &Value, look: Look, level: Level) -> Option<Vec<String>> {
    let (old, new) = (before.as_str()?, after.as_str()?);
    // Where only their layout differs, the texts themselves are compared.
    if let Some((old, new)) = json(old).zip(json(new)).filter(|(old, new)| old != new) {
        let shown = compared(&old, &new, look, level);
        return Some(framed("jsonencode(", shown, ")"));
    }
    if [old, new].iter().any(|text| text.trim_end().contains('\n')) {
        return Some(framed("<<-EOT", compared(&written(old), &written(new), look, level), "EOT"));
    }
    if [old, new].iter().all(|text| text.chars().count() <= LONG) {
        return None;
    }
    let one = |paint, sign: &str, text: &str| format!("{} {}", look.paint(paint, sign), value::quoted(text));
    Some(vec![String::new(), one(Paint::Remove, "-", old), one(Paint::Add, "+", new)])
}

/// The text with its structure laid open, when it is JSON of more than one value.
fn json(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    (value.is_object() || value.is_array()).then(|| serde_json::to_string_pretty(&value).ok().map(|t| safe(&t)))?
}

/// Nothing in it can act on a terminal.
fn safe(text: &str) -> String {
    let kept = |c: char| matches!(c, '\n' | '\t') || !is_dangerous(c);
    text.chars().map(|c| if kept(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// As it stands in a heredoc.
fn written(text: &str) -> String {
    safe(text).replace("${", "$${").replace("%{", "%%{")
}

fn framed(head: &str, lines: Vec<String>, foot: &str) -> Vec<String> {
    std::iter::once(head.to_owned()).chain(lines).chain([foot.to_owned()]).collect()
}

fn compared(old: &str, new: &str, look: Look, level: Level) -> Vec<String> {
    let diff = TextDiff::from_lines(old, new);
    let total = old.lines().count();
    let around = if level == Level::Full { total.max(new.lines().count()) } else { AROUND };
    let (mut lines, mut next) = (Vec::new(), 0);
    for group in diff.grouped_ops(around) {
        let (first, last) = (group.first(), group.last());
        let begins = first.map_or(next, |op| op.old_range().start);
        lines.extend(left_out(begins.saturating_sub(next), look));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            lines.push(marked(change.tag(), &change.value().trim_end_matches('\n'), look));
        }
        next = last.map_or(next, |op| op.old_range().end);
    }
    lines.extend(left_out(total.saturating_sub(next), look));
    lines
}

fn marked(tag: ChangeTag, line: &dyn Display, look: Look) -> String {
    match tag {
        ChangeTag::Delete => look.paint(Paint::Remove, &format!("- {line}")),
        ChangeTag::Insert => look.paint(Paint::Add, &format!("+ {line}")),
        ChangeTag::Equal => format!("  {line}").trim_end().to_owned(),
    }
}

fn left_out(count: usize, look: Look) -> Option<String> {
    let noun = if count == 1 { "line" } else { "lines" };
    (count > 0).then(|| look.paint(Paint::Faint, &format!("  # ({count} unchanged {noun})")))
}
