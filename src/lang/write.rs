//! Writing the language: texts, names and values as they are read back. Must not know what they mean.

use super::recursion::recurse;
use super::value::{Data, Value};

/// A name as it is written left of `=`: quoted only when it must be.
pub fn key(name: &str) -> String {
    let mut chars = name.chars();
    let begins = chars.next().is_some_and(|c| unicode_ident::is_xid_start(c) || c == '_');
    let is_identifier = begins && chars.all(|c| unicode_ident::is_xid_continue(c) || c == '-');
    if is_identifier && !is_keyword(name) { name.to_owned() } else { quoted(name) }
}

/// A text in quotation marks, as the language reads it back. What could do something to a terminal is escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            c if is_dangerous(c) => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What an object's key would be taken for if it stood there bare.
fn is_keyword(name: &str) -> bool {
    matches!(name, "for" | "null" | "true" | "false")
}

/// Whether a character could do something else on a terminal than be seen: control characters (among them the escape
/// that begins commands to the terminal), those that turn the direction of the text around it, and unseen line ends.
pub fn is_dangerous(c: char) -> bool {
    let turns = matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}');
    c.is_control() || turns || breaks
}

/// A value as it is written right of an equals sign, in one line; `None` while a part is unknown.
/// Objects leave out what is null.
pub fn value(value: &Value) -> Option<String> {
    let inner = |v: &Value| recurse(|| self::value(v));
    Some(match &value.data {
        Data::Null(_) => "null".to_owned(),
        Data::Unknown(_) => return None,
        Data::Bool(flag) => flag.to_string(),
        Data::Number(number) => number.to_string(),
        Data::String(text) => quoted(text),
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
            let items: Vec<String> = value.elements().map(inner).collect::<Option<_>>()?;
            format!("[{}]", items.join(", "))
        }
        Data::Map(..) | Data::Object(_) => {
            let said = value.entries().filter(|(_, v)| !v.is_null());
            let parts = said.map(|(k, v)| Some(format!("{} = {}", key(k), inner(v)?)));
            let parts: Vec<String> = parts.collect::<Option<_>>()?;
            if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
        }
    })
}
