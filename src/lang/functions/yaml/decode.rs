//! Reading YAML: one document, plain data. Mappings become objects, sequences tuples.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use libyaml_safer::{ErrorKind, Event, EventData, MAP_TAG, Mark, Parser, SEQ_TAG, ScalarStyle};

use crate::lang::recursion::recurse;
use crate::lang::value::convert::convert;
use crate::lang::value::{Data, Type, Value};

use super::scalar::{self, Resolved};

/// Levels of nesting accepted.
const MAX_DEPTH: usize = 200;

/// Values one document may stand for, when its aliases are followed.
const MAX_SIZE: usize = 1_000_000;

type Result<T> = std::result::Result<T, String>;

/// # Errors
/// Why the text is no YAML, or holds something that is no plain data, and where.
pub(super) fn decode(text: &str) -> Result<Value> {
    let input = Input::new(text);
    let mut parser = Parser::new();
    parser.set_input(input.text.as_bytes());
    let is_risky = has_tag_before_comma(&input.text);
    let mut reader =
        Reader { input: &input, is_risky, parser, anchors: BTreeMap::new(), open_anchors: BTreeSet::new(), size: 0 };
    reader.document()
}

/// A text as the parser can take it.
struct Input<'a> {
    text: Cow<'a, str>,
    /// The last line, if an end was put behind it: the parser fails where a text just stops.
    ended: Option<&'a str>,
}

impl<'a> Input<'a> {
    fn new(text: &'a str) -> Self {
        const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
        let ended = (!text.ends_with(BREAKS)).then(|| text.rsplit(BREAKS).next().unwrap_or_default());
        // The first byte of some letters is taken for a byte order mark, but not behind a real one.
        let misleads = text.starts_with(|c| matches!(c, '\u{F000}'..='\u{FFFF}') && c != MARK);
        let text = match (ended.is_some(), misleads) {
            (false, false) => Cow::Borrowed(text),
            (end, mark) => {
                format!("{}{text}{}", if mark { "\u{feff}" } else { "" }, if end { "\n" } else { "" }).into()
            }
        };
        Self { text, ended }
    }

    /// What a block of text would be without the end that was put behind it.
    fn unended(&self, block: String, end: Mark) -> String {
        let Some(line) = self.ended else { return block };
        let length = self.text.strip_prefix(MARK).unwrap_or(&self.text).len();
        if end.index != length as u64 {
            return block;
        }
        let all_blank = line.trim_start_matches(' ').is_empty();
        let last = block.strip_suffix('\n').unwrap_or(&block).rsplit('\n').next().unwrap_or_default();
        // A line of spaces alone belongs to the block where it is longer than its indentation, or all ends are kept.
        let belongs = !all_blank || block.ends_with("\n\n") || (!last.is_empty() && line.ends_with(last));
        if belongs { block.strip_suffix('\n').map(str::to_owned).unwrap_or(block) } else { block }
    }
}

const MARK: char = '\u{feff}';

struct Reader<'a> {
    input: &'a Input<'a>,
    /// Whether the parser may panic at it.
    is_risky: bool,
    parser: Parser<&'a [u8]>,
    /// Complete values by the anchors that name them, with the number of values each stands for.
    anchors: BTreeMap<String, (Value, usize)>,
    /// Anchors of collections that are not complete yet.
    open_anchors: BTreeSet<String>,
    /// Values read so far.
    size: usize,
}

/// A message with its position, which the first line does not have.
fn located(mark: Mark, why: impl std::fmt::Display) -> String {
    if mark.line == 0 { why.to_string() } else { format!("on line {}, column {}: {why}", mark.line, mark.column + 1) }
}

fn syntax_error(error: &libyaml_safer::Error) -> String {
    let why = if error.problem().is_empty() { "invalid YAML syntax" } else { error.problem() };
    match (error.problem_mark(), error.context_mark()) {
        (Some(mark), _) if mark.line != 0 => {
            let in_scanner = error.kind() == ErrorKind::Scanner;
            let (line, column) = if in_scanner { (mark.line + 1, 1) } else { (mark.line, mark.column + 1) };
            format!("on line {line}, column {column}: {why}")
        }
        (_, Some(mark)) => located(mark, why),
        _ => why.to_owned(),
    }
}

/// Whether a tag may stand there with a comma right behind it, where the parser panics.
fn has_tag_before_comma(text: &str) -> bool {
    const ENDS: [char; 7] = [' ', '\t', '\r', '\n', '[', ']', '{'];
    text.split('!').skip(1).any(|rest| rest.split(ENDS).next().is_some_and(|tag| tag.contains(',')))
}

/// Runs what may panic, without a word on the terminal; nothing when it did.
fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let usual = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(usual);
    result.ok()
}

