//! Patterns of `fileset`, translated to regular expressions: `*` and `?` within a name, `[a-z]` and `[^a-z]`, `{a,b}` within
//! a name, `**` for any number of directories, `\` before what is to be taken literally.

use regex::{Regex, RegexBuilder};

const BAD_PATTERN: &str = "syntax error in pattern";

/// Patterns that one with braces may stand for.
const MAX_ALTERNATIVES: usize = 1000;

type Result<T> = std::result::Result<T, String>;

/// A regular expression for paths with `/` between their names.
///
/// # Errors
/// When a bracket or a brace is not closed, or a class is empty.
pub(super) fn compile(pattern: &str) -> Result<Regex> {
    let names: Vec<&str> = pattern.split('/').collect();
    let mut text = String::from("^");
    for (i, name) in names.iter().enumerate() {
        let last = i + 1 == names.len();
        match (*name, last) {
            ("**", true) => text.push_str("(?:[^/]+/)*[^/]+"),
            ("**", false) => text.push_str("(?:[^/]+/)*"),
            (name, last) => {
                write_name(name, &mut text)?;
                text.push_str(if last { "" } else { "/" });
            }
        }
    }
    text.push('$');
    RegexBuilder::new(&text).dot_matches_new_line(true).build().map_err(|_| BAD_PATTERN.to_owned())
}

fn write_name(name: &str, out: &mut String) -> Result<()> {
    let mut alternatives = Vec::new();
    expand(name.to_owned(), &mut alternatives)?;
    out.push_str("(?:");
    for (i, alternative) in alternatives.iter().enumerate() {
        if i > 0 {
            out.push('|');
        }
        write_alternative(alternative, out)?;
    }
    out.push(')');
    Ok(())
}

/// The position of a character that no backslash stands before.
fn find_unescaped(text: &str, wanted: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(i, c)| {
        let found = c == wanted && !escaped;
        escaped = c == '\\' && !escaped;
        found.then_some(i)
    })
}

/// Every way to choose from the braces. A group ends with the first closing brace.
fn expand(name: String, alternatives: &mut Vec<String>) -> Result<()> {
    let Some(open) = find_unescaped(&name, '{') else {
        alternatives.push(name);
        return if alternatives.len() > MAX_ALTERNATIVES { Err("too many alternatives".to_owned()) } else { Ok(()) };
    };
    let (before, group) = name.split_at(open);
    let group = group.get(1..).unwrap_or_default();
    let close = find_unescaped(group, '}').ok_or(BAD_PATTERN)?;
    let (mut options, after) = group.split_at(close);
    let after = after.get(1..).unwrap_or_default();
    loop {
        let end = find_unescaped(options, ',').unwrap_or(options.len());
        let (option, rest) = options.split_at(end);
        expand(format!("{before}{option}{after}"), alternatives)?;
        match rest.strip_prefix(',') {
            Some(rest) => options = rest,
            None => return Ok(()),
        }
    }
}

fn write_alternative(name: &str, out: &mut String) -> Result<()> {
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '[' => write_class(&mut characters, out)?,
            '\\' => push_literal(characters.next().ok_or(BAD_PATTERN)?, out),
            c => push_literal(c, out),
        }
    }
    Ok(())
}

fn push_literal(c: char, out: &mut String) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// The class after its opening bracket.
fn write_class(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Result<()> {
    out.push_str(if characters.next_if_eq(&'^').is_some() { "[^/" } else { "[" });
    let mut empty = true;
    loop {
        let low = match characters.next().ok_or(BAD_PATTERN)? {
            ']' if empty => return Err(BAD_PATTERN.to_owned()),
            ']' => break,
            '-' => return Err(BAD_PATTERN.to_owned()),
            c => escaped(c, characters)?,
        };
        empty = false;
        if characters.next_if_eq(&'-').is_some() {
            let c = characters.next().filter(|c| *c != ']').ok_or(BAD_PATTERN)?;
            let high = escaped(c, characters)?;
            write_range(low, high, out);
        } else {
            push_member(low, out);
        }
    }
    out.push(']');
    Ok(())
}

/// A range that runs backwards holds nothing; a zero character, which no name has, keeps the class from being empty.
fn write_range(low: char, high: char, out: &mut String) {
    if high < low {
        return out.push('\0');
    }
    push_member(low, out);
    out.push('-');
    push_member(high, out);
}

fn escaped(c: char, characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<char> {
    if c == '\\' { characters.next().ok_or_else(|| BAD_PATTERN.to_owned()) } else { Ok(c) }
}

/// Everything that could mean something within a class is escaped.
fn push_member(c: char, out: &mut String) {
    if c.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(c);
}
