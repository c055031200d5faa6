//! Writing YAML: strings quoted, so that none is taken for something else, unless they have several lines.

use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle, SequenceStyle};

use crate::lang::recursion::recurse;
use crate::lang::value::{Data, Value};

type Result<T> = std::result::Result<T, String>;

/// # Errors
/// When the value is nested too deeply for the format.
pub(super) fn encode(value: &Value) -> Result<String> {
    let mut out = Vec::new();
    let mut emitter = Emitter::new();
    emitter.set_output_string(&mut out);
    emitter.set_unicode(true);
    let mut writer = Writer { emitter };
    writer.emit(Event::stream_start(Encoding::Utf8))?;
    writer.emit(Event::document_start(None, &[], true))?;
    writer.value(value)?;
    writer.emit(Event::document_end(true))?;
    writer.emit(Event::stream_end())?;
    drop(writer);
    let text = String::from_utf8(out).map_err(|e| e.to_string())?;
    let mut text = escape_supplementary(&text);
    if let Some(open) = text.strip_suffix("\n...\n") {
        text.truncate(open.len() + 1);
    }
    // A plain scalar could go on in what follows, so the document is closed.
    if matches!(value.data, Data::Null(_) | Data::Bool(_) | Data::Number(_)) {
        text.push_str("...\n");
    }
    Ok(text)
}

/// Whether a character lies beyond the first 65536; not every reader takes such a one as it is.
fn is_supplementary(c: char) -> bool {
    u32::from(c) > 0xFFFF
}

/// Such characters stand in double quotes only.
fn escape_supplementary(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_supplementary(c) {
            out.push_str(&format!("\\U{:08X}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

struct Writer<'a> {
    emitter: Emitter<'a>,
}

impl Writer<'_> {
    fn emit(&mut self, event: Event) -> Result<()> {
        self.emitter.emit(event).map_err(|e| e.problem().to_owned())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle) -> Result<()> {
        self.emit(Event::scalar(None, None, text, true, true, style))
    }

    fn string(&mut self, text: &str) -> Result<()> {
        let literal = text.contains('\n') && !text.contains(is_supplementary);
        let style = if literal { ScalarStyle::Literal } else { ScalarStyle::DoubleQuoted };
        self.scalar(text, style)
    }

    fn value(&mut self, value: &Value) -> Result<()> {
        match &value.data {
            Data::Null(_) => self.scalar("null", ScalarStyle::Plain),
            Data::Bool(b) => self.scalar(if *b { "true" } else { "false" }, ScalarStyle::Plain),
            Data::Number(n) => self.scalar(&n.to_string(), ScalarStyle::Plain),
            Data::String(s) => self.string(s),
            Data::Unknown(_) => Err("cannot serialize unknown value as YAML".to_owned()),
            Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
                self.emit(Event::sequence_start(None, None, true, SequenceStyle::Block))?;
                value.elements().try_for_each(|e| recurse(|| self.value(e)))?;
                self.emit(Event::sequence_end())
            }
            Data::Map(..) | Data::Object(_) => {
                self.emit(Event::mapping_start(None, None, true, MappingStyle::Block))?;
                for (key, element) in value.entries() {
                    self.string(key)?;
                    recurse(|| self.value(element))?;
                }
                self.emit(Event::mapping_end())
            }
        }
    }
}
