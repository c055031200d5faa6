//! Patterns in the syntax of RE2, translated for the `regex` crate, which differs from it:
//!
//! - `\d`, `\s`, `\w` and `\b` know ASCII only,
//! - within a class `[`, `&&`, `--` and `~~` have no meaning of their own,
//! - a brace that does not repeat anything stands for itself, a repetition cannot be repeated,
//! - `\Q…\E` quotes, `\123` is an octal number, an escaped punctuation mark stands for itself,
//! - only the flags `i`, `m`, `s` and `U` exist.
//!
//! Must not know values.

use super::class;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    pub regex: regex::Regex,
    /// The names of the capture groups in order; `None` for one without a name.
    pub groups: Vec<Option<String>>,
}

/// How often a repetition may repeat.
const MAX_REPEAT: u32 = 1000;

/// Bytes a compiled pattern may take.
const SIZE_LIMIT: usize = 64 << 20;

/// Groups within groups.
const MAX_DEPTH: usize = 200;

type Result<T> = std::result::Result<T, String>;

impl Pattern {
    /// # Errors
    /// Why the pattern is none, as in `missing closing ) in (a`.
    pub fn compile(text: &str) -> Result<Self> {
        let mut translator = Translator { text, position: 0, out: String::new(), groups: Vec::new(), open: 0 };
        translator.run()?;
        let regex = regex::RegexBuilder::new(&translator.out).size_limit(SIZE_LIMIT).build().map_err(|e| match e {
            regex::Error::CompiledTooBig(_) => format!("expression nests too deeply or repeats too often in {text}"),
            _ => format!("invalid syntax in {text}"),
        })?;
        Ok(Self { regex, groups: translator.groups })
    }

    /// Puts groups into a replacement: `$1`, `${1}`, `$name`, `${name}`, and `$$` for a dollar sign. Where a name does not
    /// follow, the dollar sign stands for itself; a name that is no group gives nothing.
    pub fn expand(&self, replacement: &str, captures: &regex::Captures<'_>, out: &mut String) {
        let mut rest = replacement;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some((name, after)) = reference(after) {
                out.push_str(self.group(name, captures));
                rest = after;
            } else {
                out.push('$');
                rest = after;
            }
        }
        out.push_str(rest);
    }

    /// What a group matched, by its number or its name.
    fn group<'h>(&self, name: &str, captures: &regex::Captures<'h>) -> &'h str {
        let leading_zero = name.len() > 1 && name.starts_with('0');
        if !leading_zero && let Ok(index) = name.parse::<usize>() {
            return captures.get(index).map_or("", |m| m.as_str());
        }
        let named = self.groups.iter().enumerate().filter(|(_, g)| g.as_deref() == Some(name));
        named.filter_map(|(i, _)| captures.get(i + 1)).map(|m| m.as_str()).next().unwrap_or_default()
    }
}

/// The name after a dollar sign and what follows it.
fn reference(text: &str) -> Option<(&str, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if let Some(inner) = text.strip_prefix('{') {
        let (name, after) = inner.split_once('}')?;
        return (!name.is_empty() && name.chars().all(is_word)).then_some((name, after));
    }
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// What stands before the position, for a repetition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Item,
    /// Where the operator stands.
    Repetition(usize),
}

pub(super) struct Translator<'a> {
    pub text: &'a str,
    pub position: usize,
    pub out: String,
    groups: Vec<Option<String>>,
    open: usize,
}

impl<'a> Translator<'a> {
    pub fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn skip(&mut self, bytes: usize) {
        self.position += bytes;
    }

