//! Functions of strings. A character is what a reader takes for one: a grapheme cluster.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use crate::lang::value::{Number, Type, Value};

use super::call::{Call, Failure, Result};
use super::signature::{BOOL, Function, Parameter, STRING, STRINGS, Wanted, number, string};

const ONE: &[Parameter] = &[string("str")];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("chomp", ONE, STRING, |c| Ok(Value::from(c.text(0).trim_end_matches(['\r', '\n'])))),
    Function::new("endswith", &[string("str"), string("suffix")], BOOL, |c| {
        Ok(Value::bool(c.text(0).ends_with(c.text(1))))
    }),
    Function::new("indent", &[number("spaces"), string("str")], STRING, indent),
    Function::new("join", &[string("separator")], STRING, join).variadic(Parameter::new("lists", Wanted::ListOfString)),
    Function::new("lower", &[string("str").untyped()], STRING, |c| Ok(Value::from(lower(c.text(0))))),
    Function::new("sort", &[Parameter::new("list", Wanted::ListOfString).unknown()], STRINGS, sort),
    Function::new("split", &[string("separator"), string("str")], STRINGS, split),
    Function::new("startswith", &[string("str").unknown(), string("prefix")], BOOL, startswith),
    Function::new("strcontains", &[string("str"), string("substr")], BOOL, |c| {
        Ok(Value::bool(c.text(0).contains(c.text(1))))
    }),
    Function::new("strrev", &[string("str").untyped()], STRING, |c| Ok(Value::from(reversed(c.text(0))))),
    Function::new(
        "substr",
        &[string("str").untyped(), number("offset").untyped(), number("length").untyped()],
        STRING,
        substr,
    ),
    Function::new("title", ONE, STRING, |c| Ok(Value::from(title(c.text(0))))),
    Function::new("trim", &[string("str"), string("cutset")], STRING, |c| {
        Ok(Value::from(c.text(0).trim_matches(|ch| c.text(1).contains(ch))))
    }),
    Function::new("trimprefix", &[string("str"), string("prefix")], STRING, |c| {
        Ok(Value::from(c.text(0).strip_prefix(c.text(1)).unwrap_or(c.text(0))))
    }),
    Function::new("trimspace", ONE, STRING, |c| Ok(Value::from(c.text(0).trim()))),
    Function::new("trimsuffix", &[string("str"), string("suffix")], STRING, |c| {
        Ok(Value::from(c.text(0).strip_suffix(c.text(1)).unwrap_or(c.text(0))))
    }),
    Function::new("upper", &[string("str").untyped()], STRING, |c| Ok(Value::from(upper(c.text(0))))),
];

/// What a reader takes for one character each. Letters that a virama joins count one by one, as in Unicode up to 15.0.
pub(super) fn characters(text: &str) -> impl Iterator<Item = &str> {
    text.graphemes(true).flat_map(|cluster| {
        let mut rest = Some(cluster);
        std::iter::from_fn(move || {
            let whole = rest?;
            let end = joined_letter(whole).unwrap_or(whole.len());
            let (first, after) = whole.split_at(end);
            rest = (!after.is_empty()).then_some(after);
            Some(first)
        })
    })
}

/// Where a second letter of an Indic script begins within a cluster.
fn joined_letter(cluster: &str) -> Option<usize> {
    let is_indic = |c: char| {
        matches!(u32::from(c), 0x0900..=0x0DFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x1A20..=0x1AAF
        | 0x1B00..=0x1BFF | 0xA980..=0xA9DF | 0xAA60..=0xAAFF | 0x11000..=0x11FFF)
    };
    let mut before = None;
    for (at, c) in cluster.char_indices() {
        let joined = before.is_some_and(|b: char| is_combining_mark(b) || b == '\u{200D}');
        if joined && is_indic(c) && c.is_alphabetic() && !is_combining_mark(c) {
            return Some(at);
        }
        before = Some(c);
    }
    None
}

/// The number of characters, or what is known about it.
pub(super) fn length(value: &Value) -> Value {
    let value_length = |text: &str| Number::from(characters(text).count());
    let result = match value.as_str() {
        Some(text) => Value::number(value_length(text)),
        None => {
            let prefix = value.refinement().map(|r| value_length(&r.prefix)).unwrap_or_else(Number::zero);
            Value::unknown(Type::Number).refine_lower(crate::lang::value::Bound::inclusive(prefix))
        }
    };
    result.with_marks(value.marks)
}

fn reversed(text: &str) -> String {
    let mut parts: Vec<&str> = characters(text).collect();
    parts.reverse();
    parts.concat()
}

