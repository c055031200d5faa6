//! The order of a set's elements, and which of them are the same.
//!
//! Primitive elements are ordered by value. Anything else is ordered by a text that spells the value out; the text is
//! fixed because its order shows in results: a list made from a set, or an index into one.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::{Data, Value};
use crate::lang::recursion::recurse;

/// Sorted, each once. Elements must be unmarked and of one type. What is unknown equals nothing, not even itself.
pub(super) fn arrange(elements: Vec<Value>) -> Vec<Value> {
    let mut keyed: Vec<(String, Value)> = elements.into_iter().map(|e| (sort_key(&e), e)).collect();
    keyed.sort_by(|(ak, a), (bk, b)| order(a, b).unwrap_or_else(|| ak.cmp(bk)));
    let mut distinct: Vec<(String, Value)> = Vec::with_capacity(keyed.len());
    for (key, value) in keyed {
        let repeated = distinct
            .iter()
            .rev()
            .take_while(|(k, v)| order(v, &value).unwrap_or_else(|| k.cmp(&key)) == Ordering::Equal)
            .any(|(_, v)| v.equals(&value).as_bool() == Some(true));
        if !repeated {
            distinct.push((key, value));
        }
    }
    distinct.into_iter().map(|(_, v)| v).collect()
}

impl Value {
    /// The order in which a set holds its elements, for two values of one type.
    pub fn compare_as_element(&self, other: &Value) -> Ordering {
        order(self, other).unwrap_or_else(|| key(self).cmp(&key(other)))
    }
}

/// Known before unknown before null, then by value; `None` for what has no order of its own.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    let rank = |v: &Value| match v.data {
        Data::Unknown(_) => 1,
        Data::Null(_) => 2,
        _ => 0,
    };
    match (rank(a), rank(b)) {
        (0, 0) => match (&a.data, &b.data) {
            (Data::String(a), Data::String(b)) => Some(a.cmp(b)),
            (Data::Number(a), Data::Number(b)) => Some(a.cmp(b)),
            (Data::Bool(a), Data::Bool(b)) => Some(a.cmp(b)),
            _ => None,
        },
        (a, b) => Some(a.cmp(&b)),
    }
}

/// The text that orders an element; empty for one that is ordered by value.
fn sort_key(value: &Value) -> String {
    if order(value, value).is_some() { String::new() } else { key(value) }
}

fn key(value: &Value) -> String {
    let mut text = String::new();
    write_key(value, &mut text);
    text
}

fn write_key(value: &Value, out: &mut String) {
    match &value.data {
        Data::Unknown(_) => out.push('?'),
        Data::Null(_) => out.push('~'),
        Data::Bool(b) => out.push(if *b { 'T' } else { 'F' }),
        Data::Number(n) => out.push_str(&n.to_brief_text()),
        Data::String(s) => write_quoted(s, out),
        Data::List(_, elements) | Data::Set(_, elements) => write_sequence(elements.iter(), '[', ']', out),
        Data::Tuple(elements) => write_sequence(elements.iter(), '<', '>', out),
        Data::Object(attributes) => write_sequence(attributes.values(), '<', '>', out),
        Data::Map(_, entries) => {
            out.push('{');
            for (k, v) in entries.iter() {
                write_quoted(k, out);
                out.push(':');
                recurse(|| write_key(v, out));
                out.push(';');
            }
            out.push('}');
        }
    }
}

fn write_sequence<'a>(parts: impl IntoIterator<Item = &'a Value>, open: char, close: char, out: &mut String) {
    out.push(open);
    for part in parts {
        recurse(|| write_key(part, out));
        out.push(';');
    }
    out.push(close);
}

/// In double quotes, with what cannot be printed escaped.
pub(super) fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if is_printable(c) => out.push(c),
            c => write_escape(c, out),
        }
    }
    out.push('"');
}

fn write_escape(c: char, out: &mut String) {
    let code = u32::from(c);
    // Writing to a String cannot fail.
    let _ = match code {
        0..0x80 => write!(out, "\\x{code:02x}"),
        0x80..0x10000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// What stands for itself in quoted text: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // `escape_debug` leaves alone what is printable or a combining mark.
    let grapheme_extend_safe = c.escape_debug().count() == 1 || is_combining(c);
    grapheme_extend_safe && !c.is_whitespace() && !c.is_control()
}

fn is_combining(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}
