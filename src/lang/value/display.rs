//! Values and types as text for people: what `console` prints, and what `type()` answers.
//!
//! Must not know where the text is shown.

use std::fmt;

use super::set::write_quoted;
use super::{Data, Type, Value};
use crate::lang::recursion::recurse;

const SENSITIVE: &str = "(sensitive value)";
const EPHEMERAL: &str = "(ephemeral value)";
const UNKNOWN: &str = "(known after apply)";

/// The value as the language would write it, with conversions where the type would not show otherwise. Sensitive and
/// ephemeral values are not shown.
pub fn value(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, 0, &mut out);
    out
}

fn write_value(value: &Value, indent: usize, out: &mut String) {
    if !value.is_known() {
        return out.push_str(UNKNOWN);
    }
    if value.marks.sensitive {
        return out.push_str(SENSITIVE);
    }
    if value.marks.ephemeral {
        return out.push_str(EPHEMERAL);
    }
    match &value.data {
        Data::Null(ty) => out.push_str(&null(ty)),
        Data::Unknown(_) => out.push_str(UNKNOWN),
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::Number(n) => out.push_str(&n.to_string()),
        Data::String(s) => write_string(s, indent, out),
        Data::List(..) => in_call("tolist", out, |out| write_sequence(value, indent, out)),
        Data::Set(..) => in_call("toset", out, |out| write_sequence(value, indent, out)),
        Data::Map(..) => in_call("tomap", out, |out| write_mapping(value, indent, out)),
        Data::Tuple(_) => write_sequence(value, indent, out),
        Data::Object(_) => write_mapping(value, indent, out),
    }
}

fn null(ty: &Type) -> String {
    let element = |name: &str, t: &Type| format!("{name}(null) /* of {} */", t.friendly_name());
    match ty {
        Type::Any => "null".to_owned(),
        Type::Bool => "tobool(null)".to_owned(),
        Type::Number => "tonumber(null)".to_owned(),
        Type::String => "tostring(null)".to_owned(),
        Type::List(t) => element("tolist", t),
        Type::Set(t) => element("toset", t),
        Type::Map(t) => element("tomap", t),
        Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly_name()),
    }
}

fn in_call(name: &str, out: &mut String, write: impl FnOnce(&mut String)) {
    out.push_str(name);
    out.push('(');
    write(out);
    out.push(')');
}

fn write_sequence(value: &Value, indent: usize, out: &mut String) {
    out.push('[');
    for element in value.elements() {
        break_line(indent + 2, out);
        recurse(|| write_value(element, indent + 2, out));
        out.push(',');
    }
    if value.elements().len() > 0 {
        break_line(indent, out);
    }
    out.push(']');
}

fn write_mapping(value: &Value, indent: usize, out: &mut String) {
    out.push('{');
    let mut empty = true;
    for (name, element) in value.entries() {
        empty = false;
        break_line(indent + 2, out);
        write_string(name, indent + 2, out);
        out.push_str(" = ");
        recurse(|| write_value(element, indent + 2, out));
    }
    if !empty {
        break_line(indent, out);
    }
    out.push('}');
}

/// Quoted, or a heredoc when there are several lines.
fn write_string(text: &str, indent: usize, out: &mut String) {
    if !text.contains('\n') {
        return write_quoted(text, out);
    }
    let mut delimiter = String::from("EOT");
    while text.split('\n').any(|line| line.trim() == delimiter) {
        delimiter.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&delimiter);
    for line in text.split('\n') {
        break_line(indent, out);
        out.push_str(line);
    }
    break_line(indent, out);
    out.push_str(&delimiter);
}

/// Levels of nesting that are indented. Below them the indentation stays the same, or the text of a deep value would grow
/// with the square of its depth.
const INDENTED_LEVELS: usize = 1000;

fn break_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&" ".repeat(indent.min(2 * INDENTED_LEVELS)));
}

impl fmt::Display for Type {
    /// As `type()` prints it; object and tuple types take several lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_type(self, 0, f)
    }
}

fn write_type(ty: &Type, level: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match ty {
        Type::Any => f.write_str("dynamic"),
        Type::Bool => f.write_str("bool"),
        Type::Number => f.write_str("number"),
        Type::String => f.write_str("string"),
        Type::List(t) => write_collection("list", t, level, f),
        Type::Set(t) => write_collection("set", t, level, f),
        Type::Map(t) => write_collection("map", t, level, f),
        Type::Tuple(ts) if ts.is_empty() => f.write_str("tuple([])"),
        Type::Tuple(ts) => {
            f.write_str("tuple([\n")?;
            for t in ts.iter() {
                write_indent(level + 1, f)?;
                recurse(|| write_type(t, level + 1, f))?;
                f.write_str(",\n")?;
            }
            write_indent(level, f)?;
            f.write_str("])")
        }
        Type::Object(o) if o.attributes.is_empty() => f.write_str("object({})"),
        Type::Object(o) => {
            f.write_str("object({\n")?;
            for (name, attribute) in &o.attributes {
                write_indent(level + 1, f)?;
                write!(f, "{name}: ")?;
                recurse(|| write_type(&attribute.ty, level + 1, f))?;
                f.write_str(",\n")?;
            }
            write_indent(level, f)?;
            f.write_str("})")
        }
    }
}

fn write_collection(name: &str, element: &Type, level: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{name}(")?;
    if !matches!(element, Type::Object(_) | Type::Tuple(_)) {
        recurse(|| write_type(element, level, f))?;
        return f.write_str(")");
    }
    f.write_str("\n")?;
    write_indent(level + 1, f)?;
    recurse(|| write_type(element, level + 1, f))?;
    f.write_str(",\n")?;
    write_indent(level, f)?;
    f.write_str(")")
}

fn write_indent(level: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&" ".repeat(4 * level.min(INDENTED_LEVELS)))
}