/// Character by character, none becoming two: `ß` stays.
fn upper(text: &str) -> String {
    text.chars().map(upper_char).collect()
}

fn upper_char(c: char) -> char {
    let mut several = c.to_uppercase();
    match (several.next(), several.next()) {
        (Some(one), None) => one,
        // Greek letters with an iota below have a capital of their own.
        _ => match u32::from(c) {
            code @ (0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7) => char::from_u32(code + 8).unwrap_or(c),
            code @ (0x1FB3 | 0x1FC3 | 0x1FF3) => char::from_u32(code + 9).unwrap_or(c),
            _ => c,
        },
    }
}

fn lower(text: &str) -> String {
    // Only `İ` becomes two characters, the first of which is its simple form.
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

/// Capitals after everything that is no letter, digit or underscore.
fn title(text: &str) -> String {
    let mut after_separator = true;
    text.chars()
        .map(|c| {
            let begins = std::mem::replace(&mut after_separator, is_separator(c));
            if begins { title_char(c) } else { c }
        })
        .collect()
}

/// Digraphs have a form of their own for the beginning of a word.
fn title_char(c: char) -> char {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        c => upper_char(c),
    }
}

fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !(c.is_ascii_alphanumeric() || c == '_');
    }
    c.is_whitespace()
}

fn indent(call: &Call<'_>) -> Result<Value> {
    let spaces = call.integer(0)?;
    let spaces = usize::try_from(spaces).map_err(|_| "the number of spaces must not be negative")?;
    let text = call.text(1);
    const LIMIT: usize = 1 << 28;
    if text.matches('\n').count().saturating_mul(spaces) > LIMIT {
        return Err("the result would be larger than 256 MiB".into());
    }
    Ok(Value::from(text.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

fn join(call: &Call<'_>) -> Result<Value> {
    let Some((_, lists)) = call.args.split_first().filter(|(_, lists)| !lists.is_empty()) else {
        return Err("at least one list is required".into());
    };
    if lists.iter().any(|l| !l.is_wholly_known()) {
        return Ok(call.unknown());
    }
    let mut items = Vec::new();
    for (l, list) in lists.iter().enumerate() {
        for (i, element) in list.elements().enumerate() {
            let Some(text) = element.as_str() else {
                let of = if lists.len() > 1 { format!(" of list {}", l + 1) } else { String::new() };
                return Err(Failure::at(l + 1, format!("element {i}{of} is null; cannot concatenate null values")));
            };
            items.push(text);
        }
    }
    Ok(Value::from(items.join(call.text(0))))
}

fn sort(call: &Call<'_>) -> Result<Value> {
    let list = call.arg(0);
    if !list.is_wholly_known() {
        let known = list.range().refinement;
        return Ok(call.unknown().refine_not_null().refine_length(known.min_length, known.max_length));
    }
    if let Some(i) = list.elements().position(Value::is_null) {
        return Err(format!("given list element {i} is null; a null string cannot be sorted").into());
    }
    let mut elements: Vec<Value> = list.elements().cloned().collect();
    elements.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(Value::list(Type::String, elements))
}

fn split(call: &Call<'_>) -> Result<Value> {
    let (separator, text) = (call.text(0), call.text(1));
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|c| Value::from(c.to_string())).collect()
    } else {
        text.split(separator).map(Value::from).collect()
    };
    Ok(Value::list(Type::String, parts))
}

fn startswith(call: &Call<'_>) -> Result<Value> {
    let prefix = call.text(1);
    if let Some(text) = call.arg(0).as_str() {
        return Ok(Value::bool(text.starts_with(prefix)));
    }
    let known = call.arg(0).refinement().map(|r| r.prefix.clone()).unwrap_or_default();
    if known.starts_with(prefix) {
        Ok(Value::bool(true))
    } else if !known.is_empty() && known.len() >= prefix.len() {
        Ok(Value::bool(false))
    } else {
        Ok(call.unknown())
    }
}

/// A negative offset counts from the end, a negative length means all the rest.
fn substr(call: &Call<'_>) -> Result<Value> {
    let (offset, length) = (call.integer(1)?, call.integer(2)?);
    let characters: Vec<&str> = characters(call.text(0)).collect();
    let start = if offset < 0 { offset.saturating_add(characters.len() as i64).max(0) } else { offset };
    let rest = characters.get(usize::try_from(start).unwrap_or(usize::MAX)..).unwrap_or_default();
    let taken = match usize::try_from(length) {
        // From the end a length of zero means all the rest as well.
        Ok(0) if offset < 0 => rest,
        Ok(count) => rest.get(..count).unwrap_or(rest),
        Err(_) => rest,
    };
    Ok(Value::from(taken.concat()))
}