    pub fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    /// The text from there to the position.
    pub fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.position).unwrap_or_default()
    }

    fn run(&mut self) -> Result<()> {
        let mut before = Before::Nothing;
        while let Some(c) = self.peek() {
            before = match c {
                '(' => self.open_group()?,
                ')' => self.close_group()?,
                '|' | '^' | '$' | '.' => {
                    self.skip(1);
                    self.out.push(c);
                    if c == '|' { Before::Nothing } else { Before::Item }
                }
                '[' => {
                    class::translate(self)?;
                    Before::Item
                }
                '*' | '+' | '?' => self.repetition(before, 1)?,
                '{' => match repeat(self.rest()) {
                    Some(length) => self.repetition(before, length)?,
                    None => self.literal(),
                },
                '\\' => self.escape()?,
                _ => self.literal(),
            };
        }
        if self.open > 0 { Err(format!("missing closing ) in {}", self.text)) } else { Ok(()) }
    }

    fn literal(&mut self) -> Before {
        if let Some(c) = self.next() {
            self.push_literal(c);
        }
        Before::Item
    }

    pub fn push_literal(&mut self, c: char) {
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn open_group(&mut self) -> Result<Before> {
        self.open += 1;
        if self.open > MAX_DEPTH {
            return Err(format!("expression nests too deeply in {}", self.text));
        }
        let Some(after) = self.rest().strip_prefix("(?") else {
            self.skip(1);
            self.groups.push(None);
            self.out.push('(');
            return Ok(Before::Nothing);
        };
        let named = after.strip_prefix("P<").map(|n| (n, 4)).or(after.strip_prefix('<').map(|n| (n, 3)));
        if let Some((after, skipped)) = named.filter(|(n, _)| !n.starts_with(['=', '!'])) {
            return self.named_group(after, skipped);
        }
        let end = after.find([':', ')']).unwrap_or(after.len());
        let flags = after.get(..end).unwrap_or_default();
        let closing = after.get(end..).and_then(|r| r.chars().next());
        if closing.is_none() || !are_flags(flags, closing == Some(':')) {
            let shown: String = self.rest().chars().take(3).collect();
            return Err(format!("invalid or unsupported Perl syntax in {shown}"));
        }
        if closing == Some(')') {
            self.open -= 1;
        }
        let whole = self.rest().get(..end + 3).unwrap_or_default();
        self.out.push_str(whole);
        self.skip(whole.len());
        Ok(Before::Nothing)
    }

    fn named_group(&mut self, after: &str, skipped: usize) -> Result<Before> {
        let end = after.find('>').unwrap_or(after.len());
        let name = after.get(..end).unwrap_or_default();
        let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if end == after.len() || !valid {
            let shown = self.rest().get(..skipped + end + 1).unwrap_or(self.rest());
            return Err(format!("invalid named capture in {shown}"));
        }
        self.groups.push(Some(name.to_owned()));
        self.out.push('(');
        self.skip(skipped + end + 1);
        Ok(Before::Nothing)
    }

    fn close_group(&mut self) -> Result<Before> {
        if self.open == 0 {
            return Err(format!("unexpected ) in {}", self.text));
        }
        self.open -= 1;
        self.skip(1);
        self.out.push(')');
        Ok(Before::Item)
    }

    /// An operator of that length, perhaps with `?` after it.
    fn repetition(&mut self, before: Before, length: usize) -> Result<Before> {
        let start = self.position;
        self.skip(length);
        let operator = self.since(start);
        if operator.starts_with('{') && !is_reasonable(operator) {
            return Err(format!("invalid repeat count in {operator}"));
        }
        if self.peek() == Some('?') {
            self.skip(1);
        }
        let operator = self.since(start);
        match before {
            Before::Nothing => return Err(format!("missing argument to repetition operator in {operator}")),
            Before::Repetition(first) => {
                return Err(format!("invalid nested repetition operator in {}", self.since(first)));
            }
            Before::Item => {}
        }
        self.out.push_str(operator);
        Ok(Before::Repetition(start))
    }

    fn escape(&mut self) -> Result<Before> {
        if let Some(quoted) = self.rest().strip_prefix("\\Q") {
            let (literal, length) = match quoted.find("\\E") {
                Some(end) => (quoted.get(..end).unwrap_or_default(), end + 4),
                None => (quoted, quoted.len() + 2),
            };
            self.out.push_str(&regex::escape(literal));
            self.skip(length);
            return Ok(Before::Item);
        }
        let replaced = match self.rest().get(1..2) {
            Some("d") => "[0-9]",
            Some("D") => "[^0-9]",
            Some("s") => "[\\t\\n\\x0C\\r ]",
            Some("S") => "[^\\t\\n\\x0C\\r ]",
            Some("w") => "[0-9A-Za-z_]",
            Some("W") => "[^0-9A-Za-z_]",
            Some("b") => "(?-u:\\b)",
            Some("B") => "\\B",
            Some("A") => "\\A",
            Some("z") => "\\z",
            Some("p" | "P") => {
                let property = class::property(self)?;
                self.out.push_str(&property);
                return Ok(Before::Item);
            }
            _ => {
                let c = self.escaped_character()?;
                self.push_literal(c);
                return Ok(Before::Item);
            }
        };
        self.out.push_str(replaced);
        self.skip(2);
        Ok(Before::Item)
    }

    /// The character an escape stands for.
    pub fn escaped_character(&mut self) -> Result<char> {
        let start = self.position;
        self.skip(1);
        let Some(c) = self.next() else { return Err(String::from("trailing backslash at end of expression in ")) };
        let character = match c {
            'a' => Some('\u{7}'),
            'f' => Some('\u{c}'),
            't' => Some('\t'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            'v' => Some('\u{b}'),
            'x' => self.hexadecimal(),
            '0'..='7' => self.octal(c),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(c),
            _ => None,
        };
        character.ok_or_else(|| format!("invalid escape sequence in {}", self.since(start)))
    }

    fn hexadecimal(&mut self) -> Option<char> {
        let (digits, length) = match self.rest().strip_prefix('{') {
            Some(inner) => {
                let end = inner.find('}')?;
                (inner.get(..end)?, end + 2)
            }
            None => (self.rest().get(..2)?, 2),
        };
        let code = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        self.skip(length);
        char::from_u32(code)
    }

    /// One digit other than 0 would refer back to a group, which does not exist.
    fn octal(&mut self, first: char) -> Option<char> {
        let mut code = first.to_digit(8)?;
        if first != '0' && !self.peek().is_some_and(|c| c.is_digit(8)) {
            return None;
        }
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.skip(1);
        }
        char::from_u32(code)
    }
}

/// Flags to set, and after a minus to unset.
fn are_flags(flags: &str, opens_group: bool) -> bool {
    let valid = |part: &str| part.chars().all(|c| "imsU".contains(c));
    match flags.split_once('-') {
        Some((set, unset)) => valid(set) && valid(unset) && !unset.is_empty(),
        None => valid(flags) && (opens_group || !flags.is_empty()),
    }
}

/// The length of `{n}`, `{n,}` or `{n,m}`.
fn repeat(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('{')?;
    let end = inner.find('}')?;
    let bounds = inner.get(..end)?;
    let is_number =
        |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()) && (s.len() == 1 || !s.starts_with('0'));
    let valid = match bounds.split_once(',') {
        Some((min, max)) => is_number(min) && (max.is_empty() || is_number(max)),
        None => is_number(bounds),
    };
    valid.then_some(end + 2)
}

fn is_reasonable(operator: &str) -> bool {
    let bounds = operator.trim_matches(['{', '}']);
    let number = |s: &str| s.parse::<u32>().ok().filter(|n| *n <= MAX_REPEAT);
    match bounds.split_once(',') {
        Some((min, "")) => number(min).is_some(),
        Some((min, max)) => matches!((number(min), number(max)), (Some(min), Some(max)) if min <= max),
        None => number(bounds).is_some(),
    }
}