impl Reader<'_> {
    fn next(&mut self) -> Result<Event> {
        let parser = &mut self.parser;
        let parsed = if self.is_risky { quietly(|| parser.parse()) } else { Some(parser.parse()) };
        let parsed = parsed.ok_or("while scanning a tag: did not find expected whitespace or line break")?;
        parsed.map_err(|e| syntax_error(&e))
    }

    fn document(&mut self) -> Result<Value> {
        self.next()?;
        let start = self.next()?;
        if let EventData::DocumentStart { version_directive: Some(version), .. } = &start.data
            && (version.major, version.minor) != (1, 1)
        {
            return Err(located(start.start_mark, "found incompatible YAML document"));
        }
        if !matches!(start.data, EventData::DocumentStart { .. }) {
            return Err(format!(
                "on line {}, column {}: missing start of document",
                start.start_mark.line.max(1),
                start.start_mark.column + 1
            ));
        }
        let event = self.next()?;
        let value = self.value(event, 0)?;
        let end = self.next()?;
        if !matches!(end.data, EventData::DocumentEnd { .. }) {
            return Err(located(end.start_mark, "unexpected extra content after value"));
        }
        let end = self.next()?;
        if !matches!(end.data, EventData::StreamEnd) {
            return Err(located(end.start_mark, "unexpected extra content after value"));
        }
        Ok(value)
    }

    fn value(&mut self, event: Event, depth: usize) -> Result<Value> {
        let mark = event.start_mark;
        self.grow(1, mark)?;
        if depth > MAX_DEPTH {
            return Err(located(mark, format!("nested more than {MAX_DEPTH} levels deep")));
        }
        match event.data {
            EventData::Scalar { anchor, tag, value, style, .. } => {
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                let value = if is_block { self.input.unended(value, event.end_mark) } else { value };
                let resolved = scalar::resolve(tag.as_deref(), &value, style).map_err(|e| located(mark, e))?;
                let value = match resolved {
                    Resolved::Value(value) => value,
                    Resolved::Merge => Value::from("<<"),
                };
                self.name(anchor, &value, 1);
                Ok(value)
            }
            EventData::Alias { anchor } => self.alias(&anchor, mark),
            EventData::SequenceStart { anchor, tag, .. } => {
                check_tag(tag, SEQ_TAG, "sequence", mark)?;
                self.collection(anchor, |reader| reader.sequence(depth))
            }
            EventData::MappingStart { anchor, tag, .. } => {
                check_tag(tag, MAP_TAG, "mapping", mark)?;
                self.collection(anchor, |reader| reader.mapping(depth))
            }
            _ => Err(located(mark, "expecting a value")),
        }
    }

    fn grow(&mut self, count: usize, mark: Mark) -> Result<()> {
        self.size = self.size.saturating_add(count);
        if self.size > MAX_SIZE {
            return Err(located(mark, format!("the document stands for more than {MAX_SIZE} values")));
        }
        Ok(())
    }

    fn name(&mut self, anchor: Option<String>, value: &Value, size: usize) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, (value.clone(), size));
        }
    }

    fn alias(&mut self, anchor: &str, mark: Mark) -> Result<Value> {
        if self.open_anchors.contains(anchor) {
            return Err(located(mark, format!("cannot refer to anchor {anchor:?} from inside its own definition")));
        }
        let Some((value, size)) = self.anchors.get(anchor).cloned() else {
            return Err(located(mark, format!("reference to undefined anchor {anchor:?}")));
        };
        self.grow(size, mark)?;
        Ok(value)
    }

    /// Reads a collection, whose anchor cannot be referred to before it is complete.
    fn collection(&mut self, anchor: Option<String>, read: impl FnOnce(&mut Self) -> Result<Value>) -> Result<Value> {
        let before = self.size;
        let opened = anchor.clone().is_some_and(|a| self.open_anchors.insert(a));
        let value = read(self)?;
        if let Some(anchor) = anchor.as_ref().filter(|_| opened) {
            self.open_anchors.remove(anchor);
        }
        self.name(anchor, &value, self.size - before + 1);
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value> {
        let mut elements = Vec::new();
        loop {
            let event = self.next()?;
            if matches!(event.data, EventData::SequenceEnd) {
                return Ok(Value::tuple(elements));
            }
            elements.push(recurse(|| self.value(event, depth + 1))?);
        }
    }

    /// A key that occurs again replaces what it had; `<<` merges another mapping in.
    fn mapping(&mut self, depth: usize) -> Result<Value> {
        let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        loop {
            let key = self.next()?;
            if matches!(key.data, EventData::MappingEnd) {
                return Ok(Value::object(entries));
            }
            let mark = key.start_mark;
            let name = key_name(key)?;
            let event = self.next()?;
            let value = recurse(|| self.value(event, depth + 1))?;
            match name {
                Some(name) => {
                    entries.insert(name, value);
                }
                None if matches!(value.data, Data::Object(_)) => {
                    entries.extend(value.entries().map(|(k, v)| (k.clone(), v.clone())));
                }
                None => {
                    let kind = value.ty().friendly_name();
                    return Err(located(mark, format!("cannot merge {kind} into mapping")));
                }
            }
        }
    }
}

fn check_tag(tag: Option<String>, wanted: &str, kind: &str, mark: Mark) -> Result<()> {
    match tag {
        Some(tag) if !tag.is_empty() && tag != wanted => Err(located(mark, format!("can't interpret {kind} as {tag}"))),
        _ => Ok(()),
    }
}

/// The name a key stands for; `None` for the one that merges.
fn key_name(key: Event) -> Result<Option<Arc<str>>> {
    const NOT_A_STRING: &str = "only strings are allowed as mapping keys";
    let mark = key.start_mark;
    let EventData::Scalar { tag, value, style, .. } = key.data else { return Err(located(mark, NOT_A_STRING)) };
    let value = match scalar::resolve(tag.as_deref(), &value, style)? {
        Resolved::Value(value) => value,
        Resolved::Merge => return Ok(None),
    };
    if value.is_null() {
        return Err(located(mark, "mapping key cannot be null"));
    }
    match convert(&value, &Type::String).map(|v| v.data) {
        Ok(Data::String(name)) => Ok(Some(name)),
        _ => Err(located(mark, NOT_A_STRING)),
    }
}
